"""Names and addresses in usual case: Dupont for DUPONT, Jean-Pierre for jean-pierre.

A proposal for somebody to take, never a change. Only case changes, no accent is invented; but a town that the list of
towns has under its postal code is written as there. Values with capitals in only some words are left alone.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from clients.values.communes import spelt
from clients.values.keys import LEGAL_FORMS

_APART = re.compile(r"([\s\-./,;:&()«»\"+]+)")
_APOSTROPHES = re.compile(r"(['’ʼ])")
_ORDINAL = re.compile(r"\d+(?:er|ère|ere|e|ème|eme|nd|nde|bis|ter|quater)", re.IGNORECASE)
_LINKS = frozenset(("de", "du", "des", "d", "et", "en", "à", "au", "aux", "sur", "sous", "par", "pour", "lès", "lez"))
_ARTICLES = frozenset(("la", "le", "les", "l"))
_PARTICLES = frozenset((
    *("de", "du", "des", "d", "von", "van", "der", "den", "los", "las", "y", "et", "ou"),
    *("née", "nee", "épouse", "epouse", "ép", "ep", "veuve", "vve", "dit", "dite"),
))  # fmt: skip
_SMALL = _LINKS | _ARTICLES | _PARTICLES
# What a street begins with, or stands after a number.
_WAYS = frozenset((
    "rue", "ruelle", "avenue", "av", "ave", "boulevard", "bd", "bld", "blvd", "chemin", "che", "chem", "ch", "allée",
    "allee", "allées", "allees", "all", "place", "pl", "placette", "impasse", "imp", "route", "rte", "quai", "cours",
    "square", "sq", "passage", "sentier", "sente", "villa", "cité", "cite", "résidence", "residence", "res", "rés",
    "lotissement", "lot", "hameau", "rond-point", "faubourg", "fbg", "fg", "montée", "montee", "traverse", "voie",
    "promenade", "esplanade", "parvis", "mail", "clos", "venelle", "côte", "cote", "bâtiment", "batiment", "bât",
    "bat", "escalier", "esc", "étage", "etage", "appartement", "appt", "apt", "porte", "immeuble", "imm",
))  # fmt: skip
_SUFFIXES = frozenset(("bis", "ter", "quater"))
_ROMAN = frozenset((
    "ii", "iii", "iv", "vi", "vii", "viii", "ix", "xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii", "xviii", "xix", "xx",
    "xxi", "xxii", "xxiii",
))  # fmt: skip
_HEIRS = frozenset(("ii", "iii", "iv"))
_IN_STREETS = frozenset(("zi", "za", "zac", "zae", "zup", "bp", "cs", "tsa", "hlm", "rn", "rd", "cd", "vc", "pmu"))
_ACRONYMS = frozenset((
    "edf", "gdf", "ratp", "cpam", "urssaf", "caf", "cic", "lcl", "axa", "maif", "macif", "maaf", "insee", "cnrs",
    "inra", "afpa", "esat", "ehpad", "ime", "opac", "sdis", "ccas", "chu", "usa", "ucpa", "ibm", "bmw", "edhec",
    "essec", "insa", "iut", "ufr", "ugap", "zi", "za", "zac",
))  # fmt: skip
_FORMS = LEGAL_FORMS - {"association", "assoc", "asso"}
# Without a vowel and no acronym, or with capitals of their own.
_WRITTEN = {"gmbh": "GmbH", "ltd": "Ltd", "st": "St", "mr": "Mr", "dr": "Dr", "jr": "Jr", "sr": "Sr", "cedex": "Cedex"}
_DOMAINS = frozenset(("fr", "com", "net", "org", "eu"))
_VOWELS = frozenset("aeiouyàâäéèêëîïôöùûüÿœæ")
# French words that end with two consonants have one of these first: art, est, parc.
_SOFT = frozenset("rlsnm")
# Before an apostrophe, with a capital after it: O’Connor, N’Diaye, Dell’Orto; but Prud’homme.
_ELISIONS = frozenset(("dell", "dall", "sant"))
_SCOTS = tuple(
    f"mac{name}"
    for name in ("donald", "gregor", "leod", "kenzie", "arthur", "mahon", "intyre", "lean", "kay", "farlane")
)
# A company of one short word in capitals is an acronym: FNAC, AXA.
_SHORT = 4


@dataclass(frozen=True)
class _Word:
    """One word of a value, in lower case, with what stands around it."""

    text: str
    number: int
    before: str
    between: str
    is_last: bool
    # The value was in capitals, so that acronyms do not stand out.
    shouted: bool
    alone: bool

    @property
    def after_link(self) -> bool:
        return self.number > 0 and (self.before in _LINKS or _APOSTROPHES.split(self.before)[0] in _LINKS)


def usual_case(values: Mapping[str, Any]) -> dict[str, str]:
    """Field → its value in usual case, for names and addresses that stand in capitals or in lower case."""
    proposals = {name: _recased(text, rule) for name, rule in _RULES.items() if is_odd(text := values.get(name) or "")}
    if city := proposals.get("city"):
        proposals["city"] = spelt(values.get("postal_code") or "", city)
    # Lower case is usual there: “2e étage”.
    if (values.get("street_extra") or "").islower():
        proposals.pop("street_extra", None)
    return {name: text for name, text in proposals.items() if text != values[name]}


def is_odd(text: str) -> bool:
    """Whether all words are in capitals, or all in lower case; particles, initials and numbers do not count."""
    if any(len(word) > _SHORT and not word.isupper() and not word.islower() for word in text.split()):
        # So most values are told at once.
        return False
    words = [word for word in _APART.split(text) if (len(word) > 1 and word.isalpha()) or _APOSTROPHES.search(word)]
    telling = [word for word in words if word.lower() not in _SMALL]
    return bool(telling) and (all(map(str.isupper, telling)) or all(map(str.islower, telling)))


@lru_cache(maxsize=20_000)
def _recased(text: str, rule: Callable[[_Word], str]) -> str:
    pieces = _APART.split(text)
    words, between = pieces[::2], ["", *pieces[1::2]]
    named = [at for at, word in enumerate(words) if word]
    alone, shouted = len(named) == 1, any(len(word) > 1 and word.isupper() for word in words)
    before, written = "", []
    for at, word in enumerate(words):
        lowered = word.lower()
        number = named.index(at) if word else 0
        if any(map(str.isdigit, word)):
            written.append(lowered if _ORDINAL.fullmatch(word) else word)
        elif word:
            written.append(rule(_Word(lowered, number, before, between[at], at == named[-1], shouted, alone)))
        else:
            written.append("")
        before = lowered or before
    return unicodedata.normalize("NFC", "".join(sep + word for sep, word in zip(between, written, strict=True)))


def _person(word: _Word) -> str:
    if word.text in _PARTICLES and not word.is_last:
        return word.text
    if word.text in _HEIRS and word.number:
        return word.text.upper()
    head, *rest = _APOSTROPHES.split(word.text, maxsplit=1)
    return head + rest[0] + _capital(rest[1]) if head == "d" and rest else _capital(word.text)


def _first_name(word: _Word) -> str:
    """Initials without a vowel stay: JP."""
    return word.text.upper() if len(word.text) < _SHORT and _has_no_vowel(word.text) else _person(word)


def _company(word: _Word) -> str:
    if word.between == "." and word.text in _DOMAINS:
        return word.text
    return word.text.upper() if _is_acronym(word) else _in_title(word)


def _street(word: _Word) -> str:
    after_number = word.before in _SUFFIXES or word.before[:1].isdigit()
    if word.text in _WAYS and word.number and (after_number or "," in word.between):
        return word.text
    if word.text in _SUFFIXES and word.before.isdigit():
        return word.text
    if word.text in _IN_STREETS or (word.text in _ROMAN and word.number):
        return word.text.upper()
    return _in_title(word)


def _town(word: _Word) -> str:
    head, *rest = _APOSTROPHES.split(word.text, maxsplit=1)
    if word.number and not word.is_last and word.text in _LINKS | _ARTICLES:
        return word.text
    if word.number and rest and head in ("d", "l"):
        return head + rest[0] + _capital(rest[1])
    return _capital(word.text)


def _in_title(word: _Word) -> str:
    """Small words are small inside: Café de la Gare; an article after no other small word is part of the name."""
    head, *rest = _APOSTROPHES.split(word.text, maxsplit=1)
    is_small = word.number > 0 and (head in _LINKS or (head in _ARTICLES and word.after_link))
    if rest and head in ("d", "l"):
        return (head if is_small else head.upper()) + rest[0] + _capital(rest[1])
    return word.text if is_small and not rest and not word.is_last else _capital(word.text)


def _is_acronym(word: _Word) -> bool:
    text = word.text
    if text in _WRITTEN:
        return False
    if text in _ROMAN and word.number:
        return True
    if word.alone and word.shouted and len(text) <= _SHORT:
        return True
    is_form = text in _FORMS and (not word.number or (word.is_last and word.before not in _LINKS))
    return is_form or text in _ACRONYMS or _has_no_vowel(text) or (word.shouted and _is_unpronounceable(text))


def _has_no_vowel(text: str) -> bool:
    return len(text) > 1 and text.isalpha() and text not in _WRITTEN and not _VOWELS & set(text)


def _is_unpronounceable(text: str) -> bool:
    """Three letters that end as no French word does: ADP, IBM; not ART."""
    return len(text) == 3 and not _VOWELS & set(text[1:]) and text[1] not in _SOFT


def _capital(text: str) -> str:
    if text in _WRITTEN:
        return _WRITTEN[text]
    head, *rest = _APOSTROPHES.split(text, maxsplit=1)
    if rest and (len(head) == 1 or head in _ELISIONS):
        return head.capitalize() + rest[0] + _capital(rest[1])
    if text.startswith("mc") and len(text) > _SHORT:
        return f"Mc{text[2:].capitalize()}"
    return f"Mac{text[3:].capitalize()}" if text in _SCOTS else text.capitalize()


_RULES: Mapping[str, Callable[[_Word], str]] = {
    "first_name": _first_name,
    "last_name": _person,
    "company_name": _company,
    "street": _street,
    "street_extra": _street,
    "city": _town,
}
NAMES: Sequence[str] = ("first_name", "last_name", "company_name")
ADDRESS: Sequence[str] = ("street", "street_extra", "city")
