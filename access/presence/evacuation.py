"""Who is to be found if the site must be left at once: people first, then cars, then those who may still be there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from access.gate import persons
from access.gate.doubts import doubts_about
from access.models import Entry, RollCallLine, Vehicle, Zone
from clients.models import Client
from fixaloop.words.text import person_name

RECENT = timedelta(days=1)
MOST_DOUBTFUL = 200
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

    @property
    def is_car(self) -> bool:
        return self.person % persons.KINDS == persons.CAR

    @property
    def is_parked(self) -> bool:
        return all(persons.holds_nobody(stay, self.at) for stay in self.stays)

    @property
    def entry(self) -> Entry:
        """The stay in the innermost zone, the last one of several."""
        return max(self.stays, key=lambda stay: (len(stay.zone.lineage), stay.entered_at, stay.pk))

    @property
    def client(self) -> Client:
        return self.entry.client

    @property
    def name(self) -> str:
        """Who to call: the person whom a card of a company names, the plate of a car, else the client."""
        if self.is_car:
            return self.plates
        return self.cards[0] if self.person % persons.KINDS == persons.NAMED else self.client.name

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
        """When a reader saw them leave; None for who is inside."""
        return None if any(stay.is_open for stay in self.stays) else self.entry.exited_at

    @property
    def is_safe(self) -> bool:
        return self.mark is not None and self.mark.safe_at is not None

    @property
    def seen_by(self) -> str:
        """Who saw them safe."""
        return person_name(self.mark.safe_by) if self.mark is not None and self.mark.safe_by is not None else ""

    @property
    def doubts(self) -> list[str]:
        """Why it is not certain that this is one person, and inside."""
        found = [_("conducteur inconnu : quelqu’un peut être à bord")] if self.is_car and not self.is_parked else []
        if len(self.cards) > 1:
            found.append(_("%(count)d badges : peut-être plusieurs personnes") % {"count": len(self.cards)})
        said = (doubt for stay in self.stays for doubt in doubts_about(stay, self.at))
        return [*found, *dict.fromkeys(said)]


@dataclass(frozen=True)
class ZoneGroup:
    zone: Zone
    people: list[Line]


@dataclass(frozen=True)
class Evacuation:
    people: list[Line]
    cars: list[Line]
    # Cars in which nobody is any more.
    parked: list[Line]
    # Written out by an estimate within the last day: nobody saw them leave.
    doubtful: list[Line]

    @property
    def groups(self) -> list[ZoneGroup]:
        ranked = sorted(self.people, key=lambda line: (line.entry.zone.name, line.entry.zone_id))
        return [ZoneGroup(zone, list(lines)) for zone, lines in groupby(ranked, key=lambda line: line.entry.zone)]

    @property
    def lines(self) -> list[Line]:
        return [*self.people, *self.cars]

    @property
    def vehicles(self) -> int:
        return len({car.pk for line in [*self.lines, *self.parked] if line.gone_at is None for car in line.vehicles})

    @property
    def inside(self) -> int:
        return sum(line.gone_at is None for line in self.people)

    @property
    def safe(self) -> int:
        return sum(line.is_safe for line in self.lines)

    @property
    def missing(self) -> int:
        return sum(not line.is_safe and line.gone_at is None for line in self.lines)

    @property
    def counts(self) -> str:
        """« 4 véhicules, dont 1 d’entreprise »."""
        cars = sum(line.gone_at is None for line in self.cars)
        told = ngettext("%(count)s véhicule", "%(count)s véhicules", max(self.vehicles, 1))
        told %= {"count": number_format(self.vehicles)}
        if not cars:
            return told
        firms = ngettext("dont %(count)s d’entreprise", "dont %(count)s d’entreprises", cars)
        return f"{told}, {firms % {'count': number_format(cars)}}"


def evacuation(at: datetime, marks: Sequence[RollCallLine] = ()) -> Evacuation:
    """Everybody inside by name; in a roll call, also those whom a reader has seen leave since it began."""
    by_person = {mark.person: mark for mark in marks}
    held = persons.may_hold_people(Entry.objects.open())
    lines = _lines(held, at)
    away = [mark.entry_id for person, mark in by_person.items() if person not in lines]
    lines |= _lines(Entry.objects.filter(pk__in=away), at)
    for person, line in lines.items():
        line.mark = by_person.get(person)
    found = sorted(lines.values(), key=lambda line: (line.client.sort_name, line.person))
    parked = _lines(Entry.objects.open().exclude(pk__in=held.values("pk")), at).values()
    return Evacuation(
        [line for line in found if not line.is_car],
        [line for line in found if line.is_car],
        sorted(parked, key=lambda line: line.plates),
        _doubtful(at),
    )


def _lines(stays: QuerySet[Entry], at: datetime) -> dict[int, Line]:
    lines: dict[int, Line] = {}
    for stay in _shown(stays).order_by("entered_at", "pk"):
        person = stay.person  # type: ignore[attr-defined]
        lines.setdefault(person, Line(person, at)).stays.append(stay)
    return lines


def _shown(stays: QuerySet[Entry]) -> QuerySet[Entry]:
    named = stays.select_related("zone", "client__company", "card", "vehicle").defer(*_DEFERRED)
    return named.annotate(person=persons.KEY)


def _doubtful(at: datetime) -> list[Line]:
    later = Entry.objects.filter(client=OuterRef("client"), entered_at__gt=OuterRef("entered_at"))
    stays = Entry.objects.visits().filter(estimated=True, exited_at__gte=at - RECENT, client__inside_since=None)
    unseen = _shown(stays.filter(~Exists(later))).order_by("-exited_at", "-pk")[:MOST_DOUBTFUL]
    return list(_last_of_each((stay for stay in unseen if "emptied" not in stay.anomalies), at).values())


def _last_of_each(stays: Iterable[Entry], at: datetime) -> dict[int, Line]:
    lines: dict[int, Line] = {}
    for stay in stays:
        lines.setdefault(stay.person, Line(stay.person, at, [stay]))  # type: ignore[attr-defined]
    return lines
