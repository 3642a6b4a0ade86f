"""How services write an intervention: its client locked first, then itself, then the client's status after it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clients.models import Client
from fixaloop.records.refusal import Stale
from interventions import activity
from interventions.models import Intervention

# As many keys as a statement of either database takes with ease.
BATCH = 5_000


def lock_clients(keys: Iterable[int]) -> None:
    """Lock clients, in one order for everybody; raises ValidationError when one of them is gone."""
    wanted = sorted(set(keys))
    clients = Client.objects.select_for_update(of=("self",)).order_by("pk").values_list("pk")
    if sum(len(clients.filter(pk__in=some)) for some in _batches(wanted)) < len(wanted):
        message = _("Ce client n’existe plus : quelqu’un vient de le supprimer ou de le fusionner.")
        raise ValidationError({"client": [message]})


def lock(intervention: Intervention, *, version: int | None, client: int | None = None) -> Intervention:
    """The intervention as it is stored, locked with its client, and with the client it will have.

    Raises `Stale` when it is no longer at `version`, or gone.
    """
    held = Intervention.objects.filter(pk=intervention.pk).values_list("client", flat=True).first()
    if held is None:
        raise Stale
    lock_clients({held, client or held})
    stored = Intervention.objects.select_for_update(of=("self",)).filter(pk=intervention.pk, client=held).first()
    if stored is None or (version is not None and stored.version != version):
        raise Stale
    return stored


def write(intervention: Intervention, *, by: AbstractBaseUser | None, at: datetime, reason: str = "") -> None:
    """Save the next version of a locked intervention, signed, and what it makes of its client's status."""
    intervention.version += 1
    intervention.updated_at = at
    intervention._history_user = by
    intervention._change_reason = reason or None
    intervention.save()
    follow([intervention.client_id], at)


def follow(clients: Iterable[int], at: datetime) -> None:
    """Write the status of these clients, whose interventions have changed."""
    for some in _batches(sorted(set(clients))):
        activity.refresh(Client.objects.filter(pk__in=some), at)


def _batches(keys: list[int]) -> list[list[int]]:
    return [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]


def show(stored: Intervention, intervention: Intervention) -> Intervention:
    """Give the caller's object what has been written."""
    for field in Intervention._meta.concrete_fields:
        setattr(intervention, field.attname, getattr(stored, field.attname))
    return intervention
