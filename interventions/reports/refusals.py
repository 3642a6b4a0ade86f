"""Who was refused, by the reason that the timeline says."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.db.models.fields.json import KT
from django.urls import reverse
from django.utils.translation import gettext as _

from access.gate.reasons import reason_label
from access.models import Event
from fixaloop.charts.table import Measure, Row, Shape, Table
from fixaloop.installation.firm import rule
from interventions.reports.asked import Asked
from interventions.reports.told import Told, figures_day, kept_since


def refusals(asked: Asked) -> QuerySet[Any]:
    return asked.during(asked.of_clients(Event.objects.filter(kind=Event.Kind.REFUSED)), "at")


def tell(asked: Asked) -> Told:
    """By the first reason, which is the one that the timeline says."""
    counts = refusals(asked).annotate(reason=KT("reasons__0")).values_list("reason").annotate(count=Count("pk"))
    found = sorted(counts, key=lambda counted: (-counted[1], counted[0] or ""))
    rows = [Row(reason_label(code) if code else _("Sans motif"), (count,)) for code, count in found]
    total = Row(_("Total"), (sum(count for _code, count in found),), _listed(asked))
    table = Table(_("Refus par motif"), (Measure(_("Refus")),), rows, total, Shape.BARS, _("Motif"))
    return Told((table,), _notes(asked))


def _listed(asked: Asked) -> str:
    if not asked.is_of_all:
        return ""
    asks = {"kind": Event.Kind.REFUSED.value, "after": asked.period.first, "before": asked.period.last}
    return f"{reverse('access:events')}?{urlencode(asks)}"


def _notes(asked: Asked) -> list[str]:
    notes = []
    oldest = kept_since(asked.at, rule("EVENT_RETENTION_DAYS"))
    if asked.period.first < oldest:
        notes.append(
            _("Les refus sont connus depuis le %(day)s : les plus anciens sont oubliés.") % {"day": figures_day(oldest)}
        )
    if asked.is_of_some_clients:
        notes.append(_("Un refus dont le client est inconnu n’y est pas."))
    return notes
