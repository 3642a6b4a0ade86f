"""Cards: issue, change, suspend, lose, revoke, give back. The status of a card is written here alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from access import standing
from access.events import record
from access.models import AccessCard, CardSecret, CardStatus, Event, Tag, Zone
from access.secrets import digest, new_qr_value, qr_text
from clients.services import Refused, Stale
from fixaloop.history import has_changed


@dataclass(frozen=True)
class Issued:
    """A card and the value of its QR code, which is said this once; empty for a badge."""

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
    """Keep a new card. Without zones it opens all of them. `qr_value` is one that another system has printed.

    Raises `Refused` when the client has no e-mail, which a card needs.
    """
    at = at or timezone.now()
    refuse_without_email(card)
    zones = list(zones)
    card.everywhere = not zones
    card.status, card.status_at, card.created_at = CardStatus.ACTIVE, at, at
    card._history_user = by  # type: ignore[attr-defined]
    card.save(force_insert=True)
    card.zones.set(zones)
    card.tags.set(tags)
    value = ""
    if card.kind == AccessCard.Kind.QR:
        value = qr_value or new_qr_value()
        CardSecret.objects.create(card=card, secret_hash=digest(qr_text(value)), issued_at=at)
    standing.follow([card.client_id])
    _tell(card, _("Carte émise"), by=by, at=at)
    return Issued(card, value)


def refuse_without_email(card: AccessCard) -> None:
    """Raises `Refused` where a card could not be sent to its holder."""
    if not card.client.email:
        message = _("%(client)s n’a pas d’adresse e-mail : ajoutez-la avant d’émettre une carte.")
        raise Refused([message % {"client": card.client.name}])


@transaction.atomic
def reissue_card(card: AccessCard, *, by: AbstractBaseUser | None, at: datetime | None = None) -> Issued:
    """Give a card a new QR code; the codes printed before are known from now on as revoked.

    Raises `Refused` for a badge, which has a number and no code, and for a revoked card.
    """
    at = at or timezone.now()
    card = _locked(card)
    refuse_without_email(card)
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
    _tell(card, _("Nouveau code QR, l’ancien est révoqué"), by=by, at=at)
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
    """Keep what a form changed on a card: validity, zones, hours. Raises `Stale` when it is no longer at `version`."""
    at = at or timezone.now()
    stored = _locked(card)
    for name in ("status", "status_reason", "status_at", "use_count", "last_used_at", "client_id"):
        setattr(card, name, getattr(stored, name))
    if zones is not None:
        zones = list(zones)
        card.everywhere = not zones
    linked = ((zones, stored.zones), (tags, stored.tags))
    if not has_changed(stored, card) and all(new is None or set(new) == set(old.all()) for new, old in linked):
        return card
    if version is not None and stored.version != version:
        raise Stale
    if zones is not None:
        card.zones.set(zones)
    if tags is not None:
        card.tags.set(tags)
    card.version, card.updated_at = stored.version + 1, at
    card._history_user = by  # type: ignore[attr-defined]
    card.save()
    standing.follow([card.client_id])
    _tell(card, _changed(stored, card), by=by, at=at)
    return card


def _changed(stored: AccessCard, card: AccessCard) -> str:
    if stored.valid_until == card.valid_until:
        return _("Carte modifiée")
    if card.valid_until is None:
        return _("Carte valable sans fin")
    return _("Carte valable jusqu’au %(day)s") % {"day": f"{card.valid_until:%d/%m/%Y}"}


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
    """Suspend, declare lost, revoke for good, or put back in service.

    Raises `Refused` with the moves there are where this one is none.
    """
    at = at or timezone.now()
    card = _locked(card)
    if card.status == to:
        return card
    if card.status not in MOVES.get(to, ()):
        possible = ", ".join(
            str(CardStatus(end).label).lower() for end, starts in MOVES.items() if card.status in starts
        )
        message = _("Une carte %(status)s ne peut plus changer ainsi. Possible : %(possible)s.")
        shown = {"status": card.get_status_display().lower(), "possible": possible or _("rien, émettez-en une autre")}
        raise Refused([message % shown])
    _set_status(card, to, reason, by=by, at=at)
    label = str(CardStatus(to).label).lower()
    _tell(card, " : ".join(filter(None, (_("Carte %(status)s") % {"status": label}, reason))), by=by, at=at)
    return card


def _set_status(card: AccessCard, to: str, reason: str, *, by: AbstractBaseUser | None, at: datetime) -> None:
    card.status, card.status_reason, card.status_at = to, reason, at
    card.version, card.updated_at = card.version + 1, at
    card._history_user = by  # type: ignore[attr-defined]
    card.save()
    standing.follow([card.client_id])


def _locked(card: AccessCard) -> AccessCard:
    cards = AccessCard.objects.select_related("client").select_for_update(of=("self", "client"))
    return cards.get(pk=card.pk)


def _tell(card: AccessCard, text: str, *, by: Any, at: datetime) -> None:
    record(Event.Kind.CARD, at=at, by=by, tags=list(card.tags.all()), text=text, client=card.client, card=card)
