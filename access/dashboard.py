"""The dashboard’s panels about access: who will soon be refused, what is owed, what is odd."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from access.client.worth import cards_worth
from access.gate.lapse import lapsed
from access.models import AccessCard, Device, Entry, Zone
from clients.models import Client
from fixaloop.lists.figures import SHOWN, Item, Panel, make_panel
from fixaloop.web.icons import chip
from fixaloop.words.dates import say_length, say_since
from fixaloop.words.money import euros

SOON = timedelta(days=7)


def access_panels(user: Any, now: datetime) -> list[Panel]:
    return [panel for panel in _panels(user, now) if panel.items]


def _panels(user: Any, now: datetime) -> Iterator[Panel]:
    if user.has_perm("clients.view_client") and user.has_perm("access.view_accesscard"):
        yield _locked_out(now)
    if user.has_perm("access.view_accesscard"):
        yield _expiring(now)
    if user.has_perm("access.view_entry"):
        yield _forgotten(now)
        yield _to_check(now)
        if user.has_perm("access.view_payment"):
            yield _unpaid()
    if user.has_perm("access.view_device"):
        yield _silent(now)


def _locked_out(now: datetime) -> Panel:
    clients = Client.objects.filter(cards_worth("active", now), active_until__gt=now, active_until__lte=now + SOON)
    return make_panel(_("N’entreront plus d’ici 7 jours"), clients.order_by("active_until", "pk"), _last_moment)


def _last_moment(client: Client) -> Item:
    when = date_format(timezone.localtime(client.active_until), "j N H:i")
    return Item(client.name, client.get_absolute_url(), _("n’entre plus après le %(when)s") % {"when": when})


def _expiring(now: datetime) -> Panel:
    cards = AccessCard.objects.expiring(now, timezone.localdate(now) + SOON).select_related("client")
    cards = cards.order_by("last_day", "pk")
    url = f"{reverse('access:cards')}?expires_within={SOON.days}"
    return make_panel(_("Cartes qui expirent d’ici 7 jours"), cards, _last_day, url=url)


def _last_day(card: AccessCard) -> Item:
    note = f"{card.username} · {date_format(card.last_day, 'j N')}"
    return Item(card.client.name, card.get_absolute_url(), note)


def _stay(entry: Entry, now: datetime) -> Item:
    return Item(entry.holder, entry.get_absolute_url(), f"{entry.zone.name}, {say_since(entry.entered_at, now)}")


def _forgotten(now: datetime) -> Panel:
    entries = Entry.objects.open().filter(lapsed(Zone.objects.all(), now)).select_related("client", "zone")
    url = f"{reverse('access:entries')}?open=true"
    return make_panel(
        _("Présents depuis trop longtemps"), entries.order_by("entered_at", "pk"), partial(_stay, now=now), url=url
    )


def _to_check(now: datetime) -> Panel:
    entries = Entry.objects.filter(to_check=True).select_related("client", "zone").order_by("-entered_at", "-pk")
    return make_panel(
        _("Entrées à vérifier"), entries, partial(_stay, now=now), url=f"{reverse('access:entries')}?to_check=true"
    )


def _unpaid() -> Panel:
    entries = Entry.objects.unpaid().select_related("client").order_by("-entered_at", "-pk")
    return make_panel(_("Entrées à payer"), entries, _owed, url=f"{reverse('access:entries')}?payment=unpaid")


def _owed(entry: Entry) -> Item:
    note = date_format(timezone.localtime(entry.entered_at), "j N Y H:i")
    owed = chip(euros(entry.balance), "stop", "banknote")
    return Item(entry.holder, entry.get_absolute_url(), note, owed)


def _silent(now: datetime) -> Panel:
    devices = Device.objects.select_related("zone").filter(enabled=True).exclude(token_hash="")
    silent = [device for device in devices if device.is_silent(now)]
    items = [
        Item(device.name, device.get_absolute_url(), f"{device.zone.name} · {_silence(device, now)}")
        for device in silent[:SHOWN]
    ]
    return Panel(_("Lecteurs muets"), items, number_format(len(silent)), reverse("access:devices"))


def _silence(device: Device, now: datetime) -> str:
    if device.last_seen_at is None:
        return _("jamais entendu")
    return _("muet depuis %(duration)s") % {"duration": say_length(now - device.last_seen_at)}
