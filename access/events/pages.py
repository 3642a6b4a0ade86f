"""The page of an event, with the facts of its time, and the form of a note."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from access import services
from access.events.timeline import Sight, anomaly_labels, heading, look, presented
from access.events.words import needs_of, thing_of, words_of
from access.gate.decision import decide
from access.gate.facts import Facts
from access.gate.reasons import MONEY_REASON, reason_label
from access.models import AccessCard, Entry, Event, Vehicle
from access.models.events import LONGEST_TEXT
from access.shared.pages import CLIENT, Section, created, form_page, rights_of
from clients.models import Client
from clients.pages.picker import ClientField
from clients.services import anonymized
from fixaloop.forms.fields import TidyForm, sent
from fixaloop.forms.submissions import SubmissionField
from fixaloop.web.refusals import require
from fixaloop.web.requests import safe_address

SHOWN = (*CLIENT, "card", "vehicle", "zone", "device", "actor", "entry")
ABOUT = ("card", "vehicle", "entry")
EVENTS = Section(gettext_lazy("Événements"), "access:events", Event.objects.select_related(*SHOWN))


@EVENTS.get("access.view_event")
def detail(request: HttpRequest, event: Event) -> HttpResponse:
    require(request.user, *needs_of(event))
    sight = Sight.of(request.user)
    tone, icon = look(event)
    context = {
        "event": event,
        "title": heading(event),
        "tone": tone,
        "icon": icon,
        "text": words_of(event),
        "thing": thing_of(event),
        "presented": presented(event) if sight.cards and sight.vehicles else "",
        "reasons": _reasons(event, sight),
        "anomalies": anomaly_labels(event),
        "tags": event.tags.all(),
        "sight": sight,
        "may": rights_of(request.user, see_entry="access.view_entry", see_zone="access.view_zone"),
        "crumbs": EVENTS.crumbs(f"{timezone.localtime(event.at):%d/%m/%Y %H:%M}"),
    }
    return render(request, "access/event.html", context)


def _reasons(event: Event, sight: Sight) -> list[dict[str, str]]:
    """Each reason with its sentence for staff, decided again from the facts that were kept; none about money."""
    facts = event.inputs.get("facts")
    decided = {}
    if facts and event.reasons:
        decided = {reason.code: reason.staff for reason in decide(Facts.from_inputs(facts)).reasons}
    if not sight.money:
        decided.pop(MONEY_REASON, None)
    return [{"label": reason_label(code), "staff": decided.get(code, "")} for code in event.reasons]


def _hidden(rows: QuerySet[Any]) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(rows, required=False, widget=forms.HiddenInput)


class NoteForm(TidyForm, forms.Form):
    client = ClientField(label=gettext_lazy("Client"))
    # What of the client it is about.
    card = _hidden(AccessCard.objects.all())
    vehicle = _hidden(Vehicle.objects.all())
    entry = _hidden(Entry.objects.all())
    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=LONGEST_TEXT,
        help_text=gettext_lazy("Elle ne pourra pas être modifiée."),
    )
    submission = SubmissionField()

    def clean_client(self) -> Client:
        client: Client = self.cleaned_data["client"]
        if client.anonymized_at:
            raise ValidationError(anonymized(client))
        return client

    def clean(self) -> None:
        client = self.cleaned_data.get("client")
        for row in self.about.values():
            if client and row.client_id != client.pk:
                self.add_error("client", _("%(record)s est à un autre client.") % {"record": row})

    @property
    def about(self) -> dict[str, Any]:
        return {name: row for name in ABOUT if (row := self.cleaned_data.get(name))}


@EVENTS.get_or_post("access.view_event", "clients.change_client")
def create(request: HttpRequest) -> HttpResponse:
    form = NoteForm(sent(request), initial={"client": request.GET.get("client", "")[:40]})
    if url := created(request, form, lambda: _note(request, form)):
        return redirect(safe_address(request, request.POST.get("next")) or f"{url}events/")
    return form_page(request, "access/form.html", form, EVENTS.new(_("Nouvelle note"), _("Ajouter la note")))


def _note(request: HttpRequest, form: NoteForm) -> Client:
    client: Client = form.cleaned_data["client"]
    services.add_note(client, form.cleaned_data["text"], about=form.about, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("La note est ajoutée."))
    return client
