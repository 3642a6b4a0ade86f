"""The list that a reader holds to decide alone while the line is down: hashes of codes, and when each opens its door.

Each line is decided by the gate itself, for every stretch of time in which nothing changes by the clock. What only the
server can know is left out: cards with so many visits, or that are refused while another of the client is inside.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from access.gate.codes import digest
from access.gate.credentials import BADGE, PLATE, QR, Credential, Subject, cards_at, vehicles_with_rights
from access.gate.decision import IN, Door, decision_on
from access.gate.opening import opening_of
from access.gate.plates import plate_key
from access.hours import Hours, edges
from access.models import AccessCard, CardSecret, CardStatus, Device, Entry, Event, SpecialDay, Vehicle, Zone
from access.models.cards import under_way
from access.periods import read_periods
from access.typed import badge_key
from clients.models import Client
from fixaloop.installation.firm import rule

# Codes on one list, and rows read at once.
MOST, CHUNK = 50_000, 500
# A list is made again so often, even where nothing has changed.
FRESH = timedelta(hours=1)


@dataclass(frozen=True)
class Stretch:
    """A door from a moment on, with the hours that hold from then."""

    since: datetime
    door: Door


class HeldList:
    """The list of one device, valid from a moment on, signed with its token."""

    def __init__(self, device: Device, token: str, at: datetime) -> None:
        self.device, self.at = device, at
        self.until = at + timedelta(hours=settings.GATE_LIST_HOURS)
        self._key = token.encode()
        days = [timezone.localdate(at) + timedelta(days=number) for number in range((self.until - at).days + 2)]
        self._days = [days[0] - timedelta(days=1), *days]
        door = Door(device.zone, IN, device)
        moments = {at, *edges({"": [["00:00", "24:00"]]}, days)}
        for hours in opening_of(device.zone, at).hours:
            moments |= edges(hours, self._days)
        self._stretches = [
            Stretch(moment, replace(door, opening=opening_of(device.zone, moment))) for moment in self._within(moments)
        ]

    @property
    def mark(self) -> str:
        """Changes whenever the list may: with what people write, with who owes too much, and once an hour."""
        known = [self.device.pk, self.device.version, self.device.token_hash, int(self.at.timestamp() // FRESH.seconds)]
        histories = (model.history for model in (AccessCard, Vehicle, Zone, SpecialDay, Client))
        written: list[QuerySet[Any]] = [history.order_by("-history_id") for history in histories]
        written.append(CardSecret.objects.order_by("-pk"))
        # A status may change by work, without a change of the client’s history.
        written.append(Event.objects.filter(kind=Event.Kind.STATUS).order_by("-at", "-pk"))
        known += [rows.values_list("pk", flat=True).first() for rows in written]
        limit = rule("UNPAID_LIMIT")
        known += [str(limit), list(Entry.objects.clients_owing_more_than(limit))]
        return digest(json.dumps(known))[:32]

    def lines(self) -> Iterator[bytes]:
        """JSON, one object a line: the list, each code, how many there are, and the signature of all that."""
        signed = hmac.new(self._key, digestmod=hashlib.sha256)
        for line in self._content():
            data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
            signed.update(data)
            yield data
        yield json.dumps({"signature": signed.hexdigest()}).encode() + b"\n"

    def _content(self) -> Iterator[dict[str, Any]]:
        told = {"zone": self.device.zone.name, "direction": self.device.direction, "types": list(self.device.types)}
        yield {**told, "from": int(self.at.timestamp()), "until": int(self.until.timestamp())}
        count = 0
        for kind, value, subject in self._codes():
            spans = self._open(subject, kind)
            if spans and count == MOST:
                yield {"count": count, "complete": False}
                return
            if spans:
                count += 1
                yield {"code": self._hash(kind, value), "open": spans}
        yield {"count": count, "complete": True}

    def _hash(self, kind: str, hashed: str) -> str:
        return hmac.new(self._key, f"{kind}:{hashed}".encode(), hashlib.sha256).hexdigest()

    def _codes(self) -> Iterator[tuple[str, str, Subject]]:
        """Type, hash and holder of all codes that this device may ask for. Names can be guessed: they are none."""
        types = self.device.types
        if QR in types or BADGE in types:
            for cards in self._cards():
                hashes = CardSecret.objects.filter(card__in=cards, revoked_at=None).values_list("card", "secret_hash")
                secrets = dict(hashes) if QR in types else {}
                for card in cards:
                    subject = Subject(card=card, client=card.client)
                    if card.pk in secrets:
                        yield QR, secrets[card.pk], subject
                    if BADGE in types and card.badge_number:
                        yield BADGE, digest(badge_key(card.badge_number)), subject
        if PLATE in types:
            after = 0
            while vehicles := vehicles_with_rights(self.device.zone, after, CHUNK):
                for subject in vehicles:
                    after = subject.vehicle.pk  # type: ignore[union-attr]
                    yield PLATE, digest(plate_key(subject.vehicle.plate)), subject  # type: ignore[union-attr]

    def _cards(self) -> Iterator[list[AccessCard]]:
        zone, after = self.device.zone, 0
        cards = cards_at(zone).filter(
            under_way(self.at), status=CardStatus.ACTIVE, max_visits=None, one_inside=Zone.AntiPassback.NONE
        )
        if zone.open_to != Zone.OpenTo.ACTIVE:
            cards = cards.filter(Q(everywhere=True) | Q(permitted=True))
        while some := list(cards.filter(pk__gt=after).order_by("pk")[:CHUNK]):
            after = some[-1].pk
            yield some

    def _open(self, subject: Subject, kind: str) -> list[list[int]]:
        """When the door opens to a holder: seconds since 1970, from and to."""
        spans: list[list[int]] = []
        credential, moments = Credential(kind, ""), self._moments(subject)
        for moment, end in zip(moments, [*moments[1:], self.until], strict=True):
            door = next(stretch.door for stretch in reversed(self._stretches) if stretch.since <= moment)
            if not decision_on(subject, credential, door, moment, [], 0).granted:
                continue
            start, stop = int(moment.timestamp()), int(end.timestamp())
            if spans and spans[-1][1] == start:
                spans[-1][1] = stop
            else:
                spans.append([start, stop])
        return spans

    def _moments(self, subject: Subject) -> list[datetime]:
        moments: set[Any] = {stretch.since for stretch in self._stretches}
        rights: Sequence[Any] = [right for right in (subject.card, subject.vehicle, *subject.rights) if right]
        for right in rights:
            hours: Hours = right.hours
            moments |= edges(hours, self._days)
            for period in read_periods(getattr(right, "periods", [])):
                moments |= {period.start, period.end}
            moments |= {getattr(right, "starts_at", None), getattr(right, "ends_at", None)} - {None}
        client: Any = subject.client
        moments |= {client.active_until, client.resumes_at, client.resumes_until}
        return self._within(moments)

    def _within(self, moments: set[Any]) -> list[datetime]:
        found = (moment for moment in moments if isinstance(moment, datetime) and self.at <= moment < self.until)
        return sorted({self.at, *found})
