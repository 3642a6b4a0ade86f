"""What a button of the counter puts right, through the verbs of services."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from access import services
from access.gate.credentials import Subject
from access.gate.gathering import forced_inactive
from access.gate.repairs import CHANGE_CARD, FORCE, LENGTHS, card_to_repair
from access.models import AccessCard, CardStatus, Zone
from clients.models import Client
from clients.services import force_status
from clients.status import is_active
from clients.typed import end_of_day
from fixaloop.words.dates import long_day


@dataclass(frozen=True)
class Asked:
    """What a repair is done with."""

    subject: Subject
    zone: Zone
    by: User
    at: datetime
    value: str = ""
    reason: str = ""

    @property
    def today(self) -> date:
        return timezone.localdate(self.at)


def extend(asked: Asked, card: AccessCard) -> str:
    """The card is valid until tonight, or for so many days."""
    days = int(asked.value) if asked.value in map(str, LENGTHS) else LENGTHS[0]
    card.valid_until = asked.today + timedelta(days=days)
    services.update_card(card, by=asked.by, version=card.version, at=asked.at)
    return _("La carte est prolongée jusqu’au %(day)s.") % {"day": long_day(card.valid_until)}


def advance(asked: Asked, card: AccessCard) -> str:
    """The card is valid from today."""
    card.valid_from = asked.today
    services.update_card(card, by=asked.by, version=card.version, at=asked.at)
    return _("La carte est valable dès aujourd’hui.")


def activate(asked: Asked, card: AccessCard) -> str:
    """The card is in service again."""
    services.change_card_status(card, CardStatus.ACTIVE, reason=asked.reason, by=asked.by, at=asked.at)
    return _("La carte est de nouveau en service.")


def permit(asked: Asked, card: AccessCard) -> str:
    """The card opens this zone too."""
    zones = [*card.zones.all(), asked.zone]
    services.update_card(card, zones=zones, by=asked.by, version=card.version, at=asked.at)
    return _("La carte ouvre maintenant la zone %(zone)s.") % {"zone": asked.zone.name}


@dataclass(frozen=True)
class _Act:
    """A repair of a card: the reason it is for, whether that reason still holds, what is done."""

    code: str
    needed: Callable[[AccessCard, date], bool]
    do: Callable[[Asked, AccessCard], str]


_ACTS: dict[str, _Act] = {
    "extend": _Act("card_expired", lambda card, today: card.last_day < today, extend),
    "advance": _Act("card_not_yet_valid", lambda card, today: card.valid_from > today, advance),
    "activate": _Act(
        "card_suspended", lambda card, _today: card.status in (CardStatus.SUSPENDED, CardStatus.LOST), activate
    ),
    "permit": _Act("zone_not_permitted", lambda card, _today: not card.everywhere, permit),
}
RIGHTS = {**dict.fromkeys(_ACTS, CHANGE_CARD), "force": FORCE}


def repair(key: str, asked: Asked) -> str:
    """Do what a button asks and say what was done.

    Raises `services.Refused` where it cannot be or is no longer needed, `services.Stale` where somebody was quicker,
    `ValidationError` where something is left unsaid.
    """
    if key == "force":
        return _force(asked)
    act = _ACTS[key]
    card = card_to_repair(asked.subject, act.code, asked.today)
    if card is None or not act.needed(card, asked.today):
        raise services.Refused([_("C’était déjà fait.")])
    return act.do(asked, card)


def _force(asked: Asked) -> str:
    """The client is active until tonight, unless somebody has forced it inactive meanwhile."""
    client = Client.objects.get(pk=asked.subject.client.pk) if asked.subject.client else None
    if client is None or forced_inactive(client, asked.at):
        raise services.Refused([_("Le statut de ce client a changé entre-temps : voyez sa fiche.")])
    if not asked.reason:
        raise ValidationError(_("Dites pourquoi : ce motif s’affiche partout où le statut est montré."), "required")
    if is_active(client, asked.at):
        raise services.Refused([_("C’était déjà fait.")])
    mode, tonight = Client.StatusMode.ACTIVE, end_of_day(asked.today)
    force_status(client, mode=mode, until=tonight, reason=asked.reason, by=asked.by, version=client.version)
    return _("%(client)s est actif jusqu’à ce soir.") % {"client": client.name}
