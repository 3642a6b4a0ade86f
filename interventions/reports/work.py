"""Jobs: those that were created, by their state, and those that ended, with how long they took."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from fixaloop.charts.table import Measure, Row, Shape, Table, Unit
from interventions.models import Intervention
from interventions.reports.asked import Asked
from interventions.reports.axis import Axis
from interventions.reports.told import Told
from interventions.states import State

NONE = timedelta(0)
# What is added up of the jobs that ended.
SUMS = ("ended", "worked", "begun", "waited", "span", "spans")


def created(asked: Asked) -> QuerySet[Any]:
    return asked.during(asked.of_jobs(Intervention.objects.all()), "created_at")


def ended(asked: Asked) -> QuerySet[Any]:
    """Those with a real end in the period: one that was only reopened counts as before, as on statements."""
    return asked.during(asked.of_jobs(Intervention.objects.all()), "finished_at")


def tell(asked: Asked) -> Told:
    axis = Axis(asked.period)
    found = {row["start"]: row for row in _by_start(asked, axis)}
    total = {name: sum((row[name] for row in found.values() if row[name]), _zero(name)) for name in SUMS}
    unknown = total["ended"] - total["spans"]
    return Told((_states(asked), _times(axis, found, total), _lengths(total)), _notes(unknown))


def _zero(name: str) -> Any:
    return NONE if name in ("worked", "waited", "span") else 0


def _states(asked: Asked) -> Table:
    counts = dict(created(asked).values_list("state").annotate(count=Count("pk")))
    rows = [Row(str(state.label), (counts[state],), _listed(asked, state=state)) for state in State if state in counts]
    total = Row(_("Total"), (sum(counts.values()),), _listed(asked))
    title = _("Créées pendant la période, par état d’aujourd’hui")
    return Table(title, (Measure(_("Interventions")),), rows, total, Shape.BARS, _("État"))


def _listed(asked: Asked, **also: str) -> str:
    days = {"created_after": asked.period.first, "created_before": asked.period.last}
    return f"{reverse('interventions:list')}?{urlencode(days | asked.others | also)}"


def _by_start(asked: Asked, axis: Axis) -> QuerySet[Any, dict[str, Any]]:
    # A job of the past may have ended before it was typed.
    known = Q(finished_at__gte=F("created_at"))
    return (
        ended(asked)
        .annotate(start=axis.of("finished_at"))
        .values("start")
        .annotate(
            ended=Count("pk"),
            worked=Sum(F("finished_at") - F("started_at")),
            begun=Count("started_at"),
            waited=Sum("waited"),
            span=Sum(F("finished_at") - F("created_at"), filter=known),
            spans=Count("pk", filter=known),
        )
    )


def _times(axis: Axis, found: dict[date, dict[str, Any]], total: dict[str, Any]) -> Table:
    measures = (
        Measure(_("Terminées")),
        Measure(_("Travaillé"), Unit.LENGTH),
        Measure(_("En attente"), Unit.LENGTH),
    )
    title = axis.titled(_("Terminées par jour"), _("Terminées par mois"), _("Terminées par an"))
    rows = axis.rows({start: _values(row) for start, row in found.items()}, (0, NONE, NONE))
    return Table(title, measures, rows, Row(_("Total"), _values(total)), Shape.COLUMNS, axis.by)


def _values(row: dict[str, Any]) -> tuple[Any, ...]:
    """How many ended, and how long was worked and waited: the time between start and end is both together."""
    waited = row["waited"] or NONE
    return row["ended"], (row["worked"] or waited) - waited, waited


def _lengths(total: dict[str, Any]) -> Table:
    measures = (Measure(_("Moyenne"), Unit.LENGTH), Measure(_("Total"), Unit.LENGTH))
    _count, worked, waited = _values(total)
    rows = [
        Row(_("Travail"), (_mean(worked, total["begun"]), worked)),
        Row(_("Attente"), (_mean(waited, total["begun"]), waited)),
        Row(_("De la création à la fin"), (_mean(total["span"], total["spans"]), total["span"])),
    ]
    return Table(_("Durées de celles qui se sont terminées"), measures, rows, by=_("Durée"))


def _mean(length: timedelta, count: int) -> timedelta | None:
    return length / count if count else None


def _notes(unknown: int) -> tuple[str, ...]:
    if not unknown:
        return ()
    sentence = ngettext(
        "%(count)s intervention a été saisie après sa fin : elle ne compte pas dans la durée de la création à la fin.",
        "%(count)s interventions ont été saisies après leur fin : elles ne comptent pas dans la durée de la création"
        " à la fin.",
        unknown,
    )
    return (sentence % {"count": number_format(unknown)},)
