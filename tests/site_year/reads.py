"""What readers make of a passage: nothing, a badge read twice, a plate with a wrong letter or in view for long."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from tests.site_year.place import IN, Door, door_of
from tests.site_year.rhythm import DESK, PARIS, WHEEL, Step

FORGOTTEN, MISREAD = 0.05, 0.02
READ_TWICE, IN_VIEW = 0.04, 0.06
REPEATED = "read repeatedly"
_ALIKE = {
    "0": "OD", "O": "0", "D": "0", "1": "I", "8": "B", "B": "8", "5": "S", "S": "5", "2": "Z", "Z": "2", "6": "G",
    "G": "6", "Q": "0", "7": "1", "V": "Y", "M": "N",
}  # fmt: skip
_ANY = "ABCDEFGHJKLMNPQRSTVWXYZ0123456789"


@dataclass(frozen=True)
class Reading:
    """The reads of a passage: the door, the value, and when after the passage each read is sent.

    `fault` says what went wrong, in words; without a door the passage goes through the counter.
    """

    door: Door | None
    value: str
    offsets: tuple[timedelta, ...]
    fault: str = ""


def reading_of(step: Step, seed: int) -> Reading:
    chance = Random(f"{seed}/{step.who.number}/{step.at}")
    way = "entry" if step.way == IN else "exit"
    if step.by == DESK:
        missed = step.way != IN and chance.random() < FORGOTTEN
        return Reading(None, "", () if missed else (timedelta(),), "exit not told at the counter" if missed else "")
    camera = step.by == WHEEL
    door = door_of(step.zone, step.way, camera=camera)
    value = step.who.plate if camera else step.who.badge
    if chance.random() < FORGOTTEN:
        return Reading(door, value, (), f"{way} forgotten, {door.name}")
    fault = ""
    if camera and chance.random() < MISREAD:
        value, fault = misread(value, chance), f"{way} misread, {door.name}"
    offsets = _offsets(camera, chance)
    if len(offsets) > 1 and not fault:
        fault = f"{way} {REPEATED}, {door.name}"
    return Reading(door, value, offsets, fault)


def _offsets(camera: bool, chance: Random) -> tuple[timedelta, ...]:
    """The first read at once; a badge again within three seconds, a plate every few seconds until it leaves."""
    again = 0
    if chance.random() < (IN_VIEW if camera else READ_TWICE):
        again = chance.randint(1, 7) if camera else chance.choice((1, 1, 1, 2))
    offsets, later = [timedelta()], timedelta()
    for _one in range(again):
        later += timedelta(seconds=round(chance.uniform(1, 4) if camera else chance.uniform(0.5, 3), 1))
        offsets.append(later)
    return tuple(offsets)


def misread(plate: str, chance: Random) -> str:
    """One character taken for one that looks like it, where there is one, else or sometimes for any other."""
    places = [place for place, letter in enumerate(plate) if letter in _ALIKE]
    if places and chance.random() < 0.7:
        place = chance.choice(places)
        wrong = chance.choice(_ALIKE[plate[place]])
    else:
        place = chance.choice([place for place, letter in enumerate(plate) if letter.isalnum()])
        wrong = chance.choice([letter for letter in _ANY if letter != plate[place]])
    return plate[:place] + wrong + plate[place + 1 :]


@dataclass(frozen=True)
class Outage:
    """Hours of one day of the simulation in which a door’s reader is dead, or offline and keeps its reads."""

    door: Door
    day: int
    first: float
    last: float
    keeps: bool

    def covers(self, step: Step, day: int) -> bool:
        local = step.at.astimezone(PARIS)
        return day == self.day and self.first <= local.hour + local.minute / 60 < self.last
