"""Statuses that are about to end: forced ones with a date, and what the last intervention gave."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import F
from django.utils import timezone

from access.notices.letters import last_active_day
from access.notices.telling import Found, tell_found
from clients.models import Client
from fixaloop.installation.firm import rule
from fixaloop.records.bulk import batches


def tell_ending_statuses(at: datetime) -> int:
    """Tell the clients whose status changes by the clock within `NOTICE_DAYS`; return how many were not told yet."""
    until = at + timedelta(days=rule("NOTICE_DAYS"))
    ending = Client.objects.filter(active_until__gt=at, active_until__lte=until).order_by("active_until", "pk")
    resuming = Client.objects.filter(resumes_at__gt=at, resumes_at__lte=until, resumes_until__gt=F("resumes_at"))
    keys = (ending.values_list("pk", flat=True), resuming.order_by("resumes_at", "pk").values_list("pk", flat=True))
    found = (_ending, _resuming)
    return sum(
        tell_found((tells(client) for client in _loaded(some)), at)
        for clients, tells in zip(keys, found, strict=True)
        for some in batches(clients)
    )


def _loaded(keys: list[int]) -> Iterator[Client]:
    yield from Client.objects.filter(pk__in=keys).order_by("pk")


def _ending(client: Client) -> Found:
    return _found(client, last_active_day(client), active=False)


def _resuming(client: Client) -> Found:
    return _found(client, timezone.localdate(client.resumes_at), active=True)


def _found(client: Client, day: date, *, active: bool) -> Found:
    values = {"day": day.isoformat(), "active": active}
    return Found("status_ending", client, f"{day.isoformat()}{'-active' if active else ''}", values)
