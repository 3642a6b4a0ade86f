"""What a planning shows of some days: the team with its slots and absences, and why the firm is closed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from fixaloop.words.dates import end_of, start_of
from interventions.models import Absence
from interventions.pages.forms import technicians
from interventions.planning.axis import USUAL, Axis, axis_of
from interventions.planning.clashes import away, days_away
from interventions.planning.closures import closures
from interventions.planning.hours import Part, meet
from interventions.planning.load import Load, Span, available, placed, worked_spans
from interventions.planning.slots import Marks, Slot, all_slots, overlaps, read_slots
from interventions.states import State

NAMES = ("username", "first_name", "last_name", "is_active")


@dataclass
class Day:
    """One day of one person."""

    slots: list[tuple[Slot, Part]] = field(default_factory=list)
    absences: list[tuple[Absence, Part]] = field(default_factory=list)


# What is asked is put together once; only the days differ.


@cache
def _team() -> QuerySet[User]:
    return technicians().only(*NAMES)


@cache
def _placed() -> Any:
    shown = all_slots().exclude(state__in=(State.CANCELLED, State.TO_PLAN)).filter(technician__isnull=False)
    return shown.order_by("planned_key", "id")


class Row:
    """One person and what there is of each day."""

    def __init__(self, person: User, in_team: bool, slots: list[Slot], absences: list[Absence]) -> None:
        self.person = person
        self.in_team = in_team
        self._slots, self._absences = slots, absences
        self.days: dict[date, Day] = defaultdict(Day)
        for slot in slots:
            for part in slot.parts:
                self.days[part.day].slots.append((slot, part))
        for absence in absences:
            for part in days_away(absence):
                self.days[part.day].absences.append((absence, part))

    @cached_property
    def clashing(self) -> set[tuple[int, date]]:
        return overlaps(self._slots)

    @cached_property
    def away(self) -> list[Part]:
        return [part for absence in self._absences for part in away(absence)]

    def marks(self, slot: Slot, part: Part, closed: bool) -> Marks:
        clashes = (slot.number, part.day) in self.clashing
        return Marks(clashes, meet((part,), self.away), not self.person.is_active, closed)

    def load(self, day: date, worked: Sequence[Span]) -> Load:
        """What is placed on a day; nobody says how long somebody works who is no technician."""
        here = self.days[day]
        time = available(worked, (part for _absence, part in here.absences)) if self.in_team else 0
        return Load(placed(part for _slot, part in here.slots), time)


class Board:
    """The rows of some days in a row, read with as many queries whatever there is of them."""

    def __init__(self, days: Sequence[date], user: Any, at: datetime, technician: int | None = None) -> None:
        self.days = days
        self.at = at
        self.today = timezone.localdate(at)
        self.technician = technician
        found = closures(days)
        self.closed = found.firm
        self.worked = {day: worked_spans(day) for day in days}
        self.zones_closed = found.zones if user.has_perm("access.view_specialday") else {}
        self.team = list(_team().all())
        self.rows = list(self._rows())

    def _rows(self) -> Iterator[Row]:
        """A row for each technician, and for anyone else with work or an absence then, former colleagues included."""
        slots: dict[int, list[Slot]] = defaultdict(list)
        for slot in self._slots():
            slots[slot.technician or 0].append(slot)
        absences: dict[int, list[Absence]] = defaultdict(list)
        for absence in self._absences():
            absences[absence.technician_id].append(absence)
        keys = {person.pk for person in self.team}
        for person in (*self.team, *self._others((slots.keys() | absences.keys()) - keys)):
            if self.technician in (None, person.pk):
                yield Row(person, person.pk in keys, slots[person.pk], absences[person.pk])

    def _others(self, keys: Iterable[int]) -> Iterable[User]:
        found = User.objects.filter(pk__in=keys).only(*NAMES) if keys else User.objects.none()
        return found.order_by("-is_active", "last_name", "first_name", "username")

    def _slots(self) -> Iterable[Slot]:
        start, end = start_of(self.days[0]), end_of(self.days[-1])
        return read_slots(self._of(_placed().overlapping(start, end)))

    def _absences(self) -> Iterable[Absence]:
        start, end = start_of(self.days[0]), end_of(self.days[-1])
        found = Absence.objects.filter(ends_at__gt=start, starts_at__lt=end)
        return self._of(found).order_by("starts_at", "id")

    def _of(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows if self.technician is None else rows.filter(technician=self.technician)

    def axis(self, least: Axis = USUAL) -> Axis:
        shown = set(self.days)
        found = (part for row in self.rows for day in row.days.values() for _slot, part in day.slots)
        return axis_of((part for part in found if part.day in shown), least)

    @cached_property
    def loads(self) -> dict[int, dict[date, Load]]:
        """What is placed on the days of each person, by their key, and their time."""
        worked = {day: () if day in self.closed else spans for day, spans in self.worked.items()}
        return {row.person.pk: {day: row.load(day, spans) for day, spans in worked.items()} for row in self.rows}

    def load(self, day: date) -> Load:
        return sum((self.loads[row.person.pk][day] for row in self.rows if row.in_team), Load())

    def reasons(self, day: date) -> list[str]:
        return [*filter(None, (self.closed.get(day),)), *self.zones_closed.get(day, ())]
