"""Parts of towns and departments as people say them: “Paris 15e”, “2A”."""

import re
from typing import NamedTuple

# The town, its first postal code, and how many districts it has.
_TOWNS = {"paris": (75000, 20), "lyon": (69000, 9), "marseille": (13000, 16)}
_DISTRICT = re.compile(
    rf"\b({'|'.join(_TOWNS)})\s+0?(\d{{1,2}})\s*(?:er|e|[eè]me|i[eè]me)?(?:\s+arrondissement)?(?!\s*\d)\b",
    re.IGNORECASE,
)
# Corsica, whose postal codes begin with 20.
_CORSICA = {"2a": ("200", "201"), "2b": ("202", "206")}
_ALSO = {75016: 75116}


class District(NamedTuple):
    """The beginnings of its postal codes and the names of it, as `town_key` has them; and the text around it."""

    codes: tuple[str, ...]
    towns: tuple[str, ...]
    rest: str


def find_district(text: str) -> District | None:
    if match := _DISTRICT.search(text):
        town, number = match[1].lower(), int(match[2])
        first, last = _TOWNS[town]
        if 1 <= number <= last:
            codes = filter(None, (first + number, _ALSO.get(first + number)))
            names = (f"{town} {number}{ending}" for ending in ("", "e", "eme", "er", "e arrondissement"))
            return District(tuple(map(str, codes)), tuple(names), text[: match.start()] + text[match.end() :])
    words = text.lower().split()
    for word in _CORSICA.keys() & set(words):
        words.remove(word)
        return District(_CORSICA[word], (), " ".join(words))
    return None
