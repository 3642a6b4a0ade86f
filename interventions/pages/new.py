"""Creating an intervention, and with it, where nobody knows them yet, its client and its vehicle."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods

from access.services import add_vehicle
from access.vehicles.forms import BriefVehicleForm
from clients.pages.brief import CALLER, KNOWN, NEW, REST, BriefClientForm, carried_over
from clients.services import create_client
from clients.services.duplicates import WARN
from fixaloop.forms.fields import sent
from fixaloop.forms.submissions import already_created, submit_once
from fixaloop.web.refusals import permission_required, require
from interventions import services
from interventions.models import Intervention
from interventions.pages.detail import warn_of_overlaps, warn_of_price
from interventions.pages.forms import MONEY, InterventionForm
from interventions.rights import SEE_MONEY
from interventions.search import find_vehicle
from interventions.states import WHEN, State

ADD_CLIENT, ADD_VEHICLE = "clients.add_client", "access.add_vehicle"
LONGEST_GIVEN = 255
FOLDED = ("equipment_brand", "equipment_model", "equipment_serial", *MONEY)
# What a link to the form may fill in.
GIVEN = ("client", "vehicle", "vehicle_name", "who", *CALLER, *REST)


class NewInterventionForm(InterventionForm):
    """A new intervention. What its client and its vehicle must be is said by their own forms, in this one’s fields."""

    who = forms.ChoiceField(
        label=gettext_lazy("Pour qui ?"),
        required=False,
        choices=((KNOWN, gettext_lazy("Client existant")), (NEW, gettext_lazy("Nouveau client"))),
        widget=forms.RadioSelect,
        initial=KNOWN,
    )
    vehicle_name = forms.CharField(
        label=gettext_lazy("Marque et modèle, s’il est nouveau"),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": gettext_lazy("Renault Clio")}),
    )
    new_vehicle: BriefVehicleForm | None = None

    def __init__(self, data: QueryDict | None, *, user: Any, initial: dict[str, Any]) -> None:
        initial = {"who": NEW if any(map(initial.get, CALLER)) else KNOWN} | initial
        super().__init__(data, may_see_money=user.has_perm(SEE_MONEY), initial=initial)
        self.may_add_client, self.may_add_vehicle = user.has_perm(ADD_CLIENT), user.has_perm(ADD_VEHICLE)
        self.is_for_new = data is not None and data.get("who") == NEW
        self.new_client = BriefClientForm(data if self.is_for_new else None, initial)
        self.fields["client"].required = not self.is_for_new
        for name, allowed in (("who", self.may_add_client), ("vehicle_name", self.may_add_vehicle)):
            if not allowed:
                del self.fields[name]
        client: Any = self.fields["client"]
        client.widget.may_create = self.may_add_client

    def clean(self) -> dict[str, Any]:
        self.cleaned_data = super().clean() or self.cleaned_data
        if self.is_for_new:
            self.cleaned_data["client"] = None
            if not self.new_client.is_valid():
                self.add_error(None, _("Rien n’est enregistré : complétez d’abord le nouveau client."))
        return self.cleaned_data

    def clean_vehicle(self) -> Any:
        typed: str = self.cleaned_data["vehicle"]
        client: Any = self.cleaned_data.get("client")
        if not typed or (client is None and not self.is_for_new):
            return None
        if self.is_for_new:
            return self._new_vehicle(typed)
        try:
            return find_vehicle(typed, client.pk)
        except ValidationError:
            if not self.may_add_vehicle:
                raise
        return self._new_vehicle(typed)

    def _new_vehicle(self, plate: str) -> Any:
        """Check a vehicle that will be the client’s. It must be described: a plate that was mistyped is no new car."""
        if not self.may_add_vehicle:
            return find_vehicle(plate, 0)
        what = str(self.data.get("vehicle_name", "")).strip()
        if not what:
            message = _("Aucun véhicule n’a la plaque « %(plate)s » : dites ce que c’est, ou corrigez la plaque.")
            raise ValidationError(message, "described", {"plate": plate})
        self.new_vehicle = BriefVehicleForm(plate, what)
        if not self.new_vehicle.is_valid():
            raise ValidationError([error for errors in self.new_vehicle.errors.as_data().values() for error in errors])
        return None

    def carry_over(self) -> None:
        if "client" in self.errors and self.may_add_client:
            self.new_client = BriefClientForm(None, carried_over(str(self.data.get("client", ""))))


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("interventions.add_intervention")
def create(request: HttpRequest) -> HttpResponse:
    """The form of a new intervention. With `take_client`, one of the clients alike is chosen instead of a new one."""
    if request.POST.get("who") == NEW and "take_client" not in request.POST:
        require(request.user, ADD_CLIENT)
    given = {name: value[:LONGEST_GIVEN] for name in GIVEN if (value := request.GET.get(name))}
    if "take_client" in request.POST:
        given = {**request.POST.dict(), "client": request.POST["take_client"], "who": KNOWN}
    data = None if "take_client" in request.POST else sent(request)
    form = NewInterventionForm(data, user=request.user, initial=given)
    if form.is_bound and (url := _created(request, form)):
        return redirect(url)
    return _form_page(request, form)


def _created(request: HttpRequest, form: NewInterventionForm) -> str:
    """The address of what this form creates, now or when it was sent before; empty if nothing, with errors in it."""
    if not form.is_valid():
        # The client that it created then would be in its own way.
        return already_created(request.POST)
    try:
        url = submit_once(form.cleaned_data["submission"], request.user, lambda: _create(request, form))
    except IntegrityError:
        message = _("Quelqu’un vient d’enregistrer ce client ou ce véhicule : vérifiez l’e-mail et la plaque.")
        form.add_error(None, message)
        return ""
    except ValidationError as refusal:
        form.tell(refusal)
        return ""
    if form.instance.pk:
        _tell(request, form)
    return url


@transaction.atomic
def _create(request: HttpRequest, form: NewInterventionForm) -> Intervention:
    user: Any = request.user
    job = form.save(commit=False)
    if form.is_for_new:
        job.client = create_client(form.new_client.save(commit=False), by=user)
    if form.new_vehicle is not None:
        vehicle = form.new_vehicle.save(commit=False)
        vehicle.client = job.client
        job.vehicle = add_vehicle(vehicle, by=user)
    services.create(job, by=user)
    warn_of_price(request, job)
    when = {name: form.cleaned_data[name] for name in WHEN}
    # Who gave a technician and a slot has planned it, whichever button was pressed.
    if request.POST.get("to") == "planned" or all(when.values()):
        services.plan(job, by=user, **when)
    return job


def _tell(request: HttpRequest, form: NewInterventionForm) -> None:
    job = form.instance
    if form.is_for_new:
        message = _("L’intervention est créée, et %(client)s est un nouveau client.")
        messages.success(request, message % {"client": job.client})
        for duplicate in form.new_client.duplicates:
            # Who saves before the page has asked is told as well.
            if duplicate.level == WARN:
                messages.warning(request, duplicate.sentence)
    else:
        messages.success(request, _("L’intervention est créée."))
    for note in form.new_vehicle.notes if form.new_vehicle else ():
        messages.warning(request, note)
    if job.state == State.PLANNED:
        # Once it is committed: of two people who plan at once, the later one sees the other’s slot.
        warn_of_overlaps(request, job)


def _form_page(request: HttpRequest, form: NewInterventionForm) -> HttpResponse:
    form.show_client(with_vehicles=request.user.has_perm("access.view_vehicle"))
    form.carry_over()
    if not form.is_bound:
        first: Any = form.fields["title" if form.initial.get("client") else "client"]
        first.widget.attrs["autofocus"] = True
    context = {
        "title": _("Nouvelle intervention"),
        "form": form,
        "duplicates": form.new_client.duplicates if form.is_for_new else (),
        "is_unfolded": any(form[name].errors or form[name].value() for name in FOLDED if name in form.fields),
        "cancel_url": (request.GET.get("client") and reverse("clients:list")) or reverse("interventions:list"),
    }
    return render(request, "interventions/new.html", context, status=422 if form.errors else 200)
