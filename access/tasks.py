"""What the gate gives somebody to do now: who was refused, who stayed too long, what is owed, what is about to end."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from access.client.worth import cards_worth
from access.gate.lapse import lapsed
from access.gate.reasons import reason_label
from access.models import AccessCard, Device, Entry, Event, Zone
from clients.models import NAMED_BY, Client, named_by
from fixaloop.lists.counting import read
from fixaloop.lists.figures import remembered
from fixaloop.lists.tasks import SHOWN, Pile, Rank, Task
from fixaloop.words.dates import say_full, say_length, say_since
from fixaloop.words.money import euros

SOON = timedelta(days=7)
# A refusal older than that is no longer somebody in front of the gate.
FRESH = timedelta(minutes=30)
CLIENT = named_by("client")


def access_tasks(user: Any, at: datetime) -> Iterator[Task | Pile]:
    if user.has_perm("access.view_event") and user.has_perm("clients.view_client"):
        yield from _refused(user, at)
    if user.has_perm("access.view_device"):
        yield from _silent(at)
    if user.has_perm("access.view_entry"):
        yield from _stays(user, at)
        if user.has_perm("access.view_payment"):
            yield _unpaid(user)
    if user.has_perm("clients.view_client") and user.has_perm("access.view_accesscard"):
        yield from _locked_out(at)
    if user.has_perm("access.view_accesscard"):
        yield from _expiring(user, at)


def _refused(user: Any, at: datetime) -> Iterator[Task]:
    events = Event.objects.filter(kind=Event.Kind.REFUSED, at__gt=at - FRESH, at__lte=at, client__isnull=False)
    seen = set()
    told = events.select_related("client", "zone").only(
        *("at", "reasons", "card", "vehicle", "zone__name", *CLIENT, "client__inside_since")
    )
    for event in read(told.order_by("-at", "-pk")[:20]):
        client = event.client
        if client is None or client.pk in seen or (client.inside_since and client.inside_since >= event.at):
            continue
        seen.add(client.pk)
        reasons = [reason_label(code) for code in event.reasons[:1]]
        sentence = _("Accès refusé à %(client)s : %(reason)s") % {
            "client": client.name,
            "reason": (reasons[0] if reasons else "?").lower(),
        }
        ago = _("il y a %(length)s") % {"length": say_length(at - event.at)}
        detail = f"{event.zone.name} · {ago}" if event.zone else ago
        yield Task(Rank.WAITING, "ban", sentence, detail, _("Voir"), _repaired_at(event, user))
        if len(seen) == SHOWN:
            return


def _repaired_at(event: Event, user: Any) -> str:
    """Where a refusal can be repaired: the counter for gatekeepers, else the event, which says what it takes."""
    if not user.has_perm("access.use_control"):
        return f"/access/events/{event.pk}/"
    kinds = {"card": event.card_id, "vehicle": event.vehicle_id, "client": event.client_id}
    kind = next(kind for kind, key in kinds.items() if key)
    return f"{reverse('access:control')}?subject={kind}-{kinds[kind]}"


@cache
def _told() -> QuerySet[Entry]:
    return Entry.objects.select_related("client", "zone").only("entered_at", "balance", "zone__name", *CLIENT)


def _stays(user: Any, at: datetime) -> Iterator[Pile]:
    entries, action = reverse("access:entries"), _button(user, "access.correct_entry", _("Vérifier"))
    yield Pile(
        Entry.objects.open()
        .filter(lapsed(Zone.objects.only("longest_stay", "reset_at"), at))
        .order_by("entered_at", "pk"),
        _told(),
        lambda entry: _stay(entry, at, _("Présent depuis trop longtemps : %(who)s"), "clock-alert", action),
        others=lambda count: _("%(count)s présents depuis trop longtemps") % {"count": count},
        url=f"{entries}?open=true",
    )
    yield Pile(
        Entry.objects.filter(to_check=True).order_by("-entered_at", "-pk"),
        _told(),
        lambda entry: _stay(entry, at, _("Entrée à vérifier : %(who)s"), "triangle-alert", action),
        others=lambda count: _("%(count)s entrées à vérifier") % {"count": count},
        url=f"{entries}?to_check=true",
    )


def _stay(entry: Entry, at: datetime, words: str, icon: str, action: str) -> Task:
    detail = f"{entry.zone.name}, {say_since(entry.entered_at, at)}"
    return Task(Rank.LATE, icon, words % {"who": entry.holder}, detail, action, entry.get_absolute_url())


def _button(user: Any, right: str, action: str) -> str:
    """The text of a button: to do it, or to look, without the right."""
    return action if user.has_perm(right) else _("Voir")


def _unpaid(user: Any) -> Pile:
    action = _button(user, "access.add_payment", _("Encaisser"))
    return Pile(
        Entry.objects.unpaid().order_by("-entered_at", "-pk"),
        _told(),
        lambda entry: _owed(entry, action),
        others=lambda count: _("%(count)s entrées à payer") % {"count": count},
        url=f"{reverse('access:entries')}?payment=unpaid",
    )


def _owed(entry: Entry, action: str) -> Task:
    sentence = _("%(who)s doit %(amount)s pour une visite") % {"who": entry.holder, "amount": euros(entry.balance)}
    when = say_full(entry.entered_at)
    return Task(Rank.MONEY, "banknote", sentence, when, action, entry.get_absolute_url())


def _locked_out(at: datetime) -> Iterator[Task]:
    for client in remembered("access.tasks_locked_out", lambda: _first_locked_out(at)):
        when = say_full(client.active_until)
        sentence = _("%(client)s n’entrera plus après le %(when)s") % {"client": client.name, "when": when}
        detail = _("sa carte est valable, son statut s’arrête")
        yield Task(Rank.TIDY, "door-closed", sentence, detail, _("Voir"), client.get_absolute_url())


def _first_locked_out(at: datetime) -> list[Client]:
    clients = Client.objects.filter(cards_worth("active", at), active_until__gt=at, active_until__lte=at + SOON)
    return read(clients.only(*NAMED_BY, "active_until").order_by("active_until", "pk")[:SHOWN])


def _expiring(user: Any, at: datetime) -> Iterator[Task]:
    number, holders = remembered("access.tasks_expiring", lambda: _first_expiring(at))
    if not number:
        return
    said = ngettext("%(count)s carte expire d’ici 7 jours", "%(count)s cartes expirent d’ici 7 jours", number)
    url = f"{reverse('access:cards')}?expires_within={SOON.days}"
    count = "100+" if number == 100 else str(number)
    action = _button(user, "access.change_accesscard", _("Prolonger"))
    yield Task(Rank.TIDY, "id-card", said % {"count": count}, holders, action, url)


def _first_expiring(at: datetime) -> tuple[int, str]:
    """How many cards there are, up to 100, and the names of the first holders."""
    cards = AccessCard.objects.expiring(at, timezone.localdate(at) + SOON).select_related("client").only(*CLIENT)
    found = read(cards.order_by("last_day", "pk")[:100])
    return len(found), ", ".join(dict.fromkeys(card.client.name for card in found[:SHOWN]))


def _silent(at: datetime) -> Iterator[Task]:
    devices = Device.objects.select_related("zone").filter(enabled=True).exclude(token_hash="").defer("zone__hours")
    for device in [device for device in read(devices) if device.is_silent(at)][:SHOWN]:
        sentence = _("Le lecteur « %(device)s » ne répond plus") % {"device": device.name}
        detail = f"{device.zone.name} · {_silence(device, at)}"
        yield Task(Rank.LATE, "radio-tower", sentence, detail, _("Voir"), device.get_absolute_url())


def _silence(device: Device, at: datetime) -> str:
    if device.last_seen_at is None:
        return _("jamais entendu")
    return _("muet depuis %(duration)s") % {"duration": say_length(at - device.last_seen_at)}
