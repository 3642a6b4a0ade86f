"""Merging two clients: choose the other one, compare them value by value, confirm."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients import services
from clients.models import Client
from clients.pages.forms import MergeForm
from clients.pages.page import client_context, client_page
from clients.services import merging
from clients.services.choosing import KEPT, LOST, Choice, choices, may_take
from fixaloop.forms.submissions import NAME, already_created, submit_once

FORCE = "clients.force_status"


@require_http_methods(["GET", "HEAD", "POST"])
@client_page("clients.merge_client", changing=True)
def merge(request: HttpRequest, client: Client) -> HttpResponse:
    if request.method == "POST" and (url := already_created(request.POST)):
        return redirect(url)
    form = MergeForm(request.POST or request.GET or None)
    is_stale, preview = False, None
    if form.is_valid():
        other = form.cleaned_data["other"]
        if other.pk == client.pk:
            form.add_error("other", _("Choisissez un autre client que celui-ci."))
        elif reasons := merging.obstacles(client, other):
            form.add_error("other", " ".join(reasons))
        elif request.method == "POST" and form.cleaned_data["confirm"]:
            try:
                return redirect(_merge(request, form, client, other))
            except services.Refused as refusal:
                form.add_error("other", str(refusal))
            except services.Stale:
                is_stale = True
        if not form.errors:
            preview = _preview(request, form, client, other)
    context = {"form": form, "preview": preview, "is_stale": is_stale, "cancel_url": client.get_absolute_url()}
    code = 409 if is_stale else 422 if request.method == "POST" and form.errors else 200
    return render(request, "clients/merge.html", client_context(request, client, "") | context, status=code)


def _merge(request: HttpRequest, form: MergeForm, client: Client, other: Client) -> str:
    said = form.cleaned_data

    def run() -> Client:
        return merging.merge_clients(
            client,
            other,
            chosen=form.chosen(request.user.has_perm(FORCE)),
            versions=(said["version"], said["other_version"]),
            by=request.user,  # type: ignore[arg-type]
        )

    url = submit_once(said["submission"], request.user, run)
    messages.success(request, _("%(client)s est fusionné dans cette fiche.") % {"client": other})
    return url


def _preview(request: HttpRequest, form: MergeForm, kept: Client, lost: Client) -> dict[str, Any]:
    may_force = request.user.has_perm(FORCE)
    chosen = form.chosen(may_force)
    kept, lost = (Client.objects.select_related("company").get(pk=client.pk) for client in (kept, lost))
    rows = [_row(choice, kept, lost, chosen, may_force) for choice in choices(kept, lost)]
    return {
        "keep": kept,
        "lose": lost,
        "rows": rows,
        "descriptions": [client.description for client in (kept, lost)],
        "moves": merging.dependents(lost),
        "submission": form[NAME].value() or uuid4(),
    }


def _row(choice: Choice, kept: Client, lost: Client, chosen: dict[str, str], may_force: bool) -> dict[str, Any]:
    """What a line shows: the two values, whether one chooses, whose is taken and why."""
    group = choice.group
    is_open = choice.is_open and may_take(group, kept, lost) and (may_force or group.name != "status")
    taken = chosen.get(group.name, choice.better) if is_open else KEPT if choice.is_open else choice.better
    values = [
        {"side": side, "text": text, "is_taken": side == taken, "why": choice.reason if side == choice.better else ""}
        for side, text in ((KEPT, choice.kept), (LOST, choice.lost))
    ]
    return {"name": f"take_{group.name}", "label": group.label, "is_open": is_open, "values": values}
