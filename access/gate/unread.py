"""Ways out that nobody may have read: whose only way out is silent may have left (docs/rules.md, Presence)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Greatest

from access.models import Device, Direction, Entry, Event, Zone

# A reader is missed where it read so many exits in the same hours of most of the weeks before.
USUAL, WEEKS = 4, 4
_WEEKS = range(1, WEEKS + 1)
# It is compared with no more than its last day of silence.
LONGEST = timedelta(days=1)
# The passages that tell what a reader is shown.
LAST = 50
BADGE, PLATE = "badge", "plate"
_SHOWN = {BADGE: Q(card__isnull=False), PLATE: Q(card=None, vehicle__isnull=False)}


@dataclass(frozen=True)
class Unread:
    """The zones whose ways out by badge, and by plate, are silent; and the stays that somebody has looked at since."""

    zones: Mapping[str, Collection[int]] = field(default_factory=dict)
    settled: Collection[int] = ()

    def concerns(self, stay: Entry) -> bool:
        ways = [way for way, known in ((BADGE, stay.card_id), (PLATE, stay.vehicle_id)) if known]
        silent = bool(ways) and all(stay.zone_id in self.zones.get(way, ()) for way in ways)
        return stay.is_open and silent and stay.pk not in self.settled

    @property
    def condition(self) -> Q:
        """The condition of `concerns` for open stays."""
        badge, plate = (Q(zone__in=self.zones.get(way, ())) for way in (BADGE, PLATE))
        by_badge = Q(card__isnull=False) & badge & (Q(vehicle=None) | plate)
        return (by_badge | Q(card=None, vehicle__isnull=False) & plate) & ~Q(pk__in=self.settled)


def unread_exits(at: datetime) -> Unread:
    readers = [reader for reader in exit_readers() if reader.last_seen_at]
    missed = _missed([reader for reader in readers if reader.is_silent(at)], at)
    if not any(missed.values()):
        return Unread()
    served = {way: _zones_served(way, readers, missed[way], at) for way in missed}
    since = min(reader.last_heard_at for reader in readers if any(reader.pk in keys for keys in missed.values()))
    return Unread({way: _around(zones) for way, zones in served.items()}, _settled(since))


def _settled(since: datetime) -> set[int]:
    """The stays of which somebody has said since then, last of all, that they are as they are."""
    corrections = Event.objects.filter(kind=Event.Kind.CORRECTION, at__gte=since, entry__isnull=False)
    last = dict(corrections.order_by("at", "pk").values_list("entry", "inputs__correction"))
    return {entry for entry, correction in last.items() if correction == "settled" and entry is not None}


def exit_readers() -> QuerySet[Device]:
    ways = (Direction.OUT, Direction.BOTH)
    return Device.objects.filter(enabled=True, at_counter=False, direction__in=ways).exclude(token_hash="")


def _missed(silent: Collection[Device], at: datetime) -> dict[str, set[int]]:
    """By what they are shown, those of the silent readers that are usually heard in these hours."""
    if not silent:
        return {}
    rows = Device.objects.filter(pk__in=[reader.pk for reader in silent]).values()
    found: dict[str, set[int]] = {way: set() for way in _SHOWN}
    for row in rows.annotate(**{f"{way}{week}": _was_heard(way, week, at) for way in _SHOWN for week in _WEEKS}):
        start = max(row["last_seen_at"], at - LONGEST)
        weeks = [week for week in _WEEKS if _is_known(row, start, at, timedelta(weeks=week))]
        for way, keys in found.items():
            if 2 * sum(row[f"{way}{week}"] for week in weeks) > len(weeks):
                keys.add(row["id"])
    return found


def _was_heard(way: str, week: int, at: datetime) -> Exists:
    back = timedelta(weeks=week)
    start = Greatest(OuterRef("last_seen_at"), Value(at - LONGEST)) - Value(back)
    exits = Event.objects.filter(_SHOWN[way], device=OuterRef("pk"), kind=Event.Kind.EXIT, at__gt=start)
    return Exists(exits.filter(at__lte=at - back)[USUAL - 1 : USUAL])


def _is_known(row: Mapping[str, Any], start: datetime, at: datetime, back: timedelta) -> bool:
    """Whether a reader was there, and not silent yet, in the same hours of an earlier week."""
    return row["created_at"] <= start - back and at - back <= row["last_seen_at"]


def _zones_served(way: str, readers: Iterable[Device], missed: Collection[int], at: datetime) -> dict[int, bool]:
    """Zones that have readers shown such things, in the trees of the silent ones; True where all those are missed."""
    served: dict[int, bool] = {}
    for reader in readers:
        if reader.pk in missed or _is_shown(reader, way, at):
            served[reader.zone_id] = served.get(reader.zone_id, True) and reader.pk in missed
    return served


def _is_shown(reader: Device, way: str, at: datetime) -> bool:
    exits = Event.objects.filter(device=reader, kind=Event.Kind.EXIT, at__gte=at - timedelta(weeks=WEEKS))
    last = exits.order_by("-at", "-pk").only("card", "vehicle")[:LAST]
    return any(event.card_id if way == BADGE else event.vehicle_id and not event.card_id for event in last)


def _around(served: Mapping[int, bool]) -> set[int]:
    """The zones that are left by a silent way only: their own, or that of the next zone around that has one."""
    silent = set()
    for zone in Zone.objects.only("path"):
        nearest = next((key for key in reversed(zone.lineage) if key in served), None)
        if nearest is not None and served[nearest]:
            silent.add(zone.pk)
    return silent
