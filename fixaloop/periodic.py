"""What the worker does every few seconds for the machinery: write to people, send what waits."""

from datetime import datetime

from fixaloop.notices.news import queue_news
from fixaloop.notices.outbox import send_due


def run(at: datetime) -> None:
    queue_news(at)
    send_due(at)
