"""Days on which the firm does not work: public holidays, and days on which the calendar closes every zone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from access.gate.opening import in_force
from access.models import SpecialDay
from fixaloop.speed.texts import gettext as _
from fixaloop.words.holidays import holiday


@dataclass(frozen=True)
class Closures:
    """Why the firm is closed on some days; and what the calendar closes beside, as “Atelier fermé : Inventaire”."""

    firm: dict[date, str]
    zones: dict[date, list[str]]


def closures(days: Collection[date]) -> Closures:
    special = list(SpecialDay.objects.during(min(days), max(days)).select_related("zone"))
    firm = {day: reason for day in sorted(days) if (reason := _why_closed(day, special))}
    return Closures(firm, {day: _zones_closed(day, special) for day in days})


def _why_closed(day: date, special: Sequence[SpecialDay]) -> str:
    found = max((one for one in special if one.zone is None and one.covers(day)), key=lambda one: one.pk, default=None)
    if found is None:
        return holiday(day)
    return "" if found.spans else found.reason


def _zones_closed(day: date, special: Sequence[SpecialDay]) -> list[str]:
    zones = {one.zone: in_force(one.zone, day, special) for one in special if one.zone is not None and one.covers(day)}
    return [
        _("%(zone)s fermé : %(reason)s") % {"zone": zone.name, "reason": found.reason}
        for zone, found in sorted(zones.items(), key=lambda pair: pair[0].name)
        if found is not None and not found.spans
    ]
