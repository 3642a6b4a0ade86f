"""What the gate has for the dashboard: who will soon stand before it, what is owed, what is odd."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from access.counter.person import since
from access.models import AccessCard, Device, Entry
from access.services.payments import money
from clients.models import Client
from fixaloop.lists.pagination import COUNT_CAP, capped_count
from fixaloop.web.icons import icon
from fixaloop.words.moments import say_length

SHOWN = 8
SOON = timedelta(days=7)
LONG = timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """One thing to look at: its name, its page, what one needs to know of it, its chip."""

    name: str
    url: str
    note: str
    chip: str = ""


@dataclass(frozen=True)
class Panel:
    """Some lines under a heading, how many there are in all, and where all of them are."""

    title: str
    lines: list[Line]
    count: str
    url: str
    nothing: str = ""


def access_panels(user: Any, now: datetime) -> list[Panel]:
    """The panels that have something to say to this person."""
    return [panel for panel in _panels(user, now) if panel.lines]


def _panels(user: Any, now: datetime) -> Iterator[Panel]:
    if user.has_perm("clients.view_client") and user.has_perm("access.view_accesscard"):
        yield _locked_out(now)
    if user.has_perm("access.view_accesscard"):
        yield _expiring(now)
    if user.has_perm("access.view_entry"):
        yield _forgotten(now)
        if user.has_perm("access.view_payment"):
            yield _unpaid()
    if user.has_perm("access.view_device"):
        yield _silent(now)


def _locked_out(now: datetime) -> Panel:
    today = timezone.localdate(now)
    clients = Client.objects.filter(active_until__gt=now, active_until__lte=now + SOON, last_card_day__gte=today)
    lines = (
        Line(client.name, client.get_absolute_url(), _("n’entre plus après le %(when)s") % {"when": _when(client)})
        for client in clients.order_by("active_until", "pk")[:SHOWN]
    )
    return _panel(_("N’entreront plus d’ici 7 jours"), lines, clients, "")


def _when(client: Client) -> str:
    return date_format(timezone.localtime(client.active_until), "j N H:i")


def _expiring(now: datetime) -> Panel:
    today = timezone.localdate(now)
    cards = AccessCard.objects.expiring(today, today + SOON).select_related("client")
    lines = (
        Line(card.client.name, card.get_absolute_url(), f"{card.username} · {date_format(card.last_day, 'j N')}")
        for card in cards.order_by("last_day", "pk")[:SHOWN]
    )
    return _panel(
        _("Cartes qui expirent d’ici 7 jours"), lines, cards, f"{reverse('access:cards')}?expires_within={SOON.days}"
    )


def _forgotten(now: datetime) -> Panel:
    entries = Entry.objects.open().filter(entered_at__lt=now - LONG).select_related("client", "zone")
    lines = (
        Line(entry.client.name, entry.get_absolute_url(), f"{entry.zone.name}, {since(entry.entered_at, now)}")
        for entry in entries.order_by("entered_at", "pk")[:SHOWN]
    )
    return _panel(_("Entrées ouvertes depuis plus d’un jour"), lines, entries, f"{reverse('access:entries')}?open=true")


def _unpaid() -> Panel:
    entries = Entry.objects.unpaid().select_related("client")
    lines = (
        Line(
            entry.client.name,
            entry.get_absolute_url(),
            date_format(timezone.localtime(entry.entered_at), "j N Y H:i"),
            _chip("stop", "banknote", money(entry.balance)),
        )
        for entry in entries.order_by("-entered_at", "-pk")[:SHOWN]
    )
    return _panel(_("Entrées à payer"), lines, entries, f"{reverse('access:entries')}?payment=unpaid")


def _silent(now: datetime) -> Panel:
    devices = Device.objects.select_related("zone").filter(enabled=True).exclude(token_hash="")
    silent = [device for device in devices if device.is_silent(now)]
    lines = [
        Line(device.name, device.get_absolute_url(), f"{device.zone.name} · {_silence(device, now)}")
        for device in silent[:SHOWN]
    ]
    return Panel(_("Lecteurs muets"), lines, number_format(len(silent)), reverse("access:devices"))


def _silence(device: Device, now: datetime) -> str:
    if device.last_seen_at is None:
        return _("jamais entendu")
    return _("muet depuis %(duration)s") % {"duration": say_length(now - device.last_seen_at)}


def _panel(title: str, lines: Iterable[Line], rows: QuerySet[Any], url: str) -> Panel:
    shown = list(lines)
    if len(shown) < SHOWN:
        return Panel(title, shown, number_format(len(shown)), "")
    total = capped_count(rows)
    cap = {"cap": number_format(COUNT_CAP, force_grouping=True)}
    count = number_format(total, force_grouping=True) if total <= COUNT_CAP else _("plus de %(cap)s") % cap
    return Panel(title, shown, count, url if total > SHOWN else "")


def _chip(tone: str, icon_name: str, label: str) -> SafeString:
    return format_html('<span class="chip" data-tone="{}">{}{}</span>', tone, icon(icon_name, 14), label)
