"""Whether two names are one, written differently."""

from collections.abc import Mapping
from typing import Any

from clients.values.keys import name_parts

# Shorter surnames differ by one letter all the time: Rey, Roy.
MISSPELT = 5
Values = Mapping[str, Any]
# First names and surnames; the name of a company counts as surnames.
Names = tuple[list[str], list[str]]


def same_name(one: Values, other: Values) -> bool:
    """Whether two clients may bear one name: of companies, or of persons. Where nothing compares, they may.

    Case, accents, order, hyphens, civilities, legal forms and initials do not matter, nor does a further name: the
    maiden name beside the other one. In a surname of five letters or more, one letter may be wrong; a first name with
    another letter is another person: Louis and Louise.
    """
    pairs = [pair for pair in ((_company(one), _company(other)), (_person(one), _person(other))) if all(map(any, pair))]
    return not pairs or any(_is_one(*pair) for pair in pairs)


def words_of(values: Values) -> set[str]:
    return {word for names in (_company(values), _person(values)) for name in names for word in name}


def _company(values: Values) -> Names:
    return [], name_parts(values.get("company_name") or "")


def _person(values: Values) -> Names:
    return name_parts(values.get("first_name") or ""), name_parts(values.get("last_name") or "")


def _is_one(one: Names, other: Names) -> bool:
    (short, long) = sorted((one, other), key=lambda name: sum(map(len, name)))
    if "".join(short[0] + short[1]) == "".join(long[0] + long[1]):
        return True
    left = [*((word, False) for word in long[0]), *((word, True) for word in long[1])]
    for word, is_surname in [*((word, True) for word in short[1]), *((word, False) for word in short[0])]:
        partner = next((found for found in left if word == found[0]), None) or next(
            (found for found in left if _fits(word, found[0], misspelt=is_surname and found[1])), None
        )
        if partner is None:
            return False
        left.remove(partner)
    return True


def _fits(word: str, other: str, *, misspelt: bool) -> bool:
    if 1 in (len(word), len(other)):
        return word[0] == other[0]
    return misspelt and min(len(word), len(other)) >= MISSPELT and _one_letter_apart(word, other)


def _one_letter_apart(word: str, other: str) -> bool:
    """Whether one letter added, left out, replaced, or exchanged with its neighbour makes one word the other."""
    start = next((at for at, pair in enumerate(zip(word, other, strict=False)) if pair[0] != pair[1]), None)
    if start is None:
        return abs(len(word) - len(other)) <= 1
    here, there = word[start:], other[start:]
    exchanged = here[:2] == there[1::-1] and here[2:] == there[2:]
    return exchanged or here[1:] == there[1:] or here[1:] == there or here == there[1:]
