"""What a section of the reports tells, and what all of them are made of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from fixaloop.charts.table import Table


@dataclass(frozen=True)
class Told:
    """Tables, and sentences about what they leave out."""

    tables: Sequence[Table]
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def shown(self) -> list[Table]:
        return [table for table in self.tables if not table.is_empty]


def cents(amount: Any) -> Decimal:
    """A sum of the database: SQLite adds up floats."""
    return round(Decimal(amount or 0), 2)


def kept_since(at: datetime, days: int) -> date:
    return timezone.localdate(at) - timedelta(days=days)


def figures_day(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")
