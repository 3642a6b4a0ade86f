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
from clients.services.reviews import due_for_review, next_for_review, review_client
from fixaloop.records.refusal import Refused, Stale
