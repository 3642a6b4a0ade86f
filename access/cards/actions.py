"""What is done to a card beyond its form: its status, its end, a new code, the badge to print, the message."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from access import services
from access.cards.forms import CardStatusForm, ExtendForm
from access.cards.mailing import send_card
from access.cards.page import card_context, live_value, moves_of, once_name
from access.models import AccessCard
from access.shared.page import crumbs, form_page, page_of
from access.shared.shown_once import keep_once
from fixaloop.forms.tidy import sent

CHANGE = "access.change_accesscard"


@require_http_methods(["GET", "HEAD", "POST"])
@page_of("card", CHANGE)
def status(request: HttpRequest, card: AccessCard) -> HttpResponse:
    """Suspend, declare lost, revoke, put back in service: asked with its reason, done or refused."""
    asked = (request.POST if request.method == "POST" else request.GET).get("to", "")
    form = CardStatusForm(sent(request), initial={"to": asked})
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            card = services.change_card_status(card, form.cleaned_data["to"], reason=reason, by=request.user)  # type: ignore[arg-type]
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
            return _status_page(request, card, form, asked, 409)
        messages.success(request, _("La carte est %(status)s.") % {"status": card.get_status_display().lower()})
        return redirect(card)
    return _status_page(request, card, form, asked)


def _status_page(
    request: HttpRequest, card: AccessCard, form: CardStatusForm, asked: str, code: int = 0
) -> HttpResponse:
    move = next((move for move in moves_of(card) if move["to"] == asked), None)
    title = move["label"] if move else _("Statut de la carte")
    context: dict[str, Any] = {
        "title": title,
        "card": card,
        "move": move,
        "moves": moves_of(card),
        "cancel_url": card.get_absolute_url(),
        "crumbs": _crumbs(card, title),
    }
    return form_page(request, "access/card_status.html", form, context, code)


def _crumbs(card: AccessCard, title: str) -> Any:
    return crumbs((_("Cartes d’accès"), reverse("access:cards")), (card.username, card.get_absolute_url()), (title, ""))


@require_POST
@page_of("card", CHANGE)
def extend(request: HttpRequest, card: AccessCard) -> HttpResponse:
    """Give a card another last day."""
    form = ExtendForm(request.POST, card=card)
    if form.is_valid():
        card.valid_until = form.cleaned_data["valid_until"]
        try:
            services.update_card(card, by=request.user, version=form.cleaned_data["version"])  # type: ignore[arg-type]
        except services.Stale:
            form.add_error(None, _("Quelqu’un a modifié cette carte pendant ce temps : vérifiez, puis recommencez."))
            stored = AccessCard.objects.select_related("client__company", "client__status_by").get(pk=card.pk)
            form.data = {**form.data.dict(), "version": str(stored.version)}  # type: ignore[attr-defined]
            return _extend_page(request, stored, form, 409)
        except ValidationError as refusal:
            form.add_error("valid_until", refusal.messages)
        else:
            messages.success(request, _("La carte est prolongée."))
            return redirect(card)
    return _extend_page(request, card, form, 422)


def _extend_page(request: HttpRequest, card: AccessCard, form: ExtendForm, code: int) -> HttpResponse:
    return render(request, "access/card.html", card_context(request, card) | {"extend_form": form}, status=code)


@require_http_methods(["GET", "HEAD", "POST"])
@page_of("card", CHANGE)
def reissue(request: HttpRequest, card: AccessCard) -> HttpResponse:
    """Give a card a new code, once asked: the one printed before opens nothing any more."""
    if request.method != "POST":
        return render(
            request, "access/card_reissue.html", {"card": card, "crumbs": _crumbs(card, _("Nouveau code QR"))}
        )
    try:
        issued = services.reissue_card(card, by=request.user)  # type: ignore[arg-type]
    except services.Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Le nouveau code est émis, l’ancien est révoqué."))
        keep_once(request, once_name(card), issued.qr_value)
    return redirect(card)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page_of("card", "access.view_accesscard")
def badge(request: HttpRequest, card: AccessCard) -> HttpResponse:
    """The badge to print. Its code is on it when the page that shows it sends it along: it is known nowhere else."""
    value = live_value(card, request.POST.get("qr_value", ""))
    return render(request, "access/badge.html", card_context(request, card, value))


@require_POST
@page_of("card", CHANGE)
def send(request: HttpRequest, card: AccessCard) -> HttpResponse:
    """Send the card by e-mail, from the page that shows its code, which goes on showing it."""
    value = live_value(card, request.POST.get("qr_value", ""))
    if card.kind == AccessCard.Kind.QR and not value:
        messages.error(request, _("Le code n’est plus à l’écran : émettez un nouveau code pour l’envoyer."))
        return redirect(card)
    tell_sending(request, card, value)
    keep_once(request, once_name(card), value)
    return redirect(card)


def tell_sending(request: HttpRequest, card: AccessCard, value: str) -> None:
    """Send a card and say whether it went."""
    if not card.client.email:
        messages.error(request, _("Ce client n’a pas d’adresse e-mail."))
        return
    try:
        send_card(card, value, by=request.user)  # type: ignore[arg-type]
    except OSError:
        messages.error(request, _("L’e-mail n’a pas pu partir : vérifiez la messagerie, puis envoyez-le de nouveau."))
    else:
        messages.success(request, _("La carte est envoyée à %(email)s.") % {"email": card.client.email})
