"""Filters of a list by day."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet

from fixaloop.forms.fields import DayField
from fixaloop.words.dates import end_of, start_of


class DayFilter(django_filters.Filter):
    """A day, in figures or as the browser's picker sends it."""

    field_class = DayField


class SinceFilter(DayFilter):
    def filter(self, rows: QuerySet[Any], day: date | None) -> QuerySet[Any]:
        return rows.filter(**{f"{self.field_name}__gte": start_of(day)}) if day else rows


class UntilFilter(DayFilter):
    def filter(self, rows: QuerySet[Any], day: date | None) -> QuerySet[Any]:
        return rows.filter(**{f"{self.field_name}__lt": end_of(day)}) if day else rows
