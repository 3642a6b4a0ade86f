"""Visits by day and by hour of the firm’s clock."""

from collections import defaultdict
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, IntegerField, QuerySet, When
from django.db.models.functions import ExtractHour
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from access.models import Entry
from fixaloop.charts.table import Measure, Row, Shape, Table
from fixaloop.installation.firm import rule
from interventions.reports.asked import Asked
from interventions.reports.axis import Axis
from interventions.reports.told import Told, figures_day, kept_since

HOURS = 24


def visits(asked: Asked) -> QuerySet[Any]:
    return asked.during(asked.of_clients(Entry.objects.visits()), "entered_at")


def tell(asked: Asked) -> Told:
    axis = Axis(asked.period)
    days: dict[date, int] = defaultdict(int)
    hours: dict[int | None, int] = defaultdict(int)
    for start, hour, count in _counted(asked, axis):
        days[start] += count
        hours[hour] += count
    return Told((_by_day(asked, axis, days), _by_hour(hours)), _visit_notes(asked, hours[None]))


def _counted(asked: Asked, axis: Axis) -> QuerySet[Any, tuple[date, int | None, int]]:
    """Start, hour of the clock (None once the stay is forgotten), and how many."""
    hour = Case(When(client=None, then=None), default=ExtractHour("entered_at"), output_field=IntegerField())
    starts = visits(asked).annotate(start=axis.of("entered_at"), hour=hour).values_list("start", "hour")
    return starts.annotate(count=Count("pk"))


def _by_day(asked: Asked, axis: Axis, found: dict[date, int]) -> Table:
    title = axis.titled(_("Visites par jour"), _("Visites par mois"), _("Visites par an"))
    rows = axis.rows({start: (count,) for start, count in found.items()}, (0,))
    total = Row(_("Total"), (sum(found.values()),), _listed(asked))
    return Table(title, (Measure(_("Visites")),), rows, total, Shape.COLUMNS, axis.by)


def _listed(asked: Asked) -> str:
    if not asked.is_of_all:
        return ""
    days = {"open": "visits", "entered_after": asked.period.first, "entered_before": asked.period.last}
    return f"{reverse('access:entries')}?{urlencode(days)}"


def _by_hour(found: dict[int | None, int]) -> Table:
    rows = [Row(_("%(hour)s h") % {"hour": hour}, (found.get(hour, 0),)) for hour in range(HOURS)]
    title = _("Visites par heure d’arrivée")
    return Table(title, (Measure(_("Visites")),), rows, None, Shape.COLUMNS, _("Heure"))


def _visit_notes(asked: Asked, forgotten: int) -> list[str]:
    notes = []
    if forgotten:
        sentence = ngettext(
            "%(count)s visite est oubliée : elle compte par jour, mais son heure n’est plus connue.",
            "%(count)s visites sont oubliées : elles comptent par jour, mais leur heure n’est plus connue.",
            forgotten,
        )
        notes.append(sentence % {"count": number_format(forgotten)})
    oldest = kept_since(asked.at, rule("ENTRY_RETENTION_DAYS"))
    if asked.is_of_some_clients and asked.period.first < oldest:
        sentence = _("Les visites d’avant le %(day)s sont oubliées : on ne sait plus de qui elles étaient.")
        notes.append(sentence % {"day": figures_day(oldest)})
    return notes
