"""The pages of a card: what it is, its form, the page after issuing, which alone shows its code."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from access import services
from access.cards import issuing
from access.cards.actions import tell_sending
from access.cards.forms import CardForm
from access.cards.page import card_context, once_name
from access.models import AccessCard
from access.services.cards import Issued
from access.shared.page import conflict, crumbs, form_page, page_of
from access.shared.shown_once import keep_once, take_once
from clients.models import Client
from clients.reference import parse_reference
from fixaloop.forms.submissions import already_created, submit_once
from fixaloop.forms.tidy import sent

FORCE = "clients.force_status"


@require_safe
@never_cache
@page_of("card", "access.view_accesscard")
def detail(request: HttpRequest, card: AccessCard) -> HttpResponse:
    """The card; just after it was issued, with the value of its code, this once."""
    qr_value = take_once(request, once_name(card))
    return render(request, "access/card.html", card_context(request, card, qr_value))


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("access.add_accesscard", raise_exception=True)
def create(request: HttpRequest) -> HttpResponse:
    """The form of a new card, filled in for the client in the address."""
    if created := already_created(request.POST):
        return redirect(created)
    client = _client(request.GET.get("client", ""))
    initial = issuing.proposal(client, timezone.now()) if client else {"valid_from": timezone.localdate()}
    initial |= issuing.card_defaults(request.GET.get("template", ""), initial["valid_from"])
    form = CardForm(sent(request), initial=initial, may_force=request.user.has_perm(FORCE))
    if request.method == "POST" and form.is_valid():
        issued: list[Issued] = []
        try:
            url = submit_once(form.cleaned_data["submission"], request.user, lambda: _issue(request, form, issued))
        except services.Refused as refusal:
            form.add_error("client", str(refusal))
        except IntegrityError:
            form.add_error("username", _("Une carte avec ce nom ou ce numéro vient d’être émise."))
        else:
            if issued and form.cleaned_data["send_email"]:
                tell_sending(request, issued[0].card, issued[0].qr_value)
            return redirect(url)
    return _new_page(request, form, client)


def _issue(request: HttpRequest, form: CardForm, issued: list[Issued]) -> AccessCard:
    """Issue the card and keep its code for the page; what is sent twice comes here once."""
    issued.append(issuing.issue(form.save(commit=False), form.cleaned_data, by=request.user))  # type: ignore[arg-type]
    messages.success(request, _("La carte est émise."))
    keep_once(request, once_name(issued[0].card), issued[0].qr_value)
    return issued[0].card


def _new_page(request: HttpRequest, form: CardForm, client: Client | None) -> HttpResponse:
    title = _("Nouvelle carte d’accès")
    if form.is_bound:
        client = form.cleaned_data.get("client") or client
    context = {
        "title": title,
        "cancel_url": reverse("client-cards", args=[client.reference]) if client else reverse("access:cards"),
        "submit_label": _("Émettre la carte"),
        "crumbs": crumbs((_("Cartes d’accès"), reverse("access:cards")), (title, "")),
        "client": client,
        "remarks": _remarks(form, client),
        "may_change_client": request.user.has_perm("clients.change_client"),
    }
    return form_page(request, "access/card_form.html", form, context)


def _remarks(form: CardForm, client: Client | None) -> list[issuing.Remark]:
    last_day = form.cleaned_data.get("valid_until") if form.is_bound else form.initial.get("valid_until")
    return issuing.remarks(client, last_day, timezone.now()) if client else []


def _client(reference: str) -> Client | None:
    number = parse_reference(reference)
    return Client.objects.select_related("company", "status_by").filter(number=number).first() if number else None


@require_safe
@permission_required("access.add_accesscard", raise_exception=True)
def about(request: HttpRequest) -> HttpResponse:
    """What is to be known of the client being named, as the form asks while one types."""
    client = _client(request.GET.get("client", ""))
    found = issuing.remarks(client, None, timezone.now()) if client else []
    form = CardForm(initial={"force_reason": _("carte d’accès")}, may_force=request.user.has_perm(FORCE))
    context = {
        "remarks": found,
        "form": form,
        "client": client,
        "may_change_client": request.user.has_perm("clients.change_client"),
    }
    return render(request, "access/_remarks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page_of("card", "access.change_accesscard")
def edit(request: HttpRequest, card: AccessCard) -> HttpResponse:
    """The form of an existing card: its name, validity, zones, hours, tags."""
    form = CardForm(sent(request), instance=card)
    context: dict[str, Any] = {
        "title": _("Modifier %(username)s") % {"username": card.username},
        "thing": card,
        "cancel_url": card.get_absolute_url(),
        "submit_label": _("Enregistrer"),
    }
    context["crumbs"] = crumbs(
        (_("Cartes d’accès"), reverse("access:cards")), (card.username, card.get_absolute_url()), (_("Modifier"), "")
    )
    if request.method == "POST" and form.is_valid():
        asked = {name: form.cleaned_data[name] for name in ("zones", "tags", "version")}
        try:
            services.update_card(form.save(commit=False), by=request.user, **asked)  # type: ignore[arg-type]
        except services.Stale:
            stored = AccessCard.objects.get(pk=card.pk)
            context |= conflict(form, CardForm(instance=stored), stored)
            return form_page(request, "access/card_form.html", form, context, status=409)
        except IntegrityError:
            form.add_error("username", _("Une carte avec ce nom ou ce numéro vient d’être émise."))
        else:
            messages.success(request, _("Les modifications sont enregistrées."))
            return redirect(card)
    return form_page(request, "access/card_form.html", form, context)
