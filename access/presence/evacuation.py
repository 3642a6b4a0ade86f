"""Who is to be found if the site must be left at once: people first, then cars, then those who may still be there.

Everybody is counted and put in order from a few columns; rows are read and drawn for one page of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.lookups import Exact
from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from access.gate import persons
from access.gate.doubts import doubts_about
from access.gate.unread import Unread, unread_exits
from access.models import Entry, RollCall, RollCallLine, Vehicle, Zone
from access.models.entries import CAR, KINDS, NAMED, NAMELESS
from clients.models import Client
from fixaloop.records.bulk import batches
from fixaloop.words.text import person_name

RECENT = timedelta(days=1)
MOST_DOUBTFUL = 200
# How many people and cars a page shows.
PAGE = 400
_HEAVY = ("search_text", "description", "extra_search")
_DEFERRED = (
    *(f"{whose}__{name}" for whose in ("client", "client__company") for name in _HEAVY),
    *("card__search_text", "vehicle__search_text"),
)


@dataclass
class Line:
    """A person to find, with all their open stays, or a company’s car; `mark` is their line in the roll call."""

    person: int
    at: datetime
    stays: list[Entry] = field(default_factory=list)
    mark: RollCallLine | None = None
    unread: Unread = field(default_factory=Unread)

    @property
    def is_car(self) -> bool:
        return self.person % KINDS == CAR

    @property
    def is_parked(self) -> bool:
        return all(persons.holds_nobody(stay, self.at) for stay in self.stays)

    @property
    def entry(self) -> Entry:
        """The stay in the innermost zone, the last one of several."""
        return max(self.stays, key=lambda stay: (len(stay.zone.lineage), stay.entered_at, stay.pk))

    @property
    def client(self) -> Client:
        client: Any = self.entry.client
        # A stay that is forgotten has no line.
        return client

    @property
    def name(self) -> str:
        """Who to call: the person named on a company’s card, the plate of a car, else the client."""
        if self.is_car:
            return self.plates
        return self.cards[0] if self.person % KINDS == NAMED else self.client.name

    @property
    def since(self) -> datetime:
        return min(stay.entered_at for stay in self.stays)

    @property
    def cards(self) -> list[str]:
        return list(dict.fromkeys(stay.card.holder for stay in self.stays if stay.card is not None))

    @property
    def vehicles(self) -> list[Vehicle]:
        return list({stay.vehicle.pk: stay.vehicle for stay in self.stays if stay.vehicle is not None}.values())

    @property
    def plates(self) -> str:
        return ", ".join(" ".join(filter(None, (car.plate_display, car.name))) for car in self.vehicles)

    @property
    def gone_at(self) -> datetime | None:
        """When a reader saw them leave; None while inside."""
        return None if any(stay.is_open for stay in self.stays) else self.entry.exited_at

    @property
    def is_safe(self) -> bool:
        return self.mark is not None and self.mark.safe_at is not None

    @property
    def seen_by(self) -> str:
        return person_name(self.mark.safe_by) if self.mark is not None and self.mark.safe_by is not None else ""

    @property
    def doubts(self) -> list[str]:
        found = [_("conducteur inconnu : quelqu’un peut être à bord")] if self.is_car and not self.is_parked else []
        if len(self.cards) > 1:
            found.append(_("%(count)d badges : peut-être plusieurs personnes") % {"count": len(self.cards)})
        said = (doubt for stay in self.stays for doubt in doubts_about(stay, self.at, self.unread))
        return [*found, *dict.fromkeys(said)]


class Glimpse(NamedTuple):
    """What everybody is counted and put in order by; `empty` is the stay of a car in which nobody is any more."""

    stay: int
    person: int
    zone: int
    vehicle: int | None
    is_open: bool
    empty: bool
    name: str


@dataclass(frozen=True)
class Found:
    """A person, or a car, before their rows are read. `zone` is the innermost."""

    person: int
    zone: Zone
    stays: Sequence[Glimpse]

    @property
    def is_car(self) -> bool:
        return self.person % KINDS == CAR

    @property
    def is_inside(self) -> bool:
        return any(stay.is_open for stay in self.stays)

    @property
    def by_name(self) -> tuple[str, int]:
        return self.stays[0].name, self.person


@dataclass(frozen=True)
class ZoneGroup:
    """People of a zone who are on the page; `count` is how many there are in all."""

    zone: Zone
    people: list[Line]
    count: int


@dataclass(frozen=True)
class Evacuation:
    """One page of everybody: `people` and `cars` in groups, then the cars that are `parked`, and the `doubtful`."""

    everybody: Sequence[Found]
    standing: Sequence[Found]
    marks: Mapping[int, bool]
    lines: Mapping[tuple[bool, int], Line]
    # Written out by an estimate within the last day: nobody saw them leave.
    doubtful: list[Line]
    page: int = 1
    pages: int = 1

    @property
    def groups(self) -> list[ZoneGroup]:
        people = (one for one in self.everybody if not one.is_car)
        by_zone = [(zone, list(some)) for zone, some in groupby(people, key=lambda one: one.zone)]
        groups = (ZoneGroup(zone, self._drawn(some), len(some)) for zone, some in by_zone)
        return [group for group in groups if group.people]

    @property
    def people(self) -> list[Line]:
        return [line for group in self.groups for line in group.people]

    @property
    def cars(self) -> list[Line]:
        return self._drawn([one for one in self.everybody if one.is_car])

    @property
    def parked(self) -> list[Line]:
        return self._drawn(self.standing, standing=True)

    def _drawn(self, some: Iterable[Found], *, standing: bool = False) -> list[Line]:
        keys = ((standing, one.person) for one in some)
        return [self.lines[key] for key in keys if key in self.lines]

    @property
    def is_empty(self) -> bool:
        return not self.everybody

    @property
    def vehicles(self) -> int:
        stays = (stay for one in (*self.everybody, *self.standing) if one.is_inside for stay in one.stays)
        return len({stay.vehicle for stay in stays} - {None})

    @property
    def cars_count(self) -> int:
        return sum(one.is_car for one in self.everybody)

    @property
    def parked_count(self) -> int:
        return len(self.standing)

    @property
    def inside(self) -> int:
        return sum(one.is_inside and not one.is_car for one in self.everybody)

    @property
    def safe(self) -> int:
        return sum(self.marks.get(one.person, False) for one in self.everybody)

    @property
    def missing(self) -> int:
        return sum(one.is_inside and not self.marks.get(one.person, False) for one in self.everybody)

    @property
    def counts(self) -> str:
        cars = sum(one.is_inside and one.is_car for one in self.everybody)
        told = ngettext("%(count)s véhicule", "%(count)s véhicules", max(self.vehicles, 1))
        told %= {"count": number_format(self.vehicles)}
        if not cars:
            return told
        firms = ngettext("dont %(count)s d’entreprise", "dont %(count)s d’entreprises", cars)
        return f"{told}, {firms % {'count': number_format(cars)}}"


def evacuation(at: datetime, roll_call: RollCall | None = None, page: int | None = None) -> Evacuation:
    """Everybody inside by name; in a roll call, also those a reader has seen leave since it began.

    Without a `page`, all of them are read.
    """
    marks = list(roll_call.lines.values_list("person", "entry", "safe_at")) if roll_call is not None else []
    zones = {zone.pk: zone for zone in Zone.objects.all()}
    stays = _glimpses(Entry.objects.open(), at)
    found = _people((stay for stay in stays if not stay.empty), zones)
    if away := {entry for person, entry, _safe in marks if person not in found}:
        listed = RollCallLine.objects.filter(roll_call=roll_call).values("entry")
        gone = (stay for stay in _glimpses(Entry.objects.filter(pk__in=listed), at) if stay.stay in away)
        found |= _people(gone, zones)
    everybody = sorted(found.values(), key=lambda one: (one.is_car, *_by_zone(one), one.by_name))
    standing = sorted(_people((stay for stay in stays if stay.empty), zones).values(), key=lambda one: one.by_name)
    drawn = [*((False, one) for one in everybody), *((True, one) for one in standing)]
    pages = max(1, -(-len(drawn) // PAGE))
    if page is not None:
        page = min(max(page, 1), pages)
        drawn = drawn[(page - 1) * PAGE : page * PAGE]
    return Evacuation(
        everybody,
        standing,
        {person: safe is not None for person, _entry, safe in marks},
        _drawn_lines(drawn, at, roll_call),
        _doubtful(at) if page in (None, pages) else [],
        page or 1,
        pages if page else 1,
    )


def _by_zone(one: Found) -> tuple[str, int]:
    return ("", 0) if one.is_car else (one.zone.name, one.zone.pk)


def _glimpses(stays: QuerySet[Entry], at: datetime) -> list[Glimpse]:
    empty = ExpressionWrapper(persons.nobody_in(at), output_field=BooleanField())
    under_way = ExpressionWrapper(Q(exited_at=None), output_field=BooleanField())
    told = stays.annotate(under_way=under_way, empty=empty).order_by("entered_at", "pk")
    columns = ("pk", "person", "zone_id", "vehicle_id", "under_way", "empty", "client__sort_name")
    return [Glimpse(*values) for values in told.values_list(*columns)]


def _people(stays: Iterable[Glimpse], zones: Mapping[int, Zone]) -> dict[int, Found]:
    by_person: dict[int, list[Glimpse]] = {}
    for stay in stays:
        by_person.setdefault(stay.person, []).append(stay)
    found = {}
    for person, some in by_person.items():
        innermost = max(enumerate(some), key=lambda one: (len(zones[one[1].zone].lineage), one[0]))[1]
        found[person] = Found(person, zones[innermost.zone], some)
    return found


def _drawn_lines(
    drawn: Iterable[tuple[bool, Found]], at: datetime, roll_call: RollCall | None
) -> dict[tuple[bool, int], Line]:
    keys = {stay.stay: (standing, one.person) for standing, one in drawn for stay in one.stays}
    unread = unread_exits(at)
    lines = {key: Line(key[1], at, unread=unread) for key in keys.values()}
    for part in batches(keys):
        for stay in _shown(Entry.objects.filter(pk__in=part)):
            lines[keys[stay.pk]].stays.append(stay)
    for line in lines.values():
        line.stays.sort(key=lambda stay: (stay.entered_at, stay.pk))
    if roll_call is not None:
        for part in batches({person for standing, person in lines if not standing}):
            for mark in roll_call.lines.filter(person__in=part).select_related("safe_by"):
                lines[False, mark.person].mark = mark
    return lines


def _shown(stays: QuerySet[Entry]) -> QuerySet[Entry]:
    return stays.select_related("zone", "client__company", "card", "vehicle").defer(*_DEFERRED)


def _doubtful(at: datetime) -> list[Line]:
    same = Entry.objects.filter(client=OuterRef("client"), person=OuterRef("person")).order_by()
    known = same.filter(Q(exited_at=None, parked=False) | Q(entered_at__gt=OuterRef("entered_at")))
    stays = Entry.objects.visits().filter(estimated=True, exited_at__gte=at - RECENT)
    # Of those let in by the name of a company, nobody knows whether they are the same person.
    stays = stays.filter(~Exists(known) | Q(Exact(F("person") % KINDS, NAMELESS)))
    unseen = _shown(stays).order_by("-exited_at", "-pk")[:MOST_DOUBTFUL]
    return list(_last_of_each((stay for stay in unseen if "emptied" not in stay.anomalies), at).values())


def _last_of_each(stays: Iterable[Entry], at: datetime) -> dict[int, Line]:
    lines: dict[int, Line] = {}
    for stay in stays:
        lines.setdefault(stay.person, Line(stay.person, at, [stay]))
    return lines
