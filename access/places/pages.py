"""The pages of zones, devices and tags."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from access import services
from access.hours import show_hours
from access.models import Device, Entry, Tag, Zone
from access.places.cells import device_state_cell
from access.places.forms import DeviceForm, PlaceForm, TagForm, ZoneForm
from access.shared.page import changes, conflict, crumbs, form_page, page_of, rights_of
from access.shared.shown_once import keep_once, take_once
from fixaloop.forms.submissions import already_created, submit_once
from fixaloop.forms.tidy import sent


@require_safe
@page_of("zone", "access.view_zone")
def zone(request: HttpRequest, zone: Zone) -> HttpResponse:
    """A zone: its size, its opening, its doors, the zones inside it."""
    context = {
        "zone": zone,
        "hours": show_hours(zone.hours),
        "inside": Entry.objects.open().filter(zone=zone).count(),
        "devices": zone.devices.order_by("name"),
        "children": zone.children.order_by("name"),
        "changes": changes(zone),
        "may": rights_of(
            request.user,
            change="access.change_zone",
            see_devices="access.view_device",
            see_entries="access.view_entry",
            see_cards="access.view_accesscard",
            see_events="access.view_event",
        ),
        "crumbs": crumbs((_("Zones"), reverse("access:zones")), (zone.name, "")),
    }
    return render(request, "access/zone.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("access.add_zone", raise_exception=True)
def new_zone(request: HttpRequest) -> HttpResponse:
    """The form of a new zone."""
    form = ZoneForm(sent(request))
    page = {"title": _("Nouvelle zone"), "list": (_("Zones"), reverse("access:zones"))}
    return _create(request, form, page, lambda: services.save_zone(form.save(commit=False), by=request.user))  # type: ignore[arg-type]


@require_http_methods(["GET", "HEAD", "POST"])
@page_of("zone", "access.change_zone")
def edit_zone(request: HttpRequest, zone: Zone) -> HttpResponse:
    """The form of an existing zone."""
    form = ZoneForm(sent(request), instance=zone)
    return _edit(request, form, (_("Zones"), reverse("access:zones")), services.save_zone)


@require_safe
@never_cache
@page_of("device", "access.view_device")
def device(request: HttpRequest, device: Device) -> HttpResponse:
    """A device: where it is, when it was heard of; just after a token was made for it, the token, this once."""
    now = timezone.now()
    context = {
        "device": device,
        "state": device_state_cell(device, now),
        "token": take_once(request, _once(device)),
        "changes": changes(device),
        "may": rights_of(request.user, change="access.change_device", see_events="access.view_event"),
        "crumbs": crumbs((_("Appareils"), reverse("access:devices")), (device.name, "")),
    }
    return render(request, "access/device.html", context)


def _once(device: Device) -> str:
    return f"device-{device.pk}"


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("access.add_device", raise_exception=True)
def new_device(request: HttpRequest) -> HttpResponse:
    """The form of a new device, which gets its token at once."""
    form = DeviceForm(sent(request))
    page = {"title": _("Nouvel appareil"), "list": (_("Appareils"), reverse("access:devices"))}
    return _create(request, form, page, lambda: _provide(request, form))


def _provide(request: HttpRequest, form: DeviceForm) -> Device:
    device = services.save_device(form.save(commit=False), by=request.user)  # type: ignore[arg-type]
    keep_once(request, _once(device), services.rotate_token(device, by=request.user))  # type: ignore[arg-type]
    return device


@require_http_methods(["GET", "HEAD", "POST"])
@page_of("device", "access.change_device")
def edit_device(request: HttpRequest, device: Device) -> HttpResponse:
    """The form of an existing device."""
    form = DeviceForm(sent(request), instance=device)
    return _edit(request, form, (_("Appareils"), reverse("access:devices")), services.save_device)


@require_POST
@page_of("device", "access.change_device")
def rotate(request: HttpRequest, device: Device) -> HttpResponse:
    """Give a device a new token; the one before works until the new one is first used."""
    keep_once(request, _once(device), services.rotate_token(device, by=request.user))  # type: ignore[arg-type]
    messages.success(request, _("Le nouveau jeton est prêt ; l’ancien marche jusqu’au premier usage du nouveau."))
    return redirect(device)


@require_POST
@page_of("device", "access.change_device")
def revoke(request: HttpRequest, device: Device) -> HttpResponse:
    """Take all tokens of a device away."""
    services.revoke_token(device, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Les jetons de cet appareil sont révoqués : il n’est plus écouté."))
    return redirect(device)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("access.add_tag", raise_exception=True)
def new_tag(request: HttpRequest) -> HttpResponse:
    """The form of a new tag."""
    form = TagForm(sent(request))
    page = {"title": _("Nouveau tag"), "list": (_("Tags"), reverse("access:tags"))}
    return _create(request, form, page, form.save, back=reverse("access:tags"))


@require_http_methods(["GET", "HEAD", "POST"])
@page_of("tag", "access.change_tag")
def edit_tag(request: HttpRequest, tag: Tag) -> HttpResponse:
    """The form of an existing tag."""
    form = TagForm(sent(request), instance=tag)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Les modifications sont enregistrées."))
        return redirect("access:tags")
    may = rights_of(request.user, delete="access.delete_tag")
    context = _form_context(tag.name, (_("Tags"), reverse("access:tags")), reverse("access:tags"))
    return form_page(request, "access/tag_form.html", form, context | {"tag": tag, "may": may})


@require_POST
@page_of("tag", "access.delete_tag")
def delete_tag(request: HttpRequest, tag: Tag) -> HttpResponse:
    """Take a tag away from all that has it; where events keep it, it stays."""
    if tag.events.exists():
        messages.error(request, _("Des événements portent ce tag : il ne peut pas être supprimé, mais renommé."))
        return redirect("access:tag-edit", tag.pk)
    tag.delete()
    messages.success(request, _("Le tag est supprimé."))
    return redirect("access:tags")


def _form_context(title: str, back: tuple[Any, str], cancel_url: str) -> dict[str, Any]:
    steps = crumbs(back, (title, ""))
    return {"title": title, "cancel_url": cancel_url, "submit_label": _("Enregistrer"), "crumbs": steps}


def _create(request: HttpRequest, form: Any, page: dict[str, Any], create: Any, back: str = "") -> HttpResponse:
    """A creation form, sent once; `back` where what is created has no page of its own."""
    if created := already_created(request.POST):
        return redirect(created)
    if request.method == "POST" and form.is_valid():
        token = form.cleaned_data["submission"]
        if back:
            create()
            return redirect(back)
        url = submit_once(token, request.user, create)
        messages.success(request, _("C’est enregistré."))
        return redirect(url)
    context = _form_context(page["title"], page["list"], page["list"][1])
    return form_page(request, "access/form.html", form, context)


def _edit(request: HttpRequest, form: PlaceForm, back: tuple[Any, str], save: Any) -> HttpResponse:
    """The form of an existing zone or device, at the version it was read at."""
    thing = form.instance
    name = type(thing).objects.values_list("name", flat=True).get(pk=thing.pk)
    context = _form_context(_("Modifier %(name)s") % {"name": name}, back, thing.get_absolute_url())
    if request.method == "POST" and form.is_valid():
        try:
            save(form.save(commit=False), by=request.user, version=form.cleaned_data["version"])
        except services.Stale:
            stored = type(thing).objects.get(pk=thing.pk)
            context |= conflict(form, type(form)(instance=stored), stored) | {"thing": stored}
            return form_page(request, "access/form.html", form, context, status=409)
        except services.Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Les modifications sont enregistrées."))
            return redirect(thing)
    return form_page(request, "access/form.html", form, context)
