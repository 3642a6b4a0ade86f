"""What the worker does for access every few seconds: tell what readers and new events show."""

from datetime import datetime

from access.notices.watching import tell_silent_readers, watch_events


def run(at: datetime) -> None:
    tell_silent_readers(at)
    watch_events(at)
