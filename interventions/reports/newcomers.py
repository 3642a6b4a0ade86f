"""New clients, by kind."""

from collections import defaultdict
from datetime import date
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.models import Client
from fixaloop.charts.table import Measure, Row, Shape, Table
from interventions.reports.asked import Asked
from interventions.reports.axis import Axis
from interventions.reports.told import Told

KINDS = (Client.Kind.INDIVIDUAL, Client.Kind.COMPANY)


def new(asked: Asked) -> QuerySet[Client]:
    return asked.during(asked.clients, "created_at")


def tell(asked: Asked) -> Told:
    axis = Axis(asked.period)
    found: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    starts = new(asked).annotate(start=axis.of("created_at")).values_list("start", "kind")
    for start, kind, count in starts.annotate(count=Count("pk")):
        found[start][KINDS.index(Client.Kind(kind))] += count
    title = axis.titled(_("Nouveaux clients par jour"), _("Nouveaux clients par mois"), _("Nouveaux clients par an"))
    total = Row(_("Total"), [sum(counts[rank] for counts in found.values()) for rank in (0, 1)], _listed(asked))
    measures = (Measure(_("Particuliers")), Measure(_("Entreprises")))
    return Told((Table(title, measures, axis.rows(found, (0, 0)), total, Shape.COLUMNS, axis.by, drawn=2),))


def _listed(asked: Asked) -> str:
    """The list of them, which knows the members of a company, but not with the company itself."""
    if asked.company:
        return ""
    days = {"created_after": asked.period.first, "created_before": asked.period.last}
    return f"{reverse('clients:list')}?{urlencode(days | asked.others)}"
