"""What a row of a file does to the client it is: the description it adds to, the kind it changes, the differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from clients.models import Client
from clients.services import no_company_any_more
from fixaloop.imports.report import Record


def describe(record: Record, beside: Sequence[str], existing: str) -> None:
    """Put what has no field of its own into the description, once."""
    description = record.values.get("description") or existing
    lines = [line for line in beside if line not in description]
    if lines:
        record.values["description"] = "\n".join(filter(None, (description, *lines)))


def change_kind(record: Record, client: Client, beside: list[str]) -> None:
    """The kind changes where the row says it; what its names make one guess changes nobody.

    A company that becomes a person loses what only companies have; not while others belong to it.
    """
    values = record.values
    if values.pop("kind_guessed", False):
        values.pop("kind", None)
    if (values.get("kind") or client.kind) != Client.Kind.INDIVIDUAL:
        return
    if client.is_company:
        if client.members.exists():
            record.refuse("kind", _("Des clients sont rattachés à cette entreprise : elle reste une entreprise."))
        record.note("kind", no_company_any_more(client))
        values |= {"company_name": "", "siret": ""}
        return
    if values.pop("siret", ""):
        record.refuse("siret", no_siret())
    if name := values.pop("company_name", ""):
        beside.append(keep_company_name(record, name))


def no_siret() -> str:
    """Why a person’s SIRET is not taken."""
    return _("Un particulier n’a pas de SIRET : écrivez Entreprise et une raison sociale, ou laissez vide.")


def keep_company_name(record: Record, name: str) -> str:
    """The line of the description that keeps the company name of a person’s row."""
    record.note("company_name", _("Un particulier n’a pas de raison sociale : gardée dans la description."))
    return _("Raison sociale : %(text)s") % {"text": name}


def refuse_itself(record: Record, client: Client) -> None:
    """Nobody belongs to himself."""
    if record.values.get("company_id") == client.pk:
        del record.values["company_id"]
        record.refuse("company", _("Un client ne peut pas être sa propre entreprise."))


def without_town(defaults: Mapping[str, Any]) -> dict[str, Any]:
    """What a model gives to a row that has an address of its own."""
    return {name: value for name, value in defaults.items() if name not in ("postal_code", "city", "country")}


def differences(client: Client, values: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Field → what it was and would be, for the fields a row changes."""
    return {
        name: (str(getattr(client, name, "") or ""), str(value or ""))
        for name, value in values.items()
        if getattr(client, name, None) != value
    }
