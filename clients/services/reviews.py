"""Reviews: somebody has looked at a client’s record and found it right (docs/rules.md, Reviews)."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from clients.models import Client
from clients.services.clients import anonymized
from clients.services.due import YEAR
from fixaloop.installation.firm import rule
from fixaloop.records.refusal import Refused, Stale

MONTH = YEAR / 12


def due_for_review(at: datetime) -> QuerySet[Client]:
    """Clients last reviewed, or made, more than `REVIEW_MONTHS` ago, and those forced without end since."""
    return Client.objects.filter(review_since__lt=at - rule("REVIEW_MONTHS") * MONTH, anonymized_at=None)


def next_for_review(client: Client, at: datetime) -> Client | None:
    """The client due after this one, by the oldest review; the first of all after the last."""
    others = due_for_review(at).exclude(pk=client.pk).order_by("review_since", "pk")
    later = Q(review_since__gt=client.review_since) | Q(review_since=client.review_since, pk__gt=client.pk)
    return others.filter(later, review_since__gte=client.review_since).first() or others.first()


@transaction.atomic
def review_client(
    client: Client, *, by: AbstractBaseUser, version: int | None = None, at: datetime | None = None
) -> Client:
    """Note that somebody has reviewed a client. The same confirmation sent twice counts once.

    Raises `Stale` when the client is no longer at `version`, and `Refused` when it is anonymised. It is no contact with
    the client: when the record is due for forgetting stays the same.
    """
    at = at or timezone.now()
    stored = Client.objects.select_for_update(of=("self",), no_key=True).get(pk=client.pk)
    if stored.anonymized_at:
        raise Refused([anonymized(stored)])
    if version is not None and stored.version != version:
        if _is_repeated(stored, version, by):
            return stored
        raise Stale
    stored.reviewed_at, stored.reviewed_by = at, by  # type: ignore[assignment]
    stored.version += 1
    stored._history_user = by
    stored.save()
    return stored


def _is_repeated(stored: Client, version: int, by: AbstractBaseUser) -> bool:
    """Whether the only change since this version is the review that the same person asked for."""
    last, before = (*stored.history.order_by("-history_date", "-history_id")[:2], None, None)[:2]
    is_next = stored.version == version + 1 and stored.reviewed_by_id == by.pk
    return bool(is_next and last and before and last.reviewed_at != before.reviewed_at)
