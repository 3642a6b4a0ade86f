"""Files of other programs: `arrange` makes the fields of such a row those of a client."""

import re
from collections.abc import Callable, Iterable
from functools import partial

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clients.imports.addresses import PARTS, split_address, split_street, split_town, take_country
from clients.imports.kinds import WHOLE, find_kind, names_company, same_words, split_whole
from clients.imports.reach import keep_further
from clients.imports.vocabulary import COMPANY, PERSON
from clients.values.parsing import PARTED_NAME, emails_of, parse_country, parse_email, parse_siret
from clients.values.phones import parse_phone, phones_of
from fixaloop.forms.parsing import Value
from fixaloop.imports.report import Record
from fixaloop.words.text import normalise

_TOWN = re.compile(r"((?:[A-Z]{1,2}-)?\d{4,5})[\s,–-]+(\D+)|(\D+?)[\s,(–-]+(\d{4,5})\)?")


def arrange(record: Record) -> None:
    """Fill the fields of a client from those of other programs; the rest is reported or kept in the description."""
    typed = record.typed
    for name, text in typed.items():
        if not text.strip():
            typed[name] = ""
    find_kind(record)
    _names(record)
    _custom(record)
    _flags(record)
    _address(record)
    _town(record)
    near, far = _nearest(typed)
    phones = ("phone", "mobile", f"{near}_phone", f"{near}_phone_2", f"{far}_phone", f"{far}_phone_2")
    _first_usable(record, "phone", (*phones, "phone_2", "phone_3", "other_phone", "other_phone_2"))
    _first_usable(record, "email", ("email", "email_2", "email_3"))
    _exchange(record)


def tidy(record: Record) -> None:
    """Give each its cell, in a row of our own columns: several numbers of a cell, an address in its street."""
    split_street(record)
    split_town(record)
    take_country(record)
    _first_usable(record, "phone", ("phone",))
    _first_usable(record, "email", ("email",))


def _exchange(record: Record) -> None:
    typed = record.typed
    if typed.get("email_type", "").upper() == "EX" and "@" not in typed["email"]:
        record.refuse("email", _("Adresse interne d’Exchange, pas une adresse e-mail."))
        record.quoted["email"], typed["email"] = typed["email"], ""
    if normalise(typed.get("external_reference", "")) == "auto":
        typed["external_reference"] = ""


def beside(record: Record, line: str) -> None:
    record.values.setdefault("beside", []).append(line)


def _nearest(typed: dict[str, str]) -> tuple[str, str]:
    return ("home", "work") if typed.get("kind") == PERSON else ("work", "home")


def _names(record: Record) -> None:
    typed = record.typed
    whole = next((typed[name] for name in WHOLE if typed.get(name)), "")
    source = next((name for name in (*WHOLE, "organisation") if name in typed), "last_name")
    organisation = typed.get("organisation", "")
    if typed.get("kind") == PERSON and (parts := _company_before(whole)):
        company, whole = parts
        organisation = organisation or company
        record.quoted[source] = typed[source]
        message = _("Pris pour « %(person)s », de l’entreprise « %(company)s » : à vérifier.")
        record.note(source, message % {"person": whole, "company": company})
    if typed.get("kind") == COMPANY:
        _name_company(record, whole, organisation, source)
        return
    if whole and typed.get("first_name") and not typed.get("last_name"):
        typed["last_name"], record.sources["last_name"] = whole, source
    elif whole and not typed.get("last_name"):
        first, last, sure = split_whole(whole, order=source)
        typed |= {"first_name": first, "last_name": last}
        record.sources |= {"first_name": source, "last_name": source}
        if not sure:
            message = _("Partagé en prénom « %(first)s » et nom « %(last)s » : à vérifier.")
            record.quoted[source] = whole
            record.note(source, message % {"first": first, "last": last})
    elif whole and not same_words(whole, f"{typed.get('first_name', '')} {typed['last_name']}"):
        _doubt_other_name(record, whole, source)
    elif not typed.get("last_name") and "full_name" in typed:
        record.sources |= {"first_name": "full_name", "last_name": "full_name"}
    if organisation and normalise(organisation) != normalise(whole):
        typed["employer"], record.sources["company"] = organisation, "organisation"


def _doubt_other_name(record: Record, whole: str, source: str) -> None:
    record.quoted[source] = whole
    beside(record, _("Nom : %(text)s") % {"text": whole})
    message = _("« %(text)s » n’est pas la personne de la ligne : gardé dans la description, à vérifier.")
    record.note(source, message % {"text": whole})


def _name_company(record: Record, whole: str, organisation: str, source: str) -> None:
    typed = record.typed
    if not typed.get("company_name") and (organisation or whole or "company_name" not in typed):
        typed["company_name"] = organisation or whole
        record.sources["company_name"] = "organisation" if organisation or source == "last_name" else source
    name = organisation or typed.get("company_name", "")
    if name and whole and normalise(name) != normalise(whole):
        beside(record, _("Nom : %(text)s") % {"text": whole})
        if not organisation:
            record.note(source, _("« %(text)s » est gardé dans la description") % {"text": whole})


def _company_before(whole: str) -> tuple[str, str] | None:
    """The company and the person of “Garage du Port, Marie Durand”; None for another name."""
    parted = PARTED_NAME.fullmatch(whole.strip())
    return (parted[1], parted[2]) if parted and parted[2] and names_company(parted[1]) else None


def _custom(record: Record) -> None:
    typed = record.typed
    label, value = typed.get("custom_label", ""), typed.get("custom_value", "")
    if value and normalise(label) == "siret" and not typed.get("siret"):
        typed["siret"], record.sources["siret"] = value, "custom_value"
        record.note("siret", _("SIRET repris d’un champ personnalisé."))
    elif value:
        beside(record, f"{label} : {value}" if label else value)
    if (number := typed.get("maybe_siret", "")) and not typed.get("siret"):
        if _usable(partial(parse_siret, number)):
            typed["siret"], record.sources["siret"] = number, "maybe_siret"
        else:
            beside(record, _("Identification : %(text)s") % {"text": number})
    if number := typed.get("vat_number", ""):
        beside(record, _("N° TVA : %(text)s") % {"text": number})
        record.note("vat_number", _("Gardé dans la description : un n° de TVA donne le SIREN, pas le SIRET."))


def _flags(record: Record) -> None:
    if record.typed.get("is_client") == "0":
        record.refuse("is_client", _("Fournisseur seulement dans le fichier d’origine : ce n’est pas un client."))
    elif record.typed.get("is_client") == "2":
        record.note("is_client", _("Prospect seulement dans le fichier d’origine."))
    if record.typed.get("is_open") == "0":
        record.note("is_open", _("Tiers clos dans le fichier d’origine : sans intervention, ce client est inactif."))


def _address(record: Record) -> None:
    """Take one address, and keep the others in the description.

    The client’s own comes first, then home for a person and work for a company.
    """
    typed = record.typed
    near, far = _nearest(typed)
    labels = {"": "", "home_": _("domicile"), "work_": _("bureau"), "other_": _("autre")}
    blocks = [
        (prefix, {name: typed.get(f"{prefix}{name}", "") for name in PARTS})
        for prefix in ("", f"{near}_", f"{far}_", "other_")
    ]
    filled = [(prefix, block) for prefix, block in blocks if any(block[name] for name in PARTS[:5])]
    for rank, (prefix, block) in enumerate(filled):
        if rank == 0 and prefix:
            typed |= block
            record.sources |= {name: f"{prefix}{name}" for name in PARTS}
        elif rank:
            town = f"{block['postal_code']} {block['city']}".strip()
            told = ", ".join(filter(None, (block["street"], block["street_extra"], town)))
            beside(record, _("Adresse (%(place)s) : %(text)s") % {"place": labels[prefix], "text": told})
    if not filled and typed.get("address"):
        split_address(record)
    split_street(record)


def _town(record: Record) -> None:
    typed = record.typed
    if (line := typed.get("postal_city", "")) and not (typed.get("postal_code") or typed.get("city")):
        found = _TOWN.fullmatch(line)
        typed["postal_code"], typed["city"] = (found[1] or found[4], found[2] or found[3]) if found else ("", line)
        record.sources |= {"postal_code": "postal_city", "city": "postal_city"}
    else:
        split_town(record)
    take_country(record)
    if typed.get("street_3"):
        typed["street_extra"] = ", ".join(filter(None, (typed.get("street_extra", ""), typed["street_3"])))
    if not typed.get("street") and typed.get("street_extra"):
        typed["street"], typed["street_extra"] = typed["street_extra"], ""
        record.sources["street"] = "street_extra"


def _first_usable(record: Record, name: str, candidates: Iterable[str]) -> None:
    """Take the first valid value, or the first at all, which will be refused; the others are kept beside it."""
    typed = record.typed
    several = emails_of if name == "email" else phones_of
    found = [
        (source, text) for source in candidates for part in several(typed.get(source, "")) if (text := part.strip())
    ]
    if not found:
        return
    read = parse_email if name == "email" else partial(parse_phone, country=_country(typed))
    usable = (at for at, (_source, text) in enumerate(found) if len(found) == 1 or _usable(partial(read, text)))
    record.sources[name], typed[name] = found.pop(next(usable, 0))
    for source, text in found:
        if text != typed[name]:
            keep_further(record, name, source, text, read)


def _country(typed: dict[str, str]) -> str:
    try:
        return parse_country(typed.get("country", "")).value
    except ValidationError:
        return "FR"  # the row is refused for it


def _usable(read: Callable[[], Value]) -> bool:
    try:
        return bool(read().value)
    except ValidationError:
        return False
