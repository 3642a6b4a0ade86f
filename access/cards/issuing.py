"""Issuing a card: the form of a new one, what it proposes for a client, and what may keep the card from working."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from access import services
from access.cards.forms import TAKEN, CardForm
from access.cards.pages import CARDS, once_name, send_and_tell
from access.models import AccessCard, CardDefaults
from access.services.cards import Issued
from access.shared.pages import created, form_page, keep_once
from access.typed import ENDLESS, sensible_validity
from clients.models import Client
from clients.pages.presets import asked_template
from clients.reference import parse_reference
from clients.services import force_status
from clients.status import explain, forced_inactive, is_active
from fixaloop.forms.fields import sent
from fixaloop.forms.submissions import already_created
from fixaloop.words.dates import end_of, long_day
from fixaloop.words.text import normalise

ADD, FORCE = "access.add_accesscard", "clients.force_status"
LONGEST_PROPOSED = 40
TRIES = 200


@dataclass(frozen=True)
class Remark:
    """Something to know about a client before issuing a card; `by_forcing`: forcing the client active would help."""

    text: str
    by_forcing: bool = False
    url: str = ""


@CARDS.get_or_post(ADD)
def create(request: HttpRequest) -> HttpResponse:
    if url := already_created(request.POST):
        return redirect(url)
    client = _asked_client(request)
    initial = proposal(client, timezone.now()) if client else {"valid_from": timezone.localdate()}
    initial |= card_defaults(request.GET.get("template", ""), initial["valid_from"])
    form = CardForm(sent(request), initial=initial, may_force=request.user.has_perm(FORCE))
    issued: list[Issued] = []
    if url := created(request, form, lambda: _issue(request, form, issued), refused_field="client", taken=TAKEN):
        # Sent after the transaction; a form sent twice issues, and sends, once.
        if issued and form.cleaned_data["send_email"]:
            send_and_tell(request, issued[0].card, issued[0].qr_value)
        return redirect(url)
    if form.is_bound:
        client = form.cleaned_data.get("client") or client
    last_day = form.cleaned_data.get("valid_until") if form.is_bound else form.initial.get("valid_until")
    cancel_url = reverse("client-cards", args=[client.reference]) if client else ""
    context = CARDS.new(_("Nouvelle carte d’accès"), _("Émettre la carte"), cancel_url)
    return form_page(request, "access/card_form.html", form, context | _about(request, client, last_day))


def _issue(request: HttpRequest, form: CardForm, issued: list[Issued]) -> AccessCard:
    issued.append(issue(form.save(commit=False), form.cleaned_data, by=request.user))  # type: ignore[arg-type]
    messages.success(request, _("La carte est émise."))
    keep_once(request, once_name(issued[0].card), issued[0].qr_value)
    return issued[0].card


@CARDS.get(ADD)
def about(request: HttpRequest) -> HttpResponse:
    form = CardForm(initial={"force_reason": _("carte d’accès")}, may_force=request.user.has_perm(FORCE))
    context = _about(request, _asked_client(request), None) | {"form": form}
    return render(request, "access/_remarks.html", context)


def _asked_client(request: HttpRequest) -> Client | None:
    number = parse_reference(request.GET.get("client", ""))
    return Client.objects.select_related("company", "status_by").filter(number=number).first() if number else None


def _about(request: HttpRequest, client: Client | None, last_day: date | None) -> dict[str, Any]:
    return {
        "client": client,
        "remarks": remarks(client, last_day, timezone.now()) if client else [],
        "may_change_client": request.user.has_perm("clients.change_client"),
    }


def proposal(client: Client, at: datetime) -> dict[str, Any]:
    first, last = sensible_validity(timezone.localdate(at), last_active_day(client, at))
    return {
        "client": client.reference,
        "username": propose_username(client),
        "kind": AccessCard.Kind.QR,
        "valid_from": first,
        "valid_until": last,
        "force_reason": _("carte d’accès"),
        "send_email": bool(client.email) and not client.no_messages,
    }


def card_defaults(template: str, first: date) -> dict[str, Any]:
    """The initial values that a client template, given by its id, has for a card that begins on this day."""
    asked = asked_template(template)
    defaults = CardDefaults.objects.filter(template=asked).first() if asked else None
    if defaults is None:
        return {}
    last = defaults.last_day(first)
    return {"zones": list(defaults.zones.all())} | ({"valid_until": last} if last else {})


def last_active_day(client: Client, at: datetime) -> date | None:
    """The last day on which a client is known to be active; None if the client is inactive, or active without end."""
    if not is_active(client, at) or client.active_until.year >= ENDLESS:
        return None
    until = client.active_until if client.active_until > at else client.resumes_until
    return timezone.localdate(until - timedelta(seconds=1)) if until else None


def propose_username(client: Client) -> str:
    """“c.lefevre”, “garage.du.port”, with a number if that is taken."""
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
    """What would keep a card that is valid until this day from being sent, or from opening anything."""
    found = []
    if not client.email:
        text = _(
            "Sans adresse e-mail, la carte s’imprime et se remet en main propre. Pour l’envoyer, ajoutez l’adresse à"
            " sa fiche."
        )
        found.append(Remark(text, url=f"{client.get_absolute_url()}edit/"))
    status = explain(client, at)
    if not status.is_active:
        text = _("Ce client est inactif (%(reason)s) : sa carte n’ouvrira rien tant qu’il le reste.")
        found.append(Remark(text % {"reason": status.reason}, by_forcing=True))
    elif (until := last_active_day(client, at)) and (last_day is None or until < last_day):
        text = _("Ce client sera inactif après le %(day)s (%(reason)s) : sa carte n’ouvrira plus rien ensuite.")
        shown = {"day": long_day(until), "reason": status.reason}
        found.append(Remark(text % shown, by_forcing=True))
    if client.company is not None and forced_inactive(client.company, at):
        text = _("Son entreprise, %(company)s, est forcée inactive : la carte n’ouvrira rien tant qu’elle le reste.")
        found.append(Remark(text % {"company": client.company.name}, url=client.company.get_absolute_url()))
    return found


@transaction.atomic
def issue(card: AccessCard, asked: dict[str, Any], *, by: AbstractBaseUser) -> Issued:
    """Issue a card as the form asks, and force its client active until its last day if the form asks that too.

    Raises `Refused` when the client has no e-mail.
    """
    if asked.get("force_active"):
        until = end_of(card.valid_until) if card.valid_until else None
        client = Client.objects.get(pk=card.client_id)
        force_status(client, mode=Client.StatusMode.ACTIVE, until=until, reason=asked["force_reason"], by=by)
        card.client = client
    return services.issue_card(card, zones=asked["zones"], tags=asked["tags"], by=by)
