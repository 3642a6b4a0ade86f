"""Days as one says them: “12 févr. 2027”, “1er nov.”."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_noop

from fixaloop.translation import gettext as _
from fixaloop.translation import gettext as translated

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
