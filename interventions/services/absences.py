"""Absences of the team: kept, changed, removed."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from fixaloop.records.refusal import Stale
from interventions.models import Absence

LONGEST = timedelta(days=3 * 366)
TYPED = ("technician_id", "starts_at", "ends_at", "kind", "note")


@transaction.atomic
def keep_absence(absence: Absence, *, version: int | None = None) -> Absence:
    """Save a new absence or a changed one. Raises `Stale` and ValidationError naming fields."""
    _check(absence)
    if absence.pk:
        stored = _lock(absence, None)
        if all(getattr(stored, name) == getattr(absence, name) for name in TYPED):
            return stored
        _lock(absence, version)
        absence.version = stored.version + 1
    absence.save()
    return absence


@transaction.atomic
def remove_absence(absence: Absence, *, version: int | None = None) -> None:
    _lock(absence, version).delete()


def _lock(absence: Absence, version: int | None) -> Absence:
    stored = Absence.objects.select_for_update(of=("self",)).filter(pk=absence.pk).first()
    if stored is None or version not in (None, stored.version):
        raise Stale
    return stored


def _check(absence: Absence) -> None:
    if absence.ends_at <= absence.starts_at:
        raise ValidationError({"last_day": [_("L’absence se termine avant de commencer.")]})
    if absence.ends_at - absence.starts_at > LONGEST:
        raise ValidationError({"last_day": [_("Une absence dure trois ans au plus : vérifiez l’année.")]})
    technician = absence.technician
    if absence._state.adding and not technician.is_active:
        name = technician.get_full_name() or technician.get_username()
        message = _("%(name)s ne fait plus partie de l’équipe : choisissez quelqu’un d’autre.")
        raise ValidationError({"technician": [message % {"name": name}]})
