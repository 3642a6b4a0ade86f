"""What would unlock the gate, as the counter offers it to who may: a button, or the page where it is put right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from access.gate.credentials import Subject
from access.gate.decision import Decision
from access.gate.gathering import forced_inactive
from access.models import AccessCard
from clients.models import Client

CHANGE_CARD, FORCE = "access.change_accesscard", "clients.force_status"
LENGTHS = (0, 30, 365)


@dataclass(frozen=True)
class Repair:
    """One way out: a link, or buttons (value, label) that send `key`; some ask why."""

    key: str
    icon: str
    buttons: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    url: str = ""
    label: str = ""
    note: str = ""


def card_to_repair(subject: Subject, code: str, today: date) -> AccessCard | None:
    """The card a reason is about: the one shown, or of those that speak for a vehicle the one that is so longest."""
    if subject.card is not None:
        return subject.card
    state = {"card_expired": "expired", "card_suspended": "suspended", "card_not_yet_valid": "upcoming"}
    rights = [card for card in subject.rights if card.state(today) == state.get(code, "active")]
    return max(rights, key=lambda card: card.last_day, default=None)


def offered(decision: Decision, subject: Subject, user: User, at: datetime) -> list[Repair]:
    """The repairs this person may do for these reasons, in the order of the reasons."""
    return [repair for code in decision.codes for repair in _offered(code, subject, user, at)]


def _offered(code: str, subject: Subject, user: User, at: datetime) -> Iterator[Repair]:
    today = timezone.localdate(at)
    card, client = card_to_repair(subject, code, today), subject.client
    if card is not None and not subject.secret_revoked and user.has_perm(CHANGE_CARD):
        yield from _of_card(code, today)
    if code == "client_inactive" and client is not None and user.has_perm(FORCE):
        yield _activation(client, at)
    link = _LINKS.get(code)
    if link is not None and user.has_perm(link[0]):
        url = link[1](subject, card)
        if url:
            yield Repair("", link[2], url=url, label=str(link[3]()))


def _of_card(code: str, today: date) -> Iterator[Repair]:
    if code == "card_expired":
        yield Repair("extend", "calendar-plus", tuple((str(days), _until(today, days)) for days in LENGTHS))
    elif code == "card_not_yet_valid":
        yield Repair("advance", "calendar-check", (("", _("Rendre la carte valable dès aujourd’hui")),))
    elif code in ("card_suspended", "card_lost"):
        why = _("présentée au contrôle")
        yield Repair("activate", "circle-play", (("", _("Remettre la carte en service")),), reason=why)
    elif code == "zone_not_permitted":
        yield Repair("permit", "map-pin-plus", (("", _("Ajouter cette zone à la carte")),))


def _until(today: date, days: int) -> str:
    if not days:
        return _("Prolonger la carte jusqu’à ce soir")
    return _("Jusqu’au %(day)s") % {"day": date_format(today + timedelta(days=days), "j N Y")}


def _activation(client: Client, at: datetime) -> Repair:
    """Active until tonight; where somebody has decided otherwise, only where one sees what that replaces."""
    if forced_inactive(client, at):
        url = reverse("clients:status", args=[client.reference])
        note = _("Quelqu’un a forcé ce client inactif : voyez pourquoi avant d’en décider autrement.")
        return Repair("", "user-cog", url=url, label=_("Revoir le statut du client"), note=note)
    return Repair(
        "force", "user-check", (("", _("Forcer actif jusqu’à ce soir")),), reason=_("autorisé au contrôle d’accès")
    )


Link = tuple[str, Callable[[Subject, AccessCard | None], str], str, Callable[[], str]]


def _company_status(subject: Subject, _card: AccessCard | None) -> str:
    company = subject.client.company if subject.client else None
    return reverse("clients:status", args=[company.reference]) if company else ""


def _unpaid(subject: Subject, _card: AccessCard | None) -> str:
    reference = subject.client.reference if subject.client else ""
    return f"{reverse('access:entries')}?client={reference}&payment=unpaid"


def _new_card(subject: Subject, _card: AccessCard | None) -> str:
    return f"{reverse('access:card-new')}?client={subject.client.reference}" if subject.client else ""


_LINKS: dict[str, Link] = {
    "company_inactive": (FORCE, _company_status, "building-2", lambda: _("Statut de l’entreprise")),
    "unpaid": ("access.add_payment", _unpaid, "banknote", lambda: _("Enregistrer un paiement")),
    "card_revoked": ("access.add_accesscard", _new_card, "id-card", lambda: _("Émettre une carte")),
    "outside_hours": (
        CHANGE_CARD,
        lambda _subject, card: reverse("access:card-edit", args=[card.pk]) if card else "",
        "clock",
        lambda: _("Horaires de la carte"),
    ),
    "vehicle_mismatch": (
        "access.change_vehicle",
        lambda subject, _card: reverse("access:vehicle-edit", args=[subject.vehicle.pk]) if subject.vehicle else "",
        "car",
        lambda: _("Corriger le véhicule"),
    ),
    "unknown_credential": (
        "clients.view_client",
        lambda _subject, _card: reverse("clients:list"),
        "search",
        lambda: _("Chercher le client"),
    ),
    "zone_full": (
        "access.use_control",
        lambda _subject, _card: reverse("access:occupancy"),
        "users",
        lambda: _("Voir qui est là"),
    ),
}
