"""Figures by row and measure. A page shows them as text and chart, a file writes the same values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from fixaloop.words.dates import say_length
from fixaloop.words.money import euros

HOUR = timedelta(hours=1)
UNKNOWN = "—"


class Unit(Enum):
    COUNT = "count"
    EUROS = "euros"
    LENGTH = "length"


@dataclass(frozen=True)
class Measure:
    """What is counted or added up. The values of a `LENGTH` are `timedelta`s; None is not known."""

    name: Any
    unit: Unit = Unit.COUNT

    def say(self, value: Any) -> str:
        if value is None:
            return UNKNOWN
        if self.unit is Unit.EUROS:
            return euros(value)
        return say_length(value) if self.unit is Unit.LENGTH else number_format(value)

    @property
    def heading(self) -> str:
        """The name with its unit, for a file whose cells hold bare numbers."""
        units = {Unit.EUROS: _("%(name)s (€)"), Unit.LENGTH: _("%(name)s (heures)")}
        return units.get(self.unit, "%(name)s") % {"name": self.name}

    def bare(self, value: Any) -> Any:
        return round(Decimal(value / HOUR), 2) if isinstance(value, timedelta) else value

    @staticmethod
    def size(value: Any) -> float:
        return float(value / HOUR if isinstance(value, timedelta) else value or 0)


@dataclass(frozen=True)
class Row:
    """A value for each measure, with the list that shows what was counted, and its days if it is a stretch of time."""

    label: str
    values: Sequence[Any]
    url: str = ""
    first: date | None = None
    last: date | None = None


class Shape(Enum):
    """How the first measures of a table are drawn."""

    COLUMNS = "columns"
    BARS = "bars"
    NONE = "none"


@dataclass(frozen=True)
class Table:
    title: str
    measures: Sequence[Measure]
    rows: Sequence[Row]
    total: Row | None = None
    shape: Shape = Shape.NONE
    # What the rows are, as the heading of their labels.
    by: str = ""
    # How many measures a chart draws: two at most can be told apart without colours.
    drawn: int = 1

    @property
    def is_empty(self) -> bool:
        return not any(any(row.values) for row in self.rows)

    @property
    def has_columns(self) -> bool:
        return self.shape is Shape.COLUMNS

    @property
    def has_bars(self) -> bool:
        return self.shape is Shape.BARS

    def lines(self) -> Iterator[tuple[Row, list[str], str]]:
        """Each row, its values as text, and how much of the longest bar its own takes, in hundredths."""
        sizes = [abs(self.measures[0].size(row.values[0])) for row in self.rows]
        longest = max(sizes, default=0) or 1
        for row, size in zip(self.rows, sizes, strict=True):
            yield row, self.said(row), f"{100 * size / longest:.1f}"

    def said(self, row: Row) -> list[str]:
        return [measure.say(value) for measure, value in zip(self.measures, row.values, strict=True)]

    @property
    def total_said(self) -> list[str]:
        return self.said(self.total) if self.total else []

    @property
    def summary(self) -> str:
        """“Facturé : 30 933,35 € · Payé : 22 300,46 €”"""
        named = zip(self.measures, self.total_said, strict=False)
        return " · ".join(_("%(name)s : %(value)s") % {"name": measure.name, "value": said} for measure, said in named)
