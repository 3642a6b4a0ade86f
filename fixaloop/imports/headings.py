"""What a heading means, however it is written: brackets, plurals, abbreviations, order of words, one wrong letter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from fixaloop.files.columns import FileColumn
from fixaloop.words.text import normalise, repair

_RANK = re.compile(r" \(\d+\)$")
# « Nom* (s.lastname) », « Téléphone [phone_mobile] »: the name of the field in the program beside the one for people;
# « CP (5 chiffres) ».
_TECHNICAL = re.compile(r"[(\[{]\s*[A-Za-z]\w*[._]\w[\w.]*\s*[)\]}]|\(\s*\d+ (?:chiffres|caract)[^)]*\)")
_PLURAL = re.compile(r"\(\w{1,2}\)|[·.]e?s\b")
# “Customer #”, « Client #2 »
_NUMBER = re.compile(r"(?<=[^\W_])\s*#|#\s*(?=[^\W_])")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])|(?<=[^\W\d_]{3})(?=\d)")
# « T?l?phone »: letters that were lost on the way, and what stands for them while the heading is normalised.
_LOST = re.compile(r"(?<=\w)[?\ufffd]+|[?\ufffd]+(?=\w)")
_ANY_LETTER = "\u4e00"
_PHRASES = (
    # Not the « nom commercial » of a company.
    (re.compile(r"\b(?:du|le) commercial\b"), "vendeur"),
    (re.compile(r"\be mails?\b|\b(?:courriel|mel|mail)s?\b"), "email"),
    (re.compile(r"\b(?:adresse|address|adr) (?:email|electronique)\b|\bemail (?:adresse|address)\b"), "email"),
    (re.compile(r"\bcode? post(?:al)?\b|\bpost(?:al)? code\b|\bzip(?: code)?\b|\bpostcode\b|\bc ?p\b"), "codepostal"),
)
_SAME = {
    word: meaning
    for meaning, words in {
        "telephone": "tel tele tph telephon telefon phone",
        "portable": "port mobile mob gsm cell cellulaire cellphone",
        "numero": "n no num nr nb number nbr",
        "adresse": "adr addr address adress",
        "societe": "soc ste",
        "reference": "ref",
        "complement": "compl cplt cpl compl",
        "immatriculation": "immat",
        "commentaire": "comment com",
        "observation": "obs",
        "remarque": "rem rq",
        "civilite": "civ",
        "identifiant": "id ident",
        "date": "dt",
        "organisation": "organization org",
        "professionnel": "pro prof",
        "personnel": "perso",
        "domicile": "dom",
        "bureau": "bur",
    }.items()
    for word in words.split()
}
_ARTICLES = frozenset(("s", "le", "la", "les", "l", "un", "une", "de", "du", "des", "d", "et", "the", "of", "a", "and"))
# A number is understood of these words: « N° de téléphone » is the telephone.
_NUMBERED = frozenset(("telephone", "portable", "siret", "siren"))
# One wrong letter makes them another heading.
_FALSE_FRIENDS = frozenset(("county", "siren"))
_SHORTEST, _LONG = 5, 12


@lru_cache(maxsize=8192)
def meaning(heading: str) -> str:
    """The words of a heading that count, in one form and order: “N° tél. du client” is “client telephone”."""
    text = _NUMBER.sub(" n° ", repair(heading))
    text = _PLURAL.sub("", _TECHNICAL.sub(" ", _RANK.sub("", text)))
    text = normalise(_HUMP.sub(" ", text))
    for pattern, word in _PHRASES:
        text = pattern.sub(word, text)
    words = {_word(word) for word in text.split()} - _ARTICLES
    if words & _NUMBERED:
        words.discard("numero")
    return " ".join(sorted(words))


def _word(word: str) -> str:
    if word in _SAME:
        return _SAME[word]
    single = word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
    return _SAME.get(single, single)


def by_heading(columns: Sequence[FileColumn]) -> dict[str, FileColumn]:
    """The column of each heading that is known, normalised. The first one of several has it."""
    return {normalise(text): column for column in reversed(columns) for text in _names(column)}


def _names(column: FileColumn) -> tuple[str, ...]:
    return (str(column.header), column.name, *column.others)


class Headings:
    """The headings of a kind’s columns. `padding` are words that headings hold besides what they name.

    It holds a heading that is surely one of them, or one of `also`: that tells headers from titles and data.
    """

    def __init__(
        self, columns: Sequence[FileColumn], padding: frozenset[str] = frozenset(), also: frozenset[str] = frozenset()
    ) -> None:
        self._exact = by_heading(columns)
        self._meant = {
            meant: column for column in reversed(columns) for text in _names(column) if (meant := meaning(text))
        }
        self._padding = frozenset(map(_word, padding))
        self._also = also

    def __contains__(self, heading: object) -> bool:
        text = str(heading).strip()
        return any(find(text) is not None for find in self.sure) or meaning(text) in self._also

    @property
    def sure(self) -> tuple[Callable[[str], FileColumn | None], ...]:
        """The ways to understand a heading that leave no doubt, the strictest first."""
        return self.exact, self.meant, self.lost, self.padded

    def exact(self, heading: str) -> FileColumn | None:
        written = _NUMBER.sub(" n° ", heading)
        return self._exact.get(normalise(written)) or self._exact.get(normalise(_RANK.sub("", written)))

    def meant(self, heading: str) -> FileColumn | None:
        return self._meant.get(meaning(heading))

    def lost(self, heading: str) -> FileColumn | None:
        """The only column whose heading it is but for lost letters."""
        text, times = _LOST.subn(_ANY_LETTER, heading)
        if not times:
            return None
        pattern = re.compile(re.escape(normalise(text)).replace(_ANY_LETTER, ".?"))
        found = {column.name: column for known, column in self._exact.items() if pattern.fullmatch(known)}
        return next(iter(found.values())) if len(found) == 1 else None

    def padded(self, heading: str) -> FileColumn | None:
        return self._meant.get(self._bare(heading))

    def likely(self, heading: str) -> FileColumn | None:
        """The only column whose heading differs by one letter, or by two in a long one."""
        near: dict[str, tuple[int, FileColumn]] = {}
        for text in {meaning(heading), self._bare(heading)}:
            for known, distance in _near(text, self._meant):
                column = self._meant[known]
                if column.name not in near or distance < near[column.name][0]:
                    near[column.name] = distance, column
        ranked = sorted(near.values(), key=lambda found: found[0])
        alone = len(ranked) == 1 or (len(ranked) > 1 and ranked[0][0] < ranked[1][0])
        return ranked[0][1] if ranked and alone else None

    def _bare(self, heading: str) -> str:
        return " ".join(word for word in meaning(heading).split() if word not in self._padding)


def _near(text: str, known: Mapping[str, FileColumn]) -> Iterator[tuple[str, int]]:
    if len(text) < _SHORTEST or text in _FALSE_FRIENDS:
        return
    most = 1 if len(text) < _LONG else 2
    for other in known:
        if len(other) >= _SHORTEST and _digits(other) == _digits(text):
            distance = OSA.distance(text, other, score_cutoff=most)
            if distance <= most:
                yield other, distance


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
