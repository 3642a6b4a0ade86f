"""The phones and e-mails of a row beside its main ones."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clients.models import Client, OtherContact
from clients.typed import read_contact
from clients.values.contacts import LONGEST_LABEL, MOST, Line, distinct, read_cell, read_lines, write_lines
from fixaloop.forms.parsing import Value
from fixaloop.imports.report import Record
from fixaloop.imports.restoring import taken_message

# A cell of our own files holds all phones, or all e-mails, that a client has beside its main ones.
WHOLE = {"other_phones": False, "other_emails": True}


def keep_further(record: Record, name: str, source: str, text: str, read: Callable[[str], Value]) -> None:
    """Keep a phone or e-mail beside the main one, or in the description if it cannot be read."""
    try:
        value = read(text)
    except ValidationError:
        label = _("Autre e-mail : %(text)s") if name == "email" else _("Autre téléphone : %(text)s")
        record.values.setdefault("beside", []).append(label % {"text": text})
        return
    record.values.setdefault("further", []).append(Line(value.value, (value.comment or _label(source))[:LONGEST_LABEL]))
    if source == name:
        record.note(name, _("gardé parmi les autres contacts : %(text)s") % {"text": text})


def _label(source: str) -> str:
    if source == "mobile":
        return _("portable")
    return {"home": _("domicile"), "work": _("bureau")}.get(source.split("_", maxsplit=1)[0], "")


def read_whole(record: Record) -> None:
    country = record.values.get("country", "FR")
    for name in WHOLE:
        if not (text := record.typed.get(name, "").strip()):
            continue
        lines = list(_read_lines(record, name, read_cell(text), country))
        if len(lines) > MOST:
            record.refuse(name, _("%(count)d valeurs : %(most)d au plus.") % {"count": len(lines), "most": MOST})
        elif name not in record.errors:
            record.values.setdefault("whole", {})[name] = lines


def _read_lines(record: Record, name: str, lines: Iterable[Line], country: str) -> Iterator[Line]:
    for line in lines:
        try:
            if line.is_email != WHOLE[name]:
                message = _("« %(value)s » n’est pas à sa place dans cette colonne.")
                raise ValidationError(message, "misplaced", {"value": line.value[:60]})
            yield read_contact(line, country)
        except ValidationError as error:
            record.refuse(name, " ".join(error.messages))


# Once the client of the row is known


def settle_contacts(record: Record, client: Client | None) -> None:
    """Make one text of all that the row says, fitted to what the client has."""
    values = record.values
    whole, further = values.pop("whole", {}), values.pop("further", [])
    lines = read_lines(client.other_contacts) if client else []
    for name, of_kind in whole.items():
        lines = [line for line in lines if line.is_email != WHOLE[name]] + of_kind
    if client:
        _known_already(values, client, lines)
    if not whole and not further and not client:
        return
    mains = [values.get(name) or (getattr(client, name) if client else "") for name in ("phone", "email")]
    kept = distinct([*lines, *further], mains)
    for line in kept[MOST:]:
        record.values.setdefault("beside", []).append(_("Autre contact : %(text)s") % {"text": line.value})
    text = write_lines(kept[:MOST])
    if text != (client.other_contacts if client else ""):
        values["other_contacts"] = text


def _known_already(values: dict[str, object], client: Client, lines: Iterable[Line]) -> None:
    """A phone or an e-mail that the client has beside its main one does not become the main one."""
    marks = {line.mark for line in lines}
    for name in ("phone", "email"):
        if values.get(name) != getattr(client, name) and getattr(client, name) and values.get(name) in marks:
            del values[name]


def taken_emails(rows: Mapping[int, Client]) -> Iterator[str]:
    """A sentence for each e-mail of these clients that somebody else has beside their main one, or as it."""
    beside = {line.mark: row for row in rows.values() for line in row.other_emails}
    wanted = beside | {row.email.lower(): row for row in rows.values() if row.email}
    contacts = OtherContact.objects.filter(key__in=wanted).exclude(client__in=rows).select_related("client")
    mains = Client.objects.with_emails(beside).exclude(pk__in=rows)
    found = [(contact.key, contact.client) for contact in contacts.order_by("pk")]
    found += [(other.email.lower(), other) for other in mains.order_by("pk")]
    for email, other in found:
        row = wanted[email]
        if row.company_id != other.pk and other.company_id != row.pk:
            yield taken_message(row, email, other)
