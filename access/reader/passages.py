"""What a reader says afterwards of a way that it opened: somebody passed, or nobody did."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from access.gate.stays import doubt
from access.models import Device, Event, Read
from access.services.corrections import withdraw

CONFIRMED, NOT_USED = "confirmed", "not_used"
# Whoever stands before an open barrier for longer has passed, or somebody has put it right.
LONGEST = timedelta(minutes=10)
# A read and its event are written at once; a retried one a little later.
NEAR = timedelta(minutes=1)


class Unsettled(Exception):
    """The passage cannot be said to be so; `code` and the sentence say why."""

    def __init__(self, status: int, code: str, said: str) -> None:
        super().__init__(said)
        self.status, self.code = status, code


@transaction.atomic
def settle(device: Device, key: int, became: str, at: datetime) -> dict[str, Any]:
    """Keep what became of a passage that this device has opened; the same again changes nothing.

    Raises `Unsettled` for one that is not this device’s, was refused, is too long ago, or became something else.
    """
    event = Event.objects.filter(device=device).told_near(key, at)
    read = _read_of(device, event) if event is not None else None
    if read is None or event is None:
        raise Unsettled(404, "not_found", _("Ce passage n’est pas de cet appareil."))
    said = {"event": key, "entry": event.entry_id, "passage": became, "server_time": at.isoformat()}
    if read.answer.get("passage") == became:
        return said
    if read.answer["decision"] == "refused":
        raise Unsettled(409, "not_granted", _("Ce passage n’a pas été autorisé."))
    if "passage" in read.answer:
        raise Unsettled(409, "already_settled", _("Il a déjà été dit ce qu’est devenu ce passage."))
    if at - event.recorded_at > LONGEST:
        raise Unsettled(409, "too_old", _("Ce passage est trop ancien : l’accueil peut le corriger."))
    Read.objects.filter(pk=read.pk).update(answer=read.answer | {"passage": became})
    if became == NOT_USED:
        _take_back(event, at)
    return said


def _read_of(device: Device, event: Event) -> Read | None:
    """The read that was answered with this event, found by its time: reads are not kept by event."""
    around = (event.recorded_at - NEAR, event.recorded_at + NEAR)
    reads = Read.objects.filter(device=device, created_at__range=around, answer__event=event.pk)
    return reads.select_for_update(of=("self",)).order_by("pk").first()


def _take_back(event: Event, at: datetime) -> None:
    """Void the stay that it opened; where there is none, tell it, and have the stay looked at."""
    if withdraw(event, why=NOT_USED, at=at):
        return
    stay = event.entry
    if stay is not None and stay.voided_at is None:
        doubt(stay, NOT_USED)
    named = ("client_id", "card_id", "vehicle_id", "zone_id", "device_id", "entry_id")
    Event.objects.record(
        Event.Kind.CORRECTION,
        at=at,
        anomalies=[NOT_USED],
        inputs={"correction": NOT_USED},
        **{name: getattr(event, name) for name in named},
    )
