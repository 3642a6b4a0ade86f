"""Anonymising a client: the person goes, accounts and counts stay (docs/rules.md, Personal data).

Each app forgets its own part, in one transaction with the client’s row. What remains: reference, kind, country,
language, links to companies and members, dates, states and amounts.
"""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.extensions import extensions
from clients.models import Client
from clients.services import update_client
from clients.services.clients import forget_records, nobody
from fixaloop.records.history import forget_beside
from fixaloop.records.refusal import Refused


def obstacles(client: Client) -> list[str]:
    return [sentence for extension in extensions() for sentence in extension.obstacles_to_anonymising(client)]


@transaction.atomic
def anonymize_client(client: Client, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Client:
    """Forget who a client is, for good. Returns early if it is anonymised already.

    Raises `Refused` while there is work under way or somebody on the site.
    """
    at = at or timezone.now()
    client = Client.objects.select_for_update(of=("self",)).get(pk=client.pk)
    if client.anonymized_at:
        return client
    if reasons := obstacles(client):
        raise Refused(reasons)
    for extension in extensions():
        extension.forget(client, by=by, at=at)
    # Of the clients that were merged into it too.
    forget_records([client.number, *client.former_references.values_list("number", flat=True)], client.kind)
    forget_beside(Client.objects.filter(pk=client.pk), "client")
    client.refresh_from_db()
    for name, value in nobody(client.kind).items():
        setattr(client, name, value)
    client.status_mode, client.status_until = Client.StatusMode.AUTOMATIC, None
    client.anonymized_at = at
    client._change_reason = _("Anonymisation")
    return update_client(client, by=by, at=at)
