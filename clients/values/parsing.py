"""Names, e-mails, addresses and SIRET as people write them.

E-mails are checked by Django’s validator, narrowed to what all mail programs accept. A SIRET has 14 digits, 9 of the
company (SIREN) and 5 of the establishment; python-stdnum knows the exception of La Poste, whose digits add up to a
multiple of 5 instead of passing Luhn.
"""

import re
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils import translation
from django.utils.translation import gettext as _, ngettext
from django_countries import countries
from stdnum.fr import siren, siret as standard

from fixaloop.forms.parsing import BLANK, Value, is_scientific, plain, refuse, refuse_ruined, repairs
from fixaloop.words.text import clean, normalise

CIVILITIES = frozenset(
    ("m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle", "dr", "docteur", "me", "maître", "vve", "veuve")
)
_LOST_CHARACTER = re.compile(r"\ufffd|\?(?=\w)|(?<=\w)\?")
_AND = frozenset(("et", "&", "ou"))
_PARTICLES = frozenset(
    ("de", "du", "des", "d", "la", "le", "les", "von", "van", "der", "den", "di", "da", "del", "della")
)
_INITIALS = re.compile(r"(?:[^\W\d_]{1,2}\.-?)+")
# « Durand, Marie », « DURAND (Marie) ».
PARTED_NAME = re.compile(r"([^,;()]+?)\s*(?:[,;]\s*([^,;()]+)|\(([^,;()]+)\))")
_ELIDED = re.compile(r"[dl]['’]", re.IGNORECASE)


def parse_name(text: str, max_length: int | None = None) -> Value:
    name = clean(text)
    if max_length and len(name) > max_length:
        message = ngettext(
            "%(length)d caractère : le maximum est %(max)d.",
            "%(length)d caractères : le maximum est %(max)d.",
            len(name),
        )
        raise ValidationError(message, "max_length", {"length": len(name), "max": max_length})
    return Value(name, repairs(text) + _lost(name))


def _lost(text: str) -> tuple[str, ...]:
    return (_("caractère perdu avant l’import (« ? »), à corriger"),) if _LOST_CHARACTER.search(text) else ()


def is_civility(text: str) -> bool:
    return text.strip().rstrip(".").lower() in CIVILITIES


class FullName(NamedTuple):
    """First and last name; `sure` if only one reading makes sense."""

    first: str
    last: str
    sure: bool


def split_name(text: str) -> FullName:
    """« DE BRETAGNE Anne », « Anne de Bretagne », « M. Jean Dupont », « Dupont, Jean »; a single word is a last name.

    A comma or capitals tell the last name; else initials at the end are the first one; else the last one begins with a
    particle, or is everything after the first word. Libraries that split names know English names only.
    """
    if parted := PARTED_NAME.fullmatch(text.strip()):
        last, first = (" ".join(_without_civility(part.split())) for part in (parted[1], parted[2] or parted[3]))
        return FullName(first, last, parted[2] is not None)
    words = _without_civility(text.split())
    if len(words) < 2:
        return FullName("", " ".join(words), True)
    capitals = [_is_capitals(word) for word in words]
    if any(capitals) and not all(capitals):
        return _split_by_capitals(words, capitals)
    if _is_particle(words[0]):
        # Nobody is called « de »: the last name begins there, and of two words it is all there is.
        if len(words) == 2:
            return FullName("", " ".join(words), True)
        return FullName(words[-1], " ".join(words[:-1]), False)
    if len(words) == 2 and _INITIALS.fullmatch(words[1]) and not _INITIALS.fullmatch(words[0]):
        return FullName(words[1], words[0], True)
    particle = next((at for at, word in enumerate(words) if at and _is_particle(word)), None)
    sure = len(words) == 2 or particle == 1
    return FullName(words[0], " ".join(words[1:]), sure)


def _without_civility(words: list[str]) -> list[str]:
    while len(words) > 1 and (is_civility(words[0]) or (words[0].lower() in _AND and is_civility(words[1]))):
        words = words[1:]
    return words


def _split_by_capitals(words: list[str], capitals: list[bool]) -> FullName:
    leading = len(list(takewhile(lambda at: capitals[at] or _joins(words, capitals, at), range(len(words)))))
    if leading:
        return FullName(" ".join(words[leading:]), " ".join(words[:leading]), True)
    first = next(at for at in range(1, len(words)) if capitals[at])
    while first > 1 and _is_particle(words[first - 1]):
        first -= 1
    return FullName(" ".join(words[:first]), " ".join(words[first:]), all(capitals[first + 1 :]))


def _joins(words: list[str], capitals: list[bool], at: int) -> bool:
    return _is_particle(words[at]) and any(capitals[at + 1 : at + 3])


def _is_capitals(word: str) -> bool:
    return word.isupper() and not word.endswith(".")


def _is_particle(word: str) -> bool:
    return word.lower() in _PARTICLES or bool(_ELIDED.match(word) and word[0].islower())


_NAMED = re.compile(r"[^<>]*<\s*([^<>\s]+@[^<>\s]+)\s*>")
_SEVERAL = re.compile(r"\S+@\S+(\s*(:::|[;,/|])\s*|\s+)\S+@\S+")
_AROUND_EMAILS = re.compile(r"\s*(?:[;,|]|:::|\s/|\s(?:ou|et|or|and)\s)\s*|\s+(?=\S+@)(?!<)", re.IGNORECASE)
# RFC 5321: 254 characters in all, 64 before the @.
_LONGEST = 254
_LONGEST_LOCAL_PART = 64
_CUT_EXTENSION = re.compile(r"\.[^.]?$")
_is_email = EmailValidator(allowlist=[])


def parse_email(text: str) -> Value:
    """The address in lower case. Codes: named, several, length, accents, extension, invalid."""
    email = clean(text)
    if not email:
        return BLANK
    _refuse_what_is_around(email)
    local_part, _at, domain = email.rpartition("@")
    if len(email) > _LONGEST or len(local_part) > _LONGEST_LOCAL_PART:
        refuse(_("L’adresse « %(value)s » est trop longue (64 caractères avant @, 254 en tout)."), "length", email)
    if not local_part.isascii():
        message = _(
            "L’adresse « %(value)s » contient avant @ une lettre accentuée, que beaucoup de messageries refusent :"
            " vérifiez-la."
        )
        refuse(message, "accents", email)
    if _CUT_EXTENSION.search(domain):
        refuse(
            _("L’adresse « %(value)s » est coupée après le dernier point : complétez-la (.fr, .com…)."),
            "extension",
            email,
        )
    try:
        _is_email(email)
    except ValidationError:
        refuse(_("« %(value)s » n’est pas une adresse e-mail : attendu nom@domaine.fr, sans espace."), "invalid", email)
    return Value(email.lower())


def emails_of(text: str) -> list[str]:
    """The addresses of a cell that holds several, whatever stands between; else the cell."""
    parts = [part for part in _AROUND_EMAILS.split(text) if part]
    return parts if len(parts) > 1 and all("@" in part for part in parts) else [text]


def _refuse_what_is_around(email: str) -> None:
    if named := _NAMED.fullmatch(email):
        message = _("« %(value)s » contient un nom et une adresse : gardez seulement %(address)s.")
        refuse(message, "named", email, address=named[1])
    if _SEVERAL.search(email):
        refuse(_("« %(value)s » contient plusieurs adresses : gardez-en une seule."), "several", email)


# Countries whose postal codes are La Poste's five digits.
FRENCH = frozenset(("FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF", "TF", "MC"))
# The beginnings of overseas codes, the longest first, and their countries.
_OVERSEAS = {
    "97133": "BL", "97150": "MF", "98000": "MC", "971": "GP", "972": "MQ", "973": "GF", "974": "RE", "975": "PM",
    "976": "YT", "984": "TF", "986": "WF", "987": "PF", "988": "NC",
}  # fmt: skip
_COUNTRY_PREFIX = re.compile(r"(?:F|FR|MC) ?[- ]? ?(?=\d{5}$)", re.IGNORECASE)
# Departments 01 to 95, overseas 97 and 98, and 00 for armies; nothing is 96 or 99.
_FRENCH_CODE = re.compile(r"(?!00000)(?:[0-8]\d|9[0-578])\d{3}")
_FOREIGN_CODE = re.compile(r"[\w .\-/]{1,16}")
_GLUED_CEDEX = re.compile(r"(?<=\w)(?=cedex\b)", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:la|le|les|l) ")
_OTHER_NAMES = {
    "corse": "FR", "frankreich": "FR", "deutschland": "DE", "osterreich": "AT", "schweiz": "CH", "belgien": "BE",
    "belgie": "BE", "nederland": "NL", "niederlande": "NL", "luxemburg": "LU", "italien": "IT", "italia": "IT",
    "spanien": "ES", "espana": "ES",
    # On the back of cars, where the ISO code has two other letters.
    "f": "FR", "d": "DE", "b": "BE", "e": "ES", "i": "IT", "l": "LU", "a": "AT", "p": "PT",
    "angleterre": "GB", "ecosse": "GB", "pays de galles": "GB", "grande bretagne": "GB", "uk": "GB", "england": "GB",
    "great britain": "GB", "wales": "GB", "northern ireland": "GB", "irlande du nord": "GB", "eire": "IE",
    "republic of ireland": "IE", "united states": "US", "u s a": "US", "quebec": "CA", "holland": "NL",
    "the netherlands": "NL", "grand duche de luxembourg": "LU", "svizzera": "CH", "danmark": "DK", "polska": "PL",
    "czech republic": "CZ", "russian federation": "RU", "macedonia": "MK", "macedoine": "MK",
    "macedoine du nord": "MK", "bosnia": "BA", "bosnie": "BA", "turkey": "TR", "vatican": "VA", "ivory coast": "CI",
    "cape verde": "CV", "burkina": "BF", "rdc": "CD", "congo kinshasa": "CD", "congo brazzaville": "CG",
    "swaziland": "SZ", "uae": "AE", "rep dominicaine": "DO", "ile maurice": "MU", "ile de la reunion": "RE",
    "principaute de monaco": "MC", "france fr": "FR",
    "hollande": "NL", "etats unis": "US", "usa": "US", "tchequie": "CZ", "france metropolitaine": "FR",
    "guyane": "GF", "polynesie": "PF", "tahiti": "PF", "wallis": "WF", "saint pierre": "PM",
    "st pierre et miquelon": "PM",
    "st martin": "MF", "st barthelemy": "BL", "saint barth": "BL", "nouvelle caledonie": "NC", "caledonie": "NC",
}  # fmt: skip


def parse_street(text: str) -> Value:
    """The first line of a street; the lines below it are the comment, for the complement of the address."""
    lines = [clean(line) for line in clean(text, multiline=True).split("\n")]
    first, *others = [line for line in lines if line] or [""]
    return Value(first, repairs(text) + _lost(text), ", ".join(others))


def parse_postal_code(text: str, country: str = "FR") -> Value:
    """The code, with the first zero of a French one if a spreadsheet lost it. Code: postal_code."""
    code = plain(text)
    if not code:
        return BLANK
    if str(country or "FR") not in FRENCH:
        if not _FOREIGN_CODE.fullmatch(code):
            refuse(_("« %(value)s » n’est pas un code postal."), "postal_code", code)
        return Value(code)
    digits = _COUNTRY_PREFIX.sub("", code).replace(" ", "")
    notes: tuple[str, ...] = ()
    if len(digits) == 4 and digits.isdigit():
        digits, notes = "0" + digits, (_("zéro initial du code postal rétabli"),)
    if not _FRENCH_CODE.fullmatch(digits):
        refuse(_("« %(value)s » n’est pas un code postal français : attendu 5 chiffres."), "postal_code", code)
    return Value(digits, notes)


def country_of(postal_code: str) -> str:
    """The country of a code of La Poste: overseas departments and territories have their own."""
    code = plain(postal_code).replace(" ", "")
    if len(code) != 5 or not code.isdigit():
        return "FR"
    return next((country for beginning, country in _OVERSEAS.items() if code.startswith(beginning)), "FR")


def parse_city(text: str) -> Value:
    return Value(_GLUED_CEDEX.sub(" ", clean(text)), repairs(text) + _lost(text))


def parse_country(text: str) -> Value:
    """The ISO code of a country named in French, in English or by its code; blank is France. Code: country."""
    name = clean(text)
    if not name:
        return Value("FR")
    code = _codes().get(_ARTICLE.sub("", normalise(name)))
    if not code:
        refuse(
            _("« %(value)s » n’est pas un pays connu : écrivez son nom en français, ou son code (FR, BE…)."),
            "country",
            name,
        )
    return Value(code)


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for language in ("en", "fr"):
        with translation.override(language):
            codes |= {_ARTICLE.sub("", normalise(str(name))): code for code, name in countries}
    for code, _name in countries:
        codes |= {code.lower(): code, countries.alpha3(code).lower(): code}
    return codes | _OTHER_NAMES


def parse_external_reference(text: str) -> Value:
    """The text; code `scientific` for a number that a spreadsheet has shortened."""
    refuse_ruined(
        plain(text),
        _("« %(value)s » est un nombre abîmé par le tableur : recopiez la référence dans une cellule au format Texte."),
    )
    return Value(clean(text))


_SEPARATORS = re.compile(r"[ .\-/_]")
_LENGTH = 14


def parse_siret(text: str) -> Value:
    """The 14 digits. Codes: scientific, not_digits, siren, length, zero, key."""
    text = plain(text)
    if not text:
        return BLANK
    if is_scientific(text):
        refuse(
            _(
                "« %(value)s » est un nombre abîmé par le tableur, ses derniers chiffres sont perdus : recopiez les"
                " 14 chiffres du SIRET dans une cellule au format Texte."
            ),
            "scientific",
            text,
        )
    digits = _SEPARATORS.sub("", text)
    if not (digits.isascii() and digits.isdigit()):
        refuse(_("« %(value)s » n’est pas un SIRET : saisissez ses 14 chiffres, ou laissez vide."), "not_digits", text)
    if len(digits) == _LENGTH - 1 and standard.is_valid("0" + digits) and int(digits):
        return Value("0" + digits, (_("zéro initial du SIRET rétabli"),))
    _check(digits, text)
    return Value(digits)


def show_siret(siret: str) -> str:
    """401 251 566 01475."""
    return standard.format(siret) if siret else ""


def _check(digits: str, text: str) -> None:
    if len(digits) == 9 and siren.is_valid(digits):
        refuse(
            _(
                "« %(value)s » est un SIREN (9 chiffres) : ajoutez les 5 chiffres de l’établissement pour former le"
                " SIRET, ou laissez vide."
            ),
            "siren",
            text,
        )
    if len(digits) != _LENGTH:
        message = _("« %(value)s » n’est pas un SIRET : il faut 14 chiffres, il y en a %(count)d.")
        refuse(message, "length", text, count=len(digits))
    if not int(digits):
        refuse(_("« %(value)s » n’est pas un SIRET : laissez vide s’il n’est pas connu."), "zero", text)
    if not standard.is_valid(digits):
        refuse(_("Le SIRET « %(value)s » est faux (clé de contrôle) : vérifiez chaque chiffre."), "key", text)
