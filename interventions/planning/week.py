"""The week by technician: a column a day, the hours of each to scale."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from html import escape

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from fixaloop.speed.texts import gettext as _
from fixaloop.web.refusals import permission_required
from fixaloop.words.dates import full_day, long_day, said_day, short_day
from interventions.planning.board import Board
from interventions.planning.drawing import Drawing, draw_load
from interventions.planning.frame import WEEK, Frame, Shown, parse_week, technician_asked, working_day
from interventions.planning.slots import SlotMarkup
from interventions.rights import VIEW

SATURDAY, SUNDAY = 5, 6


@require_safe
@permission_required(VIEW)
def planning(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("week", "")
    ahead = working_day(timezone.localdate())
    monday = parse_week(asked) or ahead - timedelta(days=ahead.weekday())
    week = Week(request, monday, error=say_no_week(asked) if asked and not parse_week(asked) else "")
    return render(request, "interventions/planning/week.html", week.context())


def say_no_week(asked: str) -> str:
    return _("« %(week)s » n’est pas une semaine : écrivez par exemple 2026-W47.") % {"week": asked[:20]}


class Week:
    def __init__(self, request: HttpRequest, monday: date, error: str = "") -> None:
        now = timezone.now()
        self.monday = monday
        whole = [monday + timedelta(days=number) for number in range(7)]
        self.board = Board(whole, request.user, now, technician_asked(request))
        self.days = self._shown(whole)
        day = self.board.today if self.board.today in self.days else monday
        shown = Shown("week", day, self._title(), monday - WEEK, monday + WEEK, error)
        self.frame = Frame(request, shown)
        self.slots = SlotMarkup(request.user, now, request.get_full_path())
        self.drawing = Drawing(self.board, self.slots, self.board.axis(), day)

    def _shown(self, whole: Sequence[date]) -> list[date]:
        """All days, without a Sunday that is neither worked nor taken."""
        *others, sunday = whole
        taken = any(row.days[sunday].slots for row in self.board.rows)
        return [*others, sunday] if taken or self.board.worked[sunday] else others

    def _title(self) -> str:
        last = self.days[-1]
        if self.monday.month == last.month:
            values = {"start": said_day(self.monday, "j"), "end": long_day(last)}
        else:
            values = {"start": short_day(self.monday, year=False), "end": short_day(last, year=True)}
        return _("%(start)s au %(end)s") % values

    def context(self) -> dict[str, object]:
        return {
            "headings": mark_safe("".join(map(self.heading, self.days))),  # noqa: S308 — escaped where it is built
            "rows": mark_safe("".join(self._rows())),  # noqa: S308 — escaped where it is built
            "axis": self.drawing.axis,
            "people_shown": len(self.board.rows),
            "week": self.monday.isocalendar().week,
            "days": self.frame.days(self.days),
            **self.frame.context(self.board, self.slots),
        }

    def heading(self, day: date) -> SafeString:
        today = ' data-today aria-current="date"' if day == self.board.today else ""
        reasons = "".join(f"<small>{escape(reason)}</small>" for reason in self.board.reasons(day))
        free = "" if any(row.days[day].slots for row in self.board.rows) else " data-free"
        rest = "" if self.board.worked[day] else f" data-rest{free}"
        return SafeString(
            f'<th scope="col" class="planning__day" id="d{day}"{today}{rest}>'
            f'<a href="{escape(self.frame.address("day", day))}" title="{escape(full_day(day))}">'
            f"{WEEKDAYS_ABBR[day.weekday()]}. {said_day(day, 'j')}</a>{draw_load(self.board.load(day))}{reasons}</th>"
        )

    def _rows(self) -> Iterator[str]:
        scale = self.drawing.scale()
        for row in self.board.rows:
            cells = "".join(self.drawing.cell(row, day) for day in self.days)
            yield f"<tr>{self.drawing.name(row, self.days, scale)}{cells}</tr>"
