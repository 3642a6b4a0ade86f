"""Stays without an exit whose holder comes in again later in the file: nobody is in twice, so they had ended."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from access.entries.matching import named_by, readings
from fixaloop.imports.cells import parse_date
from fixaloop.imports.columns import Columns
from fixaloop.imports.report import Record
from fixaloop.tables import Cell, Table, as_text

NEEDED = ("card", "vehicle", "zone", "device_in", "entered_at", "exited_at", "entered_time", "exited_time")
# The longest stay that an hour before the entry’s may end: from 22:00 to 06:00 is a night, from 09:00 to 08:00 a slip.
NIGHT = timedelta(hours=14)
_HOUR = re.compile(r"\d[:hH]")
# Completes a row, given by field, with the zone that its device determines and the hours that stand apart.
Complete = Callable[[dict[str, str]], None]


class Following:
    """When a card or a vehicle came into a zone again; of the file, only those with a stay without an exit are kept."""

    def __init__(self, complete: Complete) -> None:
        self._complete = complete
        self._moments: dict[int, list[datetime]] = {}

    def prepare(self, table: Table, columns: Columns) -> None:
        at = {field.name: index for index, field in columns.read.items() if field.name in NEEDED}
        if "entered_at" not in at or not {"card", "vehicle"} & at.keys():
            return
        rows = (self._typed(cells, at) for _number, cells in table.rows)
        left_open = {mark for typed in rows if not typed.get("exited_at", "").strip() for mark in _marks(typed)}
        found: defaultdict[int, list[datetime]] = defaultdict(list)
        for _number, cells in table.rows if left_open else ():
            typed = self._typed(cells, at)
            for mark in left_open.intersection(_marks(typed)):
                if moment := _moment(typed["entered_at"]):
                    found[mark].append(moment)
        self._moments = {mark: sorted(moments) for mark, moments in found.items() if len(moments) > 1}

    def _typed(self, cells: Sequence[Cell], at: Mapping[str, int]) -> dict[str, str]:
        typed = {name: as_text(cells[index]) for name, index in at.items()}
        self._complete(typed)
        return typed

    def after(self, typed: Mapping[str, str], entered: datetime) -> datetime | None:
        """The next time that the holder of a row came in."""
        nexts = []
        for mark in _marks(typed):
            moments = self._moments.get(mark, [])
            nexts += moments[(at := bisect_right(moments, entered)) : at + 1]
        return min(nexts, default=None)


def _marks(typed: Mapping[str, str]) -> Iterator[int]:
    zone = typed.get("zone", "").strip().lower()
    return (hash((kind, key, zone)) for kind, key in named_by(typed).items())


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_date(text)
    except ValidationError:
        return None  # its own row is refused for it
    return moment.astimezone(UTC) if moment else None


def join_hours(typed: dict[str, str]) -> None:
    """Put the hours of a row beside its days, where they have columns of their own. An exit has the entry’s day."""
    day = typed.get("entered_at", "").strip()
    for name in ("entered", "exited"):
        hour, own = typed.pop(f"{name}_time", "").strip(), typed.get(f"{name}_at", "").strip()
        if hour and not _HOUR.search(own or day):
            typed[f"{name}_at"] = f"{own or day} {hour}"


def settle_exit(record: Record, *, has_day: bool) -> None:
    """Refuse an exit before its entry; an hour without a day that is earlier than the entry’s ends a night."""
    entered, exited = (record.values.get(name) for name in ("entered_at", "exited_at"))
    if not entered or not exited or max(readings(exited)) >= entered:
        return
    local = timezone.localtime(exited).replace(tzinfo=None)
    morning = timezone.make_aware(local + timedelta(days=1)).astimezone(UTC)
    if has_day or morning - entered > NIGHT or morning > timezone.now():
        record.refuse("exited_at", _("La sortie est avant l’entrée."))
        return
    record.values["exited_at"] = morning
    message = _("Heure de sortie avant celle d’entrée : prise pour le lendemain, %(day)s.")
    record.note("exited_at", message % {"day": f"{timezone.localtime(morning):%d/%m/%Y}"})
