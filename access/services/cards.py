"""Cards: issued, changed, suspended, lost, revoked. Only this module writes their status."""

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from access.gate.codes import digest, new_qr_value, qr_text
from access.models import AccessCard, CardSecret, CardStatus, Event, Tag, Zone
from access.periods import check_periods
from access.services import client_columns
from access.services.events import Told
from access.services.periods import write_periods
from fixaloop.records.history import changed_names
from fixaloop.records.refusal import Refused, Stale

# Fields that no event tells of by themselves: they change with others.
SAID_BESIDE = frozenset(("status_reason", "status_at", "everywhere"))


@dataclass(frozen=True)
class Issued:
    """A card and the value of its QR code, which is not kept; empty for a badge."""

    card: AccessCard
    qr_value: str


@transaction.atomic
def issue_card(
    card: AccessCard,
    *,
    zones: Iterable[Zone] = (),
    tags: Iterable[Tag] = (),
    by: AbstractBaseUser | None,
    at: datetime | None = None,
    qr_value: str = "",
) -> Issued:
    """Save a new card; without zones it opens all of them. `qr_value` is one that another system has printed.

    A client without e-mail gets a card that is printed, or a badge.
    """
    at = at or timezone.now()
    zones = list(zones)
    card.everywhere = not zones
    card.status, card.status_at, card.created_at = CardStatus.ACTIVE, at, at
    check_card_periods(card)
    card._history_user = by  # type: ignore[attr-defined]
    card.save(force_insert=True)
    write_periods([card.pk])
    card.zones.set(zones)
    card.tags.set(tags)
    value = ""
    if card.kind == AccessCard.Kind.QR:
        value = qr_value or new_qr_value()
        CardSecret.objects.create(card=card, secret_hash=digest(qr_text(value)), issued_at=at)
    client_columns.follow([card.client_id])
    _tell(card, *told_of_new(card), by=by, at=at)
    return Issued(card, value)


def check_card_periods(card: AccessCard) -> None:
    """Raises ValidationError of “periods” where they are not in order, or begin before the first validity ends."""
    try:
        check_periods(card.periods, card.valid_until, card.ends_at)
    except ValidationError as error:
        raise ValidationError({"periods": error.messages}) from None


@transaction.atomic
def reissue_card(card: AccessCard, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Issued:
    """Give a card a new QR code, which revokes those printed before.

    Raises `Refused` for a badge, which has no code, and for a revoked card.
    """
    at = at or timezone.now()
    card = _locked(card)
    if card.kind != AccessCard.Kind.QR:
        raise Refused([_("Un badge n’a pas de code QR : émettez une carte QR.")])
    if card.status == CardStatus.REVOKED:
        raise Refused([_("Cette carte est révoquée : émettez une nouvelle carte.")])
    card.secrets.filter(revoked_at=None).update(revoked_at=at)
    value = new_qr_value()
    CardSecret.objects.create(card=card, secret_hash=digest(value), issued_at=at)
    if card.status == CardStatus.LOST:
        _set_status(card, CardStatus.ACTIVE, "", by=by, at=at)
    else:
        AccessCard.objects.filter(pk=card.pk).update(version=card.version + 1, updated_at=at)
    _tell(card, *told_of(card, {"qr_value"}), by=by, at=at)
    return Issued(card, value)


@transaction.atomic
def update_card(
    card: AccessCard,
    *,
    zones: Iterable[Zone] | None = None,
    tags: Iterable[Tag] | None = None,
    by: AbstractBaseUser | None,
    version: int | None = None,
    at: datetime | None = None,
) -> AccessCard:
    """Save what a form changed on a card: validity, zones, hours. Raises `Stale` if it is no longer at `version`."""
    at = at or timezone.now()
    stored = _locked(card)
    for name in (
        "status",
        "status_reason",
        "status_at",
        "use_count",
        "visits",
        "last_used_at",
        "used_before",
        "client_id",
    ):
        setattr(card, name, getattr(stored, name))
    if zones is not None:
        zones = list(zones)
        card.everywhere = not zones
    names = changed_names(stored, card)
    linked = {"zones": (zones, stored.zones), "tags": (tags, stored.tags)}
    names |= {name for name, (new, old) in linked.items() if new is not None and set(new) != set(old.all())}
    if not names:
        return card
    if version is not None and stored.version != version:
        raise Stale
    check_card_periods(card)
    if zones is not None:
        card.zones.set(zones)
    if tags is not None:
        card.tags.set(tags)
    card.version, card.updated_at = stored.version + 1, at
    card._history_user = by  # type: ignore[attr-defined]
    card.save()
    write_periods([card.pk])
    client_columns.follow([card.client_id])
    _tell(card, *told_of(card, names), by=by, at=at)
    return card


MOVES: dict[str, tuple[CardStatus, ...]] = {
    CardStatus.ACTIVE: (CardStatus.SUSPENDED, CardStatus.LOST),
    CardStatus.SUSPENDED: (CardStatus.ACTIVE,),
    CardStatus.LOST: (CardStatus.ACTIVE, CardStatus.SUSPENDED),
    CardStatus.REVOKED: (CardStatus.ACTIVE, CardStatus.SUSPENDED, CardStatus.LOST),
}


@transaction.atomic
def change_card_status(
    card: AccessCard, to: str, *, reason: str = "", by: AbstractBaseUser | None, at: datetime | None = None
) -> AccessCard:
    """Suspend, declare lost, revoke for good or put back in service (`MOVES`).

    Raises `Refused` with the possible moves where this one is not.
    """
    at = at or timezone.now()
    card = _locked(card)
    check_move(card, to)
    if card.status == to:
        return card
    _set_status(card, to, reason, by=by, at=at)
    _tell(card, *told_of(card, {"status"}, reason), by=by, at=at)
    return card


def check_move(card: AccessCard, to: str) -> None:
    if to != card.status and card.status not in MOVES.get(to, ()):
        possible = ", ".join(
            str(CardStatus(end).label).lower() for end, starts in MOVES.items() if card.status in starts
        )
        message = _("Une carte %(status)s ne peut plus changer ainsi. Possible : %(possible)s.")
        shown = {"status": card.get_status_display().lower(), "possible": possible or _("rien, émettez-en une autre")}
        raise Refused([message % shown])


def told_of_new(card: AccessCard) -> list[Told]:
    status = told_of(card, {"status"}, card.status_reason) if card.status != CardStatus.ACTIVE else []
    return [Told("card_issued"), *status]


def told_of(card: AccessCard, names: Set[str], reason: str = "") -> list[Told]:
    told = {
        "status": Told("card_status", {"status": str(card.status)}, reason),
        "qr_value": Told("card_reissued"),
        "valid_from": _valid(card),
        "valid_until": _valid(card),
        "periods": _valid(card),
        "hours": Told("card_hours", {"hours": card.hours}),
        "zones": Told("card_zones", {"zones": [zone.name for zone in card.zones.all()] if "zones" in names else []}),
    }
    found = {one.said: one for name, one in told.items() if name in names}
    others = names - told.keys() - SAID_BESIDE
    return [*found.values(), *([Told("card_changed")] if others or not found else [])]


def _valid(card: AccessCard) -> Told:
    first, last = card.valid_from, card.final_day
    return Told("card_valid", {"first": first.isoformat(), "last": last.isoformat() if last else None})


def _set_status(card: AccessCard, to: str, reason: str, *, by: AbstractBaseUser | None, at: datetime) -> None:
    card.status, card.status_reason, card.status_at = to, reason, at
    card.version, card.updated_at = card.version + 1, at
    card._history_user = by  # type: ignore[attr-defined]
    card.save()
    client_columns.follow([card.client_id])


def _locked(card: AccessCard) -> AccessCard:
    cards = AccessCard.objects.select_related("client").select_for_update(of=("self", "client"), no_key=True)
    return cards.get(pk=card.pk)


def _tell(card: AccessCard, *told: Told, by: AbstractBaseUser | None, at: datetime) -> None:
    tell_cards([(card, one) for one in told], by=by, at=at)


def tell_cards(told: Sequence[tuple[AccessCard, Told]], *, by: AbstractBaseUser | None, at: datetime) -> None:
    what: dict[str, Any] = {"kind": Event.Kind.CARD, "at": at, "actor": by}
    events = [Event(**what, **one.as_columns(), client_id=card.client_id, card=card) for card, one in told]
    tags: defaultdict[int, list[int]] = defaultdict(list)
    links = AccessCard.tags.through.objects.filter(accesscard__in={card.pk for card, _one in told})
    for pk, tag in links.values_list("accesscard", "tag"):
        tags[pk].append(tag)
    Event.objects.record_all(events, tags)
