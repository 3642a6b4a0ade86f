"""Issuing a card: what is proposed for a client, what is said of him, and the card with what it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from access import services
from access.models import AccessCard, CardDefaults
from access.services.cards import Issued
from access.typed import sensible_validity
from clients.models import Client
from clients.presets.defaults import asked_template
from clients.services import force_status
from clients.typed import end_of_day
from fixaloop.words.dates import long_day
from fixaloop.words.text import normalise
from interventions import activity

ENDLESS_YEAR = 9999
LONGEST_PROPOSED = 40
TRIES = 200


@dataclass(frozen=True)
class Remark:
    """What is to be known of a client before a card is issued; `by_forcing`: whether forcing him active helps."""

    text: str
    by_forcing: bool = False
    url: str = ""


def proposal(client: Client, at: datetime) -> dict[str, Any]:
    """The values to propose for a client's next card."""
    first, last = sensible_validity(timezone.localdate(at), active_day(client, at))
    return {
        "client": client.reference,
        "username": propose_username(client),
        "kind": AccessCard.Kind.QR,
        "valid_from": first,
        "valid_until": last,
        "force_reason": _("carte d’accès"),
        "send_email": bool(client.email),
    }


def card_defaults(template: str, first: date) -> dict[str, Any]:
    """What the model that an address names by its id says of the card, one that begins on a day."""
    asked = asked_template(template)
    defaults = CardDefaults.objects.filter(template=asked).first() if asked else None
    if defaults is None:
        return {}
    last = defaults.last_day(first)
    return {"zones": list(defaults.zones.all())} | ({"valid_until": last} if last else {})


def active_day(client: Client, at: datetime) -> date | None:
    """The last day on which a client is known to be active; None where that has no end, or he is not."""
    if not activity.is_active(client, at) or client.active_until.year >= ENDLESS_YEAR:
        return None
    until = client.active_until if client.active_until > at else client.resumes_until
    return timezone.localdate(until - timedelta(seconds=1)) if until else None


def propose_username(client: Client) -> str:
    """“c.lefevre”, “garage.du.port”, with a number where that is taken."""
    words = normalise(client.company_name if client.is_company else client.last_name).split()
    first = "" if client.is_company else normalise(client.first_name)[:1]
    base = ".".join(filter(None, (first, "".join(words) if first else ".".join(words))))
    base = base.encode("ascii", "ignore").decode()[:LONGEST_PROPOSED].strip(".")
    if len(base) < 2:
        base = client.reference.lower()
    taken = set(AccessCard.objects.filter(username_key__startswith=base).values_list("username_key", flat=True)[:TRIES])
    names = (base, *(f"{base}{serial}" for serial in range(2, TRIES + 2)))
    return next(name for name in names if name not in taken)


def remarks(client: Client, last_day: date | None, at: datetime) -> list[Remark]:
    """What would keep a card valid until this day from opening anything, or from being issued."""
    found = []
    if not client.email:
        text = _("Sans adresse e-mail, aucune carte ne peut être émise : ajoutez-la à sa fiche.")
        found.append(Remark(text, url=f"{client.get_absolute_url()}edit/"))
    status = activity.explain(client, at)
    if not status.is_active:
        text = _("Ce client est inactif (%(reason)s) : sa carte n’ouvrira rien tant qu’il le reste.")
        found.append(Remark(text % {"reason": status.reason}, by_forcing=True))
    elif (until := active_day(client, at)) and (last_day is None or until < last_day):
        text = _("Ce client sera inactif après le %(day)s (%(reason)s) : sa carte n’ouvrira plus rien ensuite.")
        shown = {"day": long_day(until), "reason": status.reason}
        found.append(Remark(text % shown, by_forcing=True))
    if client.company is not None and activity.forced_inactive(client.company, at):
        text = _("Son entreprise, %(company)s, est forcée inactive : la carte n’ouvrira rien tant qu’elle le reste.")
        found.append(Remark(text % {"company": client.company.name}, url=client.company.get_absolute_url()))
    return found


@transaction.atomic
def issue(card: AccessCard, asked: dict[str, Any], *, by: AbstractBaseUser) -> Issued:
    """Issue a card as the form asks, its client forced active until its last day where that is asked too.

    Raises `Refused` when the client has no e-mail.
    """
    if asked.get("force_active"):
        until = end_of_day(card.valid_until) if card.valid_until else None
        client = Client.objects.get(pk=card.client_id)
        force_status(client, mode=Client.StatusMode.ACTIVE, until=until, reason=asked["force_reason"], by=by)
        card.client = client
    return services.issue_card(card, zones=asked["zones"], tags=asked["tags"], by=by)
