"""What lifts a refusal from the counter: a button that does it, or the page where it is done.

`access.gate.reasons` names one for each reason that has any. Buttons act through the services.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, gettext_lazy

from access import services
from access.gate.credentials import Subject
from access.models import AccessCard, CardStatus, Zone
from access.periods import advanced, extended
from clients.models import Client
from clients.services import force_status
from clients.status import forced_inactive, is_active
from fixaloop.words.dates import end_of, long_day

LENGTHS = (0, 30, 365)


@dataclass(frozen=True)
class Offer:
    """A repair as the counter shows it: a link, or buttons (value, label) that send `key`; some ask for a reason."""

    icon: str
    key: str = ""
    buttons: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    url: str = ""
    label: str = ""
    note: str = ""


@dataclass(frozen=True)
class Asked:
    """A repair that somebody asked for, with what they chose and why."""

    subject: Subject
    zone: Zone
    by: User
    at: datetime
    value: str = ""
    reason: str = ""

    @property
    def today(self) -> date:
        return timezone.localdate(self.at)


@dataclass(frozen=True)
class Page:
    """A link to where it is put right; without an address it is not offered."""

    permission: str
    icon: str
    label: Any
    address: Callable[[Subject, datetime], str]

    def offer(self, subject: Subject, at: datetime) -> Offer | None:
        url = self.address(subject, at)
        return Offer(self.icon, url=url, label=str(self.label)) if url else None


@dataclass(frozen=True)
class CardButton:
    """A change to the card that was refused; for a vehicle, to the one of its cards in this `state` valid longest.

    `needed` tells whether the card still has to be changed, `change` does it and says what was done. With `days`, one
    button for each number of days.
    """

    key: str
    icon: str
    label: Any
    needed: Callable[[AccessCard, date], bool]
    change: Callable[[Asked, AccessCard], str]
    state: str = "active"
    reason: Any = ""
    days: tuple[int, ...] = ()
    permission: str = "access.change_accesscard"

    def offer(self, subject: Subject, at: datetime) -> Offer | None:
        today = timezone.localdate(at)
        if subject.secret_revoked or _card(subject, self.state, at) is None:
            return None
        buttons = tuple((str(days), _until(today, days)) for days in self.days)
        return Offer(self.icon, self.key, buttons or (("", str(self.label)),), str(self.reason))

    def do(self, asked: Asked) -> str:
        """Raises `Refused` where there is nothing to do any more, `Stale` where somebody was quicker."""
        card = _card(asked.subject, self.state, asked.at)
        if card is None or not self.needed(card, asked.today):
            raise services.Refused([_("C’était déjà fait.")])
        return self.change(asked, card)


def _card(subject: Subject, state: str, at: datetime) -> AccessCard | None:
    if subject.card is not None:
        return subject.card
    rights = [card for card in subject.rights if card.state(at) == state]
    return max(rights, key=lambda card: card.last_day, default=None)


@dataclass(frozen=True)
class ForceActive:
    """The client is active until tonight. A client forced inactive is not: their status page says who decided that."""

    key: str = "force"
    permission: str = "clients.force_status"

    def offer(self, subject: Subject, at: datetime) -> Offer | None:
        client = subject.client
        if client is None:
            return None
        if forced_inactive(client, at):
            url = reverse("clients:status", args=[client.reference])
            note = _("Quelqu’un a forcé ce client inactif : voyez pourquoi avant d’en décider autrement.")
            return Offer("user-cog", url=url, label=_("Revoir le statut du client"), note=note)
        buttons = (("", _("Forcer actif jusqu’à ce soir")),)
        return Offer("user-check", self.key, buttons, _("autorisé au contrôle d’accès"))

    def do(self, asked: Asked) -> str:
        """Raises `Refused` where the status has changed, `Stale`, and `ValidationError` without a reason."""
        client = Client.objects.get(pk=asked.subject.client.pk) if asked.subject.client else None
        if client is None or forced_inactive(client, asked.at):
            raise services.Refused([_("Le statut de ce client a changé entre-temps : voyez sa fiche.")])
        if not asked.reason:
            raise ValidationError(_("Dites pourquoi : ce motif s’affiche partout où le statut est montré."), "required")
        if is_active(client, asked.at):
            raise services.Refused([_("C’était déjà fait.")])
        mode, tonight = Client.StatusMode.ACTIVE, end_of(asked.today)
        force_status(client, mode=mode, until=tonight, reason=asked.reason, by=asked.by, version=client.version)
        return _("%(client)s est actif jusqu’à ce soir.") % {"client": client.name}


@dataclass(frozen=True)
class VehicleZone:
    """The vehicle itself gets the zone, whatever cards its client has."""

    key: str = "permit_vehicle"
    permission: str = "access.change_vehicle"

    def offer(self, subject: Subject, at: datetime) -> Offer | None:
        if subject.vehicle is None:
            return None
        return Offer("car", self.key, (("", _("Donner cette zone au véhicule")),))

    def do(self, asked: Asked) -> str:
        """Raises `Refused` where there is nothing to do any more."""
        vehicle = asked.subject.vehicle
        if vehicle is None or vehicle.everywhere or vehicle.zones.filter(pk__in=asked.zone.lineage).exists():
            raise services.Refused([_("C’était déjà fait.")])
        services.update_vehicle(vehicle, zones=[*vehicle.zones.all(), asked.zone], by=asked.by, at=asked.at)
        return _("Le véhicule ouvre maintenant la zone %(zone)s.") % {"zone": asked.zone.name}


Button = CardButton | ForceActive | VehicleZone
Repair = Page | Button


def _until(today: date, days: int) -> str:
    if not days:
        return _("Prolonger la carte jusqu’à ce soir")
    return _("Jusqu’au %(day)s") % {"day": date_format(today + timedelta(days=days), "j N Y")}


def _extend(asked: Asked, card: AccessCard) -> str:
    days = int(asked.value) if asked.value in map(str, LENGTHS) else LENGTHS[0]
    day = asked.today + timedelta(days=days)
    for name, value in extended(card, day).items():
        setattr(card, name, value)
    services.update_card(card, by=asked.by, version=card.version, at=asked.at)
    return _("La carte est prolongée jusqu’au %(day)s.") % {"day": long_day(day)}


def _advance(asked: Asked, card: AccessCard) -> str:
    for name, value in advanced(card, asked.at).items():
        setattr(card, name, value)
    services.update_card(card, by=asked.by, version=card.version, at=asked.at)
    return _("La carte est valable dès aujourd’hui.")


def _activate(asked: Asked, card: AccessCard) -> str:
    services.change_card_status(card, CardStatus.ACTIVE, reason=asked.reason, by=asked.by, at=asked.at)
    return _("La carte est de nouveau en service.")


def _permit(asked: Asked, card: AccessCard) -> str:
    zones = [*card.zones.all(), asked.zone]
    services.update_card(card, zones=zones, by=asked.by, version=card.version, at=asked.at)
    return _("La carte ouvre maintenant la zone %(zone)s.") % {"zone": asked.zone.name}


EXTEND_CARD = CardButton(
    "extend",
    "calendar-plus",
    "",
    lambda card, today: card.last_day < today or card.over_at is not None,
    _extend,
    "expired",
    days=LENGTHS,
)
ADVANCE_CARD = CardButton(
    "advance",
    "calendar-check",
    gettext_lazy("Rendre la carte valable dès aujourd’hui"),
    lambda card, today: card.valid_from > today or card.starts_at is not None or bool(card.periods),
    _advance,
    "upcoming",
)
ACTIVATE_CARD = CardButton(
    "activate",
    "circle-play",
    gettext_lazy("Remettre la carte en service"),
    lambda card, _today: card.status in (CardStatus.SUSPENDED, CardStatus.LOST),
    _activate,
    "suspended",
    gettext_lazy("présentée au contrôle"),
)
PERMIT_ZONE = CardButton(
    "permit",
    "map-pin-plus",
    gettext_lazy("Ajouter cette zone à la carte"),
    lambda card, _today: not card.everywhere,
    _permit,
)
FORCE_ACTIVE = ForceActive()
PERMIT_VEHICLE = VehicleZone()
_BUTTONS: tuple[Button, ...] = (*(EXTEND_CARD, ADVANCE_CARD, ACTIVATE_CARD, PERMIT_ZONE, FORCE_ACTIVE, PERMIT_VEHICLE),)
BUTTONS = {button.key: button for button in _BUTTONS}


def _company_status(subject: Subject, _at: datetime) -> str:
    company = subject.client.company if subject.client else None
    return reverse("clients:status", args=[company.reference]) if company else ""


def _unpaid_entries(subject: Subject, _at: datetime) -> str:
    reference = subject.client.reference if subject.client else ""
    return f"{reverse('access:entries')}?client={reference}&payment=unpaid"


def _new_card(subject: Subject, _at: datetime) -> str:
    return f"{reverse('access:card-new')}?client={subject.client.reference}" if subject.client else ""


def _card_form(subject: Subject, at: datetime) -> str:
    card = _card(subject, "active", at)
    return reverse("access:card-edit", args=[card.pk]) if card else ""


def _vehicle_form(subject: Subject, _at: datetime) -> str:
    return reverse("access:vehicle-edit", args=[subject.vehicle.pk]) if subject.vehicle else ""


COMPANY_STATUS = Page("clients.force_status", "building-2", gettext_lazy("Statut de l’entreprise"), _company_status)
RECORD_PAYMENT = Page("access.add_payment", "banknote", gettext_lazy("Enregistrer un paiement"), _unpaid_entries)
ISSUE_CARD = Page("access.add_accesscard", "id-card", gettext_lazy("Émettre une carte"), _new_card)
EDIT_CARD_HOURS = Page("access.change_accesscard", "clock", gettext_lazy("Horaires de la carte"), _card_form)
EDIT_VEHICLE = Page("access.change_vehicle", "car", gettext_lazy("Corriger le véhicule"), _vehicle_form)
FIND_CLIENT = Page(
    "clients.view_client", "search", gettext_lazy("Chercher le client"), lambda *_asked: reverse("clients:list")
)
SHOW_PRESENT = Page(
    "access.use_control", "users", gettext_lazy("Voir qui est là"), lambda *_asked: reverse("access:occupancy")
)
