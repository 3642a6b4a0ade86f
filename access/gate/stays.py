"""The stay that a passage opens, joins or ends. Facts told late give what they would have given in time
(docs/rules.md, Stays)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q

from access.gate import persons
from access.gate.credentials import Subject
from access.gate.decision import IN, OUT, Door, concerned
from access.gate.lapse import GUESSED, SETTLED, has_lapsed, lapse_of
from access.gate.seen import recorded_exit, take_apart
from access.models import Device, Entry, Event
from access.services import card_uses, client_columns, prices

# An exit that is seen replaces the estimated end of a stay that began at most this long before.
ESTIMATE_HOLDS = timedelta(days=7)
_OPEN = datetime.max.replace(tzinfo=UTC)
# Nobody saw how the stay ended.
EXIT_MISSED = "exit_missed"
# Nobody saw how the stay began: a way in that is told late may be its own.
ENTRY_MISSED = "entry_missed"
# At a door that serves both ways: this may be a late exit, and then what followed went the other way too.
LATE_TURN = "late_turn"
# Somebody else was let in by the same name since, or the same person again.
ENTERED_AGAIN = "entered_again"
# Let in by the name of a company, and likely out by something else of it.
LEFT_UNNAMED = "left_unnamed"


def enter(subject: Subject, door: Door, at: datetime, inside: Sequence[Entry], *, late: bool, turn: timedelta) -> Entry:
    """Open an entry, or join the one that the same person opened with another badge or car.

    One that this credential left open, or that has lapsed, ends by an estimate. A `late` one takes its place among the
    stays of the past.
    """
    stay = _begun(subject, door, at)
    visits = _count_visit(subject, door)
    driven = None if inside else persons.just_driven(subject, door.zone, at, turn)
    found = _join(driven, stay, subject) if driven else find_room(stay, subject, door, inside, late=late)
    mark_used(subject, at, 1, visits if found is stay else 0)
    return found


def _begun(subject: Subject, door: Door, at: datetime) -> Entry:
    stay = Entry(client=subject.client, card=subject.card, vehicle=subject.vehicle, zone=door.zone, entered_at=at)
    stay.device_in, stay.anomalies = door.device, list(subject.doubts)
    return stay


def find_room(stay: Entry, subject: Subject, door: Door, inside: Sequence[Entry], *, late: bool) -> Entry:
    """Save a stay among the others of the person, or join it to one of them, which is returned."""
    client: Any = subject.client
    at = stay.entered_at
    if late or any(other.entered_at > at for other in inside):
        joined, ended = _find_place(stay, subject, door)
    else:
        joined, ended = _among(inside, subject, at)
        for forgotten in ended:
            forget(forgotten, subject, at)
    if joined is not None:
        return _join(joined, stay, subject)
    if persons.is_unnamed(subject):
        stay.person = persons.number_apart(stay)
        for other in persons.by_same_name(stay):
            doubt(other, ENTERED_AGAIN)
    stay.save(force_insert=True)
    if prices.apply([stay]):
        stay.save(update_fields=prices.WRITTEN)
    if stay.is_open and not ended:
        client_columns.entered(client.pk, at)
    else:
        client_columns.refresh_locked({client.pk, *(other.client_id for other in ended)})
    return stay


def _among(under_way: Sequence[Entry], subject: Subject, at: datetime) -> tuple[Entry | None, list[Entry]]:
    """Of the stays under way, the one that a way in joins, and those that it ends."""
    joined = _joined(under_way, subject, at)
    over = [stay for stay in under_way if _is_over(stay, subject, at)]
    return joined, [stay for stay in over if joined is None or stay.parked]


def _is_over(stay: Entry, subject: Subject, at: datetime) -> bool:
    """Whether a stay, still open, ends where the person comes in: nobody enters twice, nor stays for ever."""
    return persons.opened_by(stay, subject) or has_lapsed(stay, at)


def _joined(inside: Sequence[Entry], subject: Subject, at: datetime) -> Entry | None:
    """The stay that this badge or car joins; none where it has come in before."""
    people = [stay for stay in inside if not stay.parked]
    if any(persons.opened_by(stay, subject) for stay in people):
        return None
    return next((stay for stay in reversed(people) if not has_lapsed(stay, at)), None)


def _join(stay: Entry, fresh: Entry, subject: Subject) -> Entry:
    """Add a badge to a stay that began by car, or a car to one that began with a badge: it is one person."""
    # The car may be driven by somebody else than its owner.
    owner, stay.client = stay.client_id, stay.client if subject.vehicle else subject.client
    stay.card, stay.vehicle = subject.card or stay.card, subject.vehicle or stay.vehicle
    stay.number_person()
    earlier = _begin_earlier(stay, fresh) if fresh.entered_at < stay.entered_at else ()
    stay.save(update_fields=["client", "card", "vehicle", "person", *earlier])
    if persons.owner_unseen(stay, fresh.entered_at):
        doubt(stay, "owner_unsure")
    client_columns.refresh_locked({owner, stay.client_id})
    return stay


def _begin_earlier(stay: Entry, fresh: Entry) -> tuple[str, ...]:
    """Give a stay the way in that is told late: the columns that change."""
    stay.entered_at, stay.device_in = fresh.entered_at, fresh.device_in
    _lift(stay, (ENTRY_MISSED,))
    priced = prices.WRITTEN if prices.apply([stay]) else ()
    return ("entered_at", "device_in", "anomalies", "to_check", *priced)


def _find_place(stay: Entry, subject: Subject, door: Door) -> tuple[Entry | None, list[Entry]]:
    """Put a stay told late between those known: the stay that it joins, and those that it ends.

    It falls into some, which end there; and it ends where somebody was seen leaving, at the latest where the next one
    begins.
    """
    at = stay.entered_at
    here = concerned(persons.own_stays(subject, Entry.objects.visits().filter(_recent(at))), subject, door)
    open_later = [other for other in here if other.entered_at > at and other.is_open]
    joined, over = _among([other for other in here if other.entered_at <= at < ended_at(other)], subject, at)
    before = max(over, key=lambda other: (not other.parked, other.entered_at), default=None)
    after = next((other for other in here if other.entered_at > at and not other.parked), None)
    if joined is None and before is not None and before.exited_at is not None and not before.estimated:
        end(stay, before.exited_at, before.device_out)
    for other in over:
        forget(other, subject, at)
    if joined is not None and not _is_held(joined, subject, open_later):
        return joined, []
    if stay.is_open and (seen := recorded_exit(stay, subject, after)) is not None:
        end(stay, seen.at, seen.device)
        if seen.vehicle_id is None:
            park(stay)
    if stay.is_open and after is not None:
        unseen = ENTRY_MISSED in after.anomalies
        own = not unseen and persons.opened_by(after, subject)
        if not (own or _is_held(after, subject, open_later) or has_lapsed(stay, after.entered_at)):
            return after, []
        guess_end(stay, after.entered_at)
    return None, over


def _is_held(stay: Entry, subject: Subject, open_stays: Iterable[Entry]) -> bool:
    """Whether this badge or car cannot join an open stay, since another one has it: in one at a time it is inside."""
    return stay.is_open and any(other != stay and persons.opened_by(other, subject) for other in open_stays)


def leave(
    subject: Subject, door: Door, at: datetime, inside: Sequence[Entry], *, late: bool, turn: timedelta
) -> Entry | None:
    """Close the entries in this zone and in zones inside it; return the outermost, None if there was none.

    A vehicle’s entry stays with the client who owned it on the way in. Who has just left is told again by their car:
    that stay is returned as it is.
    """
    client: Any = subject.client
    left = [stay for stay in inside if stay.entered_at <= at]
    begun = stays_begun(subject, at) if late or all(stay.parked for stay in left) else []
    left = _left_late(begun, subject, door, at) if begun else left
    gone = just_left(begun, subject, door, at, turn)
    left = [stay for stay in left if not _left_with(stay, gone)]
    # The two last ones, because who came back meanwhile was not there all along.
    left += [stay for stay in begun[-2:] if stay not in left and any(_drove(stay, car) for car in left)]
    unnamed = [] if left or gone else persons.unnamed(subject, door.zone, at)
    for stay in unnamed:
        guess_end(stay, at, LEFT_UNNAMED)
    back = [event for stay in left for event in take_apart(stay, at)] if late else []
    # Those of cars last: they cost what is left of their whole time.
    for stay in sorted(left, key=lambda stay: stay.parked):
        remarks = remarks_of_exit(stay, door)
        end(stay, at, door.device, (*subject.doubts, *remarks), unsure=LATE_TURN in remarks)
        if not persons.is_same_car(stay, subject):
            park(stay)
    mark_used(subject, at, 1)
    if left or unnamed:
        client_columns.left({client.pk, *(stay.client_id for stay in left)})
    for event in back:
        _enter_again(event)
    return _outermost(left or gone or unnamed)


def _enter_again(event: Event) -> None:
    """Open the stay of who came in after the one was over that the passage had joined."""
    subject = Subject(event.card, event.vehicle, event.client, read_as=event.plate_read)
    door = Door(event.zone, IN, event.device)  # type: ignore[arg-type]
    find_room(_begun(subject, door, event.at), subject, door, (), late=True)


def _left_with(car: Entry, gone: Iterable[Entry]) -> bool:
    """Whether a car leaves with its driver, whose badge was read just before: then it never stood there alone."""
    together = any((stay.vehicle_id, stay.entered_at) == (car.vehicle_id, car.entered_at) for stay in gone)
    if car.parked and together:
        car.delete()
        return True
    return False


def _drove(stay: Entry, car: Entry) -> bool:
    """Whether the driver of a car that was left there, as far as anybody knew, leaves in it after all."""
    alone = car.parked and "car_unsure" in car.anomalies
    return alone and stay.estimated and (stay.vehicle_id, stay.entered_at) == (car.vehicle_id, car.entered_at)


def _outermost(stays: Iterable[Entry]) -> Entry | None:
    return min(stays, key=lambda stay: len(stay.zone.lineage), default=None)


def remarks_of_exit(stay: Entry | None, door: Door) -> tuple[str, ...]:
    if stay is None:
        return ("exit_without_entry",)
    if LEFT_UNNAMED in stay.anomalies:
        return (LEFT_UNNAMED,)
    turned = (LATE_TURN,) if door.unsure or (door.turns and LATE_TURN in stay.anomalies) else ()
    if door.zone.pk in stay.zone.lineage:
        return turned if stay.zone_id == door.zone.pk else (*turned, "left_outer_zone")
    return ("left_elsewhere",)


def _left_late(begun: Sequence[Entry], subject: Subject, door: Door, at: datetime) -> list[Entry]:
    """The stays that an exit ends: those under way then, else the last one if its end was only estimated or written."""
    under_way = concerned([stay for stay in begun if ended_at(stay) > at], subject, door)
    if under_way:
        return under_way
    last = {stay.zone_id: stay for stay in concerned(begun, subject, door)}
    guessed = [stay for stay in last.values() if stay.estimated or "exit_corrected" in stay.anomalies]
    newest = max((stay.entered_at for stay in guessed), default=at)
    return [stay for stay in guessed if ended_at(stay) >= newest]


def just_left(begun: Iterable[Entry], subject: Subject, door: Door, at: datetime, turn: timedelta) -> list[Entry]:
    """The stays that somebody was seen leaving too short a time ago to be back."""
    ended = [stay for stay in begun if not stay.estimated and at - turn < ended_at(stay) <= at]
    return concerned(ended, subject, replace(door, direction=OUT))


def stays_begun(subject: Subject, at: datetime) -> list[Entry]:
    """The open stays and those of the last days that had begun at an instant, oldest first."""
    return persons.own_stays(subject, Entry.objects.visits().filter(_recent(at), entered_at__lte=at))


def _recent(at: datetime) -> Q:
    return Q(exited_at__isnull=True) | Q(entered_at__gte=at - ESTIMATE_HOLDS)


def ended_at(stay: Entry) -> datetime:
    return stay.exited_at or _OPEN


def end(
    stay: Entry, at: datetime, device: Device | None, anomalies: tuple[str, ...] = (), *, unsure: bool = False
) -> None:
    """Close a stay where somebody was seen leaving, also one whose end was a guess. One that is `unsure` is a guess."""
    kept = [code for code in stay.anomalies if code not in SETTLED]
    too_long = ("stay_too_long",) if has_lapsed(stay, at) else ()
    stay.estimated, stay.to_check = unsure, unsure or bool(too_long)
    _close(stay, at, device, [*kept, *anomalies, *too_long])


def guess_end(stay: Entry, latest: datetime, anomaly: str = EXIT_MISSED) -> None:
    """Close a stay whose end nobody saw: where it lapses, at the `latest` where the next one begins.

    Never before it began, as a clock change or a passage told late could have it.
    """
    kept = [code for code in stay.anomalies if code not in GUESSED]
    stay.estimated, stay.to_check = True, True
    _close(stay, max(stay.entered_at, min(lapse_of(stay), latest)), None, [*kept, anomaly])


def forget(stay: Entry, subject: Subject, at: datetime) -> None:
    """End by an estimate a stay that another way in contradicts. Its car may still be there, unless it came in."""
    guess_end(stay, at)
    if not persons.is_same_car(stay, subject):
        park(stay, "car_unsure")


def drive_away(stays: Iterable[Entry]) -> None:
    """Take the car off the stays of those who came in it and stay without it."""
    for stay in stays:
        stay.vehicle = None
        stay.save(update_fields=["vehicle"])


def park(stay: Entry, *doubts: str) -> None:
    """Leave the car of a stay that has ended where it stands, unless it was seen since."""
    if stay.vehicle_id is None or stay.parked or not stay.is_of_person:
        return
    others = Entry.objects.filter(vehicle=stay.vehicle_id).exclude(pk=stay.pk)
    exits = Event.objects.filter(kind=Event.Kind.EXIT, vehicle=stay.vehicle_id, at__gte=stay.exited_at)
    if others.filter(Q(exited_at=None) | Q(entered_at__gte=stay.entered_at)).exists():
        return
    if exits.exclude(device=None, actor=None).exists():
        return
    copied = ("client", "vehicle_id", "zone_id", "device_in_id", "entered_at")
    Entry.objects.create(parked=True, anomalies=list(doubts), **{name: getattr(stay, name) for name in copied})


def _close(stay: Entry, at: datetime, device: Device | None, anomalies: Iterable[str]) -> None:
    stay.exited_at, stay.device_out = at, device
    stay.anomalies = list(dict.fromkeys(anomalies))
    if stay.pk:
        priced = prices.WRITTEN if prices.apply([stay]) else ()
        stay.save(update_fields=["exited_at", "device_out", "estimated", "anomalies", "to_check", *priced])


def doubt(stay: Entry, *anomalies: str) -> None:
    stay.anomalies = list(dict.fromkeys((*stay.anomalies, *anomalies)))
    stay.to_check = True
    stay.save(update_fields=["anomalies", "to_check"])


def undoubt(stay: Entry, explained: Collection[str]) -> None:
    """Take doubts off a stay, and the stay off the list of those to check if it has no other."""
    _lift(stay, explained)
    stay.save(update_fields=["anomalies", "to_check"])


def _lift(stay: Entry, explained: Collection[str]) -> None:
    stay.anomalies = [code for code in stay.anomalies if code not in explained]
    stay.to_check = stay.to_check and bool(stay.anomalies)


def _count_visit(subject: Subject, door: Door) -> int:
    """1 for a card whose visits are limited and that was not on the site, else 0."""
    limited = subject.card is not None and subject.card.max_visits is not None
    return int(limited and not persons.moves_on(subject.card, door.zone))  # type: ignore[arg-type]


def mark_used(subject: Subject, at: datetime, uses: int = 0, visits: int = 0) -> None:
    if subject.card is not None:
        card_uses.mark(subject.card.pk, at, uses, visits)
