"""What a plate or a card opens, and when, in words: for the pages of a vehicle and of a client."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from access.hours import Hours, show_hours
from access.models import AccessCard, CardStatus, Vehicle, Zone
from clients.models import Client
from fixaloop.words.dates import full_moment, long_day

SHOWN = 5
_NAMED = 12


@dataclass(frozen=True)
class Opens:
    """One right: whose it is, the zones it opens and when."""

    by: str
    zones: str
    when: str
    url: str = ""


def opens_of_vehicle(vehicle: Vehicle, at: datetime, *, see_cards: bool) -> list[Opens]:
    """What the plate of a vehicle opens: by its own right, by the cards of its clients, and as any active client’s."""
    drivers = vehicle.drivers.values("client")
    cards = _cards(Q(client=vehicle.client_id) | Q(client__in=drivers), at, by_car=True)
    own = list(_own(vehicle, list(vehicle.zones.all())))
    told = [_of_card(card, see_cards) for card in cards]
    return [*own, *told, *_of_anybody(has_right=bool(own or cards))]


def opens_of_client(client: Client, at: datetime, *, see_cards: bool, see_vehicles: bool) -> list[Opens]:
    """What the cards and the vehicles of a client open, some of each."""
    cards = _cards(Q(client=client), at)
    told = [_of_card(card, see_cards) for card in cards] if see_cards else []
    given = Exists(Vehicle.zones.through.objects.filter(vehicle=OuterRef("pk")))
    vehicles = Vehicle.objects.filter(Q(everywhere=True) | given, client=client, is_active=True)
    if see_vehicles:
        for vehicle in vehicles.prefetch_related("zones").order_by("plate_key", "pk")[:SHOWN]:
            told += _own(vehicle, list(vehicle.zones.all()), vehicle.plate_display)
    return [*told, *_of_anybody(has_right=bool(cards))]


def _cards(whose: Q, at: datetime, *, by_car: bool = False) -> Sequence[AccessCard]:
    """Cards that open something today. A lost card is a lost object: its holder’s car keeps its rights."""
    today = timezone.localdate(at)
    statuses = [CardStatus.ACTIVE, *([CardStatus.LOST] if by_car else [])]
    cards = AccessCard.objects.filter(whose, status__in=statuses, last_day__gte=today)
    return list(cards.prefetch_related("zones").order_by("-last_day", "-pk")[:SHOWN])


def _own(vehicle: Vehicle, zones: Sequence[Zone], name: str = "") -> Iterator[Opens]:
    if vehicle.everywhere or zones:
        opened = _("toutes les zones") if vehicle.everywhere else _names(zones)
        by = name or _("Le véhicule lui-même")
        yield Opens(by, opened, _when(vehicle.hours, None, vehicle.valid_until), vehicle.get_absolute_url())


def _of_card(card: AccessCard, see_cards: bool) -> Opens:
    zones = _("toutes les zones") if card.everywhere else _names(card.zones.all())
    url = card.get_absolute_url() if see_cards else ""
    by = _("Carte %(username)s") % {"username": card.holder} if see_cards else _("Une carte")
    return Opens(by, zones, _when_of_card(card), url)


def _when_of_card(card: AccessCard) -> str:
    if card.starts_at is not None and card.ends_at is not None:
        window = {"first": full_moment(card.starts_at), "last": full_moment(card.ends_at)}
        return _("du %(first)s au %(last)s") % window
    first = card.valid_from if card.valid_from > timezone.localdate() else None
    return _when(card.hours, first, card.valid_until)


def _of_anybody(*, has_right: bool) -> Iterator[Opens]:
    """The zones open to every active client, and those nobody has decided about, for who has no other right."""
    zones = Zone.objects.exclude(open_to=Zone.OpenTo.GIVEN).order_by("name")
    if has_right:
        zones = zones.filter(open_to=Zone.OpenTo.ACTIVE)
    found = list(zones[: _NAMED + 1])
    if found:
        yield Opens(_("Tout client actif"), _names(found), _("à toute heure"))


def _names(zones: Iterable[Any]) -> str:
    names = sorted(zone.name for zone in zones)
    return ", ".join(names[:_NAMED]) + ("…" if len(names) > _NAMED else "") if names else _("aucune zone")


def _when(hours: Hours, first: date | None, last: date | None) -> str:
    parts = [show_hours(hours) or _("à toute heure")]
    if first is not None:
        parts.append(_("à partir du %(day)s") % {"day": long_day(first)})
    if last is not None:
        parts.append(_("jusqu’au %(day)s") % {"day": long_day(last)})
    return ", ".join(parts)
