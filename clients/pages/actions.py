"""Actions on a client beyond its form: force the status, delete, hand over its data, anonymise."""

import tempfile
from copy import copy
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clients import services
from clients.declared.undos import STATUS, forced_of
from clients.extensions import extensions
from clients.models import Client
from clients.pages.forms import StatusForm, conflict_context
from clients.pages.page import client_context, client_page
from clients.privacy import anonymize_client, archive_permissions, obstacles_to_anonymising, write_dossier
from fixaloop.accounts.proof import proof_needed, proof_required
from fixaloop.forms.fields import sent
from fixaloop.forms.undo import tell_undoable


@require_http_methods(["GET", "HEAD", "POST"])
@client_page("clients.force_status", changing=True)
def status(request: HttpRequest, client: Client) -> HttpResponse:
    losses = [sentence for part in extensions() for sentence in part.deactivation(client, timezone.now())]
    # The page goes on showing the client as it is: the form writes what is typed into its own.
    form = StatusForm(sent(request), instance=copy(client))
    conflict: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            services.update_client(
                form.save(commit=False),
                by=request.user,  # type: ignore[arg-type]
                version=form.cleaned_data["version"],
            )
        except services.Stale:
            conflict = conflict_context(form, client)
        else:
            kept = {"client": client.pk, "version": form.instance.version, **forced_of(client)}
            tell_undoable(request, _("Le statut est enregistré."), STATUS, **kept)
            return redirect(client)
    code = 409 if conflict else 422 if form.errors else 200
    context = {"form": form, "title": _("Statut de %(client)s") % {"client": client.name}, **conflict}
    context |= {
        "cancel_url": client.get_absolute_url(),
        "submit_label": _("Enregistrer le statut"),
        "consequences": losses,
    }
    return render(request, "clients/status.html", client_context(request, client, "") | context, status=code)


@require_http_methods(["GET", "HEAD", "POST"])
@client_page("clients.delete_client")
def delete(request: HttpRequest, client: Client) -> HttpResponse:
    reasons = services.obstacles(client)
    if request.method == "POST":
        try:
            services.delete_client(client, by=request.user)  # type: ignore[arg-type]
        except services.Refused as refusal:
            reasons = list(refusal.obstacles)
        else:
            messages.success(request, _("Le client %(client)s est supprimé.") % {"client": client})
            return redirect("clients:list")
    context = client_context(request, client, "") | {"obstacles": reasons, "cancel_url": client.get_absolute_url()}
    return render(request, "clients/delete.html", context, status=409 if request.method == "POST" else 200)


@require_safe
@client_page(archive_permissions())
def data(request: HttpRequest, client: Client) -> HttpResponseBase:
    if asked := proof_needed(request, file=True):
        return asked
    limit = settings.EXPORT_BACKGROUND_ROWS
    if sum(extension.archive_size(client) for extension in extensions()) > limit:
        message = _("Ce dossier dépasse %(limit)s lignes : demandez-le à l’administrateur (export_client_data).")
        messages.warning(request, message % {"limit": number_format(limit)})
        return redirect(client)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it when it is sent
    write_dossier(file, client, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{client.reference}.zip", content_type="application/zip")


@require_http_methods(["GET", "HEAD", "POST"])
@client_page("clients.delete_client", changing=True)
@proof_required
def anonymize(request: HttpRequest, client: Client) -> HttpResponse:
    reasons = obstacles_to_anonymising(client)
    if request.method == "POST":
        try:
            anonymize_client(client, by=request.user)  # type: ignore[arg-type]
        except services.Refused as refusal:
            reasons = list(refusal.obstacles)
        else:
            messages.success(request, _("Le client %(reference)s est anonymisé.") % {"reference": client.reference})
            return redirect(client)
    context = client_context(request, client, "") | {"obstacles": reasons, "cancel_url": client.get_absolute_url()}
    context["data_url"] = reverse("clients:data", args=[client.reference])
    return render(request, "clients/anonymize.html", context, status=409 if request.method == "POST" else 200)
