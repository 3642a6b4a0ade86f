"""The cells of entries."""

from __future__ import annotations

from datetime import datetime
from html import escape

from django.utils import timezone

from access.gate.reasons import anomaly_label
from access.models import Entry, PaymentStatus
from access.services.payments import money
from access.shared.cells import chip
from clients.lists.cells import NOTHING
from fixaloop.speed.translation import gettext as _
from fixaloop.words.moments import moment_html, say_length

TONES = {PaymentStatus.UNPAID: "warn", PaymentStatus.PARTIAL: "warn", PaymentStatus.PAID: "ok"}


def identity_cell(entry: Entry, at: datetime) -> str:
    """When it began, as the link to the entry, over the same exactly and how long it lasted."""
    length = say_length((entry.exited_at or at) - entry.entered_at)
    exactly = f"{timezone.localtime(entry.entered_at):%d/%m/%Y %H:%M}"
    return (
        f'<a class="who" href="/access/entries/{entry.pk}/">{moment_html(entry.entered_at, at)}</a>'
        f" <small>{exactly} · {escape(length)}</small>"
    )


def presence_cell(entry: Entry, at: datetime) -> str:
    """Whether somebody is still there, or when he left; what was odd about it."""
    shown = presence_chip(entry, at)
    if entry.anomalies:
        labels = " · ".join(anomaly_label(code) for code in dict.fromkeys(entry.anomalies))
        shown += f" <small>{escape(labels)}</small>"
    return shown


def presence_chip(entry: Entry, at: datetime) -> str:
    """Inside, or out since."""
    if entry.exited_at is None:
        return chip(_("Sur place"), "ok", "map-pin")
    left = moment_html(entry.exited_at, at)
    mark = _("sortie estimée") if entry.estimated else _("sortie")
    return f"<span>{escape(mark)} {left}</span>"


def means_cell(entry: Entry, at: datetime) -> str:
    """The card he came in with; by car, its plate."""
    return f'<a href="/access/cards/{entry.card_id}/">{escape(entry.card.username)}</a>' if entry.card else NOTHING


def vehicle_cell(entry: Entry, at: datetime) -> str:
    """The car he came in with."""
    if entry.vehicle is None:
        return NOTHING
    return f'<a class="num" href="/access/vehicles/{entry.vehicle_id}/">{escape(entry.vehicle.plate_display)}</a>'


def place_cell(entry: Entry, at: datetime) -> str:
    """The zone, over the door he came in by."""
    below = f" <small>{escape(entry.device_in.name)}</small>" if entry.device_in else ""
    return f"{escape(entry.zone.name)}{below}"


def payment_chip(entry: Entry) -> str:
    """Where its money stands, in a word."""
    status = PaymentStatus(entry.payment_status)
    return chip(str(status.label), TONES[status]) if status in TONES else ""


def money_cell(entry: Entry, at: datetime) -> str:
    """What is due, over what is left to pay."""
    if entry.payment_status == PaymentStatus.NONE:
        return NOTHING
    status = PaymentStatus(entry.payment_status)
    said = str(status.label)
    if status == PaymentStatus.PARTIAL:
        said = _("reste %(amount)s") % {"amount": money(entry.balance)}
    return f"{escape(money(entry.amount_due))} <small>{chip(said, TONES[status])}</small>"
