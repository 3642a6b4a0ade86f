"""A month as a calendar: how many jobs each day has, and how full it is."""

from collections.abc import Iterator
from datetime import date, timedelta
from html import escape

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from fixaloop.speed.texts import gettext as _
from fixaloop.web.refusals import permission_required
from fixaloop.words.dates import full_day, months_later, said_day
from interventions.pages.cells import said_name
from interventions.planning.board import Board
from interventions.planning.drawing import draw_load
from interventions.planning.frame import Frame, Shown, parse_day, technician_asked
from interventions.planning.slots import SlotMarkup
from interventions.rights import VIEW


def parse_month(text: str) -> date | None:
    return parse_day(f"{text}-01")


@require_safe
@permission_required(VIEW)
def planning_month(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("month", "")
    found = parse_month(asked)
    error = _("« %(month)s » n’est pas un mois : écrivez par exemple 2026-11.") % {"month": asked[:20]}
    month = Month(request, found or timezone.localdate().replace(day=1), error if asked and not found else "")
    return render(request, "interventions/planning/month.html", month.context())


class Month:
    def __init__(self, request: HttpRequest, first: date, error: str) -> None:
        now = timezone.now()
        self.first, following = first, months_later(first, 1)
        start = first - timedelta(days=first.weekday())
        weeks = -(-(following - start).days // 7)
        days = [start + timedelta(days=number) for number in range(weeks * 7)]
        self.board = Board(days, request.user, now, technician_asked(request))
        today = self.board.today
        title = date_format(first, "F Y")
        before = months_later(first, -1)
        shown = Shown(
            "month", today if self._holds(today) else first, title[:1].upper() + title[1:], before, following, error
        )
        self.frame = Frame(request, shown)
        self.slots = SlotMarkup(request.user, now, request.get_full_path())

    def _holds(self, day: date) -> bool:
        return (day.year, day.month) == (self.first.year, self.first.month)

    def context(self) -> dict[str, object]:
        return {
            "headings": list(zip(WEEKDAYS_ABBR.values(), WEEKDAYS.values(), strict=True)),
            "weeks": mark_safe("".join(self._weeks())),  # noqa: S308 — escaped where it is built
            **self.frame.context(self.board, self.slots),
        }

    def _weeks(self) -> Iterator[str]:
        for start in range(0, len(self.board.days), 7):
            week = self.board.days[start : start + 7]
            number = week[0].isocalendar().week
            url, name = escape(self.frame.address("week", week[0])), escape(_("Semaine %(week)s") % {"week": number})
            head = f'<th scope="row" class="month__week"><a href="{url}" title="{name}">{number}</a></th>'
            yield f"<tr>{head}{''.join(map(self._day, week))}</tr>"

    def _day(self, day: date) -> str:
        marks = "".join(
            f" data-{name}"
            for name, is_so in (
                ("today", day == self.board.today),
                ("off", day in self.board.closed or not self.board.worked[day]),
                ("other", not self._holds(day)),
            )
            if is_so
        )
        url, title = escape(self.frame.address("day", day)), escape(full_day(day))
        link = f'<a href="{url}" title="{title}">{said_day(day, "j")}</a>'
        reasons = "".join(f"<small>{escape(reason)}</small>" for reason in self.board.reasons(day))
        return (
            f'<td class="month__day" id="m{day}"{marks}>{link}{self._jobs(day)}'
            f"{draw_load(self.board.load(day))}{reasons}{self._away(day)}</td>"
        )

    def _jobs(self, day: date) -> str:
        count = sum(len(row.days[day].slots) for row in self.board.rows)
        if not count:
            return ""
        said = ngettext("%(count)s intervention", "%(count)s interventions", count) % {"count": count}
        # On a phone there is only room for the number.
        number, _space, word = escape(said).partition(" ")
        return f' <span class="month__jobs"><b>{number}</b> <span>{word}</span></span>'

    def _away(self, day: date) -> str:
        people = [said_name(row.person) for row in self.board.rows if row.days[day].absences and self.board.worked[day]]
        if not people or day in self.board.closed:
            return ""
        said = escape(_("Absence : %(people)s") % {"people": ", ".join(people)})
        return f'<small class="month__away">{said}</small>'
