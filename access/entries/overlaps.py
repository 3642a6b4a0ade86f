"""Stays of a file that overlap others of the same card or vehicle in one zone: nobody is in twice, so one is wrong."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from fixaloop.imports.report import Record

# The seconds of entry and exit, and the row.
Stay = tuple[float, float, int]


class Overlaps:
    """Remembers the stays of a file, by card and by vehicle."""

    def __init__(self) -> None:
        self._stays: defaultdict[int, list[Stay]] = defaultdict(list)

    def tell(self, record: Record) -> None:
        values = record.values
        if not values.get("exited_at"):
            return
        stay = (values["entered_at"].timestamp(), values["exited_at"].timestamp(), record.number)
        rows = {row for key in _keys(values) if (row := self._add(key, stay))}
        if rows:
            message = _("Ce séjour en chevauche un autre, à la ligne %(row)d : à vérifier.")
            record.note("entered_at", message % {"row": min(rows)})

    def _add(self, key: int, stay: Stay) -> int:
        """Keep a stay in the order of entries; the row of a neighbour that it overlaps, else 0."""
        stays = self._stays[key]
        at = bisect_left(stays, stay)
        stays.insert(at, stay)
        before, after = stays[max(at - 1, 0) : at], stays[at + 1 : at + 2]
        for entered, exited, row in (*before, *after):
            if entered < stay[1] and exited > stay[0]:
                return row
        return 0


def _keys(values: Mapping[str, Any]) -> list[int]:
    zone = values["zone"].lower()
    return [hash((name, values[name], zone)) for name in ("card_id", "vehicle_id") if values.get(name)]
