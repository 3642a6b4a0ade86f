"""Putting real times right after the fact."""

from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.records.refusal import Stale
from interventions import times
from interventions.models import Intervention
from interventions.services.writing import copy_values, lock, write


@transaction.atomic
def correct_times(
    intervention: Intervention,
    *,
    reason: str,
    by: AbstractBaseUser | None,
    version: int | None = None,
    at: datetime | None = None,
    **given: datetime | timedelta | None,
) -> Intervention:
    """Put right real times (any of `times.correctable`), with a reason that its history keeps.

    A time is never taken away. If nothing changes, nothing is written. Raises `Stale` and ValidationError naming
    fields.
    """
    at = at or timezone.now()
    stored = lock(intervention, version=None)
    changes = {name: value for name, value in given.items() if _differs(stored, name, value)}
    if not changes:
        return copy_values(stored, intervention)
    if version is not None and stored.version != version:
        raise Stale
    if not reason:
        raise ValidationError({"reason": [_("Dites pourquoi les heures changent : saisie tardive, oubli, erreur…")]})
    times.check_given(stored, at, **{name: value for name, value in changes.items() if isinstance(value, datetime)})
    for name, value in changes.items():
        setattr(stored, name, value.astimezone(UTC) if isinstance(value, datetime) else value)
    times.check_times(stored, at)
    write(stored, by=by, at=at, reason=_("Heures corrigées : %(reason)s") % {"reason": reason})
    return copy_values(stored, intervention)


def _differs(stored: Intervention, name: str, value: datetime | timedelta | None) -> bool:
    if name not in times.correctable(stored):
        raise ValidationError({name: [_("Cette étape n’a pas encore eu lieu : il n’y a rien à corriger.")]})
    if value is None:
        raise ValidationError({name: [_("Indiquez l’heure : elle se corrige, elle ne s’efface pas.")]})
    return bool(getattr(stored, name) != value)
