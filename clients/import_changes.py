"""What a row of a file does to the client it is: the description it adds to, the kind it changes, the differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from clients.models import Client
from fixaloop.imports.records import Record


def describe(record: Record, beside: Sequence[str], existing: str) -> None:
    """Put what has no field of its own into the description, once."""
    description = record.values.get("description") or existing
    lines = [line for line in beside if line not in description]
    if lines:
        record.values["description"] = "\n".join(filter(None, (description, *lines)))


def change_kind(record: Record, client: Client) -> None:
    """A company that becomes a person loses what only companies have; not while others belong to it."""
    if record.values.get("kind") != Client.Kind.INDIVIDUAL or not client.is_company:
        return
    if client.members.exists():
        record.refuse("kind", _("Des clients sont rattachés à cette entreprise : elle reste une entreprise."))
    record.values |= {"company_name": "", "siret": ""}


def without_town(defaults: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in defaults.items() if name not in ("postal_code", "city", "country")}


def differences(client: Client, values: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Field → what it was and would be, for the fields a row changes."""
    return {
        name: (str(getattr(client, name, "") or ""), str(value or ""))
        for name, value in values.items()
        if getattr(client, name, None) != value
    }
