"""What the cards of a client are worth together: that of the best of them (docs/rules.md, Cards).

A visitor’s pass is no card of the client who is visited.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db.models import Case, CharField, Exists, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from access.models import AccessCard, CardStatus
from access.models.cards import CARD_STATES, STATE_COLUMNS, AccessCardQuerySet, state_of, under_way
from clients.models import Client
from clients.status import active, inactive, is_active
from fixaloop.words.dates import day_of

# The best first.
WORTHS: Mapping[str, object] = {
    **{name: CARD_STATES[name] for name in ("active", "inactive", "upcoming", "suspended", "expired")},
    **{name: CARD_STATES[name] for name in ("lost", "revoked")},
    "none": _("Aucune"),
}
NOTHING_VALID = Q(last_card_day__isnull=True, card_suspended=False)


def cards_worth(worth: str, at: datetime) -> Q:
    """The condition of clients whose cards are worth one of `WORTHS`.

    The client’s own columns tell nearly all of it; its cards are looked at where days alone do not decide.
    """
    held = AccessCard.objects.filter(client=OuterRef("pk"), visitor="").order_by()
    if worth in ("active", "inactive"):
        return _usable(held, at) & (active(at) if worth == "active" else inactive(at))
    if worth == "upcoming":
        coming = Q(last_card_day__gte=day_of(at)) & Q(Exists(held.in_state("upcoming", at)))
        return coming & ~_usable(held, at)
    if worth in ("suspended", "expired"):
        kept = Q(card_suspended=True) if worth == "suspended" else Q(card_suspended=False, last_card_day__isnull=False)
        return _over(held, at) & kept
    return NOTHING_VALID & _lost_or_none(held, worth)


def _usable(held: AccessCardQuerySet, at: datetime) -> Q:
    return Q(last_card_day__gte=day_of(at)) & Q(Exists(held.in_state("active", at)))


def _over(held: AccessCardQuerySet, at: datetime) -> Q:
    today, kept = day_of(at), Exists(held.filter(under_way(at), status=CardStatus.ACTIVE))
    ended = Q(last_card_day__isnull=True) | Q(last_card_day__lt=today)
    return ended | Q(last_card_day=today) & ~Q(kept)


def _lost_or_none(held: AccessCardQuerySet, worth: str) -> Q:
    lost = Exists(held.filter(status=CardStatus.LOST))
    if worth == "lost":
        return Q(lost)
    return ~Q(Exists(held)) if worth == "none" else Q(Exists(held.filter(status=CardStatus.REVOKED))) & ~Q(lost)


def worth_of_cards(at: datetime) -> Case:
    cases = [When(cards_worth(worth, at), then=Value(worth)) for worth in WORTHS if worth != "none"]
    return Case(*cases, default=Value("none"), output_field=CharField())


def add_worth(clients: Collection[Client], at: datetime) -> None:
    """Say on each of these clients, as `card_worth`, what `worth_of_cards` would; in one short query."""
    today = day_of(at)
    asked = [client.pk for client in clients if _is_open(client, today)]
    cards = AccessCard.objects.filter(client__in=asked, visitor="").order_by()
    states: dict[int, set[str]] = {client.pk: _kept_states(client) for client in clients}
    for key, *columns in cards.values_list("client_id", *STATE_COLUMNS).distinct():
        states[key].add(state_of(at, *columns))
    for client in clients:
        best = next((worth for worth in WORTHS if worth in states[client.pk]), "none")
        client.card_worth = "inactive" if best == "active" and not is_active(client, at) else best


def _is_open(client: Client, today: date) -> bool:
    """Whether the client's own columns leave open what its cards are worth."""
    return not client.card_suspended if client.last_card_day is None else client.last_card_day >= today


def _kept_states(client: Client) -> set[str]:
    told = {"suspended": client.card_suspended, "expired": client.last_card_day is not None}
    return {state for state, is_told in told.items() if is_told}
