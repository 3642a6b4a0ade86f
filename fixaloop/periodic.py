"""What the worker does every few seconds for the machinery: write to people, send what waits."""

from datetime import datetime

from django.conf import settings

from fixaloop.notices.news import queue_news
from fixaloop.notices.outbox import send_due


def run(at: datetime) -> None:
    # What waited before mail was taken away stays: nothing is sent to nowhere.
    if settings.MAIL_IS_SET_UP:
        queue_news(at)
        send_due(at)
