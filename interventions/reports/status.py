"""How many clients were active and inactive over time."""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db.models import Case, Count, DateField, Q, QuerySet, TextField, Value, When, Window
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Lag
from django.utils import timezone
from django.utils.translation import gettext as _

from access.models import Event
from clients.status import active as active_at, inactive, resumed
from fixaloop.charts.table import Measure, Shape, Table
from interventions.reports.asked import Asked
from interventions.reports.axis import Axis
from interventions.reports.told import Told, figures_day

# Stands for everything after the period.
AFTER = date(9999, 1, 1)


def tell(asked: Asked) -> Told:
    """Counted back from now: who became active since a day was inactive then, and the other way round."""
    axis = Axis(asked.period)
    flips, added = _flips(asked, axis), dict(_added(asked, axis))
    active, total = asked.clients.filter(active_at(asked.at)).count(), asked.clients.count()
    points: dict[date, tuple[int, int]] = {}
    for start in (AFTER, *reversed(axis.starts)):
        points[start] = active, max(total - active, 0)
        active, total = active - flips[start], total - added.get(start, 0)
    known, today = _known_since(), timezone.localdate(asked.at)
    rows = axis.told(lambda start, first, last: points[start] if first <= today and known <= last else None)
    measures = (Measure(_("Actifs")), Measure(_("Inactifs")))
    title = axis.titled(
        _("Actifs et inactifs à la fin de chaque jour"),
        _("Actifs et inactifs à la fin de chaque mois"),
        _("Actifs et inactifs à la fin de chaque année"),
    )
    table = Table(title, measures, list(rows), None, Shape.COLUMNS, axis.by, drawn=2)
    return Told((table,), _notes(asked, known))


def changes(asked: Asked) -> QuerySet[Any]:
    """The changes of status since the period began, of clients that still exist."""
    events = Event.objects.filter(kind=Event.Kind.STATUS, at__gte=asked.period.start, at__lte=asked.at)
    return asked.of_clients(events).filter(client__isnull=False, inputs__has_key="active")


def _flips(asked: Asked, axis: Axis) -> dict[date, int]:
    found: dict[date, int] = defaultdict(int)
    for start, became, count in _recorded(asked, axis):
        found[start] += count if became == "true" else -count
    # What the clock changed and `nightly` has not recorded yet.
    ended = Case(When(resumes_until__lte=asked.at, then="resumes_until"), default="active_until")
    lost = asked.clients.filter(inactive(asked.at), told_active=True).annotate(ended=ended)
    for start, count in _by_start(axis, lost, "ended"):
        found[start] -= count
    resuming = asked.clients.filter(resumed(asked.at), told_active=False)
    for start, count in _by_start(axis, resuming, "resumes_at"):
        found[start] += count
    return found


def _recorded(asked: Asked, axis: Axis) -> QuerySet[Any, tuple[date, str, int]]:
    """Start, what was become, how many. Twice the same in a row is once: two clients may have been merged."""
    before = Window(Lag("became"), partition_by="client", order_by=("at", "id"))
    changed = changes(asked).annotate(became=KT("inputs__active")).annotate(before=before)
    counted = changed.filter(~Q(became=Coalesce("before", Value("", TextField())))).values("pk")
    events = Event.objects.filter(pk__in=counted).order_by().annotate(became=KT("inputs__active"))
    return events.annotate(start=_start(axis, "at")).values_list("start", "became").annotate(count=Count("pk"))


def _added(asked: Asked, axis: Axis) -> QuerySet[Any, tuple[date, int]]:
    return _by_start(axis, asked.clients.filter(created_at__gte=asked.period.start), "created_at")


def _by_start(axis: Axis, rows: QuerySet[Any], moment: str) -> QuerySet[Any, tuple[date, int]]:
    return rows.annotate(start=_start(axis, moment)).values_list("start").annotate(count=Count("pk"))


def _start(axis: Axis, moment: str) -> Case:
    later = When(**{f"{moment}__gte": axis.period.end}, then=Value(AFTER))
    # Within another expression, PostgreSQL would give the moment at which the day begins.
    return Case(later, default=Cast(axis.of(moment), DateField()), output_field=DateField())


def _known_since() -> date:
    first = Event.objects.filter(kind=Event.Kind.STATUS).order_by("at", "pk").values_list("at", flat=True).first()
    return timezone.localdate(first) if first else date.min


def _notes(asked: Asked, known: date) -> list[str]:
    notes = [_("Compté d’après les changements de statut inscrits, pour les clients qui existent encore.")]
    if asked.period.first < known:
        sentence = _("Connu depuis le %(day)s, jour du premier changement inscrit.")
        notes.append(sentence % {"day": figures_day(known)})
    return notes
