"""What stands around each view of the planning: scales, days and people to choose from, and what is to be planned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.safestring import SafeString, mark_safe

from clients.pages.page import Link
from fixaloop.forms.parsing import YEARS, parse_key
from fixaloop.speed.texts import gettext as _
from interventions.pages.cells import said_name
from interventions.planning.board import Board
from interventions.planning.load import say_hours, worked_spans
from interventions.planning.slots import SlotMarkup, all_slots, icons, read_slots
from interventions.rights import VIEW_ABSENCE
from interventions.states import State

MOST_TO_PLAN = 50
WEEK = timedelta(days=7)
MINE = "me"
ALL = "all"
# The view of a scale, the parameter that says when, and how it is written.
SCALES = {
    "day": ("interventions:planning-day", "day", "%Y-%m-%d"),
    "week": ("interventions:planning", "week", "%G-W%V"),
    "month": ("interventions:planning-month", "month", "%Y-%m"),
}


def working_day(day: date) -> date:
    """The day, or the next one on which people usually work: at a weekend one looks ahead."""
    days = [day + timedelta(days=number) for number in range(7)]
    return next(filter(worked_spans, days), day)


def parse_week(text: str) -> date | None:
    """The Monday of `2026-W47`; None where the text names no week."""
    try:
        monday = date.fromisoformat(f"{text[:4]}-{text[5:]}-1") if len(text) == 8 else None
    except ValueError:
        return None
    return monday if monday and monday.year in YEARS and f"{monday:%G-W%V}" == text else None


def parse_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS and day.isoformat() == text else None


def technician_asked(request: HttpRequest) -> int | None:
    text = request.GET.get("technician", "")
    return request.user.pk if text == MINE else parse_key(text)


@dataclass(frozen=True)
class Shown:
    """A view with the day it is about; the days before and after it; what it calls what it shows."""

    scale: str
    day: date
    title: str
    before: date
    after: date
    error: str = ""


class Frame:
    def __init__(self, request: HttpRequest, shown: Shown) -> None:
        self.request = request
        self.shown = shown
        self.technician = request.GET.get("technician", "")[:20]

    def address(self, scale: str, day: date | None = None, technician: str | None = None) -> str:
        """The view of a scale around a day, today’s without one; the filter is kept."""
        name, parameter, form = SCALES[scale]
        asked = {parameter: f"{day:{form}}" if day else "", "technician": technician or self.technician}
        query = urlencode({key: value for key, value in asked.items() if value and value != ALL})
        return f"{reverse(name)}?{query}" if query else reverse(name)

    def scales(self) -> list[Link]:
        labels = {"day": _("Jour"), "week": _("Semaine"), "month": _("Mois")}
        return [
            Link(label, self.address(scale, self.shown.day), scale == self.shown.scale)
            for scale, label in labels.items()
        ]

    def days(self, days: Sequence[date]) -> list[tuple[str, date, str, bool]]:
        """The days to choose from on a phone: short name, day, address, whether it is the one shown."""
        return [
            (f"{WEEKDAYS_ABBR[day.weekday()]}.", day, self.address("day", day), day == self.shown.day) for day in days
        ]

    def people(self, board: Board) -> list[Link]:
        scale, day, user = self.shown.scale, self.shown.day, self.request.user
        links = [Link(_("Toute l’équipe"), self.address(scale, day, ALL), board.technician is None)]
        for person in board.team:
            mine = person.pk == user.pk
            name = _("%(name)s (moi)") % {"name": said_name(person)} if mine else said_name(person)
            url = self.address(scale, day, MINE if mine else str(person.pk))
            links.append(Link(name, url, board.technician == person.pk))
        return links

    def context(self, board: Board, slots: SlotMarkup) -> dict[str, Any]:
        people = self.people(board)
        waiting, more, time = to_plan(slots)
        return {
            "shown": self.shown,
            "scales": self.scales(),
            "previous": self.address(self.shown.scale, self.shown.before),
            "following": self.address(self.shown.scale, self.shown.after),
            "now_url": self.address(self.shown.scale),
            "people": people,
            "chosen": next((link.label for link in people if link.current), _("Une personne")),
            "icons": icons(),
            "to_plan": waiting,
            "more_to_plan": more,
            "time_to_plan": time,
            "may_add": self.request.user.has_perm("interventions.add_intervention"),
            "may_see_absences": self.request.user.has_perm(VIEW_ABSENCE),
            "address": self.request.get_full_path(),
        }


@cache
def _waiting() -> Any:
    return all_slots().filter(state=State.TO_PLAN).order_by("number")[: MOST_TO_PLAN + 1]


def to_plan(slots: SlotMarkup) -> tuple[list[SafeString], bool, str]:
    """What is to be planned, the oldest first; whether there is more; how long it takes, as far as one knows."""
    found = list(read_slots(_waiting().all()))
    drawn = [mark_safe(slots.draw_waiting(slot)) for slot in found[:MOST_TO_PLAN]]  # noqa: S308 — escaped where it is built
    time = sum(slot.minutes for slot in found[:MOST_TO_PLAN])
    return drawn, len(found) > MOST_TO_PLAN, say_hours(time) if time else ""
