"""What the interventions of a client say of its status: until when they make it active, and which of them decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from clients.models import NEVER, Client
from interventions.models import Intervention
from interventions.states import ENDED, State

ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)


def automatic_until() -> Combinable:
    """Until when a client would be active if nobody had forced its status."""
    return Case(
        When(Exists(_open()), then=instant(ALWAYS)),
        default=Coalesce(
            ExpressionWrapper(
                Subquery(_ended().values("finished_at")[:1]) + Value(recent()), output_field=DateTimeField()
            ),
            instant(NEVER),
        ),
    )


def open_count() -> Combinable:
    """How many open interventions a client has."""
    counts = _open().order_by().values("client").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counts), Value(0))


def recent() -> timedelta:
    """How long a finished intervention keeps its client active."""
    return timedelta(days=settings.RECENT_DAYS)


def _open() -> QuerySet[Intervention]:
    """The open interventions of a client, the most advanced first: the states happen to sort so by name."""
    return Intervention.objects.open().filter(client=OuterRef("pk")).order_by("state", "-number")


def _ended() -> QuerySet[Intervention]:
    """The finished interventions of a client, the last one first; a cancelled one does not count."""
    return Intervention.objects.filter(client=OuterRef("pk"), state__in=ENDED).order_by("-finished_at", "-number")


def instant(value: datetime) -> Value:
    """An instant, in an expression."""
    return Value(value, output_field=DateTimeField())


def deciding(column: str) -> Combinable:
    """A column of the intervention that decides: of the open ones the most advanced, else the last one ended."""
    return Coalesce(Subquery(_open().values(column)[:1]), Subquery(_ended().values(column)[:1]))


def newly_active(clients: QuerySet[Client], since: datetime) -> tuple[QuerySet[Client], QuerySet[Client]]:
    """Those that somebody has made active since an instant; those that work begun has, and that were not so before.

    Two querysets, each found by its index: together they would be looked for among all clients.
    """
    counting = Intervention.objects.exclude(state=State.CANCELLED)
    # What was entered late had begun, or ended, before it was entered.
    existing = Q(created_at__lt=since) | Q(started_at__lt=since) | Q(finished_at__lt=since)
    own = counting.filter(existing, client=OuterRef("pk"))
    before = own.filter(Q(finished_at=None) | Q(finished_at__gt=since - recent()))
    forced = Q(status_mode=Client.StatusMode.ACTIVE)
    begun = counting.filter(created_at__gte=since).order_by().values("client")
    return (
        clients.filter(forced, status_at__gte=since),
        clients.filter(~forced, ~Exists(before), pk__in=begun),
    )
