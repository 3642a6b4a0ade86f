"""What people do: whole days of passages, drawn from the seed alone, so that no answer of a reader changes them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from tests.site_year.people import CAR, CARD_AND_CAR, DAY, NIGHT, VISITOR, Person
from tests.site_year.place import DEPOT, IN, OUT, WORKSHOP, YARD

PARIS = ZoneInfo("Europe/Paris")
FOOT, WHEEL, DESK = "badge", "plate", "counter"
_FIXED_HOLIDAYS = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
# Days after Easter: Monday, Ascension, Whit Monday.
_MOVING_HOLIDAYS = (1, 39, 50)
_EASTER = {2025: date(2025, 4, 20), 2026: date(2026, 4, 5), 2027: date(2027, 3, 28)}


@dataclass(frozen=True)
class Step:
    """One passage as it truly happens."""

    at: datetime
    who: Person
    zone: str
    way: str
    by: str

    def __str__(self) -> str:
        return f"{clock(self.at)} {self.way} {self.zone} by {self.by}"


def clock(at: datetime) -> str:
    return f"{at.astimezone(PARIS):%a %d/%m %H:%M}"


def is_holiday(day: date) -> bool:
    easter = _EASTER.get(day.year)
    moving = easter is not None and (day - easter).days in _MOVING_HOLIDAYS
    return moving or (day.month, day.day) in _FIXED_HOLIDAYS


@dataclass
class Outing:
    """One visit being drawn: the time moves on, steps are taken down."""

    who: Person
    chance: Random
    now: datetime
    steps: list[Step] = field(default_factory=list)

    def wait(self, least: float, most: float) -> None:
        self.now += timedelta(seconds=round(60 * self.chance.uniform(least, most)))

    def go(self, way: str, zone: str, by: str) -> None:
        self.steps.append(Step(_off_the_hour(self.now), self.who, zone, way, by))

    def happens(self, share: float) -> bool:
        return self.chance.random() < share


def _off_the_hour(at: datetime) -> datetime:
    """Nobody is on a threshold while presence is compared, at full hours: at 9:58 they wait until 10:01."""
    minutes = at.minute + at.second / 60
    late = (minutes + 2) % 60
    return at + timedelta(seconds=round(60 * (3 - late + late / 3))) if late < 3 else at


class Life:
    """One person’s year: days off, and where the car was left."""

    def __init__(self, who: Person, seed: int) -> None:
        self.who, self.seed = who, seed
        self.car_at = YARD if who.is_van and who.number % 2 else ""
        self.busy_until = datetime.min.replace(tzinfo=UTC)
        chance = Random(f"{seed}/{who.number}")
        self.summer, self.other = chance.randrange(182, 225), chance.randrange(1, 330)
        self.turn = chance.randrange(7)

    def day(self, day: date) -> list[Step]:
        """The passages of the outing that begins on this day, if any, in order."""
        chance = Random(f"{self.seed}/{self.who.number}/{day}")
        start = self._start(day, chance)
        if start is None or start <= self.busy_until:
            return []
        outing = Outing(self.who, chance, start)
        draw = {NIGHT: self._shift, DAY: self._shift}.get(self.who.shift, self._errand)
        (self._round if self.who.is_van else draw)(outing)
        self.busy_until = outing.now + timedelta(minutes=30)
        return outing.steps

    def _start(self, day: date, chance: Random) -> datetime | None:
        """When they set out on a day; None on a day off."""
        if self.who.shift == NIGHT:
            working, first, last = (day.toordinal() + self.turn) % 7 < 5, 20.7, 21.3
        else:
            working, first, last = day.weekday() < 5 and not is_holiday(day), 6.7, 9.2
            if self.who.shift != DAY:
                working, last = working and chance.random() < self._habit(), 17.0
        if not working or self._on_leave(day) or chance.random() < 0.06:
            return None
        midnight = datetime.combine(day, time.min)
        return (
            (midnight + timedelta(seconds=round(3600 * chance.uniform(first, last))))
            .replace(tzinfo=PARIS)
            .astimezone(UTC)
        )

    def _habit(self) -> float:
        return 0.1 if self.who.kind == VISITOR else 0.18

    def _on_leave(self, day: date) -> bool:
        of_year = day.timetuple().tm_yday
        return of_year >= 358 or self.summer <= of_year < self.summer + 21 or self.other <= of_year < self.other + 10

    # --- what they do ------------------------------------------------------------------------------------------------

    def _shift(self, outing: Outing) -> None:
        """A day or a night of work, seldom a very long one."""
        zone = self._zone(outing)
        by = self._arrive(outing, zone)
        self._work(outing, zone, 150, 250)
        if zone == YARD and outing.happens(0.06):
            self._trip(outing, by)
        if outing.happens(0.2):
            outing.go(OUT, zone, self._on_foot)
            outing.wait(25, 80)
            outing.go(IN, zone, self._on_foot)
        self._work(outing, zone, 150, 250)
        if outing.happens(0.008):
            outing.wait(8 * 60, 12 * 60)
        self._go_home(outing, zone, by)

    def _errand(self, outing: Outing) -> None:
        zone = self._zone(outing)
        by = self._arrive(outing, zone)
        self._work(outing, zone, 30, 150)
        self._go_home(outing, zone, by)

    def _round(self, outing: Outing) -> None:
        """A van based here leaves in the morning and comes back to sleep; others deliver and go."""
        if self.car_at:
            outing.go(OUT, YARD, WHEEL)
            outing.wait(60, 500)
            outing.go(IN, YARD, WHEEL)
            return
        for zone in outing.chance.choices((YARD, DEPOT), (3, 1), k=outing.chance.choice((1, 1, 2))):
            outing.wait(20, 120)
            outing.go(IN, zone, WHEEL)
            outing.wait(10, 90)
            outing.go(OUT, zone, WHEEL)

    # --- how ---------------------------------------------------------------------------------------------------------

    @property
    def _on_foot(self) -> str:
        """By the badge, or through the counter for those without one."""
        return FOOT if self.who.badge else DESK

    def _zone(self, outing: Outing) -> str:
        drawn = DEPOT if outing.happens(0.15) else YARD
        return self.car_at or drawn

    def _arrive(self, outing: Outing, zone: str) -> str:
        """Come in, by car if it is at home and wanted; return how."""
        wanted = self.who.kind == CAR or (self.who.kind == CARD_AND_CAR and outing.happens(0.65))
        by = WHEEL if wanted and not self.car_at else self._on_foot
        outing.go(IN, zone, by)
        self.car_at = zone if by == WHEEL else self.car_at
        return by

    def _go_home(self, outing: Outing, zone: str, by: str) -> None:
        """Leave, by car if it is here, unless it stays to be repaired."""
        stays = outing.happens(0.06 if by == WHEEL else 0.3)
        by_car = self.car_at == zone and not stays
        outing.go(OUT, zone, WHEEL if by_car else self._on_foot)
        self.car_at = "" if by_car else self.car_at

    def _work(self, outing: Outing, zone: str, least: float, most: float) -> None:
        """Some time in a zone; a mechanic goes to the workshop in between."""
        if not (self.who.mechanic and zone == YARD and outing.happens(0.7)):
            outing.wait(least, most)
            return
        outing.wait(least / 6, most / 6)
        outing.go(IN, WORKSHOP, FOOT)
        outing.wait(least / 2, most / 2)
        outing.go(OUT, WORKSHOP, FOOT)
        outing.wait(least / 3, most / 3)

    def _trip(self, outing: Outing, by: str) -> None:
        """To the depot and back, the way they came."""
        for way, zone, least, most in ((OUT, YARD, 5, 9), (IN, DEPOT, 30, 100), (OUT, DEPOT, 5, 9), (IN, YARD, 15, 60)):
            outing.go(way, zone, by)
            outing.wait(least, most)


def steps(lives: list[Life], day: date) -> Iterator[Step]:
    for life in lives:
        yield from life.day(day)
