"""Clients written by the thousand for imports, with the same versions, history and status as one by one."""

from collections.abc import Mapping, Sequence
from typing import Any

from clients.models import NEVER, Client, OtherContact
from clients.reference import PREFIX
from clients.services.clients import refresh_status, renamed
from clients.services.contacts import write_contacts
from fixaloop.records import bulk
from fixaloop.records.bulk import Changed, Signature
from fixaloop.records.numbering import LAST_NUMBER
from fixaloop.words.text import normalise

STATUS = frozenset(("status_mode", "status_until", "status_reason", "status_by_id", "status_at"))
_FIELDS = tuple(field for field in Client._meta.concrete_fields if not field.primary_key)
_FRESH = {field.attname: getattr(default := field.get_default(), "value", default) for field in _FIELDS}
_UNNUMBERED = normalise(f"{PREFIX}{LAST_NUMBER}")


def prepare(values: Mapping[str, Any]) -> dict[str, Any]:
    """All columns of a new client except number and timestamps, computed before anything is locked."""
    row = {name: values.get(name, default) for name, default in _FRESH.items()}
    # Instants are those of the writing, unless the file says since when somebody is a client.
    row |= {"number": LAST_NUMBER, "created_at": values.get("created_at"), "touched_at": NEVER}
    client = Client.from_db(None, list(row), list(row.values()))
    client.derive()
    return {**values, **row, **{name: getattr(client, name) for name in Client.derived}}


def create(rows: Sequence[dict[str, Any]], signed: Signature) -> dict[int, str]:
    """Insert prepared, numbered clients with their history; return primary key → version."""
    for row in rows:
        row["created_at"] = row["created_at"] or signed.at
        row["review_since"] = row["review_since"] or row["created_at"]
        row["updated_at"] = signed.at
        row["search_text"] = row["search_text"].replace(_UNNUMBERED, normalise(f"{PREFIX}{row['number']:03d}"), 1)
        if row["status_mode"] != Client.StatusMode.AUTOMATIC:
            row |= {"status_by_id": signed.by.pk if signed.by else None, "status_at": signed.at}
    bulk.insert(Client, rows)
    fresh = Client.objects.filter(number__in=[row["number"] for row in rows])
    bulk.record_history(fresh, "+", signed)
    if reached := [row["number"] for row in rows if row["other_contacts"]]:
        write_contacts(Client.objects.filter(number__in=reached).values_list("pk", flat=True))
    # Nothing but a forced status makes a client without interventions anything else than inactive.
    if forced := [row["number"] for row in rows if row["status_mode"] != Client.StatusMode.AUTOMATIC]:
        refresh_status(Client.objects.filter(number__in=forced), signed.at)
    return {key: str(version) for key, version in fresh.order_by("pk").values_list("pk", "version")}


def update(changes: Mapping[int, Mapping[str, Any]], signed: Signature) -> Changed:
    columns = {pk: {name: value for name, value in row.items() if name != "id"} for pk, row in changes.items()}
    changed = bulk.change(Client, columns, signed)
    if any("other_contacts" in row for row in columns.values()):
        write_contacts(changed)
    if any(STATUS & row.keys() for row in columns.values()):
        refresh_status(Client.objects.filter(pk__in=changed), signed.at)
    renamed(changed)
    return changed


def delete(ids: Sequence[int], signed: Signature) -> None:
    OtherContact.objects.filter(client__in=ids).delete()
    bulk.delete(Client.objects.filter(pk__in=ids), signed)
