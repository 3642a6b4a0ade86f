"""Who comes to the site: people with a card, a car or both, visitors, and the vans of firms."""

from dataclasses import dataclass
from random import Random

CARD, CARD_AND_CAR, CAR, VISITOR, VAN = "card", "card and car", "car", "visitor", "van"
# Shares of the people. The rest are visitors.
SHARES = ((CARD, 0.45), (CARD_AND_CAR, 0.28), (CAR, 0.22))
DAY, NIGHT, NOW_AND_THEN = "day", "night", "now and then"
CARDS_OF_A_FIRM, VANS_OF_A_FIRM = 10, 4
VANS = 0.08
# Nobody’s presence depends on anybody else’s: parts live through the year side by side, each in its own database.
PARTS = 2
SERIES = 23**2
_LETTERS = "ABCDEFGHJKLMNPQRSTVWXYZ"


@dataclass(frozen=True)
class Person:
    """Somebody who walks or drives in, or a van, whose driver nobody counts. `firm` is 0 for a private person."""

    number: int
    kind: str
    shift: str
    mechanic: bool
    badge: str = ""
    plate: str = ""
    firm: int = 0

    @property
    def is_van(self) -> bool:
        return self.kind == VAN

    @property
    def part(self) -> int:
        """Which part of the population they belong to; firms and all vans stay together."""
        return 0 if self.is_van else (self.firm or self.number) % PARTS

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


def population(count: int, seed: int) -> list[Person]:
    """The people, and the vans that come with so many."""
    chance = Random(f"{seed}/people")
    kinds = [kind for kind, share in SHARES for _one in range(round(count * share))]
    kinds += [VISITOR] * (count - len(kinds))
    people = [_person(number, kind, chance) for number, kind in enumerate(kinds, 1)]
    return people + [_van(count + number, number) for number in range(1, round(count * VANS) + 1)]


def _person(number: int, kind: str, chance: Random) -> Person:
    drawn, mechanic = chance.random(), chance.random() < 0.35
    plate = _siv(chance.randrange(SERIES), chance.randrange(1, 1000), chance.randrange(SERIES))
    shift = NOW_AND_THEN
    if kind in (CARD, CARD_AND_CAR):
        often = 0.5 if kind == CARD else 0.4
        shift = DAY if drawn < often else NIGHT if drawn < often + 0.1 else NOW_AND_THEN
    has_card, has_car = kind in (CARD, CARD_AND_CAR), kind in (CARD_AND_CAR, CAR)
    firm = (number - 1) // CARDS_OF_A_FIRM + 1 if kind == CARD else 0
    return Person(
        number,
        kind,
        shift,
        mechanic and has_card,
        badge=f"B{number:05}" if has_card else "",
        plate=plate if has_car else "",
        firm=firm,
    )


def _van(number: int, rank: int) -> Person:
    """A firm buys its vans together: their plates follow each other."""
    firm, which = divmod(rank - 1, VANS_OF_A_FIRM)
    return Person(number, VAN, DAY, False, plate=_siv(400 + firm, 701 + which, 77), firm=firm + 1)


def _siv(first: int, number: int, last: int) -> str:
    return f"{_pair(first)}-{number:03}-{_pair(last)}"


def _pair(number: int) -> str:
    first, second = divmod(number % SERIES, len(_LETTERS))
    return _LETTERS[first] + _LETTERS[second]
