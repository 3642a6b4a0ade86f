"""Why presence is wrong: the passage that made it so, and what went wrong there."""

from datetime import datetime, timedelta

from access.models import Entry
from tests.site_year.place import IN, OUT, PARENT
from tests.site_year.reads import REPEATED
from tests.site_year.rhythm import DESK, FOOT, WHEEL, Step

# From a passage to its last read, or to the guard.
TAKES = timedelta(seconds=100)
# A fault explains what is wrong for so long.
LASTING = timedelta(days=4)

Past = list[tuple[Step, str]]


def of_phantom(stay: Entry, past: Past) -> str:
    """Why a stay is open although nobody is there: look at what opened it, then at what should have closed it."""
    opened = _at(past, stay.entered_at)
    if opened is not None and opened[0].way == OUT:
        return f"exit taken for an entry: {opened[1] or _before(past, opened[0].at)}"
    zones = {stay.zone.name, PARENT.get(stay.zone.name)}
    exits = (one for one in past if one[0].at > stay.entered_at and one[0].way == OUT and one[0].zone in zones)
    closing = next(exits, None)
    if closing is None:
        return f"opened long ago: {_before(past, stay.entered_at)}"
    step, fault = closing
    came = FOOT if stay.card_id else WHEEL if stay.vehicle_id else DESK
    if came != step.by and (not fault or REPEATED in fault):
        return f"in by {came}, out by {step.by}"
    return fault or "the exit closed another stay"


def of_missing(since: datetime, last: Entry | None, past: Past) -> str:
    """Why somebody inside has no open stay: look at their entry, then at what closed their last stay."""
    entered = next(((step, fault) for step, fault in past if step.at == since), None)
    if entered is None or (last is not None and last.estimated and last.entered_at >= since):
        return "closed as lost while inside"
    closed = _at(past, last.exited_at) if last is not None and last.exited_at is not None else None
    if closed is not None and closed[0].way == OUT and closed[0].at > since:
        before = f"{entered[1]}, then " if entered[1] else ""
        return f"{before}shown outside by an exit from {closed[0].zone} by {closed[0].by}"
    if entered[1]:
        return entered[1]
    if closed is not None and closed[0].way == IN:
        return f"entry taken for an exit: {closed[1] or _before(past, closed[0].at)}"
    return f"other: {_before(past, since)}"


def _at(past: Past, moment: datetime) -> tuple[Step, str] | None:
    """The passage that a read at this moment belongs to."""
    return next((one for one in reversed(past) if one[0].at <= moment <= one[0].at + TAKES), None)


def _before(past: Past, moment: datetime) -> str:
    """The last fault before a passage that was read right."""
    earlier = (fault for step, fault in reversed(past) if fault and moment - LASTING <= step.at <= moment)
    fault = next(earlier, "")
    return f"after {fault}" if fault else "every read right"
