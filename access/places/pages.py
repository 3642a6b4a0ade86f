"""The pages and forms of zones, devices and tags."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.cache import never_cache

from access import services
from access.calendar.upcoming import upcoming
from access.gate import persons
from access.gate.lapse import longest_stay
from access.models import Device, Tag, Zone
from access.places.list import device_state_cell, said_hours
from access.shared.forms import STAY_FIELDS, STAY_HELP, HoursField, NamedForm
from access.shared.pages import Section, changes, created, form_page, keep_once, rights_of, saved, take_once
from fixaloop.accounts.proof import proof_required
from fixaloop.forms.fields import sent
from fixaloop.forms.submissions import VersionedForm, already_created

ZONES = Section(gettext_lazy("Zones"), "access:zones", Zone.objects.select_related("parent"))
DEVICES = Section(gettext_lazy("Appareils"), "access:devices", Device.objects.select_related("zone"))
# Tariffs named on the page of a zone: those of the last times.
MOST_TARIFFS = 5
TAGS = Section(gettext_lazy("Tags"), "access:tags", Tag.objects.all())


class ZoneForm(NamedForm, VersionedForm):
    hours = HoursField(label=gettext_lazy("Ouverture"), help_text=gettext_lazy("Vide : toujours ouverte."))

    class Meta:
        model = Zone
        fields = ("name", "parent", "open_to", "capacity", "hours", "closed_on_holidays", "anti_passback", *STAY_FIELDS)
        help_texts = STAY_HELP | {
            "open_to": gettext_lazy("Ce qu’ouvrent une plaque et un nom, sans zone donnée à la carte ou au véhicule."),
            "closed_on_holidays": gettext_lazy("Sinon, elle garde ces jours-là ses horaires habituels."),
            "capacity": gettext_lazy("Combien de personnes ou de véhicules à la fois. Vide : sans limite."),
            "parent": gettext_lazy("Qui peut entrer dans cette zone-là entre aussi dans celle-ci."),
        }
        widgets = {
            "open_to": forms.RadioSelect,
            "reset_at": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["anti_passback"].required = self.fields["open_to"].required = False
        if not self.instance.pk:
            self.initial["open_to"] = Zone.OpenTo.GIVEN
        else:
            self.fields["parent"].queryset = Zone.objects.exclude(path__startswith=self.instance.path)  # type: ignore[attr-defined]

    def clean_anti_passback(self) -> str:
        return self.cleaned_data["anti_passback"] or self.instance.anti_passback

    def clean_open_to(self) -> str:
        return self.cleaned_data["open_to"] or self.instance.open_to


class OpenToForm(forms.Form):
    open_to = forms.ChoiceField(choices=[choice for choice in Zone.OpenTo.choices if choice[0] != "undecided"])


class DeviceForm(NamedForm, VersionedForm):
    class Meta:
        model = Device
        fields = ("name", "zone", "direction", "presented", "enabled", "at_counter", "repeat_seconds", "turn_seconds")
        help_texts = STAY_HELP


class TagForm(NamedForm):
    class Meta:
        model = Tag
        fields = ("name",)


def _create(
    request: HttpRequest, section: Section, title: str, form: VersionedForm, create: Callable[[], Model]
) -> HttpResponse:
    if url := already_created(request.POST):
        return redirect(url)
    if url := created(request, form, create):
        messages.success(request, _("C’est enregistré."))
        return redirect(url)
    return form_page(request, "access/form.html", form, section.new(title, _("Enregistrer")))


def _edit(request: HttpRequest, section: Section, form: VersionedForm, save: Callable[..., Any]) -> HttpResponse:
    context = section.editing(form.instance)
    context["crumbs"] = section.crumbs(context["title"])
    if saved(request, form, save):
        return redirect(form.instance)
    return form_page(request, "access/form.html", form, context)


@ZONES.get("access.view_zone")
def zone(request: HttpRequest, zone: Zone) -> HttpResponse:
    context = {
        "zone": zone,
        "hours": said_hours(zone),
        "upcoming": upcoming(zone, timezone.localdate()),
        "longest_stay": int(longest_stay(zone).total_seconds() // 3600),
        "inside": persons.inside(zone),
        "devices": zone.devices.order_by("name"),
        "children": zone.children.order_by("name"),
        "tariffs": zone.tariffs.order_by("-starts_on", "-pk")[:MOST_TARIFFS],
        "changes": changes(zone),
        "may": rights_of(
            request.user,
            change="access.change_zone",
            correct="access.correct_entry",
            see_devices="access.view_device",
            see_entries="access.view_entry",
            see_cards="access.view_accesscard",
            see_events="access.view_event",
            see_calendar="access.view_specialday",
            add_day="access.add_specialday",
            see_tariffs="access.view_tariff",
            add_tariff="access.add_tariff",
        ),
        "crumbs": ZONES.crumbs(zone),
    }
    return render(request, "access/zone.html", context)


@ZONES.get_or_post("access.add_zone")
def new_zone(request: HttpRequest) -> HttpResponse:
    form = ZoneForm(sent(request))
    return _create(
        *(request, ZONES, _("Nouvelle zone"), form),
        lambda: services.save_zone(form.save(commit=False), by=request.user),  # type: ignore[arg-type]
    )


@ZONES.get_or_post("access.change_zone")
def edit_zone(request: HttpRequest, zone: Zone) -> HttpResponse:
    return _edit(request, ZONES, ZoneForm(sent(request), instance=zone), services.save_zone)


@ZONES.post("access.change_zone")
def decide_zone(request: HttpRequest, zone: Zone) -> HttpResponse:
    form = OpenToForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choisissez à qui la zone est ouverte."))
        return redirect(zone)
    zone.open_to = form.cleaned_data["open_to"]
    services.save_zone(zone, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("C’est enregistré."))
    return redirect(zone)


@never_cache
@DEVICES.get("access.view_device")
def device(request: HttpRequest, device: Device) -> HttpResponse:
    """A device: where it is, when it was heard of and, just after a token was made for it, the token, this once."""
    context = {
        "device": device,
        "state": device_state_cell(device, timezone.now()),
        "token": take_once(request, _once(device)),
        "changes": changes(device),
        "may": rights_of(request.user, change="access.change_device", see_events="access.view_event"),
        "crumbs": DEVICES.crumbs(device),
    }
    return render(request, "access/device.html", context)


def _once(device: Device) -> str:
    return f"device-{device.pk}"


@DEVICES.get_or_post("access.add_device")
@proof_required
def new_device(request: HttpRequest) -> HttpResponse:
    form = DeviceForm(sent(request))
    return _create(request, DEVICES, _("Nouvel appareil"), form, lambda: _provide(request, form))


def _provide(request: HttpRequest, form: DeviceForm) -> Device:
    device = services.save_device(form.save(commit=False), by=request.user)  # type: ignore[arg-type]
    keep_once(request, _once(device), services.rotate_token(device, by=request.user))  # type: ignore[arg-type]
    return device


@DEVICES.get_or_post("access.change_device")
def edit_device(request: HttpRequest, device: Device) -> HttpResponse:
    return _edit(request, DEVICES, DeviceForm(sent(request), instance=device), services.save_device)


@DEVICES.post("access.change_device")
@proof_required
def rotate(request: HttpRequest, device: Device) -> HttpResponse:
    """Give a device a new token; the old one works until the new one is first used."""
    keep_once(request, _once(device), services.rotate_token(device, by=request.user))  # type: ignore[arg-type]
    messages.success(request, _("Le nouveau jeton est prêt ; l’ancien marche jusqu’au premier usage du nouveau."))
    return redirect(device)


@DEVICES.post("access.change_device")
def revoke(request: HttpRequest, device: Device) -> HttpResponse:
    services.revoke_token(device, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Les jetons de cet appareil sont révoqués : il n’est plus écouté."))
    return redirect(device)


@TAGS.get_or_post("access.add_tag")
def new_tag(request: HttpRequest) -> HttpResponse:
    form = TagForm(sent(request))
    if form.is_valid():
        form.save()
        return redirect("access:tags")
    return form_page(request, "access/form.html", form, TAGS.new(_("Nouveau tag"), _("Enregistrer")))


@TAGS.get_or_post("access.change_tag")
def edit_tag(request: HttpRequest, tag: Tag) -> HttpResponse:
    context = TAGS.new(tag.name, _("Enregistrer")) | {
        "tag": tag,
        "may": rights_of(request.user, delete="access.delete_tag"),
    }
    form = TagForm(sent(request), instance=tag)
    if form.is_valid():
        form.save()
        messages.success(request, _("Les modifications sont enregistrées."))
        return redirect("access:tags")
    return form_page(request, "access/tag_form.html", form, context)


@TAGS.post("access.delete_tag")
def delete_tag(request: HttpRequest, tag: Tag) -> HttpResponse:
    """Take a tag away from all that has it, unless events have it: those are never changed."""
    if tag.events.exists():
        messages.error(request, _("Des événements portent ce tag : il ne peut pas être supprimé, mais renommé."))
        return redirect("access:tag-edit", tag.pk)
    tag.delete()
    messages.success(request, _("Le tag est supprimé."))
    return redirect("access:tags")
