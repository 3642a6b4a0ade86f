"""Clients due for forgetting: nobody has been in touch for `CLIENT_RETENTION_YEARS` (docs/rules.md, Personal data).

`last_contact_at` is written every night, so that a million clients are listed by it. A contact of today is looked up
for those that it leaves.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest, NullIf
from django.db.models.lookups import IsNull, LessThan
from django.utils.translation import gettext_lazy as _

from clients.extensions import extensions
from clients.models import NEVER, Client, ClientQuerySet
from fixaloop.installation.firm import rule

YEAR = timedelta(days=365.25)
# The rank of what keeps a client → its name in a query.
NAME = "kept_{}"


def quiet(at: datetime) -> QuerySet[Client]:
    """Clients without contact, whatever else stands in the way."""
    return without_contact(Client.objects.all(), at - rule("CLIENT_RETENTION_YEARS") * YEAR)


def without_contact(clients: QuerySet[Client], since: datetime) -> QuerySet[Client]:
    """The clients among these without any contact since an instant."""
    found = clients.filter(anonymized_at=None, last_contact_at__lt=since)
    return found.filter(LessThan(last_contact(), Value(since)))


def due(at: datetime) -> QuerySet[Client]:
    """Inactive clients without contact and without debts on either side; the longest quiet first."""
    return ready(quiet(at), at).order_by("last_contact_at", "pk")


def ready(clients: QuerySet[Client], at: datetime) -> QuerySet[Client]:
    return clients.filter(*(~(one if isinstance(one, Q) else Exists(one)) for one in keeps(at).values()))


def with_keeps(clients: QuerySet[Client], at: datetime) -> QuerySet[Client]:
    """The clients with what keeps each of them, looked up client by client.

    Of an `Exists` that is shown, PostgreSQL may read the whole table first, to have it for every client.
    """
    found = (one if isinstance(one, Q) else _has_any(one) for one in keeps(at).values())
    return clients.annotate(**{NAME.format(number): one for number, one in enumerate(found)})


def _has_any(rows: QuerySet[Any]) -> IsNull:
    return IsNull(Subquery(rows.order_by().values("pk")[:1]), False)


def kept_for(client: Any) -> list[str]:
    return [str(words) for number, words in enumerate(_words()) if getattr(client, NAME.format(number))]


@cache
def _words() -> tuple[Any, ...]:
    """What may keep a client, in the order of `keeps`: asked for each row of a page."""
    return tuple(keeps(NEVER))


def keeps(at: datetime) -> Mapping[Any, Q | QuerySet[Any]]:
    members = Client.objects.filter(company=OuterRef("pk"), anonymized_at=None)
    own: dict[Any, Q | QuerySet[Any]] = {
        _("Statut actif"): Q(active_until__gte=at) | Q(resumes_at__isnull=False),
        _("Membres encore connus"): members,
    }
    for extension in extensions():
        own |= extension.keeps(at)
    return own


def last_contact() -> Combinable:
    """The last time that somebody was in touch, or since when the client is known.

    What a file changes is no contact, and a record from a file is as old as its visits, work and payments.
    """
    known = (Coalesce(moment, Value(NEVER)) for extension in extensions() for moment in extension.contacts())
    written = Coalesce("touched_at", "updated_at")
    return Coalesce(NullIf(Greatest(written, "last_visit_at", *known), Value(NEVER)), F("created_at"))


def refresh(clients: ClientQuerySet) -> int:
    """Write anew the last contact of these clients where it differs; return of how many."""
    clients = clients.filter(anonymized_at=None)
    # From now on, files do not move it.
    clients.filter(touched_at=None).update(touched_at=F("updated_at"))
    differing = clients.exclude(last_contact_at=last_contact())
    return differing.update(last_contact_at=last_contact())
