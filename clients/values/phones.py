"""Phone numbers as written in France, checked by phonenumbers and stored as E.164.

Two things are not in its tables. Numbers of overseas departments are written as ten French digits but have country
codes of their own (ARCEP, plan national de numérotation: 0590 is +590, 0262 and 0692 are +262, 0508 is +508 and six
digits). And 06 39 98 is kept for fiction in metropolitan France, while 06 39 is Mayotte.
"""

import re
from functools import lru_cache
from itertools import pairwise
from typing import NoReturn

import phonenumbers
from django.utils.translation import gettext as _

from fixaloop.forms.parsing import BLANK, Value, is_scientific, plain, refuse

# The first three digits after the 0, and the country code they belong to.
_OVERSEAS = {
    "590": 590, "690": 590, "691": 590,
    "594": 594, "694": 594,
    "596": 596, "696": 596, "697": 596,
    "262": 262, "263": 262, "269": 262, "639": 262, "692": 262, "693": 262,
    "508": 508,
}  # fmt: skip
_OVERSEAS_CODES = tuple(dict.fromkeys(_OVERSEAS.values()))
# Countries where a number is written as ten French digits.
_FRENCH_COUNTRIES = frozenset(("FR", "GP", "BL", "MF", "MQ", "GF", "RE", "YT", "PM"))
_FICTION = "063998"
_SAINT_PIERRE = 508

# The number, then what is written after it. A slash before a digit separates digits, before a space it ends the number.
_NUMBER = re.compile(r"(?:\(\+?\d{1,4}\)|(?:\+|00) ?\d{1,3} ?\(\d{1,5}\)|\+)? ?[\d .\-_]*(?:/\d[\d .\-_]*)*")
_SHORT = re.compile(r"[1-9]\d{1,5}")
# « Tél. portable : », « tel: »: it says nothing that the number does not.
_KIND = r"(?:t[ée]l(?:[ée]phone)?|phone|port(?:able)?|mob(?:ile)?|fixe|gsm|cell|num[ée]ro|n[°o])"
_LABEL = re.compile(rf"(?:{_KIND}\b[\s.:]*)+(?=[+(\d])", re.IGNORECASE)
# Somebody or some place, then the number: « Mme Durand : 06 39 98 00 01 ».
_BEFORE = re.compile(r"([^\W\d_][^\d+(]{1,40}?)[ :]+(?=(?:[+(]|00|0\d)[\d .\-/()]{8})")
_FRENCH_NUMBER = re.compile(r"(?<!\d)(?:(?:\+|00)33[ .\-]?(?:\(0\)[ .\-]?)?[1-9]|0[1-9])(?:[ .\-/_]?\d{2}){4}(?!\d)")
_BETWEEN = re.compile(r"\s*(?:[\n,;|]|:::|\s[/\-–—&]\s|/(?=\s*[+0])|\s(?:ou|et|or|and)\s)\s*", re.IGNORECASE)
_FEWEST_DIGITS = 8
_AROUND_COMMENT = " /()[]:;,.-"


def parse_phone(text: str, country: str = "FR") -> Value:
    """The number in E.164, as people of `country` write it; text after it is the comment.

    Codes: scientific, not_a_number, short, several, machine, invalid.
    """
    text = plain(text)
    if not text:
        return BLANK
    if is_scientific(text):
        refuse(
            _("« %(value)s » est un nombre abîmé par le tableur : recopiez le numéro de téléphone."), "scientific", text
        )
    before, text = _label(text)
    number, comment = _split(text)
    comment = ", ".join(filter(None, (before, comment)))
    e164, notes = _read(number, str(country or "FR"), text)
    if comment:
        notes += (_("texte après le numéro de téléphone : « %(text)s »") % {"text": comment},)
    return Value(e164, notes, comment)


def phones_of(text: str) -> list[str]:
    """The numbers of a cell that holds several, each with the text beside it; else the cell."""
    parts = [part for part in _BETWEEN.split(text) if part.strip()]
    if len(parts) > 1 and all(len(_digits(part)) >= _FEWEST_DIGITS for part in parts):
        return parts
    found = list(_FRENCH_NUMBER.finditer(text))
    gaps = [(match.end(), after.start()) for match, after in pairwise(found)]
    # With nothing but spaces between them, nobody knows that it is not one number with too many digits.
    if not gaps or not all(text[start:end].strip() for start, end in gaps):
        return [text]
    cuts = ((_BETWEEN.search(text, start, end + 1), end) for start, end in gaps)
    ends = [0, *(cut.end() if cut else end for cut, end in cuts), len(text)]
    return [text[start:end].strip(" \t\n/,;|-&") for start, end in pairwise(ends)]


def show_phone(e164: str, country: str = "FR") -> str:
    """The number as people of `country` read it: French numbers by two digits in France, others international.

    `parse_phone` with the same country gives it back.
    """
    if not e164:
        return ""
    national = dialled_in_france(e164) if str(country or "FR") in _FRENCH_COUNTRIES else ""
    if national:
        return f"{national[:2]} {national[2:4]} {national[4:6]} {national[6:8]} {national[8:]}"
    return _international(e164)


@lru_cache(maxsize=4096)
def _international(e164: str) -> str:
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def dialled_in_france(e164: str) -> str:
    if e164.startswith("+33") and len(e164) == 12:
        return "0" + e164[3:]
    if e164.startswith(f"+{_SAINT_PIERRE}") and len(e164) == 10:
        return "0" + e164[1:]
    code, national = e164[1:4], e164[4:]
    return "0" + national if len(national) == 9 and str(_OVERSEAS.get(national[:3])) == code else ""


def _label(text: str) -> tuple[str, str]:
    """What is written before the number and is more than its kind, and the number with what follows."""
    text = text[label.end() :] if (label := _LABEL.match(text)) else text
    before = _BEFORE.match(text)
    return (before[1].strip(_AROUND_COMMENT), text[before.end() :]) if before else ("", text)


def _split(text: str) -> tuple[str, str]:
    match = _NUMBER.match(text)
    end = match.end() if match else 0
    number, rest = text[:end], text[end:]
    if rest[:1].isalpha() and number[-1:].isdigit():
        return "", ""  # « 06 39 98 00 1O »: a letter in the number, not a comment
    before, _slash, after = number.partition("/")
    if len(_digits(before)) >= 9:
        number, rest = before, after + rest
    return number.strip(" .-_"), rest.strip(_AROUND_COMMENT)


def _read(number: str, country: str, text: str) -> tuple[str, tuple[str, ...]]:
    digits = _digits(number)
    if not digits:
        refuse(
            _("« %(value)s » n’est pas un numéro de téléphone : corrigez-le, ou laissez vide."), "not_a_number", text
        )
    if "+" in number or digits.startswith("00"):
        digits = _digits(number.replace("(0)", "")).removeprefix("00")
        if not digits.startswith("33"):
            return _valid(f"+{digits}", None) or _refuse(digits, text), ()
        return _french("0" + digits[2:].removeprefix("0"), text, international=True)
    if country not in _FRENCH_COUNTRIES:
        return _valid(number, country) or _refuse(digits, text), ()
    if country == "PM" and len(digits) == 6:
        return _french(f"0{_SAINT_PIERRE}{digits}", text)
    if _SHORT.fullmatch(digits):
        message = _("« %(value)s » est un numéro court : indiquez un numéro à 10 chiffres, ou laissez vide.")
        refuse(message, "short", text)
    if len(digits) == 9 and digits[0] != "0":
        e164, _notes = _french("0" + digits, text)
        return e164, (_("zéro initial du téléphone rétabli"),)
    if len(digits) == 11 and digits.startswith("33"):
        e164, _notes = _french("0" + digits[2:], text)
        return e164, (_("« + » initial du téléphone rétabli"),)
    return _french(digits, text)


def _french(digits: str, text: str, *, international: bool = False) -> tuple[str, tuple[str, ...]]:
    """Ten digits under the country code they belong to, with a note if +33 was written instead."""
    if len(digits) != 10 or digits[0] != "0":
        _refuse(digits, text)
    if digits.startswith(_FICTION):
        return f"+33{digits[1:]}", ()
    code = _OVERSEAS.get(digits[1:4])
    for candidate in (code,) if code else (33, *_OVERSEAS_CODES):
        national = digits[4:] if candidate == code == _SAINT_PIERRE else digits[1:]
        if e164 := _valid(f"+{candidate}{national}", None):
            break
    else:
        _refuse(digits, text)
    if not international or candidate == 33:
        return e164, ()
    return e164, (_("indicatif +33 remplacé par +%(code)d") % {"code": candidate},)


def _valid(number: str, country: str | None) -> str | None:
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _refuse(digits: str, text: str) -> NoReturn:
    if len(digits) >= 17:
        refuse(_("« %(value)s » contient plusieurs numéros de téléphone : gardez-en un seul."), "several", text)
    if digits.startswith("0700"):
        message = _("« %(value)s » n’est pas un téléphone : les numéros en 07 00 sont réservés aux machines.")
        refuse(message, "machine", text)
    message = _(
        "« %(value)s » n’est pas un numéro de téléphone possible : vérifiez chaque chiffre (10 chiffres en France,"
        " sinon + et l’indicatif du pays)."
    )
    refuse(message, "invalid", text)


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))
