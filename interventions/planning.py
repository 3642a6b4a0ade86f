"""The week by technician: who does what when, what overlaps, what is late, what still has no place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from fixaloop.dates import short_day
from fixaloop.icons import icon
from interventions.cells import TONES, named_day
from interventions.entry import YEARS
from interventions.fields import person_name, team
from interventions.filters import start_of
from interventions.models import Intervention
from interventions.reference import INTERVENTION
from interventions.rights import CHANGE, CHANGE_OWN
from interventions.states import OPEN, State

BESIDE = 50
FIELDS = (
    "number", "title", "state", "planned_start", "planned_end", "technician_id", "version",
    "client__kind", "client__company_name", "client__first_name", "client__last_name",
)  # fmt: skip


class Slot(NamedTuple):
    """What the planning shows of an intervention, read as bare values: three hundred models would cost more than all
    the rest of the page.
    """

    number: int
    title: str
    state: str
    planned_start: datetime | None
    planned_end: datetime | None
    technician: int | None
    version: int
    kind: str
    company_name: str
    first_name: str
    last_name: str

    @property
    def client(self) -> str:
        return self.company_name if self.kind == "company" else f"{self.first_name} {self.last_name}".strip()

    @property
    def reference(self) -> str:
        return INTERVENTION.show(self.number)


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
        self.user = user
        self.at = at
        self.back = quote(address)
        self.today = timezone.localdate(at)
        self.may_move = user.has_perm(CHANGE)
        self.may_move_own = self.may_move or user.has_perm(CHANGE_OWN)

    @property
    def days(self) -> list[Day]:
        days = [self.monday + timedelta(days=number) for number in range(7)]
        return [Day(day, named_day(day), day == self.today, day.weekday() > 4) for day in days]

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
        """A row for each technician, and for whoever else has work this week."""
        slots: dict[int, list[Slot]] = defaultdict(list)
        for slot in self._slots():
            slots[slot.technician or 0].append(slot)
        everybody: Iterable[Any] = team()
        people = [person for person in everybody if person.is_technician or person.pk in slots]
        former = User.objects.filter(pk__in=set(slots) - {person.pk for person in people}, is_active=False)
        known = [*people, *(former if set(slots) - {person.pk for person in people} else ())]
        return [Row(person_name(person), self._cells(person, slots[person.pk])) for person in known]

    def _slots(self) -> Iterator[Slot]:
        start, end = start_of(self.monday), start_of(self.monday + timedelta(days=7))
        shown = Intervention.objects.exclude(state__in=(State.CANCELLED, State.TO_PLAN)).overlapping(start, end)
        rows = shown.filter(technician__isnull=False).order_by("planned_key", "id").values_list(*FIELDS)
        return map(Slot._make, rows)

    def beside(self) -> list[SafeString]:
        """The interventions to plan, the oldest first, ready to be placed."""
        rows = Intervention.objects.filter(state=State.TO_PLAN).order_by("number").values_list(*FIELDS)[:BESIDE]
        return [mark_safe(self._card(Slot._make(row))) for row in rows]  # noqa: S308 — escaped where it is built

    def _cells(self, person: User, slots: list[Slot]) -> SafeString:
        clashing = overlaps(slots)
        cards: dict[date, list[str]] = defaultdict(list)
        for slot in slots:
            for day in _days_of(slot):
                cards[day].append(self._card(slot, day, slot.number in clashing))
        cells = (_cell(day, number, person, "".join(cards[day.date])) for number, day in enumerate(self.days, start=1))
        return mark_safe("".join(cells))  # noqa: S308 — made of escaped parts

    def _card(self, slot: Slot, day: date | None = None, clashes: bool = False) -> str:
        reference, is_open = slot.reference, slot.state in OPEN
        tone, name = TONES[State(slot.state)]
        late = is_open and slot.planned_end is not None and slot.planned_end < self.at
        marks = _mark("alarm-clock", _("En retard")) if late else ""
        marks += _mark("triangle-alert", _("Chevauche un autre créneau")) if clashes else ""
        movable = is_open and (self.may_move or (self.may_move_own and slot.technician == self.user.pk))
        return (
            f'<div class="slot" data-tone="{"stop" if late else tone}"{_drag(slot) if movable else ""}>'
            f'<span class="slot__when">{icon(name, 14)}<span class="sr-only">{State(slot.state).label}, </span>'
            f"{_times(slot, day)}</span>"
            f'<a class="who" href="/interventions/{reference}/">{escape(slot.title)}</a>'
            f"<small>{escape(slot.client)} · <span>{reference}</span></small>{marks}"
            f"{self._move_link(slot) if movable else ''}</div>"
        )

    def _move_link(self, slot: Slot) -> str:
        word = _("Placer") if slot.state == State.TO_PLAN else _("Déplacer")
        url = f"/interventions/{slot.reference}/slot/?next={self.back}"
        return f'<a class="slot__move" href="{url}">{word}<span class="sr-only"> {slot.reference}</span></a>'


def _cell(day: Day, column: int, person: User, cards: str) -> str:
    marks = (" data-today" if day.is_today else "") + ("" if cards else " data-free")
    return (
        f'<td class="planning__cell" data-column="{column}" data-day="{day.date.isoformat()}"'
        f' data-technician="{person.pk}"{marks}>'
        f'<span class="planning__who">{escape(person_name(person))}</span>{cards}</td>'
    )


def _drag(slot: Slot) -> str:
    """What dragging needs to know: the slot in local time, and the version it was read at."""
    start = f"{timezone.localtime(slot.planned_start):%Y-%m-%dT%H:%M}" if slot.planned_start else ""
    end = f"{timezone.localtime(slot.planned_end):%Y-%m-%dT%H:%M}" if slot.planned_end else ""
    return (
        f' draggable="true" data-reference="{slot.reference}" data-start="{start}" data-end="{end}"'
        f' data-version="{slot.version}"'
    )


def _mark(name: str, text: str) -> str:
    return f'<span class="slot__mark">{icon(name, 14)}{escape(text)}</span>'


def _times(slot: Slot, day: date | None) -> str:
    """The hours of a slot on one of its days."""
    if not slot.planned_start or not slot.planned_end:
        return escape(_("sans créneau"))
    start, end = timezone.localtime(slot.planned_start), timezone.localtime(slot.planned_end)
    if day is None:
        return escape(_("souhaitée le %(day)s") % {"day": f"{short_day(start, year=False)}, {start:%H:%M}"})
    first = f"{start:%H:%M}" if start.date() == day else "…"
    last = f"{end:%H:%M}" if end.date() == day else "…"
    return f"{first} – {last}"


def _days_of(slot: Slot) -> Iterable[date]:
    if not slot.planned_start or not slot.planned_end:
        return ()
    first = timezone.localdate(slot.planned_start)
    last = timezone.localdate(slot.planned_end - timedelta(seconds=1))
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def overlaps(slots: Iterable[Slot]) -> set[int]:
    """The numbers of those, of one technician in the order they start, that share a moment with another."""
    found: set[int] = set()
    open_slots: list[Slot] = []
    for slot in slots:
        if slot.state not in OPEN or not slot.planned_start:
            continue
        open_slots = [other for other in open_slots if other.planned_end and other.planned_end > slot.planned_start]
        if open_slots:
            found |= {slot.number, *(other.number for other in open_slots)}
        open_slots.append(slot)
    return found
