"""What a plate or a card opens, and when, in words: for the pages of a vehicle and of a client.

Zones are few: one query reads them all, with those that cards and vehicles are given. Special days, which are rare,
cost a second one only where there are some.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from access.calendar.upcoming import MOST_READ, upcoming_of
from access.hours import Hours, say_hours
from access.models import AccessCard, CardStatus, SpecialDay, Vehicle, Zone
from access.models.cards import under_way
from clients.models import Client
from fixaloop.words.dates import full_moment, long_day

SHOWN = 5
_NAMED = 12
# How far ahead special days are told.
AHEAD = timedelta(days=14)
_MOST_DAYS = 3
_ZONE = ("pk", "name", "path", "open_to", "closed_on_holidays")


@dataclass(frozen=True)
class Opens:
    """One right: whose it is, the zones it opens and when; `days` are those to come on which it is otherwise."""

    by: str
    zones: str
    when: str
    url: str = ""
    days: str = ""


@dataclass(frozen=True)
class Held:
    """Cards and vehicles of a client, one more of each than are shown."""

    cards: Sequence[AccessCard]
    vehicles: Sequence[Vehicle]


def held_by(client: Client, at: datetime) -> Held:
    """The cards that are not over, the latest to end first, and the vehicles on the road, those with rights first."""
    if not client.extra_search:
        # Who has a card or a vehicle is found by its name or plate.
        return Held((), ())
    return Held(_cards(Q(client=client), at, SHOWN + 1), vehicles_of(client))


def vehicles_of(client: Client) -> Sequence[Vehicle]:
    """Its vehicles on the road, those with rights first; one more than are shown."""
    if not client.extra_search:
        return ()
    return list(_on_the_road().filter(client=client)[: SHOWN + 1])


@cache
def _on_the_road() -> QuerySet[Vehicle]:
    given = Exists(Vehicle.zones.through.objects.filter(vehicle=OuterRef("pk")))
    vehicles = Vehicle.objects.filter(is_active=True).annotate(given=Q(everywhere=True) | given)
    return vehicles.order_by("-given", "plate_key", "pk")


def opens_of_vehicle(vehicle: Vehicle, at: datetime, *, see_cards: bool) -> list[Opens]:
    """What the plate of a vehicle opens: by its own right, by the cards of its clients, and as any active client’s."""
    drivers = vehicle.drivers.values("client")
    cards = _cards(Q(client=vehicle.client_id) | Q(client__in=drivers), at, SHOWN, by_car=True)
    site = _Site.read(cards, [vehicle], at)
    own = list(_own(vehicle, site))
    told = [_of_card(card, site, see_cards) for card in cards]
    return [*own, *told, *_of_anybody(site, has_right=bool(own or cards))]


def opens_of_card(card: AccessCard, at: datetime) -> Opens:
    return replace(_of_card(card, _Site.read([card], (), at), see_cards=True), url="")


def opens_of_client(held: Held, at: datetime, *, see_cards: bool, see_vehicles: bool) -> list[Opens]:
    cards, vehicles = held.cards[:SHOWN], held.vehicles[:SHOWN]
    site = _Site.read(cards if see_cards else (), vehicles if see_vehicles else (), at)
    told = [_of_card(card, site, see_cards) for card in cards] if see_cards else []
    if see_vehicles:
        told += [right for vehicle in vehicles for right in _own(vehicle, site, vehicle.plate_display)]
    return [*told, *_of_anybody(site, has_right=bool(cards))]


def _cards(whose: Q, at: datetime, most: int, *, by_car: bool = False) -> Sequence[AccessCard]:
    """Cards that are not over. A lost card is a lost object: its holder’s car keeps its rights."""
    statuses = [CardStatus.ACTIVE, *([CardStatus.LOST] if by_car else [])]
    cards = AccessCard.objects.filter(under_way(at), whose, status__in=statuses)
    return list(cards.order_by("-last_day", "-pk")[:most])


@dataclass(frozen=True)
class _Site:
    """All zones by name, those that are given to cards and to vehicles, and the special days to come."""

    zones: Sequence[Zone]
    given: Mapping[tuple[type, int], Sequence[Zone]]
    special: Sequence[SpecialDay]
    today: date

    @classmethod
    def read(cls, cards: Iterable[AccessCard], vehicles: Iterable[Vehicle], at: datetime) -> "_Site":
        today = timezone.localdate(at)
        coming = SpecialDay.objects.during(today, today + AHEAD)
        zones: dict[int, Zone] = {}
        given: dict[tuple[type, int], list[int]] = defaultdict(list)
        differs = False
        for *values, kind, holder, special in _rows(cards, vehicles, coming):
            zone = Zone(**dict(zip(_ZONE, values, strict=True)))
            zones.setdefault(zone.pk, zone)
            differs = differs or bool(special)
            if holder:
                given[_KINDS[kind], holder].append(zone.pk)
        for zone in zones.values():
            zone.parent = zones.get(zone.lineage[-2]) if len(zone.lineage) > 1 else None
        return cls(
            sorted(zones.values(), key=lambda zone: zone.name),
            {holder: [zones[key] for key in keys] for holder, keys in given.items()},
            list(coming.select_related("zone").order_by("first_day", "pk")[:MOST_READ]) if differs else (),
            today,
        )

    def of(self, holder: AccessCard | Vehicle) -> Sequence[Zone]:
        return self.zones if holder.everywhere else self.given.get((type(holder), holder.pk), ())

    def days(self, zones: Sequence[Zone]) -> str:
        coming = upcoming_of(zones, self.today, self.special, AHEAD)
        said = [_("%(days)s : %(opening)s (%(reason)s)") % vars(day) for day in coming[:_MOST_DAYS]]
        return ", ".join((*said, *("…" for _more in coming[_MOST_DAYS : _MOST_DAYS + 1])))


_KINDS: Sequence[type[AccessCard | Vehicle]] = (AccessCard, Vehicle)


def _rows(
    cards: Iterable[AccessCard], vehicles: Iterable[Vehicle], coming: QuerySet[SpecialDay]
) -> Iterable[tuple[Any, ...]]:
    """The zones, then the zones of each card and vehicle: which kind, which one, and whether there are special days."""
    of_none = {"kind": _number(0), "holder": _number(0), "special": Exists(coming)}
    zones: QuerySet[Any, Any] = Zone.objects.order_by().annotate(**of_none).values_list(*_ZONE, *of_none)
    links = []
    groups: tuple[Iterable[Any], ...] = (cards, vehicles)
    for kind, holders in enumerate(groups):
        if keys := [holder.pk for holder in holders if not holder.everywhere]:
            through: Any = _KINDS[kind].zones.through.objects
            column = f"{_KINDS[kind].__name__.lower()}_id"
            rows = through.filter(**{f"{column}__in": keys}).order_by()
            told = rows.annotate(kind=_number(kind), special=Value(False))
            links.append(told.values_list(*(f"zone__{name}" for name in _ZONE), "kind", column, "special"))
    return zones.union(*links, all=True) if links else zones


def _number(number: int) -> Value:
    return Value(number, IntegerField())


def _own(vehicle: Vehicle, site: _Site, name: str = "") -> Iterator[Opens]:
    zones = site.of(vehicle)
    if vehicle.everywhere or zones:
        opened = _("toutes les zones") if vehicle.everywhere else _names(zones)
        by = name or _("Le véhicule lui-même")
        when = _when(vehicle.hours, None, vehicle.valid_until)
        yield Opens(by, opened, when, vehicle.get_absolute_url(), site.days(zones))


def _of_card(card: AccessCard, site: _Site, see_cards: bool) -> Opens:
    zones = _("toutes les zones") if card.everywhere else _names(site.of(card))
    url = card.get_absolute_url() if see_cards else ""
    by = _("Carte %(username)s") % {"username": card.holder} if see_cards else _("Une carte")
    return Opens(by, zones, _when_of_card(card), url, site.days(site.of(card)))


def _when_of_card(card: AccessCard) -> str:
    now = timezone.now()
    window = card.window(now)
    if window.starts_at is not None and window.ends_at is not None:
        ends = {"first": full_moment(window.starts_at), "last": full_moment(window.ends_at)}
        return ", ".join(filter(None, (say_hours(card.hours), _("du %(first)s au %(last)s") % ends)))
    begins = None if window.has_begun(now, timezone.localdate(now)) else window.starts_at or window.first
    return _when(card.hours, begins, window.ends_at or window.last)


def _of_anybody(site: _Site, *, has_right: bool) -> Iterator[Opens]:
    """The zones open to all active clients, and for clients without another right, those nobody has decided about."""
    shut = (Zone.OpenTo.GIVEN, Zone.OpenTo.UNDECIDED) if has_right else (Zone.OpenTo.GIVEN,)
    if found := [zone for zone in site.zones if zone.open_to not in shut]:
        yield Opens(_("Tout client actif"), _names(found), _("à toute heure"), days=site.days(found))


def _names(zones: Iterable[Any]) -> str:
    names = sorted(zone.name for zone in zones)
    return ", ".join(names[:_NAMED]) + ("…" if len(names) > _NAMED else "") if names else _("aucune zone")


def _when(hours: Hours, first: date | None, last: date | None) -> str:
    parts = [say_hours(hours) or _("à toute heure")]
    if first is not None:
        parts.append(_("à partir du %(day)s") % {"day": _said(first)})
    if last is not None:
        parts.append(_("jusqu’au %(day)s") % {"day": _said(last)})
    return ", ".join(parts)


def _said(end: date) -> str:
    return full_moment(end) if isinstance(end, datetime) else long_day(end)
