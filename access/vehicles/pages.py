"""The pages of a vehicle: what is known of it, its form, taking it off the road."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from access import services
from access.declared.undos import CIRCULATION, DRIVER
from access.events.told import story_of, tell, tell_changes
from access.extensions import actions, under_way
from access.gate.opens import opens_of_vehicle
from access.models import Vehicle
from access.shared.pages import CLIENT, Section, created, form_page, rights_of, saved
from access.vehicles.forms import TAKEN, DriverForm, VehicleForm, fill_in, known_plate
from access.vehicles.glance import say_vehicle, stay_of
from clients.models import Client
from clients.reference import CLIENT as CLIENT_REFERENCE, parse_reference
from clients.status import explain
from fixaloop.forms.fields import sent
from fixaloop.forms.parsing import parse_key
from fixaloop.forms.submissions import already_created
from fixaloop.forms.undo import tell_undoable
from fixaloop.lists.neighbours import neighbours

VEHICLES = Section(gettext_lazy("Véhicules"), "access:vehicles", Vehicle.objects.select_related(*CLIENT))
VIEW, ADD, CHANGE = "access.view_vehicle", "access.add_vehicle", "access.change_vehicle"
TOLD = ("jobs", "passages", "notes", "changes")


@VEHICLES.get(VIEW)
def detail(request: HttpRequest, vehicle: Vehicle) -> HttpResponse:
    return _page(request, vehicle, DriverForm())


def _page(request: HttpRequest, vehicle: Vehicle, driver_form: DriverForm, status: int = 200) -> HttpResponse:
    may = rights_of(
        request.user,
        change=CHANGE,
        see_client="clients.view_client",
        see_entries="access.view_entry",
        see_events="access.view_event",
        see_cards="access.view_accesscard",
    )
    at, client = timezone.now(), vehicle.client
    client_status = explain(client, at)
    stay = stay_of(vehicle) if may["see_entries"] else None
    story = story_of(vehicle, "vehicle", TOLD, request.user, f"vehicle={vehicle.pk}")
    context = {
        "vehicle": vehicle,
        "beside": neighbours(request, vehicle),
        "client_status": client_status,
        "said": say_vehicle(vehicle, stay, at),
        "stay": stay,
        "opens": opens_of_vehicle(vehicle, at, see_cards=may["see_cards"]) if vehicle.is_active else (),
        "opens_note": "" if client_status.is_active else _("Client inactif : rien ne s’ouvre tant qu’il le reste."),
        "drivers": Client.objects.filter(driven__vehicle=vehicle).distinct().order_by("sort_name", "pk"),
        "driver_form": driver_form,
        "tags": vehicle.tags.all(),
        "under_way": under_way(vehicle, request.user, at),
        "actions": actions(request.user),
        "told": tell(story, request, at) if may["see_events"] else tell_changes(story),
        "may": may,
        "crumbs": VEHICLES.crumbs(vehicle),
    }
    return render(request, "access/vehicle.html", context, status=status)


@VEHICLES.post(CHANGE)
def drivers(request: HttpRequest, vehicle: Vehicle) -> HttpResponse:
    """Add or remove another client who drives a vehicle, and by whose rights its plate may enter too."""
    if "remove" in request.POST:
        number = parse_reference(request.POST["remove"])
        gone = Client.objects.filter(number=number or 0, driven__vehicle=vehicle).first()
        if gone is not None:
            services.remove_driver(vehicle, gone, by=request.user)  # type: ignore[arg-type]
            said = _("%(client)s ne conduit plus ce véhicule.") % {"client": gone.name}
            tell_undoable(request, said, DRIVER, vehicle=vehicle.pk, client=gone.pk)
        return redirect(vehicle)
    form = DriverForm(request.POST)
    if form.is_valid():
        try:
            services.add_driver(vehicle, form.cleaned_data["client"], by=request.user)  # type: ignore[arg-type]
        except services.Refused as refusal:
            form.add_error("client", str(refusal))
        else:
            return redirect(vehicle)
    return _page(request, vehicle, form, 422)


@VEHICLES.get_or_post(ADD)
def create(request: HttpRequest) -> HttpResponse:
    if url := already_created(request.POST):
        return redirect(url)
    number = parse_reference(request.GET.get("client", ""))
    cancel_url = reverse("client-vehicles", args=[CLIENT_REFERENCE.show(number)]) if number else ""
    context = VEHICLES.new(_("Nouveau véhicule"), _("Enregistrer le véhicule"), cancel_url)
    if "take" in request.POST:
        return _form_page(request, VehicleForm(fill_in(request.POST)), context, status=200)
    form = VehicleForm(sent(request), initial={name: request.GET.get(name, "")[:60] for name in ("client", "plate")})
    if url := created(request, form, lambda: _create(request, form), taken=TAKEN):
        return redirect(url)
    return _form_page(request, form, context)


def _create(request: HttpRequest, form: VehicleForm) -> Vehicle:
    links = {name: form.cleaned_data[name] for name in ("tags", "zones")}
    vehicle = services.add_vehicle(form.save(commit=False), **links, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Le véhicule est enregistré."))
    _show_notes(request, form)
    return vehicle


def _show_notes(request: HttpRequest, form: VehicleForm) -> None:
    for note in form.notes:
        messages.warning(request, note)


@VEHICLES.get_or_post(CHANGE)
def edit(request: HttpRequest, vehicle: Vehicle) -> HttpResponse:
    context = VEHICLES.editing(vehicle)
    form = VehicleForm(sent(request), instance=vehicle)
    if saved(request, form, services.update_vehicle, linked=("tags", "zones"), taken=TAKEN):
        _show_notes(request, form)
        return redirect(vehicle)
    return _form_page(request, form, context)


def _form_page(request: HttpRequest, form: VehicleForm, context: dict[str, Any], status: int = 0) -> HttpResponse:
    known = known_plate(form["plate"].value() or "", form["country"].value() or "FR", form.instance.pk)
    context["known"] = known if not form.errors.get("plate") else None
    return form_page(request, "access/vehicle_form.html", form, context, status)


@VEHICLES.get(VIEW)
def check(request: HttpRequest) -> HttpResponse:
    typed, country = request.GET.get("plate", "")[:60], request.GET.get("country", "")[:2] or "FR"
    known = known_plate(typed, country, parse_key(request.GET.get("vehicle", "")))
    return render(request, "access/_known_plate.html", {"known": known})


@VEHICLES.post(CHANGE)
def circulation(request: HttpRequest, vehicle: Vehicle) -> HttpResponse:
    was_active, vehicle.is_active = vehicle.is_active, request.POST.get("to") == "active"
    try:
        services.update_vehicle(vehicle, by=request.user)  # type: ignore[arg-type]
    except IntegrityError:
        messages.error(request, _("Un autre véhicule en circulation a déjà cette immatriculation."))
    else:
        said = _("Le véhicule est en circulation.") if vehicle.is_active else _("Le véhicule est retiré.")
        kept = {"vehicle": vehicle.pk, "version": vehicle.version, "was_active": was_active}
        tell_undoable(request, said, CIRCULATION, **kept)
    return redirect(vehicle)
