"""Days as one says them: “12 févr. 2027”, “1er nov.”."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MONTHS = (
    gettext_lazy("janv."),
    gettext_lazy("févr."),
    gettext_lazy("mars"),
    gettext_lazy("avr."),
    gettext_lazy("mai"),
    gettext_lazy("juin"),
    gettext_lazy("juil."),
    gettext_lazy("août"),
    gettext_lazy("sept."),
    gettext_lazy("oct."),
    gettext_lazy("nov."),
    gettext_lazy("déc."),
)


def short_day(day: date, *, year: bool) -> str:
    """A day with its month in short, and its year where asked."""
    values = {"day": day.day if day.day > 1 else _("1er"), "month": MONTHS[day.month - 1], "year": day.year}
    return (_("%(day)s %(month)s %(year)s") if year else _("%(day)s %(month)s")) % values
