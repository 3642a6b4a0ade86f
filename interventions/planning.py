"""The week by technician: who does what when, what overlaps, what is late, what still has no place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from interventions.cells import named_day
from interventions.entry import YEARS
from interventions.fields import person_name, team
from interventions.filters import start_of
from interventions.models import Intervention
from interventions.slots import Cards, Slot, overlaps, read_slots
from interventions.states import State

BESIDE = 50


@dataclass(frozen=True)
class Day:
    """A column of the week."""

    date: date
    label: str
    is_today: bool
    is_weekend: bool


@dataclass(frozen=True)
class Row:
    """A technician and the cells of the week, ready-made."""

    name: str
    cells: SafeString


def parse_week(text: str) -> date | None:
    """The Monday of `2026-W47`; None where the text names no week."""
    try:
        monday = datetime.strptime(f"{text}-1", "%G-W%V-%u").date()  # noqa: DTZ007 — a day has no time zone
    except ValueError:
        return None
    return monday if monday.year in YEARS else None


class Planning:
    """One week as one person sees it."""

    def __init__(self, monday: date, user: Any, at: datetime, address: str) -> None:
        self.monday = monday
        self.cards = Cards(user, at, address)
        today = timezone.localdate(at)
        days = [monday + timedelta(days=number) for number in range(7)]
        self.days = [Day(day, named_day(day), day == today, day.weekday() > 4) for day in days]

    @property
    def title(self) -> str:
        sunday = self.monday + timedelta(days=6)
        start = date_format(self.monday, "j" if self.monday.month == sunday.month else "j F")
        values = {"week": self.monday.isocalendar().week, "start": start, "end": date_format(sunday, "j F Y")}
        return _("Semaine %(week)s, du %(start)s au %(end)s") % values

    def week_name(self, weeks: int = 0) -> str:
        """The name of this week, or of one some weeks away, as the address takes it."""
        return f"{self.monday + timedelta(weeks=weeks):%G-W%V}"

    def rows(self) -> list[Row]:
        """A row for each technician, and for whoever else has work this week, those who have left included."""
        slots: dict[int, list[Slot]] = defaultdict(list)
        for slot in self._slots():
            slots[slot.technician or 0].append(slot)
        everybody: Iterable[Any] = team()
        people = [person for person in everybody if person.is_technician or person.pk in slots]
        gone = set(slots) - {person.pk for person in people}
        if gone:
            people += User.objects.filter(pk__in=gone).order_by("last_name", "username")
        return [Row(person_name(person), self._cells(person, slots[person.pk])) for person in people]

    def _slots(self) -> Iterable[Slot]:
        start, end = start_of(self.monday), start_of(self.monday + timedelta(days=7))
        shown = Intervention.objects.exclude(state__in=(State.CANCELLED, State.TO_PLAN)).overlapping(start, end)
        return read_slots(shown.filter(technician__isnull=False).order_by("planned_key", "id"))

    def beside(self) -> list[SafeString]:
        """The interventions to plan, the oldest first, ready to be placed."""
        slots = read_slots(Intervention.objects.filter(state=State.TO_PLAN).order_by("number")[:BESIDE])
        return [mark_safe(self.cards.card(slot)) for slot in slots]  # noqa: S308 — escaped where it is built

    def _cells(self, person: User, slots: list[Slot]) -> SafeString:
        clashing = overlaps(slots)
        cards: dict[date, list[str]] = defaultdict(list)
        for slot in slots:
            for day in slot.days:
                cards[day].append(self.cards.card(slot, day, slot.number in clashing))
        cells = (_cell(day, number, person, "".join(cards[day.date])) for number, day in enumerate(self.days, start=1))
        return mark_safe("".join(cells))  # noqa: S308 — made of escaped parts


def _cell(day: Day, column: int, person: User, cards: str) -> str:
    marks = (" data-today" if day.is_today else "") + ("" if cards else " data-free")
    return (
        f'<td class="planning__cell" data-column="{column}" data-day="{day.date.isoformat()}"'
        f' data-technician="{person.pk}"{marks}>'
        f'<span class="planning__who">{escape(person_name(person))}</span>{cards}</td>'
    )
