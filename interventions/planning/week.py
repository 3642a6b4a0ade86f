"""The week by technician: who does what when, what overlaps, what is late, what still has no place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import starmap
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from access.shared.filters import start_of
from fixaloop.forms.parsing import YEARS
from fixaloop.speed.translation import gettext as _
from fixaloop.words.dates import long_day, said_day
from fixaloop.words.people import person_name
from interventions.pages.cells import named_day
from interventions.pages.fields import technicians
from interventions.planning.slots import Cards, Slot, all_slots, overlaps, read_slots
from interventions.states import State

BESIDE = 50
NAMES = ("username", "first_name", "last_name")


@dataclass(frozen=True)
class Day:
    """A column of the week."""

    date: date
    label: str
    is_today: bool


def parse_week(text: str) -> date | None:
    """The Monday of `2026-W47`; None where the text names no week."""
    try:
        monday = datetime.strptime(f"{text}-1", "%G-W%V-%u").date()  # noqa: DTZ007 — a day has no time zone
    except ValueError:
        return None
    # A week 53 that a year does not have is the first of the next one to Python.
    return monday if monday.year in YEARS and f"{monday:%G-W%V}" == text else None


class Planning:
    """One week as one person sees it."""

    def __init__(self, monday: date, user: Any, at: datetime, address: str) -> None:
        self.monday = monday
        self.cards = Cards(user, at, address)
        today = timezone.localdate(at)
        days = [monday + timedelta(days=number) for number in range(7)]
        self.days = [Day(day, named_day(day), day == today) for day in days]

    @property
    def title(self) -> str:
        sunday = self.monday + timedelta(days=6)
        start = said_day(self.monday, "j" if self.monday.month == sunday.month else "j F")
        values = {"week": self.monday.isocalendar().week, "start": start, "end": long_day(sunday)}
        return _("Semaine %(week)s, du %(start)s au %(end)s") % values

    def week_name(self, weeks: int = 0) -> str:
        """The name of this week, or of one some weeks away, as the address takes it."""
        return f"{self.monday + timedelta(weeks=weeks):%G-W%V}"

    @property
    def headings(self) -> SafeString:
        """The days over their columns."""
        return mark_safe("".join(starmap(_heading, enumerate(self.days, start=1))))  # noqa: S308 — escaped

    def rows(self) -> SafeString:
        """A row for each technician, and for whoever else has work this week, those who have left included."""
        slots: dict[int, list[Slot]] = defaultdict(list)
        for slot in self._slots():
            slots[slot.technician or 0].append(slot)
        people = list(technicians().only(*NAMES))
        others = set(slots) - {person.pk for person in people}
        if others:
            left = User.objects.filter(pk__in=others).only(*NAMES)
            people += left.order_by("-is_active", "last_name", "first_name", "username")
        rows = "".join(self._row(person.pk, escape(person_name(person)), slots[person.pk]) for person in people)
        return mark_safe(rows)  # noqa: S308 — made of escaped parts

    def _slots(self) -> Iterable[Slot]:
        start, end = start_of(self.monday), start_of(self.monday + timedelta(days=7))
        shown = all_slots().exclude(state__in=(State.CANCELLED, State.TO_PLAN)).overlapping(start, end)
        return read_slots(shown.filter(technician__isnull=False).order_by("planned_key", "id"))

    def beside(self) -> SafeString:
        """The interventions to plan, the oldest first, ready to be placed."""
        slots = read_slots(all_slots().filter(state=State.TO_PLAN).order_by("number")[:BESIDE])
        return mark_safe("".join(map(self.cards.card, slots)))  # noqa: S308 — escaped where it is built

    def _row(self, person: int, name: str, slots: list[Slot]) -> str:
        clashing = overlaps(slots)
        cards: dict[date, list[str]] = {day.date: [] for day in self.days}
        for slot in slots:
            for day in slot.days:
                if day in cards:
                    cards[day].append(self.cards.card(slot, day, slot.number in clashing))
        who = f'<span class="planning__who">{name}</span>'
        cells = (
            f'<td class="planning__cell" data-column="{column}" data-day="{day.date.isoformat()}"'
            f' data-technician="{person}"{_marks(day)}{_fill(who, cards[day.date])}</td>'
            for column, day in enumerate(self.days, start=1)
        )
        return f'<tr><th scope="row" class="planning__name">{name}</th>{"".join(cells)}</tr>'


def _heading(column: int, day: Day) -> str:
    today = _("aujourd’hui")
    said = f' <span class="sr-only">({escape(today)})</span>' if day.is_today else ""
    marks = ' id="today" data-today aria-current="date"' if day.is_today else ""
    return f'<th scope="col" class="planning__day" data-column="{column}"{marks}>{escape(day.label)}{said}</th>'


def _marks(day: Day) -> str:
    return " data-today" if day.is_today else ""


def _fill(who: str, cards: list[str]) -> str:
    """The end of a cell's tag and what stands in it; a phone, which shows no empty cell, names the technician."""
    return f">{who}{''.join(cards)}" if cards else " data-free>"
