"""A repeated read is one read: the same card, vehicle or unknown value, in the same zone, the same way, within seconds
(docs/rules.md, Decision). It gets the answer of the first one, and nothing is counted again.

The caller has the turn of the subject’s client, or of the zone for an unknown value, so that identical reads at once
find each other.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from access.gate.codes import digest, qr_text
from access.gate.credentials import BADGE, PLATE, QR, Credential, Subject
from access.gate.guesses import vehicles_near
from access.gate.plates import plate_key
from access.models import Device, Direction, Entry, Event, Read, Vehicle, Zone
from access.models.cards import username_key
from access.typed import badge_key
from fixaloop.installation.firm import rule
from fixaloop.lists import counting

# A plate does not stay in view for longer.
LATELY = timedelta(minutes=10)
# What the key of a passage ends in whose reader told no possible time: it repeats only another such one.
UNTIMED = "-untimed"
_KEYS = {QR: qr_text, PLATE: plate_key, BADGE: badge_key}


@dataclass(frozen=True)
class Presented:
    """Who or what was presented, where and when. `direction` is empty at a door that serves both ways."""

    subject: str
    zone: Zone
    direction: str
    device: Device | None
    at: datetime

    @property
    def repeat(self) -> timedelta:
        return timedelta(seconds=_setting("repeat_seconds", self.zone, self.device, rule("REPEAT_SECONDS")))

    @property
    def turn(self) -> timedelta:
        return timedelta(seconds=_setting("turn_seconds", self.zone, self.device, rule("TURN_SECONDS")))

    @property
    def back(self) -> timedelta:
        """How long ago the read was at most that this one repeats."""
        return self.repeat if self.direction else max(self.repeat, self.turn)


@dataclass(frozen=True)
class Earlier:
    """The event of the read that this one repeats. One that is `doubtful` came too late for a repeated read, and too
    early for a way back."""

    event: Event
    doubtful: bool = False


def _setting(name: str, zone: Zone, device: Device | None, default: int) -> int:
    chosen = (getattr(device, name, None), getattr(zone, name), default)
    return next(value for value in chosen if value is not None)


def subject_key(subject: Subject, credential: Credential) -> str:
    """What two reads have in common. A replaced code is not its card, and an unknown value is kept as a hash."""
    if subject.card is not None:
        return f"card-{subject.card.pk}{'-former' if subject.secret_revoked else ''}"
    if subject.vehicle is not None:
        return f"vehicle-{subject.vehicle.pk}"
    if subject.client is not None:
        return f"client-{subject.client.pk}"
    return f"{credential.type}-{digest(_KEYS.get(credential.type, username_key)(credential.value))[:40]}"


def may_repeat(subject: Subject, presented: Presented) -> bool:
    """Whether this may repeat a granted read. A card tells when it was last used, which spares most reads a query."""
    card: Any = subject.card
    return card is None or card.noted or card.last_used_at >= presented.at - presented.back


def passed_lately(text: str, zone: Zone, direction: str, at: datetime) -> list[Vehicle]:
    """The vehicles that have passed there lately by this very misread plate, or the other one of a trailer; on the way
    out, which a near plate opens, those of near plates too.

    While it is in view, a camera reads a plate in several ways.
    """
    told = Event.objects.filter(plate_read=plate_key(text), zone=zone, at__gte=at - LATELY, at__lte=at + LATELY)
    found = set(told.exclude(vehicle=None).order_by().values_list("vehicle", flat=True)) if plate_key(text) else set()
    if direction == Direction.OUT:
        found |= {vehicle.pk for vehicle in vehicles_near(text, zone)}
    keys = {f"vehicle-{key}": key for key in found}
    near = {"read_at__gte": at - LATELY, "read_at__lte": at + LATELY}
    seen = Read.objects.filter(subject__in=keys, zone=zone, **near).order_by().values_list("subject", flat=True)
    return list(Vehicle.objects.filter(pk__in={keys[subject] for subject in seen}).order_by("pk")) if keys else []


def earlier_read(presented: Presented, *, offline: bool) -> Earlier | None:
    """What this read repeats; None for a new passage.

    The nearest read decides: after a way out, the same person coming in again is new, however soon.
    """
    for read in _nearest(presented, offline=offline):
        if presented.direction not in ("", read.direction):
            continue
        event = _event_of(read)
        if event is None or _is_over(event, presented.at):
            return None
        if abs(presented.at - read.read_at) <= presented.repeat:  # type: ignore[operator]
            return Earlier(event)
        if event.kind != Event.Kind.REFUSED and timedelta(0) <= presented.at - event.at < presented.turn:
            return Earlier(event, doubtful=True)
    return None


def _nearest(presented: Presented, *, offline: bool) -> Iterator[Read]:
    """The last read of this subject here, then the next one: offline passages are told after later ones."""
    near = Read.objects.filter(
        subject=presented.subject,
        zone=presented.zone,
        read_at__gte=presented.at - presented.back,
        read_at__lte=presented.at + presented.repeat,
    )
    if not offline:
        yield from counting.read(near.order_by("-read_at", "-pk")[:1])
        return
    yield from near.filter(read_at__lte=presented.at).order_by("-read_at", "-pk")[:1]
    yield from near.filter(read_at__gt=presented.at).order_by("read_at", "pk")[:1]


def _event_of(read: Read) -> Event | None:
    events = Event.objects.select_related("entry", "card", "vehicle", "client__company")
    return events.told_near(read.answer.get("event"), read.read_at or read.created_at)


def _is_over(event: Event, at: datetime) -> bool:
    """Whether the stay that a way in has opened ended since: seen at another door, or by somebody at a desk."""
    if event.kind != Event.Kind.ENTRY or event.entry_id is None:
        return False
    return not Entry.objects.filter(pk=event.entry_id).exclude(exited_at__lte=at).exists()


def keep_read(presented: Presented, event: Event, **read: Any) -> Read:
    """Keep an answered read, which later ones may repeat. One of the counter has no nonce of its own."""
    kept = {"device": presented.device, "nonce": str(uuid.uuid4()), "body_hash": "", "answer": {"event": event.pk}}
    return Read.objects.create(
        **kept | read,
        subject=presented.subject,
        zone=presented.zone,
        direction=event.direction,
        read_at=presented.at,
        created_at=timezone.now(),
    )
