"""The days, months or years of a period, as the database groups by them and as people say them.

They are those of the firm’s clock: a day on which it is put on has 23 hours, and a visit at 0:30 is of that day.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.db.models import DateField
from django.db.models.functions import Trunc
from django.utils.translation import gettext as _, gettext as translated

from fixaloop.charts.table import Row
from fixaloop.words.dates import MONTHS, short_day
from interventions.statements.period import Period, later

# Up to so many days each day is told, then each month, then each year.
BY_DAY, BY_MONTH = 100, 1_200


@dataclass(frozen=True)
class Axis:
    period: Period

    @cached_property
    def step(self) -> str:
        days = (self.period.last - self.period.first).days + 1
        return "day" if days <= BY_DAY else "month" if days <= BY_MONTH else "year"

    @property
    def by(self) -> str:
        return {"day": _("Jour"), "month": _("Mois"), "year": _("Année")}[self.step]

    def titled(self, by_day: str, by_month: str, by_year: str) -> str:
        return {"day": by_day, "month": by_month, "year": by_year}[self.step]

    def of(self, column: str) -> Trunc:
        return Trunc(column, self.step, output_field=DateField())

    @cached_property
    def starts(self) -> list[date]:
        first = {
            "day": self.period.first,
            "month": self.period.first.replace(day=1),
            "year": self.period.first.replace(day=1, month=1),
        }[self.step]
        found = [first]
        while (following := self._next(found[-1])) <= self.period.last:
            found.append(following)
        return found

    def _next(self, start: date) -> date:
        return start + timedelta(days=1) if self.step == "day" else later(start, 1 if self.step == "month" else 12)

    def rows(self, found: Mapping[date, Sequence[Any]], nothing: Sequence[Any]) -> list[Row]:
        """A row for each of them; `nothing` are the values of one for which nothing was found."""
        return list(self.told(lambda start, first, last: found.get(start, nothing)))

    def told(self, values: Callable[[date, date, date], Sequence[Any] | None]) -> Iterator[Row]:
        """A row for each of them that has values, by its start and its first and last day in the period."""
        for start in self.starts:
            first, last = max(start, self.period.first), min(self._next(start) - timedelta(days=1), self.period.last)
            if (known := values(start, first, last)) is not None:
                yield Row(self._label(start), known, first=first, last=last)

    def _label(self, start: date) -> str:
        if self.step == "day":
            return short_day(start, year=False)
        return f"{translated(MONTHS[start.month - 1])} {start.year}" if self.step == "month" else str(start.year)
