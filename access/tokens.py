"""Which device is this token's? Only hashes are compared."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from access.models import Device
from access.secrets import digest

SEEN_EVERY = timedelta(minutes=1)


def find_device(token: str) -> Device | None:
    """The device of a token; the token before it stops working when the new one is first used."""
    hashed = digest(token)
    devices = Device.objects.select_related("zone").filter(Q(token_hash=hashed) | Q(former_token_hash=hashed))
    device = devices.first()
    if device is not None and device.token_hash == hashed and device.former_token_hash:
        Device.objects.filter(pk=device.pk, token_hash=hashed).update(former_token_hash="")
        device.former_token_hash = ""
    return device


def mark_seen(device: Device, at: datetime, *, at_once: bool = False) -> None:
    """Keep that a device is alive: once a minute is enough, a row written at every read would wait for itself."""
    if at_once or device.last_seen_at is None or at - device.last_seen_at > SEEN_EVERY:
        Device.objects.filter(pk=device.pk).update(last_seen_at=at)
