"""The page of an event: what was decided, with the facts of then; and notes added by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from access import services
from access.events.cells import LOOKS, Sight, anomaly_labels, presented, text_of, title
from access.events.forms import NoteForm
from access.gate.decision import Facts, decide
from access.gate.sentences import MONEY_REASON, SHORT
from access.models import Event
from access.shared.page import crumbs, form_page, page_of, rights_of
from clients.models import Client
from fixaloop.forms.submissions import submit_once
from fixaloop.forms.tidy import sent


@require_safe
@page_of("event", "access.view_event")
def detail(request: HttpRequest, event: Event) -> HttpResponse:
    """What happened and why, decided again from the facts that were kept."""
    sight = Sight.of(request.user)
    tone, icon = LOOKS[Event.Kind(event.kind)]
    context = {
        "event": event,
        "title": title(event, sight),
        "tone": tone,
        "icon": icon,
        "text": text_of(event, sight),
        "presented": presented(event) if sight.cards and sight.vehicles else "",
        "reasons": _reasons(event, sight),
        "anomalies": anomaly_labels(event),
        "tags": event.tags.all(),
        "sight": sight,
        "may": rights_of(request.user, see_entry="access.view_entry", see_zone="access.view_zone"),
        "crumbs": crumbs((_("Événements"), reverse("access:events")), (_moment(event), "")),
    }
    return render(request, "access/event.html", context)


def _moment(event: Event) -> str:
    return f"{timezone.localtime(event.at):%d/%m/%Y %H:%M}"


def _reasons(event: Event, sight: Sight) -> list[dict[str, str]]:
    """Each reason as the staff read it then; of money, only that there was some."""
    facts = event.inputs.get("facts")
    decided = {}
    if facts and event.reasons:
        decided = {reason.code: reason for reason in decide(Facts.from_inputs(facts)).reasons}
    found = []
    for code in event.reasons:
        reason = decided.get(code)
        hidden = code == MONEY_REASON and not sight.money
        found.append({"label": _label(code), "staff": reason.staff if reason and not hidden else ""})
    return found


def _label(code: str) -> str:
    return str(SHORT.get(code, code))


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(("access.view_event", "clients.change_client"), raise_exception=True)
def create(request: HttpRequest) -> HttpResponse:
    """A note on a client's timeline."""
    form = NoteForm(sent(request), initial={"client": request.GET.get("client", "")[:40]})
    if request.method == "POST" and form.is_valid():
        url = submit_once(form.cleaned_data["submission"], request.user, lambda: _note(request, form))
        return redirect(f"{url}events/")
    heading = _("Nouvelle note")
    context: dict[str, Any] = {
        "title": heading,
        "cancel_url": reverse("access:events"),
        "submit_label": _("Ajouter la note"),
        "crumbs": crumbs((_("Événements"), reverse("access:events")), (heading, "")),
    }
    return form_page(request, "access/form.html", form, context)


def _note(request: HttpRequest, form: NoteForm) -> Client:
    client: Client = form.cleaned_data["client"]
    services.add_note(client, form.cleaned_data["text"], by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("La note est ajoutée."))
    return client
