"""Days as one says them: “12 févr. 2027”, “1er nov.”, “1er décembre 2023”."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_noop

from fixaloop.speed.translation import gettext as _
from fixaloop.speed.translation import gettext as translated

MONTHS = (
    gettext_noop("janv."),
    gettext_noop("févr."),
    gettext_noop("mars"),
    gettext_noop("avr."),
    gettext_noop("mai"),
    gettext_noop("juin"),
    gettext_noop("juil."),
    gettext_noop("août"),
    gettext_noop("sept."),
    gettext_noop("oct."),
    gettext_noop("nov."),
    gettext_noop("déc."),
)


def short_day(day: date, *, year: bool) -> str:
    """A day with its month in short, and its year where asked."""
    values = {"day": day.day if day.day > 1 else _("1er"), "month": translated(MONTHS[day.month - 1]), "year": day.year}
    return (_("%(day)s %(month)s %(year)s") if year else _("%(day)s %(month)s")) % values


def long_day(day: date) -> str:
    """A day whole, that of an instant in the firm's time zone: “1er décembre 2023”."""
    return said_day(day, "j F Y")


def full_day(day: date) -> str:
    """The same with its weekday: “mardi 1er décembre 2026”."""
    return said_day(day, "l j F Y")


def full_moment(moment: datetime) -> str:
    """An instant with its weekday, by the firm's clock: “mardi 1er décembre 2026 14:32”."""
    return f"{full_day(moment)} {timezone.localtime(moment):%H:%M}"


def said_day(day: date, form: str) -> str:
    """A day in one of Django's forms that begin with it, or with its weekday; the first of a month as one says it."""
    if isinstance(day, datetime):
        day = timezone.localdate(day)
    said = date_format(day, form)
    return said.replace("1", _("1er"), 1) if day.day == 1 else said
