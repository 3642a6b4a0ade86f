"""Roll calls: start, end, and who was seen safe, with author and time."""

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from access.gate import persons
from access.models import Entry, RollCall, RollCallLine
from fixaloop.records.refusal import Refused

BATCH = 500


@transaction.atomic
def start_roll_call(*, note: str, by: AbstractBaseUser, at: datetime) -> RollCall:
    """Begin with everybody inside. Returns the one that is running where somebody was quicker."""
    running = RollCall.objects.filter(ended_at=None).first()
    if running is not None:
        return running
    roll_call: RollCall = RollCall.objects.create(started_at=at, started_by=by, note=note)  # type: ignore[misc]
    _add_everybody(roll_call, at)
    return roll_call


def _add_everybody(roll_call: RollCall, at: datetime) -> None:
    inside = persons.may_hold_people(Entry.objects.open(), at)
    stays = inside.order_by("entered_at", "pk").values_list("person", "pk")
    # Of several stays of one person, the last one.
    lines = (RollCallLine(roll_call=roll_call, person=person, entry_id=entry) for person, entry in dict(stays).items())
    RollCallLine.objects.bulk_create(lines, batch_size=BATCH, ignore_conflicts=True)


@transaction.atomic
def end_roll_call(roll_call: RollCall, *, by: AbstractBaseUser, at: datetime) -> RollCall:
    """End it, and keep who came in meanwhile too. If somebody was quicker, nothing changes."""
    kept = RollCall.objects.select_for_update(of=("self",)).get(pk=roll_call.pk)
    if kept.is_running:
        _add_everybody(kept, at)
        kept.ended_at, kept.ended_by = at, by  # type: ignore[assignment]
        kept.save(update_fields=["ended_at", "ended_by"])
    return kept


@transaction.atomic
def mark_safe(
    roll_call: RollCall, entry: Entry, *, safe: bool, by: AbstractBaseUser, at: datetime, age: timedelta
) -> RollCallLine:
    """Keep that somebody was seen safe `age` ago, or take that back. The first one to see them stays named.

    A mark that waited for the network is kept even after the end. Raises `Refused` for one that was made after it.
    """
    kept = RollCall.objects.select_for_update(of=("self",)).get(pk=roll_call.pk)
    seen_at = max(at - age, kept.started_at)
    if kept.ended_at is not None and seen_at > kept.ended_at:
        raise Refused([_("Cet appel est terminé : ce pointage n’est pas enregistré.")])
    line, _new = RollCallLine.objects.get_or_create(roll_call=kept, person=entry.person, defaults={"entry": entry})
    if safe == (line.safe_at is not None):
        return line
    line.safe_at, line.safe_by = (seen_at, by) if safe else (None, None)  # type: ignore[assignment]
    line.save(update_fields=["safe_at", "safe_by"])
    return line
