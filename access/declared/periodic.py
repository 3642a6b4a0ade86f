"""What the worker does for access every few seconds: tell what readers and new events show,
and follow what passages have noted."""

from datetime import datetime

from access.notices.watching import tell_silent_readers, watch_events
from access.services import card_uses, client_columns


def run(at: datetime) -> None:
    client_columns.follow_noted()
    card_uses.follow_noted()
    tell_silent_readers(at)
    watch_events(at)
