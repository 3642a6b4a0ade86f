"""Whole addresses in one cell: street, postal code, town and country are told apart where nothing is doubtful."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clients.values.parsing import FRENCH, parse_country
from fixaloop.imports.report import Record

PARTS = ("street", "street_extra", "street_3", "postal_code", "city", "country")
# « LYON CEDEX 02 », « Paris 15e »: the only digits in the name of a town.
_NUMBERED = "|".join(rf"(?<=\b{word})" for word in ("cedex", "paris", "lyon", "marseille"))
_TOWN = rf"[^\W\d_][^\d,;]*?(?:(?:{_NUMBERED})\s+\d{{1,2}}(?:er|e|ème)?)?"
# « 3 bis avenue du Test - 69006 LYON », « 1 rue X, F-75012 Paris ».
_FRENCH = re.compile(rf"(.*?[^\W\d_].*?)[\s,;–-]+(?:(?:F|FR)-)?(\d{{5}})\s+({_TOWN})", re.IGNORECASE)
_FOREIGN = re.compile(r"(.*?[^\W\d_].*?)[\s,;–-]+(?:[A-Z]{1,3}-)?(\d{4,5})\s+([^\W\d_][^\d,;]*)")
_TOWN_LINE = re.compile(rf"(?:(?:F|FR)-?)?(\d{{5}})\s+({_TOWN})(?:,\s*([^\W\d_][^\d,]*))?", re.IGNORECASE)
_CODE_AND_TOWN = re.compile(rf"(\d{{5}})[\s,–-]+({_TOWN})", re.IGNORECASE)
# As they stand on the back of cars; F-75012 is read with the code.
_ABROAD = re.compile(r"(B|CH|D|E|I|L|A|NL|P)-(\d{4,5})", re.IGNORECASE)
# Two letters are a state or an abbreviation as well.
_COUNTRY = re.compile(r"(.+)(?:,|\s[-–]|\s\()\s*([^\d,()]{3,}?)\s*\)?\s*")
_CODE = re.compile(r"(?<!\d)\d{5}(?!\d)")


def split_address(record: Record) -> None:
    """A cell for the whole address: the line that begins with a postal code is the town, those above it the street."""
    typed = record.typed
    lines = [line.strip() for line in typed["address"].split("\n") if line.strip()]
    record.sources |= dict.fromkeys(PARTS, "address")
    for at, line in enumerate(lines):
        if found := _TOWN_LINE.fullmatch(line):
            country = lines[at + 1] if at + 1 < len(lines) else found[3] or ""
            typed |= {"street": "\n".join(lines[:at]), "postal_code": found[1], "city": found[2]}
            typed["country"] = country
            return
    typed["street"] = "\n".join(lines)
    if not _split_line(record, ", ".join(lines)):
        _doubt(record, typed["address"])


def split_street(record: Record) -> None:
    """Take code, town and country out of a street that holds the whole address, where no other cell has them."""
    typed = record.typed
    street = typed.get("street", "").strip()
    if any(typed.get(name, "").strip() for name in ("postal_code", "city")) or "street" in record.notes:
        return
    if "\n" in street:
        typed["address"] = street
        split_address(record)
    elif not _split_line(record, street) and _CODE.search(street):
        _doubt(record, street)


def take_country(record: Record) -> None:
    """Take the country out of a foreign code, where no other cell has it: B-1000, CH-1003."""
    code = record.typed.get("postal_code", "").strip()
    found = _ABROAD.fullmatch(code)
    if not found or record.typed.get("country", "").strip():
        return
    record.quoted["postal_code"] = code
    record.typed |= {"country": found[1], "postal_code": found[2]}
    record.sources["country"] = "postal_code"
    record.note("postal_code", _("Pays repris du code postal : %(country)s.") % {"country": found[1].upper()})


def split_town(record: Record) -> None:
    """Take the postal code out of a town, or the town out of a code, where the other cell has none or the same."""
    code, town = (record.typed.get(name, "").strip() for name in ("postal_code", "city"))
    for source, cell, other in (("city", town, code), ("postal_code", code, town)):
        found = _CODE_AND_TOWN.fullmatch(cell)
        if found and (not other or other in found.groups()):
            record.quoted[source] = cell
            record.typed |= {"postal_code": found[1], "city": found[2]}
            record.sources |= {"postal_code": source, "city": source}
            record.note(
                source,
                _("Partagé en code postal « %(code)s » et ville « %(town)s ».") % {"code": found[1], "town": found[2]},
            )
            return


def _split_line(record: Record, line: str) -> bool:
    typed = record.typed
    rest, country = line, ""
    if not typed.get("country", "").strip():
        rest, country = _country_at_end(line)
    found = (_FOREIGN if country and parse_country(country).value not in FRENCH else _FRENCH).fullmatch(rest)
    if not (found or country):
        return False
    street, code, town = found.groups() if found else (rest, "", "")
    typed |= {"street": street, "postal_code": code, "city": town}
    if country:
        typed["country"] = country
    record.quoted["street"] = line
    source = record.sources.get("street", "street")
    record.sources |= dict.fromkeys(("postal_code", "city", "country"), source)
    told = ", ".join(filter(None, (street, code, town, country)))
    record.note("street", _("Adresse partagée : %(parts)s.") % {"parts": told})
    return True


def _country_at_end(line: str) -> tuple[str, str]:
    if not (found := _COUNTRY.fullmatch(line)):
        return line, ""
    try:
        parse_country(found[2])
    except ValidationError:
        return line, ""
    return found[1].strip(), found[2].strip()


def _doubt(record: Record, whole: str) -> None:
    record.quoted["street"] = whole
    record.note("street", _("Adresse gardée entière : le code postal et la ville n’y sont pas reconnus."))
