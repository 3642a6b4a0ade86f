"""Zones and the readers at their doors."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from access.gate.codes import digest, new_token
from access.models import Device, Zone
from fixaloop.audit.trail import Kind, note
from fixaloop.records.history import has_changed
from fixaloop.records.refusal import Refused, Stale


@transaction.atomic
def save_zone(zone: Zone, *, by: AbstractBaseUser | None, version: int | None = None) -> Zone:
    """Save a new or changed zone and its path. Raises `Refused` for a zone inside itself, and `Stale`."""
    # All of them: who moves another one at the same time would place this one by a path that is no longer so.
    zones = {row.pk: row for row in Zone.objects.select_for_update(of=("self",), no_key=True).order_by("pk")}
    if zone.pk:
        stored = zones[zone.pk]
        if not has_changed(stored, zone):
            return zone
        if version is not None and stored.version != version:
            raise Stale
        zone.version = stored.version + 1
    if zone.parent_id is not None:
        if zone.parent_id not in zones:
            raise Stale
        zone.parent = zones[zone.parent_id]
    if zone.parent is not None and zone.pk and zone.pk in zone.parent.lineage:
        raise Refused([_("Une zone ne peut pas être dans elle-même, ni dans une zone qu’elle contient.")])
    zone._history_user = by  # type: ignore[attr-defined]
    zone.save()
    _place(zone)
    return zone


def _place(zone: Zone) -> None:
    around = zone.parent.path if zone.parent is not None else "/"
    path = f"{around}{zone.pk}/"
    if zone.path == path:
        return
    zone.path = path
    Zone.objects.filter(pk=zone.pk).update(path=path)
    for child in Zone.objects.filter(parent=zone):
        child.parent = zone
        _place(child)


@transaction.atomic
def save_device(device: Device, *, by: AbstractBaseUser | None, version: int | None = None) -> Device:
    """Save a new or changed device, but not its tokens. Raises `Stale`."""
    if device.pk:
        stored = Device.objects.select_for_update(of=("self",)).get(pk=device.pk)
        for name in ("token_hash", "former_token_hash", "token_at", "last_seen_at"):
            setattr(device, name, getattr(stored, name))
        if not has_changed(stored, device):
            return device
        if version is not None and stored.version != version:
            raise Stale
        device.version = stored.version + 1
    device._history_user = by  # type: ignore[attr-defined]
    device.save()
    return device


@transaction.atomic
def rotate_token(device: Device, *, by: AbstractBaseUser | None, at: datetime | None = None) -> str:
    """Return a new token, which is not kept. The one in use works until the new one is first used."""
    device = Device.objects.select_for_update(of=("self",)).get(pk=device.pk)
    token = new_token()
    # If there still is a former token, the reader has never used the current one.
    device.former_token_hash, device.token_hash = device.former_token_hash or device.token_hash, digest(token)
    return _keep_tokens(device, by, at or timezone.now(), token)


@transaction.atomic
def revoke_token(device: Device, *, by: AbstractBaseUser | None, at: datetime | None = None) -> None:
    device = Device.objects.select_for_update(of=("self",)).get(pk=device.pk)
    device.former_token_hash = device.token_hash = ""
    _keep_tokens(device, by, at or timezone.now(), "")


def _keep_tokens(device: Device, by: AbstractBaseUser | None, at: datetime, token: str) -> str:
    device.token_at = at
    device.version += 1
    device._history_user = by  # type: ignore[attr-defined]
    # The history tells what happened to a token and keeps none, not even as a hash.
    device._change_reason = _("nouveau jeton") if token else _("jeton révoqué")  # type: ignore[attr-defined]
    device.save()
    note(Kind.TOKEN, device.name, by=by, made="yes" if token else "no")
    return token


@transaction.atomic
def provision_device(
    name: str, zone_name: str, direction: str, *, presented: str = "", by: AbstractBaseUser | None
) -> str:
    """Create the device and its zone where missing, and return a new token of the device."""
    zone = Zone.objects.filter(name__iexact=zone_name).first() or save_zone(Zone(name=zone_name), by=by)
    device = Device.objects.filter(name__iexact=name).first() or Device(name=name)
    device.zone, device.direction = zone, direction
    device.presented = presented or device.presented
    return rotate_token(save_device(device, by=by), by=by)
