"""Which device is this token's? Only hashes are compared."""

from __future__ import annotations

from datetime import datetime, timedelta

from access.models import Device
from access.services.secrets import digest

SEEN_EVERY = timedelta(minutes=1)


def find_device(token: str) -> Device | None:
    """The device of a token; the token before it stops working when the new one is first used."""
    hashed = digest(token)
    devices = Device.objects.select_related("zone__parent").order_by()
    device = next(iter(devices.filter(token_hash=hashed)), None)
    if device is None:
        return next(iter(devices.filter(former_token_hash=hashed)), None)
    if device.former_token_hash:
        Device.objects.filter(pk=device.pk, token_hash=hashed).update(former_token_hash="")
        device.former_token_hash = ""
    return device


def mark_seen(device: Device, at: datetime, *, at_once: bool = False) -> None:
    """Keep that a device is alive: once a minute is enough, a row written at every read would wait for itself."""
    if at_once or device.last_seen_at is None or at - device.last_seen_at > SEEN_EVERY:
        Device.objects.filter(pk=device.pk).update(last_seen_at=at)
