"""The period of a statement: as asked for in the address, and those that a page offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.forms.fields import DayField
from fixaloop.records.payments import OLDEST
from fixaloop.words.dates import end_of, say_days, start_of

DAYS = ("after", "before")


@dataclass(frozen=True)
class Period:
    """From one day to another, both included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return start_of(self.first)

    @property
    def end(self) -> datetime:
        return end_of(self.last)

    @property
    def day_before(self) -> date:
        return self.first - timedelta(days=1)

    def reaches(self, at: datetime) -> bool:
        return self.end > at

    @property
    def query(self) -> str:
        return f"after={self.first}&before={self.last}"

    def __str__(self) -> str:
        return say_days(self.first, self.last)


def month_of(day: date) -> Period:
    first = day.replace(day=1)
    return Period(first, later(first, 1) - timedelta(days=1))


def offered(today: date) -> list[tuple[str, Period]]:
    month = month_of(today)
    quarter = today.replace(day=1, month=today.month - (today.month - 1) % 3)
    last_quarter = later(quarter, -3)
    year = today.replace(day=1, month=1)
    return [
        (_("Ce mois"), month),
        (_("Le mois dernier"), month_of(month.day_before)),
        (_("Ce trimestre"), Period(quarter, later(quarter, 3) - timedelta(days=1))),
        (_("Le trimestre dernier"), Period(last_quarter, quarter - timedelta(days=1))),
        (_("Cette année"), Period(year, later(year, 12) - timedelta(days=1))),
        (_("L’année dernière"), Period(later(year, -12), year - timedelta(days=1))),
    ]


def later(first: date, months: int) -> date:
    """The first of the month so many months later."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


class PeriodForm(forms.Form):
    """Two days. Without any, the usual period, by default the month; one alone leaves the other end open."""

    after = DayField(label=gettext_lazy("Du"), required=False)
    before = DayField(label=gettext_lazy("Au"), required=False)

    def __init__(self, asked: Mapping[str, Any], today: date, usual: Period | None = None) -> None:
        self.today = today
        usual = usual or month_of(today)
        given = any(asked.get(name, "").strip() for name in DAYS)
        days = {} if given else {"after": str(usual.first), "before": str(usual.last)}
        super().__init__({name: asked.get(name) for name in asked} | days)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("after") or OLDEST, cleaned.get("before") or self.today
        if any(name in self.errors for name in DAYS):
            return cleaned
        if first > last:
            sentence = _("Le %(first)s est après la fin de la période, le %(last)s : échangez les deux jours.")
            self._refuse("after", sentence, {"first": f"{first:%d/%m/%Y}", "last": f"{last:%d/%m/%Y}"})
        elif last.year > self.today.year + 1:
            sentence = _("Le %(day)s est trop loin : choisissez un jour avant %(year)d.")
            self._refuse("before", sentence, {"day": f"{last:%d/%m/%Y}", "year": self.today.year + 2})
        else:
            cleaned["period"] = Period(first, last)
        return cleaned

    def _refuse(self, name: str, sentence: str, values: dict[str, Any]) -> None:
        self.add_error(name, ValidationError(sentence, "period", values))

    @property
    def period(self) -> Period | None:
        """None if it makes no sense; the fields say why."""
        return self.cleaned_data.get("period") if self.is_valid() else None

    @property
    def sentences(self) -> list[str]:
        return [f"{self.fields[name].label} : {error}" for name, errors in self.errors.items() for error in errors]
