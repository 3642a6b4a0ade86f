"""What the worker does before its first task: bring statuses up to the days that keep a client active."""

import logging
from datetime import datetime

from clients.models import Client
from fixaloop.installation.firm import latest_rule, rule
from fixaloop.models import Counter
from interventions import activity

logger = logging.getLogger("fixaloop.worker")
FOLLOWED = "recent_days"


def run(at: datetime) -> None:
    kept = Counter.objects.filter(name=FOLLOWED).values_list("value", flat=True).first()
    # The worker of another machine may have followed a change that is not known here yet.
    if kept == rule("RECENT_DAYS") or kept == latest_rule("RECENT_DAYS"):
        return
    repaired = sum(activity.repair(batch, at) for batch in Client.objects.batches())
    Counter.objects.update_or_create(name=FOLLOWED, defaults={"value": rule("RECENT_DAYS")})
    logger.info("statuses by RECENT_DAYS=%d: %d changed", rule("RECENT_DAYS"), repaired)
