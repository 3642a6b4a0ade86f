"""The instants kept of every client, compared with the facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Max, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from clients.models import Client
from interventions import activity, services

BATCH = 5_000


def run(at: datetime) -> list[str]:
    """Fold forced periods that are over into the automatic status, and repair what the facts contradict."""
    over = Client.objects.filter(status_mode=Client.StatusMode.INACTIVE, status_until__lte=at)
    ended = activity.repair(over, at)
    repaired = sum(activity.repair(batch, at) for batch in batches())
    return [
        _("Périodes forcées échues, statut redevenu automatique : %(count)s") % {"count": number_format(ended)},
        _("Soldes contredits par les paiements, réparés : %(count)s")
        % {"count": number_format(services.repair_balances(at))},
        _("Statuts contredits par les faits, réparés : %(count)s") % {"count": number_format(repaired)},
    ]


def batches() -> Iterator[QuerySet[Client]]:
    """All clients, some thousands at a time: nobody waits behind a lock on the whole table."""
    last = Client.objects.aggregate(last=Max("pk"))["last"] or 0
    for start in range(0, last, BATCH):
        yield Client.objects.filter(pk__gt=start, pk__lte=start + BATCH)
