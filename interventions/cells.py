"""How an intervention shows in a row: its cells as safe HTML, written once for every list that has them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from clients.models import Client
from fixaloop.dates import short_day
from fixaloop.icons import icon
from interventions.fields import person_name
from interventions.models import Intervention
from interventions.states import State

NOTHING = mark_safe('<span class="soft">—</span>')
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
    """A state as a word with its icon."""
    tone, name = TONES[State(state)]
    return format_html('<span class="chip" data-tone="{}">{}{}</span>', tone, icon(name, 14), State(state).label)


def late_chip() -> SafeString:
    """What should have ended by now."""
    return format_html('<span class="chip" data-tone="stop">{}{}</span>', icon("alarm-clock", 14), _("En retard"))


def identity_cell(intervention: Intervention, at: datetime) -> SafeString:
    """The title, as the link to the intervention, over its reference and equipment."""
    return format_html(
        '<a class="who" href="/interventions/{0}/">{1}</a> <small class="num">{0}{2}</small>',
        intervention.reference,
        intervention.title,
        f" · {intervention.equipment}" if intervention.equipment else "",
    )


def state_cell(intervention: Intervention, at: datetime) -> SafeString:
    """The state, why, and whether it is late."""
    return format_html(
        "{}{}{}",
        state_chip(intervention.state),
        format_html(" {}", late_chip()) if intervention.is_late(at) else "",
        format_html(" <small>{}</small>", intervention.state_reason) if intervention.state_reason else "",
    )


def client_cell(intervention: Intervention, at: datetime) -> SafeString:
    """For whom."""
    client = intervention.client
    return format_html('<a href="/clients/{0}/">{1}</a> <small class="num">{0}</small>', client.reference, client.name)


def technician_cell(intervention: Intervention, at: datetime) -> SafeString:
    """By whom."""
    return NOTHING if intervention.technician is None else format_html("{}", person_name(intervention.technician))


def slot_cell(intervention: Intervention, at: datetime) -> SafeString:
    """The planned slot."""
    if not intervention.planned_start or not intervention.planned_end:
        return NOTHING
    start, end = timezone.localtime(intervention.planned_start), timezone.localtime(intervention.planned_end)
    return format_html(
        '<time datetime="{}">{}</time> <small>{}</small>',
        start.isoformat(),
        near_day(start, at),
        f"{start:%H:%M} – {end:%H:%M}" if start.date() == end.date() else f"{start:%H:%M} → {end:%d/%m %H:%M}",
    )


def near_day(moment: datetime, at: datetime) -> str:
    """A day in words when near, in figures when far."""
    words = {-1: _("hier"), 0: _("aujourd’hui"), 1: _("demain")}
    day, today = timezone.localtime(moment).date(), timezone.localtime(at).date()
    distance = (day - today) // timedelta(days=1)
    if distance in words:
        return words[distance]
    return named_day(day) if abs(distance) < 180 else date_format(day, "SHORT_DATE_FORMAT")


def named_day(day: date) -> str:
    """`lun. 16 nov.`"""
    return f"{date_format(day, 'D')}. {short_day(day, year=False)}"


def money_cell(intervention: Intervention, at: datetime) -> SafeString:
    """What is due over what is left to pay."""
    if not intervention.amount_due and not intervention.balance:
        return NOTHING
    balance = intervention.balance
    if balance > 0:
        left = _("reste %(amount)s") % {"amount": euros(balance)}
    elif balance < 0:
        received = _("acompte %(amount)s") if intervention.is_open else _("trop-perçu %(amount)s")
        left = received % {"amount": euros(-balance)}
    else:
        left = _("payé")
    return format_html("{} <small>{}</small>", euros(intervention.amount_due), left)


def euros(amount: Any) -> str:
    """`1 234,50 €`."""
    return f"{number_format(amount, 2)} €"


def open_count_cell(client: Client, at: datetime) -> SafeString:
    """How many interventions of a client are open, as the link to them."""
    if not client.open_interventions:
        return NOTHING
    return format_html(
        '<a href="/clients/{}/interventions/?state=open">{}</a>', client.reference, client.open_interventions
    )
