"""Changing and deleting an intervention, and the vehicles that its form suggests."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clients.pages.picker import find_client
from fixaloop.forms.fields import sent
from fixaloop.forms.submissions import tell_conflict
from fixaloop.web.refusals import permission_required
from interventions import services
from interventions.models import Intervention
from interventions.pages.detail import warn_of_overlaps, warn_of_price
from interventions.pages.forms import InterventionForm, vehicles_of
from interventions.rights import CHANGE, CHANGE_OWN, SEE_MONEY, intervention_page, require_change


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
    return render(
        request, "interventions/form.html", context | {"form": form}, status=status or (422 if form.errors else 200)
    )


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
