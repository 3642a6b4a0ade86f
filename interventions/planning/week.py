"""The week by technician, and beside it what still has to be planned."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from fixaloop.forms.parsing import YEARS
from fixaloop.speed.texts import gettext as _
from fixaloop.web.refusals import permission_required
from fixaloop.words.dates import end_of, long_day, said_day, start_of
from interventions.models import Absence
from interventions.pages.cells import named_day, said_name
from interventions.pages.forms import technicians
from interventions.pages.list import view_tabs
from interventions.planning.clashes import away, days_away
from interventions.planning.closures import closures
from interventions.planning.hours import meet
from interventions.planning.slots import Marks, Slot, SlotMarkup, all_slots, icons, overlaps, read_slots
from interventions.rights import VIEW, VIEW_ABSENCE
from interventions.states import State

MOST_TO_PLAN = 50
NAMES = ("username", "first_name", "last_name", "is_active")


def parse_week(text: str) -> date | None:
    """The Monday of `2026-W47`; None where the text names no week."""
    try:
        monday = datetime.strptime(f"{text}-1", "%G-W%V-%u").date()  # noqa: DTZ007 — a day has no time zone
    except ValueError:
        return None
    # Python reads week 53 of a year that has 52 as week 1 of the next.
    return monday if monday.year in YEARS and f"{monday:%G-W%V}" == text else None


@require_safe
@permission_required(VIEW)
def planning(request: HttpRequest) -> HttpResponse:
    now, today = timezone.now(), timezone.localdate()
    asked = request.GET.get("week", "")
    monday = parse_week(asked)
    error = _("« %(week)s » n’est pas une semaine : écrivez par exemple 2026-W47.") % {"week": asked[:20]}
    week = Week(monday or today - timedelta(days=today.weekday()), request.user, now, request.get_full_path())
    context = {
        "planning": week,
        "rows": week.rows(),
        "to_plan": week.to_plan(),
        "icons": icons(),
        "tabs": view_tabs(request),
        "previous": week.name(-1),
        "following": week.name(1),
        "error": error if asked and monday is None else "",
        "may_add": request.user.has_perm("interventions.add_intervention"),
        "may_see_absences": request.user.has_perm(VIEW_ABSENCE),
    }
    return render(request, "interventions/planning.html", context)


class Week:
    def __init__(self, monday: date, user: Any, at: datetime, address: str) -> None:
        self.monday = monday
        self.slots = SlotMarkup(user, at, address)
        self.today = timezone.localdate(at)
        self.days = [monday + timedelta(days=number) for number in range(7)]
        found = closures(self.days)
        self.closed = found.firm
        self.zones_closed = found.zones if user.has_perm("access.view_specialday") else {}

    @property
    def title(self) -> str:
        sunday = self.monday + timedelta(days=6)
        start = said_day(self.monday, "j" if self.monday.month == sunday.month else "j F")
        values = {"week": self.monday.isocalendar().week, "start": start, "end": long_day(sunday)}
        return _("Semaine %(week)s, du %(start)s au %(end)s") % values

    def name(self, weeks: int = 0) -> str:
        """`2026-W47`: this week, or the one that many weeks away, as the address names it."""
        return f"{self.monday + timedelta(weeks=weeks):%G-W%V}"

    @property
    def headings(self) -> SafeString:
        return mark_safe("".join(map(self._heading, range(1, 8), self.days)))  # noqa: S308 — escaped

    def _heading(self, column: int, day: date) -> str:
        marks = said = ""
        if day == self.today:
            marks = ' id="today" data-today aria-current="date"'
            said = f' <span class="sr-only">({escape(_("aujourd’hui"))})</span>'
        label = escape(named_day(day))
        reasons = [*filter(None, (self.closed.get(day),)), *self.zones_closed.get(day, ())]
        closed = "".join(f'<small class="planning__closed">{escape(reason)}</small>' for reason in reasons)
        return f'<th scope="col" class="planning__day" data-column="{column}"{marks}>{label}{said}{closed}</th>'

    def rows(self) -> SafeString:
        """A row for each technician, and for anyone else with work this week, former colleagues included."""
        slots: dict[int, list[Slot]] = defaultdict(list)
        for slot in self._slots():
            slots[slot.technician or 0].append(slot)
        absences: dict[int, list[Absence]] = defaultdict(list)
        for absence in self._absences():
            absences[absence.technician_id].append(absence)
        people = list(technicians().only(*NAMES))
        others = (slots.keys() | absences.keys()) - {person.pk for person in people}
        if others:
            left = User.objects.filter(pk__in=others).only(*NAMES)
            people += left.order_by("-is_active", "last_name", "first_name", "username")
        rows = "".join(self._row(person, slots[person.pk], absences[person.pk]) for person in people)
        return mark_safe(rows)  # noqa: S308 — made of escaped parts

    def _absences(self) -> Iterable[Absence]:
        start, end = start_of(self.monday), end_of(self.days[-1])
        return Absence.objects.filter(ends_at__gt=start, starts_at__lt=end).order_by("starts_at", "id")

    def _slots(self) -> Iterable[Slot]:
        start, end = start_of(self.monday), end_of(self.days[-1])
        shown = all_slots().exclude(state__in=(State.CANCELLED, State.TO_PLAN)).overlapping(start, end)
        return read_slots(shown.filter(technician__isnull=False).order_by("planned_key", "id"))

    def to_plan(self) -> SafeString:
        slots = read_slots(all_slots().filter(state=State.TO_PLAN).order_by("number")[:MOST_TO_PLAN])
        return mark_safe("".join(map(self.slots.draw, slots)))  # noqa: S308 — escaped where it is built

    def _row(self, person: User, slots: list[Slot], absences: list[Absence]) -> str:
        clashing = overlaps(slots)
        drawn: dict[date, str] = dict.fromkeys(self.days, "")
        for absence in absences:
            for part in days_away(absence):
                if part.day in drawn:
                    drawn[part.day] += self.slots.draw_absence(absence, part)
        hours = [part for absence in absences for part in away(absence)]
        for slot in slots:
            for part in slot.parts:
                if part.day in drawn:
                    clashes, away_then = (slot.number, part.day) in clashing, meet((part,), hours)
                    marks = Marks(clashes, away_then, not person.is_active, part.day in self.closed)
                    drawn[part.day] += self.slots.draw(slot, part.day, marks)
        name = escape(said_name(person))
        cells = (self._cell(number, day, person.pk, name, drawn[day]) for number, day in enumerate(self.days, start=1))
        return f'<tr><th scope="row" class="planning__name">{name}</th>{"".join(cells)}</tr>'

    def _cell(self, column: int, day: date, person: int, name: str, slots: str) -> str:
        today, free = " data-today" if day == self.today else "", "" if slots else " data-free"
        closed = " data-closed" if day in self.closed else ""
        who = f'<span class="planning__who">{name}</span>' if slots else ""
        return (
            f'<td class="planning__cell" data-column="{column}" data-day="{day.isoformat()}"'
            f' data-technician="{person}"{today}{free}{closed}>{who}{slots}</td>'
        )
