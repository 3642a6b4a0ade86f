"""What is told of rows that look like somebody who is there: the rules of the form, a thousand rows at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from clients.imports.companies import PENDING
from clients.imports.matching import First
from clients.models import Client
from clients.services.duplicates import Duplicate, Duplicates
from clients.values.keys import key_of
from clients.values.names import words_of
from fixaloop.imports.report import Record

NAMES = ("first_name", "last_name", "company_name")
_SAME_SIRET = gettext_lazy("Même SIRET qu’à la ligne %(row)d, sous un autre nom : à vérifier.")
_SAME_NAME_AND_PHONE = gettext_lazy("Même nom et même téléphone qu’à la ligne %(row)d : à vérifier.")
_SAME_COMPANY = gettext_lazy("Même raison sociale qu’à la ligne %(row)d : à vérifier.")
_SAME_NAME_AND_CODE = gettext_lazy("Même nom et même code postal qu’à la ligne %(row)d : à vérifier.")
_SAME_PHONE = gettext_lazy("Même téléphone qu’à la ligne %(row)d : à vérifier.")


def tell_duplicates(records: Sequence[Record], first: First) -> None:
    """Tell of each new client the existing ones that the form would show, and the earlier rows of the file."""
    if not records:
        return
    found = Duplicates([record.values for record in records])
    for record in records:
        for duplicate in found.of(record.values):
            if not _is_colleague(duplicate, record.values):
                message = _("%(client)s %(what)s : si c’est le même client, mettez %(reference)s dans Identifiant.")
                told = {
                    "client": duplicate.client,
                    "what": duplicate.message,
                    "reference": duplicate.client.reference,
                }
                record.note(duplicate.field, message % told)
        _tell_earlier(record, first)


def _is_colleague(duplicate: Duplicate, values: Mapping[str, Any]) -> bool:
    company = values.get("company_id")
    shared = (duplicate.client.pk, duplicate.client.company_id)
    return company is not None and company in shared and duplicate.field == "phone"


def _tell_earlier(record: Record, first: First) -> None:
    values = record.values
    name, phone = key_of(values), values.get("phone")
    marks: list[tuple[str, tuple[Any, ...], Any]] = []
    if siret := values.get("siret"):
        marks.append(("siret", (siret,), _SAME_SIRET))
    if phone:
        marks.append(("phone", (name, phone), _SAME_NAME_AND_PHONE))
    if values.get("company_name"):
        marks.append(("company_name", (name, values.get("postal_code")), _SAME_COMPANY))
    elif code := values.get("postal_code"):
        marks.append(("postal_code", (name, code), _SAME_NAME_AND_CODE))
    # Colleagues share the phone of their company.
    if phone and not (values.get("company_id") or PENDING in values):
        marks.append(("phone", (phone,), _SAME_PHONE))
    for field, mark, message in marks:
        row = first(record, ("alike", field, *mark))
        if row != record.number:
            record.note(field, message % {"row": row})
            return


def tell_renamed(record: Record, client: Client, changes: Mapping[str, Any]) -> None:
    """Tell of a client whose name a row changes, unless it names it by its reference."""
    if record.typed.get("reference", "").strip() or "kind" in changes or not any(name in changes for name in NAMES):
        return
    called = {name: record.values.get(name, getattr(client, name)) for name in NAMES}
    is_same = words_of(called) == words_of(vars(client))
    message = _("%(client)s s’écrira « %(name)s ».") if is_same else _("%(client)s devient « %(name)s » : à vérifier.")
    name = called["company_name"] or f"{called['first_name']} {called['last_name']}".strip()
    record.note(next(name for name in NAMES if name in changes), message % {"client": client, "name": name})
