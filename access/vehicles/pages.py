"""The pages of a vehicle: what is known of it, its form, taking it off the road."""

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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access import services
from access.models import Entry, Vehicle
from access.shared.page import changes, conflict, crumbs, form_page, page_of, rights_of
from access.vehicles.forms import VehicleForm
from access.vehicles.known_plates import fill_in, known_about
from clients.reference import CLIENT, parse_reference
from fixaloop.forms.submissions import already_created, submit_once
from fixaloop.forms.tidy import sent
from interventions import activity

RECENT = 5


@require_safe
@page_of("vehicle", "access.view_vehicle")
def detail(request: HttpRequest, vehicle: Vehicle) -> HttpResponse:
    """What is known of a vehicle, the last jobs done on it, and its last stays."""
    may = rights_of(
        request.user,
        change="access.change_vehicle",
        see_client="clients.view_client",
        see_entries="access.view_entry",
        see_events="access.view_event",
        see_interventions="interventions.view_intervention",
        add_intervention="interventions.add_intervention",
    )
    stays = Entry.objects.filter(vehicle=vehicle).select_related("zone").order_by("-entered_at", "-pk")
    context = {
        "vehicle": vehicle,
        "client_status": activity.explain(vehicle.client, timezone.now()),
        "tags": vehicle.tags.all(),
        "jobs": vehicle.interventions.order_by("-number")[:RECENT] if may["see_interventions"] else (),
        "stays": stays[:RECENT] if may["see_entries"] else (),
        "changes": changes(vehicle),
        "may": may,
        "crumbs": crumbs((_("Véhicules"), reverse("access:vehicles")), (vehicle.plate_display, "")),
    }
    return render(request, "access/vehicle.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("access.add_vehicle", raise_exception=True)
def create(request: HttpRequest) -> HttpResponse:
    """The form of a new vehicle; what is known of its plate may be taken over on the way."""
    data = sent(request)
    if data and (created := already_created(data)):
        return redirect(created)
    if data and "take" in data:
        return _form(request, VehicleForm(fill_in(data)), _new(request), status=200)
    initial = {name: request.GET.get(name, "")[:60] for name in ("client", "plate")}
    form = VehicleForm(data, initial=initial)
    if data and form.is_valid():
        try:
            url = submit_once(form.cleaned_data["submission"], request.user, lambda: _create(request, form))
        except IntegrityError:
            form.add_error("plate", _("Un véhicule avec cette immatriculation vient d’être enregistré."))
        else:
            return redirect(url)
    return _form(request, form, _new(request))


def _create(request: HttpRequest, form: VehicleForm) -> Vehicle:
    vehicle = services.add_vehicle(form.save(commit=False), tags=form.cleaned_data["tags"], by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Le véhicule est enregistré."))
    _remark(request, form)
    return vehicle


def _remark(request: HttpRequest, form: VehicleForm) -> None:
    for note in form.notes:
        messages.warning(request, note)


def _new(request: HttpRequest) -> dict[str, Any]:
    number = parse_reference(request.GET.get("client", ""))
    back = reverse("client-vehicles", args=[CLIENT.show(number)]) if number else reverse("access:vehicles")
    title = _("Nouveau véhicule")
    return {
        "title": title,
        "cancel_url": back,
        "submit_label": _("Enregistrer le véhicule"),
        "crumbs": crumbs((_("Véhicules"), reverse("access:vehicles")), (title, "")),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@page_of("vehicle", "access.change_vehicle")
def edit(request: HttpRequest, vehicle: Vehicle) -> HttpResponse:
    """The form of an existing vehicle."""
    form = VehicleForm(sent(request), instance=vehicle)
    context: dict[str, Any] = {
        "title": _("Modifier %(plate)s") % {"plate": vehicle.plate_display},
        "thing": vehicle,
        "cancel_url": vehicle.get_absolute_url(),
        "submit_label": _("Enregistrer"),
    }
    context["crumbs"] = crumbs(
        (_("Véhicules"), reverse("access:vehicles")),
        (vehicle.plate_display, vehicle.get_absolute_url()),
        (_("Modifier"), ""),
    )
    if request.method == "POST" and form.is_valid():
        version, tags = form.cleaned_data["version"], form.cleaned_data["tags"]
        try:
            services.update_vehicle(form.save(commit=False), tags=tags, by=request.user, version=version)  # type: ignore[arg-type]
        except services.Stale:
            stored = Vehicle.objects.get(pk=vehicle.pk)
            return _form(request, form, context | conflict(form, VehicleForm(instance=stored), stored), status=409)
        except IntegrityError:
            form.add_error("plate", _("Un véhicule avec cette immatriculation vient d’être enregistré."))
        else:
            messages.success(request, _("Les modifications sont enregistrées."))
            _remark(request, form)
            return redirect(vehicle)
    return _form(request, form, context)


def _form(request: HttpRequest, form: VehicleForm, context: dict[str, Any], status: int = 0) -> HttpResponse:
    known = known_about(form["plate"].value() or "", form["country"].value() or "FR", form.instance.pk)
    context["known"] = known if not form.errors.get("plate") else None
    return form_page(request, "access/vehicle_form.html", form, context, status)


@require_safe
@permission_required("access.view_vehicle", raise_exception=True)
def check(request: HttpRequest) -> HttpResponse:
    """What is known of a plate while it is being typed."""
    typed, country = request.GET.get("plate", "")[:60], request.GET.get("country", "")[:2] or "FR"
    vehicle = request.GET.get("vehicle", "")
    known = known_about(typed, country, int(vehicle) if vehicle.isdecimal() and len(vehicle) < 19 else None)
    return render(request, "access/_known_plate.html", {"known": known})


@require_POST
@page_of("vehicle", "access.change_vehicle")
def circulation(request: HttpRequest, vehicle: Vehicle) -> HttpResponse:
    """Take a vehicle off the road, its past kept, or put it back."""
    vehicle.is_active = request.POST.get("to") == "active"
    try:
        services.update_vehicle(vehicle, by=request.user)  # type: ignore[arg-type]
    except IntegrityError:
        messages.error(request, _("Un autre véhicule en circulation a déjà cette immatriculation."))
    else:
        said = _("Le véhicule est en circulation.") if vehicle.is_active else _("Le véhicule est retiré.")
        messages.success(request, said)
    return redirect(vehicle)
