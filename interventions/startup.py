"""What the worker does before its first task."""

import logging
from datetime import datetime

from django.conf import settings

from clients.models import Client
from fixaloop.models import Counter
from interventions import activity

logger = logging.getLogger("fixaloop.worker")
FOLLOWED = "recent_days"


def run(at: datetime) -> None:
    kept = Counter.objects.filter(name=FOLLOWED).values_list("value", flat=True).first()
    if kept == settings.RECENT_DAYS:
        return
    repaired = sum(activity.repair(batch, at) for batch in Client.objects.batches())
    Counter.objects.update_or_create(name=FOLLOWED, defaults={"value": settings.RECENT_DAYS})
    logger.info("statuses by RECENT_DAYS=%d: %d changed", settings.RECENT_DAYS, repaired)
