"""Putting right who is inside: somebody left without a read, an entry was a mistake, a zone is empty.

Rows are locked in one order: cards, clients, stays. Each correction is an event with its reason.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from access.gate import persons
from access.gate.credentials import Subject
from access.gate.lapse import SETTLED
from access.gate.unread import unread_exits
from access.models import AccessCard, Entry, Event, PricedBy
from access.models.entries import DERIVED, EntryQuerySet
from access.services import client_columns, prices
from access.services.card_uses import Span, count_uses, passages_of
from access.services.payments import amount_event
from clients.models import Client
from fixaloop.records.bulk import batches
from fixaloop.records.refusal import Refused, Stale
from fixaloop.words.dates import full_moment


@transaction.atomic
def correct_exit(
    entry: Entry, exited_at: datetime, *, reason: str, by: AbstractBaseUser, mark: str = "", at: datetime | None = None
) -> Entry:
    """Write when somebody left a zone, and with it the zones inside that they were in.

    Raises `Refused` for an impossible time, and `Stale` if the stay is no longer as at `mark`.
    """
    now = at or timezone.now()
    stay = _locked_one(entry, mark)
    _check_known(stay)
    _check(stay, exited_at, now)
    if stay.exited_at == exited_at and not stay.estimated:
        return stay
    passages, was_due, was = passages_of(stay), stay.amount_due, stay.exited_at
    stay.exited_at, stay.device_out, stay.estimated, stay.to_check = exited_at, None, False, False
    stay.anomalies = _settled(stay, "exit_corrected")
    priced = prices.WRITTEN if prices.apply([stay]) else ()
    stay.save(update_fields=["exited_at", "device_out", "estimated", "to_check", "anomalies", *priced])
    prices.refresh_cars(stay)
    if stay.card_id and passages_of(stay) != passages:
        count_uses(Counter({stay.card_id: passages_of(stay) - passages}), [(stay.card_id, stay.entered_at, was)])
    client_columns.refresh_locked({stay.client_id})
    Event.objects.record(
        Event.Kind.EXIT, at=exited_at, by=by, text=reason, direction="out", anomalies=["exit_corrected"], **_named(stay)
    )
    if stay.amount_due != was_due:
        Event.objects.record_all([amount_event(stay, by=by, at=now)])
    for other in further_inside(stay):
        if other.entered_at <= exited_at:
            correct_exit(other, exited_at, reason=reason, by=by, at=now)
    return stay


def further_inside(stay: Entry) -> list[Entry]:
    """The open stays of the same person in the zones inside that of a stay: a way out there ends them too."""
    subject = Subject(stay.card, stay.vehicle, stay.client)
    inside = [other for other in persons.open_stays(subject) if stay.zone_id in other.zone.lineage[:-1]]
    if persons.is_unnamed(subject):
        return [other for other in inside if other.person == stay.person]
    return persons.ended_by(inside, subject)


def _check_known(stay: Entry) -> None:
    if stay.is_forgotten:
        raise Refused([_("Cette entrée est oubliée : on ne sait plus qui est venu ni à quelle heure.")])


def _check(stay: Entry, exited_at: datetime, now: datetime) -> None:
    if stay.voided_at is not None:
        raise Refused([_("Cette entrée est annulée : elle n’a plus de sortie.")])
    if exited_at > now:
        raise Refused([_("Cette sortie est à venir : notez-la quand elle a eu lieu.")])
    if exited_at < stay.entered_at:
        raise Refused([_("La sortie est avant l’entrée (%(entered)s).") % {"entered": full_moment(stay.entered_at)}])
    later = Entry.objects.visits().filter(zone=stay.zone_id, entered_at__gt=stay.entered_at, entered_at__lt=exited_at)
    again = later.filter(**_same_holder(stay)).order_by("entered_at").first()
    if again is not None:
        message = _("Une autre entrée suit le %(entered)s : la sortie a eu lieu avant.")
        raise Refused([message % {"entered": full_moment(again.entered_at)}])


def _same_holder(stay: Entry) -> dict[str, Any]:
    if stay.card_id:
        return {"card": stay.card_id}
    if stay.vehicle_id:
        return {"vehicle": stay.vehicle_id}
    return {"client": stay.client_id, "card": None, "person": stay.person}


@transaction.atomic
def void(entry: Entry, *, reason: str, by: AbstractBaseUser, mark: str = "", at: datetime | None = None) -> Entry:
    """Say that an entry was a mistake: no visit, no use of its card, nothing due. What was paid is to be given back.

    Raises `Stale` if the stay is no longer as at `mark`.
    """
    stay = _locked_one(entry, mark)
    if stay.voided_at is None:
        _check_known(stay)
    _void([stay], reason, by, at or timezone.now())
    return stay


@transaction.atomic
def void_all(keys: Sequence[int], *, reason: str, by: AbstractBaseUser | None, at: datetime) -> None:
    """The same for many: those of an import that is undone."""
    for some in batches(keys):
        _void(_locked(some, many=True), reason, by, at)


@transaction.atomic
def withdraw(event: Event, *, why: str, at: datetime) -> bool:
    """Take back a way in that was allowed and did not happen: the stay that it opened is void; `why` is an anomaly.

    False where it opened none that is still open: it joined another person’s, or that is over or void.
    """
    if event.kind != Event.Kind.ENTRY or event.entry_id is None:
        return False
    [stay] = _locked([event.entry_id])
    told_by_others = Event.objects.filter(entry=stay, kind=Event.Kind.ENTRY).exclude(pk=event.pk)
    if not stay.is_open or stay.entered_at != event.at or told_by_others.exists():
        return False
    Entry.objects.filter(pk=stay.pk).update(anomalies=[*stay.anomalies, why])
    _void([stay], "", None, at, (why,))
    return True


def _void(
    stays: Iterable[Entry], reason: str, by: AbstractBaseUser | None, at: datetime, anomalies: Sequence[str] = ()
) -> None:
    stays = [stay for stay in stays if stay.voided_at is None]
    uses: Counter[int] = Counter()
    taken: list[Span] = []
    visits = _visits_of(stays)
    cost, events = [], []
    for stay in stays:
        due, was = stay.amount_due, stay.exited_at
        if stay.card_id:
            uses[stay.card_id] -= passages_of(stay)
            taken.append((stay.card_id, stay.entered_at, was))
        stay.voided_at, stay.exited_at = at, was or stay.entered_at
        stay.amount_due, stay.to_check = Decimal(0), False
        stay.priced_by, stay.pricing = "", {}
        stay.derive()
        inputs = {"correction": "void", "exited_at": was.isoformat() if was else None}
        told: dict[str, Any] = {"at": at, "actor": by, "text": reason, "inputs": inputs, "anomalies": list(anomalies)}
        events.append(Event(kind=Event.Kind.CORRECTION, **told, **_named(stay)))
        if due:
            cost.append(stay)
            events.append(amount_event(stay, by=by, at=at))
    Entry.objects.bulk_update(stays, ["voided_at", "exited_at", "to_check", *prices.WRITTEN])
    for stay in cost:
        prices.refresh_cars(stay)
    count_uses(uses, taken)
    _count_visits(visits, -1)
    client_columns.refresh_locked({stay.client_id for stay in stays})
    Event.objects.record_all(events)


def _visits_of(stays: Collection[Entry]) -> Collection[int]:
    """The passes with a number of visits that each of these stays was counted for, unless the visit has other stays."""
    limited = AccessCard.objects.filter(pk__in={stay.card_id for stay in stays}, max_visits__isnull=False)
    passes = set(limited.values_list("pk", flat=True))
    return [stay.card_id for stay in stays if stay.card_id in passes and _is_whole_visit(stay)]


def _is_whole_visit(stay: Entry) -> bool:
    """Whether the gate let somebody in by the card of a stay, who was meanwhile nowhere else on the site."""
    let_in = Event.objects.filter(kind=Event.Kind.ENTRY, entry=stay, card=stay.card_id, at=stay.entered_at)
    site = Entry.objects.visits().filter(card=stay.card_id, zone__path__startswith=stay.zone.site_path)
    beside = site.exclude(zone=stay.zone_id).filter(Q(exited_at=None) | Q(exited_at__gt=stay.entered_at))
    if stay.exited_at is not None:
        beside = beside.filter(entered_at__lt=stay.exited_at)
    return let_in.exists() and not beside.exists()


def _count_visits(passes: Iterable[int], times: int) -> None:
    for key in passes:
        AccessCard.objects.filter(pk=key, visits__gte=-times).update(visits=F("visits") + times)


@transaction.atomic
def settle(entry: Entry, *, by: AbstractBaseUser, at: datetime | None = None) -> Entry:
    """Take a stay as it is off the list of those to check; its anomalies stay, and what was estimated is due.

    Of one whose way out may be unread, it says that the person is still there.
    """
    at = at or timezone.now()
    stay = _locked_one(entry, "")
    if not (stay.to_check or unread_exits(at).concerns(stay)):
        return stay
    stay.to_check = False
    if stay.priced_by == PricedBy.ESTIMATE:
        stay.priced_by = PricedBy.TARIFF
    stay.save(update_fields=["to_check", "priced_by"])
    inputs = {"correction": "settled"}
    Event.objects.record(Event.Kind.CORRECTION, at=at, by=by, inputs=inputs, **_named(stay))
    return stay


# What a correction writes.
CORRECTED = (
    *("exited_at", "device_out_id", "estimated", "to_check", "anomalies", "voided_at"),
    *("amount_due", "priced_by", "pricing"),
)


@transaction.atomic
def take_back(entry: Entry, before: Mapping[str, Any], *, by: AbstractBaseUser, mark: str, at: datetime) -> Entry:
    """Take back the last correction of a stay: `before` has the columns of `CORRECTED`.

    Raises `Stale` if it is no longer as at `mark`, and `Refused` if its holder has come in again since.
    """
    stay = _locked_one(entry, mark)
    _check_known(stay)
    passages, was_due, was_void = passages_of(stay), stay.amount_due, stay.voided_at is not None
    for name in CORRECTED:
        setattr(stay, name, before[name])
    stay.derive()
    try:
        with transaction.atomic():
            stay.save(update_fields=[*(name.removesuffix("_id") for name in CORRECTED), *DERIVED])
    except IntegrityError:
        raise Refused([_("Cette personne ou ce véhicule est revenu depuis : rien n’est changé.")]) from None
    prices.refresh_cars(stay)
    if stay.card_id and passages_of(stay) != passages:
        count_uses(Counter({stay.card_id: passages_of(stay) - passages}))
    if was_void:
        _count_visits(_visits_of([stay]), 1)
    client_columns.refresh_locked({stay.client_id})
    inputs = {"correction": "taken_back"}
    Event.objects.record(Event.Kind.CORRECTION, at=at, by=by, inputs=inputs, **_named(stay))
    if stay.amount_due != was_due:
        Event.objects.record_all([amount_event(stay, by=by, at=at)])
    return stay


def end_stays(
    stays: EntryQuerySet, exited_at: datetime, *, reason: str, by: AbstractBaseUser, emptied: bool = False
) -> int:
    """End all of these stays that are still open and began before then; return how many there were.

    Where a whole zone is `emptied`, nobody saw each of them leave, so that their exits are estimates.
    """
    keys = list(stays.open().filter(entered_at__lte=exited_at).order_by("pk").values_list("pk", flat=True))
    return sum(_end(some, exited_at, reason, by, emptied) for some in batches(keys))


@transaction.atomic
def _end(keys: Sequence[int], exited_at: datetime, reason: str, by: AbstractBaseUser, emptied: bool) -> int:
    stays = [stay for stay in _locked(keys) if stay.is_open and stay.entered_at <= exited_at]
    code = "emptied" if emptied else "exit_corrected"
    for stay in stays:
        stay.exited_at, stay.estimated, stay.to_check = exited_at, emptied, False
        stay.anomalies = _settled(stay, code)
    # Those of cars last: they cost what is left of their whole time.
    for some in ([stay for stay in stays if stay.parked == alone] for alone in (False, True)):
        prices.apply(some)
        Entry.objects.bulk_update(some, ["exited_at", "estimated", "to_check", "anomalies", *prices.WRITTEN])
    client_columns.refresh_locked({stay.client_id for stay in stays})
    told = {"kind": Event.Kind.EXIT, "at": exited_at, "actor": by, "text": reason, "direction": "out"}
    Event.objects.record_all(Event(anomalies=[code], **told, **_named(stay)) for stay in stays)
    return len(stays)


def _settled(stay: Entry, code: str) -> list[str]:
    return [*(anomaly for anomaly in stay.anomalies if anomaly not in SETTLED), code]


def _locked_one(entry: Entry, mark: str) -> Entry:
    [stay] = _locked([entry.pk])
    if mark and stay.mark != mark:
        raise Stale
    return stay


def _locked(keys: Iterable[int], *, many: bool = False) -> list[Entry]:
    """The stays, locked with their clients: a passage that read one before would write over its correction.

    Where they are `many`, for long, only clients whose stays a passage may still end wait at the gate.
    """
    chosen = Entry.objects.filter(pk__in=list(keys)).order_by("pk")
    _lock(AccessCard, chosen.values_list("card", flat=True), no_key=True)
    if many:
        _lock(Client, chosen.values_list("client", flat=True), no_key=True)
    concerned = chosen.filter(Q(exited_at=None) | Q(estimated=True)) if many else chosen
    _lock(Client, concerned.values_list("client", flat=True))
    return list(chosen.select_for_update(of=("self",), no_key=True))


def _lock(model: Any, keys: Iterable[int | None], *, no_key: bool = False) -> None:
    rows = model.objects.filter(pk__in=set(keys) - {None}).order_by("pk")
    list(rows.select_for_update(of=("self",), no_key=no_key).values_list("pk"))


def _named(stay: Entry) -> dict[str, Any]:
    named = ("client_id", "card_id", "vehicle_id", "zone_id")
    return {"entry": stay, **{name: getattr(stay, name) for name in named}}
