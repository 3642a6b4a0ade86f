"""Names and addresses mended for many clients at once. What was before stands in the history alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery

from clients.models import Client
from clients.services import bulk
from clients.values.usual import ADDRESS, NAMES
from fixaloop.records.bulk import Signature
from fixaloop.records.history import FieldChange

# What the history says of such a change, as a code.
MENDED, RESTORED = "mended", "mending_undone"
FIELDS = (*NAMES, *ADDRESS, "postal_code")
LABELS = {field.name: field.verbose_name for field in Client._meta.concrete_fields if field.name in FIELDS}


@dataclass(frozen=True)
class Wish:
    """What somebody wants a client’s names and address to be, who has seen this version."""

    version: int
    values: Mapping[str, str]


@dataclass(frozen=True)
class Mended:
    """A client that was mended; `is_last` if nothing else has changed since."""

    client: Client
    changes: Sequence[FieldChange]
    is_last: bool


@transaction.atomic
def mend(wishes: Mapping[int, Wish], *, by: AbstractBaseUser, at: datetime) -> list[Client]:
    """Write what is wanted (key of a client → wish); return those that somebody has changed since, left as they are."""
    changes, left = {}, []
    for client in _locked(list(wishes)):
        wish = wishes[client.pk]
        wanted = {name: text for name, text in wish.values.items() if getattr(client, name) != text}
        if wanted and client.version == wish.version:
            changes[client.pk] = wanted
        elif wanted:
            left.append(client)
    bulk.update(changes, Signature(by, MENDED, at))
    return left


def mended(by: AbstractBaseUser, at: datetime) -> list[Mended]:
    clients = Client.objects.in_bulk([record.id for record, _before in _records(by, at)])
    return [
        Mended(client, changes, not record.has_later)
        for record, before in _records(by, at)
        if (client := clients.get(record.id)) and not client.anonymized_at and (changes := _changes(record, before))
    ]


@transaction.atomic
def restore(by: AbstractBaseUser, mended_at: datetime, *, at: datetime) -> int:
    """Give back what was before to clients that nobody has changed since; return how many."""
    locked = {client.pk for client in _locked([record.id for record, _before in _records(by, mended_at)])}
    changes = {
        record.id: {name: getattr(before, name) for name in FIELDS if getattr(before, name) != getattr(record, name)}
        for record, before in _records(by, mended_at)
        if record.id in locked and not record.has_later
    }
    return len(bulk.update(changes, Signature(by, RESTORED, at)))


def _locked(keys: Sequence[int]) -> Sequence[Client]:
    clients = Client.objects.filter(pk__in=keys, anonymized_at=None).order_by("pk")
    return list(clients.select_for_update(of=("self",), no_key=True))


def _records(by: AbstractBaseUser, at: datetime) -> list[tuple[Any, Any]]:
    same = Client.history.filter(id=OuterRef("id"))
    records = list(
        Client.history.filter(history_date=at, history_user=by.pk, history_change_reason=MENDED)
        .annotate(
            before=Subquery(
                same.filter(history_id__lt=OuterRef("history_id")).order_by("-history_id").values("history_id")[:1]
            ),
            has_later=Exists(same.filter(history_id__gt=OuterRef("history_id"))),
        )
        .order_by("history_id")
    )
    before = Client.history.in_bulk([record.before for record in records if record.before])
    return [(record, before[record.before]) for record in records if record.before]


def _changes(record: Any, before: Any) -> list[FieldChange]:
    return [
        FieldChange(name, label(name), getattr(before, name), getattr(record, name))
        for name in FIELDS
        if getattr(before, name) != getattr(record, name)
    ]


def label(name: str) -> str:
    return str(LABELS[name])
