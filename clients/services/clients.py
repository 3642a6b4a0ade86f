"""Create, change, force the status, delete. One transaction each."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from simple_history.utils import bulk_create_with_history

from clients.extensions import extensions
from clients.models import KEPT_ELSEWHERE, Client
from clients.services.contacts import write_contacts
from clients.status import DECIDING, INSTANTS
from fixaloop.files.forgetting import forget_files
from fixaloop.forms.submissions import forget
from fixaloop.records.history import has_changed
from fixaloop.records.numbering import allot
from fixaloop.records.personal import forget_records
from fixaloop.records.refusal import Refused, Stale

SERIES = "client"


@transaction.atomic
def create_client(client: Client, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Client:
    at = at or timezone.now()
    [client.number] = allot(SERIES)
    _sign_status(client, by=by, at=at)
    client._history_user = by
    client.touched_at = at
    client.save(force_insert=True)
    if client.other_contacts:
        write_contacts([client.pk])
    # Without a job, only a forced status differs from what a new row holds.
    if client.status_mode != Client.StatusMode.AUTOMATIC:
        _refresh(client, at)
    return client


@transaction.atomic
def create_clients(
    clients: Iterable[Client], *, by: AbstractBaseUser | None, reason: str, at: datetime
) -> list[Client]:
    fresh = list(clients)
    for client in fresh:
        _sign_status(client, by=by, at=at)
        client.derive()
    created = bulk_create_with_history(
        fresh, Client, batch_size=500, default_user=by, default_change_reason=reason, default_date=at
    )
    write_contacts(client.pk for client in created if client.other_contacts)
    refresh_status(Client.objects.filter(pk__in=[client.pk for client in created]), at)
    return created


@transaction.atomic
def update_client(
    client: Client, *, by: AbstractBaseUser | None, version: int | None = None, at: datetime | None = None
) -> Client:
    """Save what a form changed. If nothing changed, returns early: no version, no history row, no conflict.

    Raises `Stale` when the client is no longer at `version`, the one the form was filled from, and `Refused` when it
    is anonymised.
    """
    at = at or timezone.now()
    # A passage waits: whose stay it opens depends on what kind of client this is.
    stored = Client.objects.select_for_update(of=("self",)).get(pk=client.pk)
    if stored.anonymized_at:
        raise Refused([anonymized(stored)])
    for name in KEPT_ELSEWHERE:
        # A job or the gate may have changed them since the form was opened.
        setattr(client, name, getattr(stored, name))
    # A reason tells of more than the client's own values: of one that was merged into it.
    if not getattr(client, "_change_reason", None) and not has_changed(stored, client):
        client.version = stored.version
        return client
    if version is not None and stored.version != version:
        raise Stale
    if _forcing(stored) != _forcing(client):
        _sign_status(client, by=by, at=at)
    client.version = stored.version + 1
    client.updated_at = client.touched_at = at
    client._history_user = by
    client.save()
    if client.other_contacts != stored.other_contacts:
        write_contacts([client.pk])
    _follow(client, at)
    return client


def force_status(
    client: Client,
    *,
    mode: str,
    until: datetime | None,
    reason: str,
    by: AbstractBaseUser | None,
    version: int | None = None,
    at: datetime | None = None,
) -> Client:
    """Force a client active or inactive, until an instant or for good, or return it to the automatic rule."""
    client.status_mode = mode
    client.status_until = until if mode != Client.StatusMode.AUTOMATIC else None
    client.status_reason = reason if mode != Client.StatusMode.AUTOMATIC else ""
    return update_client(client, by=by, version=version, at=at)


def anonymized(client: Client) -> str:
    return _("%(reference)s est anonymisé : sa fiche ne change plus.") % {"reference": client.reference}


def no_company_any_more(client: Client) -> str:
    """The warning that a company which becomes a person loses its name and SIRET."""
    message = _("« %(client)s » devient un particulier : sa raison sociale et son SIRET sont effacés.")
    return message % {"client": client}


def _forcing(client: Client) -> tuple[Any, ...]:
    return client.status_mode, client.status_until, client.status_reason


def _sign_status(client: Client, *, by: AbstractBaseUser | None, at: datetime) -> None:
    forced = client.status_mode != Client.StatusMode.AUTOMATIC
    client.status_by = by if forced else None  # type: ignore[assignment]
    client.status_at = at if forced else None


def _follow(client: Client, at: datetime) -> None:
    renamed([client.pk])
    _refresh(client, at)


def _refresh(client: Client, at: datetime) -> None:
    refresh_status(Client.objects.filter(pk=client.pk), at)
    client.refresh_from_db(fields=(*INSTANTS, "open_interventions", *DECIDING))


def refresh_status(clients: QuerySet[Client], at: datetime) -> None:
    for extension in extensions():
        extension.refresh_status(clients, at)


def renamed(client_ids: Collection[int]) -> None:
    for extension in extensions():
        extension.renamed(client_ids)


def obstacles(client: Client) -> list[str]:
    members = client.members.count()
    reasons = []
    if members:
        sentence = ngettext(
            "%(count)d client est rattaché à cette entreprise.",
            "%(count)d clients sont rattachés à cette entreprise.",
            members,
        )
        reasons.append(sentence % {"count": members})
    for extension in extensions():
        reasons += extension.obstacles_to_deletion(client)
    return reasons


@transaction.atomic
def delete_client(client: Client, *, by: AbstractBaseUser | None) -> None:
    """Delete a client that nothing depends on, with what its history and events say of it.

    Raises `Refused` with the reasons.
    """
    Client.objects.select_for_update(of=("self",)).get(pk=client.pk)
    reasons = obstacles(client)
    if reasons:
        raise Refused(reasons)
    known_by = identities(client)
    for extension in extensions():
        extension.before_deletion(client)
    client._history_user = by
    try:
        client.delete()
    except ProtectedError as error:
        raise Refused([_("D’autres fiches dépendent de ce client.")]) from error
    forget_records(known_by)
    forget_files()
    forget(client.get_absolute_url())


def identities(client: Client) -> list[int]:
    """The keys of a client and of those that were merged into it, which the history still has."""
    former = client.former_references.values("number")
    merged = Client.history.filter(number__in=former).order_by().values_list("id", flat=True)
    return sorted({client.pk, *merged})
