"""Columns over a time or a clock, as a drawing that the template stretches to the width there is.

Two series are told apart by shape: the first is filled, the second hollow. Words stand beside the drawing, never in it:
stretched, they could not be read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from fixaloop.charts.table import Measure, Row, Table

HEIGHT = 100
SLOT, GAP = 12, 2


@dataclass(frozen=True)
class Bar:
    """A rectangle of the drawing, in its own units, and what it says when it is pointed at."""

    x: str
    y: str
    width: str
    height: str
    said: str
    hollow: bool


@dataclass(frozen=True)
class Columns:
    table: Table

    @property
    def series(self) -> list[tuple[Measure, bool]]:
        """The measures that are drawn, and whether hollow."""
        return [(measure, rank > 0) for rank, measure in enumerate(self.table.measures[: self.table.drawn])]

    @property
    def width(self) -> int:
        return max(len(self.table.rows), 1) * SLOT

    @cached_property
    def ends(self) -> tuple[float, float]:
        sizes = [measure.size(row.values[rank]) for row in self.table.rows for rank, (measure, _) in self._ranked()]
        low, high = min(0.0, *sizes, 0.0), max(0.0, *sizes, 0.0)
        return (low, high) if high > low else (0.0, 1.0)

    def _ranked(self) -> Iterator[tuple[int, tuple[Measure, bool]]]:
        return enumerate(self.series)

    @property
    def base(self) -> str:
        return self._y(0)

    def _y(self, size: float) -> str:
        low, high = self.ends
        return f"{HEIGHT * (high - size) / (high - low):.2f}"

    def bars(self) -> Iterator[Bar]:
        each = (SLOT - GAP) / len(self.series)
        for place, row in enumerate(self.table.rows):
            for rank, (measure, hollow) in self._ranked():
                size = measure.size(row.values[rank])
                if size:
                    x = place * SLOT + GAP / 2 + rank * each
                    yield self._bar(x, each, size, f"{row.label} : {_said(measure, row, rank)}", hollow)

    def _bar(self, x: float, width: float, size: float, said: str, hollow: bool) -> Bar:
        low, high = self.ends
        height = HEIGHT * abs(size) / (high - low)
        return Bar(f"{x:.2f}", self._y(max(size, 0)), f"{width:.2f}", f"{height:.2f}", said, hollow)

    @property
    def highest(self) -> str:
        said = [
            (measure.size(row.values[rank]), measure.say(row.values[rank]))
            for row in self.table.rows
            for rank, (measure, _hollow) in self._ranked()
        ]
        return max(said, default=(0, ""))[1]

    @property
    def labels(self) -> list[str]:
        rows = self.table.rows
        places = sorted({0, len(rows) // 2, len(rows) - 1}) if rows else []
        return [rows[place].label for place in places]

    @property
    def summary(self) -> str:
        words = {"title": self.table.title, "highest": self.highest}
        return _("%(title)s : au plus %(highest)s. Les chiffres suivent en tableau.") % words


def _said(measure: Measure, row: Row, rank: int) -> str:
    return f"{measure.name} {measure.say(row.values[rank])}"
