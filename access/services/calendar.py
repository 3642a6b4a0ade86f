"""Special days of the calendar: written, changed and withdrawn, never deleted."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from access.models import SpecialDay
from fixaloop.records.history import has_changed
from fixaloop.records.refusal import Refused, Stale


@transaction.atomic
def save_special_day(day: SpecialDay, *, by: AbstractBaseUser | None, version: int | None = None) -> SpecialDay:
    """Save a new or changed special day. Raises `Refused` for a withdrawn one, and `Stale`."""
    if day.pk:
        stored = _locked(day)
        if not has_changed(stored, day):
            return day
        if version is not None and stored.version != version:
            raise Stale
        day.version = stored.version + 1
    day._history_user = by  # type: ignore[attr-defined]
    day.save()
    return day


@transaction.atomic
def withdraw_special_day(day: SpecialDay, *, reason: str, by: AbstractBaseUser | None) -> SpecialDay:
    """The usual hours hold again. Raises `Refused` if somebody was quicker."""
    stored = _locked(day)
    stored.withdrawn = True
    stored.version += 1
    stored._history_user = by  # type: ignore[attr-defined]
    stored._change_reason = reason  # type: ignore[attr-defined]
    stored.save()
    return stored


def _locked(day: SpecialDay) -> SpecialDay:
    stored = SpecialDay.objects.select_for_update(of=("self",)).get(pk=day.pk)
    if stored.withdrawn:
        raise Refused([_("Ce jour exceptionnel a été retiré du calendrier : ajoutez-en un autre.")])
    return stored
