"""The verbs on clients. One transaction each."""

from clients.services.clients import (
    anonymized,
    create_client,
    create_clients,
    delete_client,
    force_status,
    no_company_any_more,
    obstacles,
    update_client,
)
from fixaloop.records.refusal import Refused, Stale
