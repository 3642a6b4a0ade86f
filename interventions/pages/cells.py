"""The cells of an intervention’s row as safe HTML, and the chips and days that other pages show too."""

from datetime import date, datetime
from functools import lru_cache
from html import escape
from typing import Any

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from fixaloop.lists.markup import NOTHING
from fixaloop.speed.texts import gettext as _, language
from fixaloop.web.icons import chip
from fixaloop.words.dates import day_of, local, say_clock, say_length, short_day
from fixaloop.words.money import euros
from fixaloop.words.text import person_name
from interventions.models import Intervention
from interventions.planning.hours import is_daily
from interventions.states import State
from interventions.times import worked

TONES = {
    State.TO_PLAN: ("warn", "calendar-plus"),
    State.PLANNED: ("brand", "calendar-check"),
    State.IN_PROGRESS: ("ok", "wrench"),
    State.ON_HOLD: ("warn", "pause"),
    State.DONE: ("muted", "check"),
    State.CLOSED: ("muted", "lock"),
    State.CANCELLED: ("muted", "ban"),
}


def state_chip(state: str) -> SafeString:
    return _state_chip(state, language())


@lru_cache(maxsize=64)
def _state_chip(state: str, language: str | None) -> SafeString:
    return chip(str(State(state).label), *TONES[State(state)])


def slot_chip(intervention: Intervention, at: datetime) -> str:
    """That the slot is over: late if somebody should have done it, a remark if it waits for somebody else."""
    if intervention.is_late(at):
        return chip(_("En retard"), "stop", "alarm-clock")
    return chip(_("Créneau passé"), "warn", "calendar-off") if intervention.is_over(at) else ""


def identity_cell(intervention: Intervention, at: datetime) -> str:
    plate = intervention.vehicle.plate_display if intervention.vehicle else ""
    rest = " · ".join(filter(None, (intervention.equipment, plate)))
    # What is said on the phone comes first: the end of a long title may be cut, its reference never.
    return (
        f'<small class="num">{intervention.reference}</small>'
        f' <a class="who" href="/interventions/{intervention.reference}/">{escape(intervention.title)}</a>'
        f"{f' <small>{escape(rest)}</small>' if rest else ''}"
    )


def state_cell(intervention: Intervention, at: datetime) -> str:
    late = f" {slot_chip(intervention, at)}"
    why = f" <small>{escape(intervention.state_reason)}</small>" if intervention.state_reason else ""
    return f"{state_chip(intervention.state)}{late.rstrip()}{why}"


def said_name(person: Any) -> str:
    name = person_name(person)
    return name if person.is_active else _("%(name)s (parti)") % {"name": name}


def technician_cell(intervention: Intervention, at: datetime) -> str:
    return NOTHING if intervention.technician is None else escape(said_name(intervention.technician))


def slot_cell(intervention: Intervention, at: datetime) -> str:
    if not intervention.planned_start or not intervention.planned_end:
        return NOTHING
    start, end = local(intervention.planned_start), local(intervention.planned_end)
    first, last = start.date(), end.date()
    span = f"{say_clock(start)} – {say_clock(end)}"
    if first == last:
        hours = say_clock(start)
    elif is_daily(start, end):
        hours = f"→ {end:%d/%m}, {span}"
    else:
        hours = f"{say_clock(start)} → {end:%d/%m} {say_clock(end)}"
    day = near_day(first, day_of(at))
    when = start.isoformat(timespec="seconds")
    return f'<time class="num" datetime="{when}" title="{span}">{day}</time> <small>{hours}</small>'


def near_day(day: date, today: date) -> str:
    """“demain”, “lun. 16 nov.”; beyond half a year, the day in figures."""
    return _near_day(day, today, language())


@lru_cache(maxsize=4096)
def _near_day(day: date, today: date, language: str | None) -> str:
    distance = (day - today).days
    if -1 <= distance <= 1:
        return (_("hier"), _("aujourd’hui"), _("demain"))[distance + 1]
    return named_day(day) if abs(distance) < 180 else date_format(day, "SHORT_DATE_FORMAT")


def named_day(day: date) -> str:
    return f"{WEEKDAYS_ABBR[day.weekday()]}. {short_day(day, year=False)}"


def time_cell(intervention: Intervention, at: datetime) -> str:
    length = worked(intervention, at)
    return NOTHING if length is None else escape(say_length(length))


def money_cell(intervention: Intervention, at: datetime) -> str:
    balance = intervention.balance
    if not intervention.amount_due and not balance:
        return NOTHING
    if balance > 0:
        left = _("reste %(amount)s") % {"amount": euros(balance)}
    elif balance < 0:
        received = _("acompte %(amount)s") if intervention.is_open else _("à rendre : %(amount)s")
        left = received % {"amount": euros(-balance)}
    else:
        left = _("payé")
    due = euros(intervention.amount_due) if intervention.amount_due else ""
    return f"<small>{left}</small> {due}".rstrip()


def since(job: Intervention, at: datetime) -> str:
    if job.state == State.PLANNED and job.planned_start:
        start = local(job.planned_start)
        return f"{near_day(start.date(), day_of(at))} {say_clock(start)}"
    moment, words = {
        State.IN_PROGRESS: (job.started_at, _("depuis le %(day)s")),
        State.ON_HOLD: (job.waiting_since, _("depuis le %(day)s")),
        State.DONE: (job.finished_at, _("le %(day)s")),
        State.CLOSED: (job.finished_at, _("terminée le %(day)s")),
    }.get(State(job.state), (job.created_at, _("demandée le %(day)s")))
    if moment is None:
        return ""
    day = local(moment).date()
    return words % {"day": short_day(day, year=day.year != day_of(at).year)}
