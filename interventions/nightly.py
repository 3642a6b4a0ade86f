"""The instants kept of every client, compared with the facts."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Max, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from clients.models import Client
from fixaloop.models import Counter
from interventions import activity, services

logger = logging.getLogger("fixaloop.nightly")
BATCH = 5_000
FOLLOWED = "recent_days"


def run(at: datetime) -> list[str]:
    """Fold forced periods that are over into the automatic status, and repair what the facts contradict."""
    over = Client.objects.filter(status_mode=Client.StatusMode.INACTIVE, status_until__lte=at)
    ended = activity.repair(over, at)
    repaired = sum(activity.repair(batch, at) for batch in _batches())
    return [
        _("Périodes forcées échues, statut redevenu automatique : %(count)s") % {"count": number_format(ended)},
        _("Soldes contredits par les paiements, réparés : %(count)s")
        % {"count": number_format(services.repair_balances(at))},
        _("Statuts contredits par les faits, réparés : %(count)s") % {"count": number_format(repaired)},
    ]


def follow_setting(at: datetime) -> None:
    """Where RECENT_DAYS was changed, write anew until when each client is active, which is kept by it."""
    kept = Counter.objects.filter(name=FOLLOWED).values_list("value", flat=True).first()
    if kept != settings.RECENT_DAYS:
        repaired = sum(activity.repair(batch, at) for batch in _batches())
        Counter.objects.update_or_create(name=FOLLOWED, defaults={"value": settings.RECENT_DAYS})
        logger.info("statuses by RECENT_DAYS=%d: %d changed", settings.RECENT_DAYS, repaired)


def _batches() -> Iterator[QuerySet[Client]]:
    """All clients, some thousands at a time: nobody waits behind a lock on the whole table."""
    last = Client.objects.aggregate(last=Max("pk"))["last"] or 0
    for start in range(0, last, BATCH):
        yield Client.objects.filter(pk__gt=start, pk__lte=start + BATCH)
