import re
from functools import lru_cache

from django.utils import translation
from django.utils.translation import gettext as _
from django_countries import countries

from fixaloop.forms.parsing import BLANK, Value, plain, refuse, repairs
from fixaloop.words.text import clean, normalise

# Countries whose postal codes are La Poste's five digits.
_FRENCH = frozenset(("FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF", "TF", "MC"))
_COUNTRY_PREFIX = re.compile(r"(?:F|FR|MC) ?[- ]? ?(?=\d{5}$)", re.IGNORECASE)
# Departments 01 to 95, overseas 97 and 98, and 00 for armies; nothing is 96 or 99.
_FRENCH_CODE = re.compile(r"(?!00000)(?:[0-8]\d|9[0-578])\d{3}")
_FOREIGN_CODE = re.compile(r"[\w .\-/]{1,16}")
_GLUED_CEDEX = re.compile(r"(?<=\w)(?=cedex\b)", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:la|le|les|l) ")
_OTHER_NAMES = {
    "angleterre": "GB", "ecosse": "GB", "pays de galles": "GB", "grande bretagne": "GB", "uk": "GB", "england": "GB",
    "hollande": "NL", "etats unis": "US", "usa": "US", "tchequie": "CZ", "france metropolitaine": "FR",
}  # fmt: skip


def parse_street(text: str) -> Value:
    """The first line of a street; the lines below it are the comment, for the complement of the address."""
    lines = [clean(line) for line in clean(text, multiline=True).split("\n")]
    first, *others = [line for line in lines if line] or [""]
    return Value(first, repairs(text), ", ".join(others))


def parse_postal_code(text: str, country: str = "FR") -> Value:
    """The code, with the first zero of a French one if a spreadsheet lost it. Code: postal_code."""
    code = plain(text)
    if not code:
        return BLANK
    if str(country or "FR") not in _FRENCH:
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


def parse_city(text: str) -> Value:
    return Value(_GLUED_CEDEX.sub(" ", clean(text)), repairs(text))


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
    return _OTHER_NAMES | codes
