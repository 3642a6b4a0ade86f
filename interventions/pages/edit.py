"""Creating, changing and deleting an intervention."""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clients.pages.picker import find_client
from fixaloop.forms.fields import sent
from fixaloop.forms.submissions import submit_once, tell_conflict
from fixaloop.web.refusals import permission_required
from interventions import services
from interventions.models import Intervention
from interventions.pages.detail import warn_of_overlaps, warn_of_price
from interventions.pages.forms import InterventionForm, vehicles_of
from interventions.rights import CHANGE, CHANGE_OWN, SEE_MONEY, intervention_page, require_change
from interventions.states import WHEN, State

DRAFTS = "intervention_drafts"
DRAFTS_KEPT = 5
NOT_IN_DRAFT = ("csrfmiddlewaretoken", "submission", "client", "vehicle", "new_client")


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("interventions.add_intervention")
def create(request: HttpRequest) -> HttpResponse:
    """The form of a new intervention. A new client may be created on the way: what was typed waits as a draft."""
    if request.method == "POST" and "new_client" in request.POST and request.user.has_perm("clients.add_client"):
        back = f"{reverse('interventions:new')}?draft={_put_aside(request)}"
        return redirect(f"{reverse('clients:new')}?{urlencode({'next': back})}")
    named = {name: request.GET.get(name, "")[:40] for name in ("client", "vehicle")}
    form = _form(request, initial=named | dict(_draft(request)))
    if request.method == "POST" and form.is_valid():
        try:
            url = submit_once(form.cleaned_data["submission"], request.user, lambda: _create(request, form))
        except ValidationError as refusal:
            form.tell(refusal)
        else:
            messages.success(request, _("L’intervention est créée."))
            if form.instance.pk and form.instance.state == State.PLANNED:
                # Once it is committed: of two people who plan at once, the later one sees the other’s slot.
                warn_of_overlaps(request, form.instance)
            return redirect(url)
    cancel_url = (request.GET.get("client") and reverse("clients:list")) or reverse("interventions:list")
    return _form_page(request, form, {"title": _("Nouvelle intervention"), "cancel_url": cancel_url, "is_new": True})


def _put_aside(request: HttpRequest) -> str:
    """Keep what the form holds in the session; return the name that `draft` in the address asks for it by."""
    name = secrets.token_urlsafe(6)
    typed = {field: request.POST[field][:6000] for field in request.POST if field not in NOT_IN_DRAFT}
    drafts = {**request.session.get(DRAFTS, {}), name: typed}
    request.session[DRAFTS] = dict(list(drafts.items())[-DRAFTS_KEPT:])
    return name


def forget_drafts() -> None:
    """Take the drafts out of all sessions, whoever they are about: none is worth a search."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator(chunk_size=200):
        held = session.get_decoded()
        if held.pop(DRAFTS, None):
            Session.objects.filter(pk=session.pk).update(session_data=Session.objects.encode(held))


def _draft(request: HttpRequest) -> Mapping[str, Any]:
    draft: Mapping[str, Any] = request.session.get(DRAFTS, {}).get(request.GET.get("draft", ""), {})
    return draft


@transaction.atomic
def _create(request: HttpRequest, form: InterventionForm) -> Intervention:
    user: Any = request.user
    intervention = services.create(form.save(commit=False), by=user)
    warn_of_price(request, intervention)
    if request.POST.get("to") == "planned":
        slot = {name: form.cleaned_data[name] for name in WHEN}
        services.plan(intervention, by=user, **slot)
    return intervention


@require_http_methods(["GET", "HEAD", "POST"])
@intervention_page(CHANGE, CHANGE_OWN)
def edit(request: HttpRequest, intervention: Intervention) -> HttpResponse:
    require_change(request.user, intervention)
    if request.method != "POST" and (refusals := services.refusals(intervention)):
        messages.error(request, " ".join(refusals))
        return redirect(intervention)
    form = _form(request, instance=intervention)
    context: dict[str, Any] = {
        "title": _("Modifier %(reference)s") % {"reference": intervention.reference},
        "intervention": intervention,
        "cancel_url": intervention.get_absolute_url(),
    }
    if request.method == "POST" and form.is_valid():
        try:
            services.update(form.save(commit=False), by=request.user, version=form.cleaned_data["version"])  # type: ignore[arg-type]
        except services.Stale:
            return _form_page(request, form, context | _conflict(request, form, intervention), status=409)
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
            return _form_page(request, form, context, status=409)
        except ValidationError as refusal:
            form.tell(refusal)
        else:
            messages.success(request, _("Les modifications sont enregistrées."))
            warn_of_overlaps(request, intervention)
            warn_of_price(request, intervention)
            return redirect(intervention)
    return _form_page(request, form, context)


def _form(request: HttpRequest, **options: Any) -> InterventionForm:
    return InterventionForm(sent(request), may_see_money=request.user.has_perm(SEE_MONEY), **options)


def _form_page(request: HttpRequest, form: InterventionForm, context: dict[str, Any], status: int = 0) -> HttpResponse:
    form.show_client(with_vehicles=request.user.has_perm("access.view_vehicle"))
    context |= {"form": form, "may_add_client": "is_new" in context and request.user.has_perm("clients.add_client")}
    return render(request, "interventions/form.html", context, status=status or (422 if form.errors else 200))


@require_safe
@permission_required(("clients.view_client", "access.view_vehicle"))
def vehicles(request: HttpRequest) -> HttpResponse:
    try:
        client = find_client(request.GET.get("client", "")[:255])
    except ValidationError:
        client = None
    context = {"vehicles": vehicles_of(client) if client else ()}
    return render(request, "interventions/_vehicle_options.html", context)


def _conflict(request: HttpRequest, form: InterventionForm, intervention: Intervention) -> dict[str, Any]:
    stored = Intervention.objects.filter(pk=intervention.pk).first()
    if stored is None:
        return {"conflict": {"changes": []}}
    return tell_conflict(form, InterventionForm(instance=stored, may_see_money=request.user.has_perm(SEE_MONEY)))


@require_http_methods(["GET", "HEAD", "POST"])
@intervention_page("interventions.delete_intervention")
def delete(request: HttpRequest, intervention: Intervention) -> HttpResponse:
    reasons = services.obstacles(intervention)
    if request.method == "POST":
        try:
            services.delete(intervention, by=request.user)  # type: ignore[arg-type]
        except services.Refused as refusal:
            reasons = list(refusal.obstacles)
        except services.Stale:
            return redirect("interventions:list")
        else:
            messages.success(request, _("%(intervention)s est supprimée.") % {"intervention": intervention})
            return redirect("interventions:list")
    context = {"intervention": intervention, "obstacles": reasons}
    return render(request, "interventions/delete.html", context, status=409 if request.method == "POST" else 200)
