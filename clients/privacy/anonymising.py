"""A client who asks to be forgotten: the person goes, accounts and counts stay (product.md §6).

What each app knows of the client is forgotten by its own service, in one transaction with the client's row. Left are
the reference, the kind, the country, the language, the links to companies and members, dates, states and amounts.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.extensions import extensions
from clients.models import Client
from clients.privacy.forgetting import forget_records, nobody
from clients.services import update_client
from fixaloop.records.forgetting import forget_beside
from fixaloop.records.refusal import Refused


def obstacles(client: Client) -> list[str]:
    """Why a client cannot be anonymised now, one sentence each; empty when it can."""
    return [sentence for extension in extensions() for sentence in extension.obstacles_to_anonymising(client)]


@transaction.atomic
def anonymize_client(client: Client, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Client:
    """Forget who a client is, for good; one that is anonymised already stays as it is.

    Raises `Refused` while the firm needs to know who it is: work under way, somebody on the site.
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
