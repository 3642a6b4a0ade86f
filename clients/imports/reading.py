"""One row of a client file read by the rules of the forms, with what only files get wrong."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.imports.changes import keep_company_name, no_siret
from clients.imports.headings import KINDS, LANGUAGES
from clients.imports.other_programs import NO, YES, arrange, beside
from clients.models import Client
from clients.typed import Entry, read_entry
from clients.values import communes
from fixaloop.imports.cells import parse_date
from fixaloop.imports.report import Record
from fixaloop.words.text import normalise

KEYS = ("reference", "email", "siret", "external_reference")
NAMES = ("first_name", "last_name", "company_name")
# The departments whose zero is lost, and the first digit of their landlines.
_ZONES = {
    **dict.fromkeys(("01", "03", "04", "05", "06", "07"), "4"),
    **dict.fromkeys(("02", "08"), "3"),
    "09": "5",
}


def read_row(record: Record, *, arranged: bool) -> None:
    """Fill the record's values; blank cells are left out, so that they never erase."""
    said = _is_kind_said(record)
    if arranged:
        arrange(record)
    typed = {name: text for name, text in record.typed.items() if text and not text.isspace()}
    kind = _kind(record, typed)
    entry = read_entry({**typed, "kind": kind} if kind else typed)
    record.values = {name: value for name, value in entry.values.items() if value} | record.values
    if "country" not in typed:
        record.values.pop("country", None)
    if kind:
        record.values |= {"kind": kind, "kind_guessed": not said}
    _tell(record, entry)
    if len(typed.get("postal_code", "").strip()) == 4:
        _doubt_zero(record, typed)
    if kind == Client.Kind.INDIVIDUAL:
        _refuse_company_values(record, typed)
    _language(record, typed)
    _created_at(record, typed)


def _tell(record: Record, entry: Entry) -> None:
    """What the reading refused and repaired; what stood beside a phone goes to the description."""
    for name, errors in entry.errors.items():
        if name not in record.errors:
            record.errors[name] = [message for error in errors for message in error.messages]
    if comment := entry.comments.get("phone"):
        beside(record, _("Téléphone : %(text)s") % {"text": comment})
        entry.notes["phone"] = [_("« %(text)s » est gardé dans la description") % {"text": comment}]
    for name, notes in entry.notes.items():
        for note in notes:
            record.note(name, note)


def _kind(record: Record, typed: dict[str, str]) -> str:
    """The kind said, else told by what is filled: a company name makes a company; '' for a row that only has a key."""
    if said := typed.get("kind"):
        if kind := KINDS.get(normalise(said)):
            return kind
        record.refuse("kind", _("« %(text)s » : écrivez Particulier ou Entreprise.") % {"text": said})
    if typed.get("company_name"):
        return Client.Kind.COMPANY.value
    if not any(name in typed for name in NAMES) and any(name in typed for name in KEYS):
        return ""
    return Client.Kind.INDIVIDUAL.value


def _is_kind_said(record: Record) -> bool:
    """Whether a cell says the kind, which is otherwise guessed by the names."""
    flag = normalise(record.typed.get("is_company", ""))
    return normalise(record.typed.get("kind", "")) in KINDS or flag in (*NO, *YES)


def _doubt_zero(record: Record, typed: dict[str, str]) -> None:
    """Four digits are a French code without its zero only where something else is French: 1049 is also Brussels."""
    code = record.values.get("postal_code", "")
    if "country" in typed or len(code) != 5 or _is_french(code, record, typed.get("city", "")):
        return
    message = _("« %(code)s » peut être %(french)s ou un code étranger : ajoutez le zéro, ou le pays.")
    record.refuse("postal_code", message % {"code": code[1:], "french": code})
    record.notes.pop("postal_code", None)


def _is_french(code: str, record: Record, city: str) -> bool:
    """Whether the town, the SIRET, the phone or the e-mail says that a row is of France."""
    phone, email = record.values.get("phone", ""), record.values.get("email", "")
    if phone and not phone.startswith("+33"):
        return False
    department = code[:2]
    if "cedex" in city.lower() or any(found.startswith(department) for found in communes.codes(city)):
        return True
    towns = communes.towns(code)
    if not city:
        return bool(towns)
    # A town that has merged since keeps the beginning of its name.
    beginning = normalise(city).split(" ")[0]
    return bool(
        record.values.get("siret")
        or email.endswith(".fr")
        or (len(beginning) > 4 and any(normalise(town).startswith(beginning) for town in towns))
        or (towns and phone.startswith(f"+33{_ZONES.get(department, 'x')}"))
    )


def _refuse_company_values(record: Record, typed: dict[str, str]) -> None:
    """What only companies have is not dropped in silence from a person's row."""
    if typed.get("siret"):
        record.refuse("siret", no_siret())
    if name := typed.get("company_name"):
        beside(record, keep_company_name(record, name))


def _language(record: Record, typed: dict[str, str]) -> None:
    said = normalise(typed.get("language", ""))
    if not said:
        return
    if code := LANGUAGES.get(said):
        record.values["language"] = code
    else:
        known = ", ".join(str(label) for label in Client.Language.labels)
        record.refuse("language", _("Langue inconnue. Langues possibles : %(known)s.") % {"known": known})


def _created_at(record: Record, typed: dict[str, str]) -> None:
    """Since when somebody is a client: read for new ones, so that years of history are not all of today."""
    if "created_at" not in typed:
        return
    try:
        moment = parse_date(typed["created_at"])
    except ValidationError as error:
        record.refuse("created_at", " ".join(error.messages))
        return
    if moment and moment > timezone.now():
        record.refuse("created_at", _("Cette date est à venir."))
    elif moment:
        record.values["created_at"] = moment
