"""What the worker does every few seconds for the machinery: begin the night’s work, write to people."""

import logging
from datetime import datetime
from io import StringIO

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from fixaloop.accounts.held import note_waited
from fixaloop.models import Counter
from fixaloop.notices.news import queue_news
from fixaloop.notices.outbox import send_due
from fixaloop.worker.life import forget_dead

logger = logging.getLogger("fixaloop.worker")
NIGHT = "night"


def run(at: datetime) -> None:
    begin_night(at)
    note_waited(at)
    # What waited before mail was taken away stays: nothing is sent to nowhere.
    if settings.MAIL_IS_SET_UP:
        queue_news(at)
        send_due(at)


def begin_night(at: datetime) -> None:
    """Have the work of the night done once a day, at the hour set, by whichever worker is first."""
    now = timezone.localtime(at)
    today = now.date().toordinal()
    night, is_new = Counter.objects.get_or_create(name=NIGHT, defaults={"value": today})
    if is_new or now.hour < settings.NIGHTLY_HOUR or night.value >= today:
        return
    with transaction.atomic():
        if Counter.objects.filter(name=NIGHT, value__lt=today).update(value=today):
            forget_dead(at)
            nightly.enqueue()


@task()
def nightly() -> None:
    told = StringIO()
    try:
        call_command("nightly", stdout=told, no_color=True)
    finally:
        for line in told.getvalue().splitlines():
            logger.info("%s", line.strip())
