"""Ways out that nobody may have read: whose only way out is silent may have left (docs/rules.md, Presence)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet, Subquery, Value
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
_SO = {BADGE: "card_id IS NOT NULL", PLATE: "card_id IS NULL AND vehicle_id IS NOT NULL"}
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
    shown = _shown(readers, at)
    served = {way: _zones_served(readers, missed[way], shown[way]) for way in missed}
    since = min(reader.last_heard_at for reader in readers if any(reader.pk in keys for keys in missed.values()))
    lineages = [zone.lineage for zone in Zone.objects.only("path")]
    return Unread({way: _around(zones, lineages) for way, zones in served.items()}, _settled(since))


def _settled(since: datetime) -> set[int]:
    """The stays whose last correction since then confirmed them."""
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


def _zones_served(readers: Iterable[Device], missed: Collection[int], shown: Collection[int]) -> dict[int, bool]:
    """Zones that have readers shown such things, in the trees of the silent ones; True where all those are missed."""
    served: dict[int, bool] = {}
    for reader in readers:
        if reader.pk in missed or reader.pk in shown:
            served[reader.zone_id] = served.get(reader.zone_id, True) and reader.pk in missed
    return served


class _Some(Subquery):
    """Whether a condition holds for a row of a sliced query: the slice is taken before the condition is looked at."""

    template = "EXISTS (SELECT 1 FROM (%(subquery)s) taken WHERE %(so)s)"
    output_field = BooleanField()


def _shown(readers: Iterable[Device], at: datetime) -> dict[str, set[int]]:
    """By what they are shown, the readers that have lately let somebody out by it."""
    exits = Event.objects.filter(device=OuterRef("pk"), kind=Event.Kind.EXIT, at__gte=at - timedelta(weeks=WEEKS))
    last = exits.order_by("-at", "-pk").values("card_id", "vehicle_id")[:LAST]
    known = Device.objects.filter(pk__in=[reader.pk for reader in readers]).order_by()
    rows: list[Any] = list(known.values("pk", **{way: _Some(last, so=so) for way, so in _SO.items()}))
    return {way: {row["pk"] for row in rows if row[way]} for way in _SO}


def _around(served: Mapping[int, bool], lineages: Iterable[Sequence[int]]) -> set[int]:
    """The zones that are left by a silent way only: their own, or that of the next zone around that has one."""
    silent = set()
    for lineage in lineages:
        nearest = next((key for key in reversed(lineage) if key in served), None)
        if nearest is not None and served[nearest]:
            silent.add(lineage[-1])
    return silent
