"""A row of a client file: read by the rules of the forms, with what only files get wrong, then fitted to its client."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.imports.companies import PAYER, PENDING
from clients.imports.kinds import drop_private
from clients.imports.other_programs import arrange, beside, tidy
from clients.imports.reach import read_whole
from clients.imports.vocabulary import ANSWERS, CHANNELS, KINDS, LANGUAGES, PAYERS
from clients.models import Client
from clients.payers import COLUMNS, settled_payer
from clients.services import no_company_any_more
from clients.typed import SUBSCRIPTION, read_client, subscription_error
from clients.values import communes
from fixaloop.forms.parsing import YEARS, Reading
from fixaloop.imports.cells import parse_date
from fixaloop.imports.report import Record
from fixaloop.words.text import normalise

KEYS = ("reference", "email", "siret", "external_reference")
NAMES = ("first_name", "last_name", "company_name")
# A mobile in Belgium is written as a landline of the south-east of France, and codes there have four digits.
_BELGIAN = re.compile(r"\+334[5-9]")
# The departments whose zero is lost, and the first digit of their landlines.
_ZONES = {**dict.fromkeys(("01", "03", "04", "05", "06", "07"), "4"), **dict.fromkeys(("02", "08"), "3"), "09": "5"}


def read_row(record: Record, *, arranged: bool) -> None:
    """Fill the record's values; blank cells are left out, so that they never erase.

    With `arranged`, the file has columns of other programs.
    """
    said = _is_kind_said(record)
    drop_private(record)
    if arranged:
        arrange(record)
    else:
        tidy(record)
    typed = {name: text for name, text in record.typed.items() if text and not text.isspace()}
    kind = _kind(record, typed)
    reading = read_client({**typed, "kind": kind} if kind else typed)
    _take(record, reading)
    read_whole(record)
    if "country" not in typed and record.values.get("country") == "FR":
        del record.values["country"]
    if kind:
        record.values |= {"kind": kind, "kind_guessed": not said}
    if len(typed.get("postal_code", "").strip()) == 4:
        _doubt_zero(record, typed)
    if kind == Client.Kind.INDIVIDUAL:
        _refuse_company_values(record, typed)
        _doubt_last_name(record)
    _language(record, typed)
    _channel(record, typed)
    _payer(record, typed)
    _created_at(record, typed)
    _subscription(record, typed)


def _take(record: Record, reading: Reading) -> None:
    for name in record.errors:
        reading.errors.pop(name, None)
    if comment := reading.comments.get("phone"):
        beside(record, _("Téléphone : %(text)s") % {"text": comment})
        reading.notes["phone"] = [_("« %(text)s » est gardé dans la description") % {"text": comment}]
    record.take(reading)


def _kind(record: Record, typed: dict[str, str]) -> str:
    """The kind of the row: as said, else a company if it has a company name; '' for a row that only has a key."""
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
    kind, is_company = (normalise(record.typed.get(name, "")) for name in ("kind", "is_company"))
    return kind in KINDS or is_company in ANSWERS


def _doubt_zero(record: Record, typed: dict[str, str]) -> None:
    """Four digits are a French code without its zero only if something else is French: 1049 is also in Brussels."""
    code = record.values.get("postal_code", "")
    if "country" in typed or len(code) != 5 or _is_french(code, record, typed.get("city", "")):
        return
    message = _("« %(code)s » peut être %(french)s ou un code étranger : ajoutez le zéro, ou le pays.")
    record.refuse("postal_code", message % {"code": code[1:], "french": code})
    record.notes.pop("postal_code", None)


def _is_french(code: str, record: Record, city: str) -> bool:
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
        or (towns and phone.startswith(f"+33{_ZONES.get(department, 'x')}") and not _BELGIAN.match(phone))
    )


def _doubt_last_name(record: Record) -> None:
    """Tell of a last name that holds the first one too: programs call whole names “Nom”."""
    first, last = (normalise(record.values.get(name, "")).split() for name in ("first_name", "last_name"))
    if first and len(first) < len(last) and first in (last[: len(first)], last[-len(first) :]):
        message = _("« %(text)s » contient aussi le prénom : à vérifier.")
        record.note("last_name", message % {"text": record.values["last_name"]})


def _refuse_company_values(record: Record, typed: dict[str, str]) -> None:
    if typed.get("siret"):
        record.refuse("siret", _no_siret())
    if name := typed.get("company_name"):
        beside(record, _keep_company_name(record, name))


def _no_siret() -> str:
    return _("Un particulier n’a pas de SIRET : écrivez Entreprise et une raison sociale, ou laissez vide.")


def _keep_company_name(record: Record, name: str) -> str:
    record.note("company_name", _("Un particulier n’a pas de raison sociale : gardée dans la description."))
    return _("Raison sociale : %(text)s") % {"text": name}


def _language(record: Record, typed: dict[str, str]) -> None:
    said = normalise(typed.get("language", ""))
    if not said:
        return
    # « fr_FR », “en-GB”, “French / Français”
    if code := LANGUAGES.get(said) or LANGUAGES.get(said.partition(" ")[0]):
        record.values["language"] = code
    else:
        known = ", ".join(str(label) for label in Client.Language.labels)
        record.refuse("language", _("Langue inconnue. Langues possibles : %(known)s.") % {"known": known})


def tell_language(record: Record) -> None:
    """Say of a language that a client gets by a row that messages are written in another one."""
    if record.values.get("language") not in (None, *dict(settings.LANGUAGES)):
        record.note("language", _("Nos messages n’existent pas dans cette langue : ils seront en anglais."))


def _channel(record: Record, typed: dict[str, str]) -> None:
    if said := normalise(typed.get("channel", "")):
        if code := CHANNELS.get(said):
            record.values["channel"] = code
        else:
            known = ", ".join(str(label) for label in Client.Channel.labels)
            record.refuse("channel", _("Canal inconnu. Canaux possibles : %(known)s.") % {"known": known})
    if said := normalise(typed.get("no_messages", "")):
        if said in ANSWERS:
            record.values["no_messages"] = ANSWERS[said]
        else:
            record.refuse("no_messages", _("Écrivez oui ou non."))


def _payer(record: Record, typed: dict[str, str]) -> None:
    if said := normalise(typed.get("payer", "")):
        if said in PAYERS:
            record.values["payer"] = PAYERS[said]
        else:
            known = ", ".join(str(label) for label in Client.Payer.labels)
            record.refuse("payer", _("Payeur inconnu. Écrivez : %(known)s.") % {"known": known})
    if "payer_since" in typed:
        try:
            moment = parse_date(typed["payer_since"])
            record.values["payer_since"] = timezone.localdate(moment) if moment else None
        except ValidationError as error:
            record.refuse("payer_since", " ".join(error.messages))


def _created_at(record: Record, typed: dict[str, str]) -> None:
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


def _subscription(record: Record, typed: dict[str, str]) -> None:
    for name in SUBSCRIPTION:
        text = typed.get(name, "")
        try:
            moment = parse_date(text, is_end=name == "subscribed_until")
        except ValidationError as error:
            record.refuse(name, " ".join(error.messages))
            continue
        if moment and moment.year not in YEARS:
            record.refuse(name, _("« %(value)s » est trop loin dans le temps : vérifiez l’année.") % {"value": text})
        elif moment:
            record.values[name] = timezone.localdate(moment)


def check_subscription(record: Record, client: Client | None = None) -> None:
    """Refuse days in the wrong order; those that the row leaves out are those that the client has."""
    days = [record.values.get(name, getattr(client, name, None)) for name in SUBSCRIPTION]
    if error := subscription_error(*days):
        record.refuse("subscribed_until", error)


# Once the client of the row is known


def describe(record: Record, beside: Sequence[str], existing: str) -> None:
    description = record.values.get("description") or existing
    lines = [line for line in beside if line not in description]
    if lines:
        record.values["description"] = "\n".join(filter(None, (description, *lines)))


def change_kind(record: Record, client: Client, beside: list[str]) -> None:
    """Change the kind only if the row says so; a kind guessed from names changes nobody.

    A company that becomes a person loses what only companies have, and cannot while it has members.
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
        record.refuse("siret", _no_siret())
    if name := values.pop("company_name", ""):
        beside.append(_keep_company_name(record, name))


def settle_payer(record: Record, client: Client | None, today: date) -> None:
    """Who pays, by the row and the company that it gives; where that comes later in the file, once it is there."""
    values = record.values
    said = {name: values.pop(name) for name in COLUMNS if name in values}
    company = values.get("company_id") or (client.company_id if client else None)
    if PENDING in values:
        values[PAYER] = partial(settled_payer, before=client, said=said, today=today)
    elif company:
        values |= settled_payer(company, client, said, today)
    elif said.get("payer") == Client.Payer.COMPANY or said.get("payer_since"):
        column = "payer" if "payer" in said else "payer_since"
        record.refuse(column, _("Seul le membre d’une entreprise a un autre payeur : indiquez l’entreprise."))


def refuse_itself(record: Record, client: Client) -> None:
    if record.values.get("company_id") == client.pk:
        del record.values["company_id"]
        record.refuse("company", _("Un client ne peut pas être sa propre entreprise."))


def differences(client: Client, values: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        name: (str(getattr(client, name, "") or ""), str(value or ""))
        for name, value in values.items()
        if getattr(client, name, None) != value
    }
