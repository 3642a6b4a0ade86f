"""Computing a status: until when the facts make a client active (docs/rules.md, Status).

The facts are the forced mode and its end, the open interventions (reopened ones once work goes on), and the real end of
the last one done. Their result is stored in `Client.active_until`, written by `refresh` in the transaction that changes
a fact; the clock does the rest, so nothing expires late and no job has to run. A forced inactive period that ends while
other facts make the client active is stored as `resumes_at` and `resumes_until`. `clients.status` reads these columns.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from access.services.events import Flip, record_flips
from clients.models import NEVER, Client
from clients.status import DECIDING, FORCED, INSTANTS, active, inactive, is_active, reason_of
from fixaloop.installation.firm import rule
from fixaloop.speed.updates import KeptUpdate
from interventions.models import Intervention
from interventions.states import ENDED, STARTED, State

ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)
# The columns written here.
KEPT = (*INSTANTS, "open_interventions", *DECIDING)
# What `reason_of` and the events of flips read of a client.
READ = (*INSTANTS, "told_active", *FORCED, *DECIDING)


def refresh(clients: QuerySet[Client], at: datetime) -> int:
    """Write the columns of these clients from the facts, in one statement; return how many clients there were.

    The caller locks the clients before it changes a fact. Otherwise one person who finishes a job and another who opens
    one for the same client would each decide without seeing the other’s change.
    """
    before = list(clients.order_by().only(*READ))
    keys = [client.pk for client in before]
    UPDATE.run(keys, at, recent())
    _tell_flips(Client.objects.filter(pk__in=keys), before, at)
    return len(before)


def _tell_flips(clients: QuerySet[Client], before: Sequence[Client], at: datetime) -> None:
    """Record an event for each flip: the clock’s since the last recorded one, and the change just made."""
    told = {client.pk: is_active(client, at) for client in before}
    _tell([(client, _clock_flip(client, at)) for client in before if client.told_active != told[client.pk]])
    _tell([(client, at) for client in clients.only(*READ) if is_active(client, at) != told[client.pk]])


def tell_clock_flips(clients: QuerySet[Client], at: datetime) -> int:
    """Record an event for each of these clients that the clock made active or inactive; return how many."""
    flipped = list(
        clients.filter(active(at) & Q(told_active=False) | inactive(at) & Q(told_active=True))
        .order_by("pk")
        .only(*READ)
    )
    _tell([(client, _clock_flip(client, at)) for client in flipped])
    return len(flipped)


def _tell(flipped: Sequence[tuple[Client, datetime]]) -> None:
    if not flipped:
        return
    flips = [Flip(client, is_active(client, at), reason_of(client, at), at) for client, at in flipped]
    record_flips(flips)
    for side in (True, False):
        keys = [flip.client.pk for flip in flips if flip.active is side]
        if keys:
            Client.objects.filter(pk__in=keys).update(told_active=side)


def _clock_flip(client: Client, at: datetime) -> datetime:
    instants = (client.active_until, client.resumes_at, client.resumes_until)
    return max((moment for moment in instants if moment and moment <= at), default=at)


def repair(clients: QuerySet[Client], at: datetime) -> int:
    """Refresh the clients whose columns contradict the facts; return how many there were."""
    expected = {f"expected_{name}": Coalesce(value, _nothing(name)) for name, value in kept(at, recent()).items()}
    contradicted = Q()
    for name in KEPT:
        contradicted |= ~Q(**{f"expected_{name}": Coalesce(F(name), _nothing(name))})
    return refresh(clients.alias(**expected).filter(contradicted), at)


def _nothing(name: str) -> Value:
    plain = {"open_interventions": Value(0), "deciding_number": Value(0), "deciding_state": Value("")}
    return plain.get(name) or instant(NEVER)


def kept(at: datetime, window: timedelta) -> dict[str, Combinable]:
    """Column → expression that computes it from the facts; a job that ended makes a client active for `window`.

    Both are values in the SQL: its text depends on neither.
    """
    automatic = automatic_until(window)
    forced_out = Q(status_mode=Client.StatusMode.INACTIVE) & (Q(status_until__isnull=True) | Q(status_until__gt=at))
    forced_in = Q(status_mode=Client.StatusMode.ACTIVE)
    resuming = forced_out & Q(status_until__lt=automatic)
    return {
        "active_until": Case(
            When(forced_out, then=instant(NEVER)),
            When(forced_in & Q(status_until__isnull=True), then=instant(ALWAYS)),
            When(forced_in & Q(status_until__gt=automatic), then=F("status_until")),
            default=automatic,
        ),
        "resumes_at": Case(When(resuming, then=F("status_until")), default=None, output_field=models.DateTimeField()),
        "resumes_until": Case(When(resuming, then=automatic), default=None, output_field=models.DateTimeField()),
        "open_interventions": open_count(),
        "deciding_number": deciding("number"),
        "deciding_state": Coalesce(deciding("state", ended="told"), Value("")),
        "deciding_end": deciding("finished_at"),
    }


UPDATE = KeptUpdate(Client, kept, datetime, timedelta)


def instant(value: datetime) -> Value:
    return Value(value, output_field=models.DateTimeField())


def automatic_until(window: timedelta) -> Combinable:
    """Until when a client would be active if its status were not forced."""
    return Case(
        When(Exists(_counting()), then=instant(ALWAYS)),
        default=Coalesce(
            models.ExpressionWrapper(
                Subquery(_ended().values("finished_at")[:1]) + Value(window), output_field=models.DateTimeField()
            ),
            instant(NEVER),
        ),
    )


def open_count() -> Combinable:
    counts = _open().order_by().values("client").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counts), Value(0))


def recent() -> timedelta:
    return timedelta(days=rule("RECENT_DAYS"))


def _open() -> QuerySet[Intervention]:
    return Intervention.objects.open().filter(client=OuterRef("pk"))


def _counting() -> QuerySet[Intervention]:
    """The open interventions that make a client active, the most advanced first: the names of states sort that way.

    What is reopened does not count before work goes on.
    """
    return _open().filter(reopened_at__isnull=True).order_by("state", "-number")


def _ended() -> QuerySet[Intervention]:
    """The interventions of a client that have a real end, the last first: the finished and those only reopened since.

    Cancelled ones do not count.
    """
    ended = Intervention.objects.filter(
        client=OuterRef("pk"), state__in=(*ENDED, *STARTED), finished_at__isnull=False
    ).order_by("-finished_at", "-number")
    return ended.annotate(told=Case(When(state__in=STARTED, then=Value(State.DONE.value)), default=F("state")))


def deciding(column: str, ended: str = "") -> Combinable:
    """A column of the deciding intervention: the most advanced that counts as open, else the last one finished.

    `ended` names the column to read of a finished one, if another.
    """
    return Coalesce(Subquery(_counting().values(column)[:1]), Subquery(_ended().values(ended or column)[:1]))


def newly_active(clients: QuerySet[Client], since: datetime) -> tuple[QuerySet[Client], QuerySet[Client]]:
    """The clients made active since an instant: by force, and by new work when they were not active before.

    Two querysets, because each uses its own index; one condition for both would scan all clients.
    """
    counting = Intervention.objects.exclude(state=State.CANCELLED)
    # What was entered late had begun, or ended, before it was entered.
    existing = Q(created_at__lt=since) | Q(started_at__lt=since) | Q(finished_at__lt=since)
    own = counting.filter(existing, client=OuterRef("pk"))
    before = own.filter(Q(finished_at=None, reopened_at=None) | Q(finished_at__gt=since - recent()))
    forced = Q(status_mode=Client.StatusMode.ACTIVE)
    begun = counting.filter(created_at__gte=since).order_by().values("client")
    return (
        clients.filter(forced, status_at__gte=since),
        clients.filter(~forced, ~Exists(before), pk__in=begun),
    )
