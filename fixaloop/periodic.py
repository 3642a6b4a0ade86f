"""What the worker does every few seconds for the machinery: live, begin the night’s work, write to people."""

from datetime import UTC, datetime

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from django_tasks import task

from fixaloop.models import Counter
from fixaloop.notices.news import queue_news
from fixaloop.notices.outbox import send_due

BEAT, NIGHT = "worker_beat", "night"


def run(at: datetime) -> None:
    Counter.objects.update_or_create(name=BEAT, defaults={"value": int(at.timestamp())})
    begin_night(at)
    # What waited before mail was taken away stays: nothing is sent to nowhere.
    if settings.MAIL_IS_SET_UP:
        queue_news(at)
        send_due(at)


def last_beat() -> datetime | None:
    """When a worker last gave a sign of life."""
    seconds = Counter.objects.filter(name=BEAT).values_list("value", flat=True).first()
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def begin_night(at: datetime) -> None:
    """Have the work of the night done once a day, at the hour set, by whichever worker is first."""
    now = timezone.localtime(at)
    today = now.date().toordinal()
    night, is_new = Counter.objects.get_or_create(name=NIGHT, defaults={"value": today})
    if is_new or now.hour < settings.NIGHTLY_HOUR or night.value >= today:
        return
    if Counter.objects.filter(name=NIGHT, value__lt=today).update(value=today):
        nightly.enqueue()


@task()
def nightly() -> None:
    call_command("nightly")
