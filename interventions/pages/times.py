"""The page that puts real times right."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods

from fixaloop.forms.fields import LengthField, MomentField, RuledForm, sent
from fixaloop.web.refusals import Lacking
from interventions import rights, services
from interventions.models import Intervention
from interventions.pages.actions import form_page, say_stale
from interventions.pages.forms import untouched
from interventions.rights import WRITING, intervention_page
from interventions.states import REOPEN, State
from interventions.times import correctable


class TimesForm(RuledForm, forms.Form):
    """The real times that a job has, and why they change."""

    started_at = MomentField(label=gettext_lazy("Début réel"), required=False)
    finished_at = MomentField(label=gettext_lazy("Fin réelle"), required=False)
    waiting_since = MomentField(label=gettext_lazy("En attente depuis"), required=False)
    waited = LengthField(
        label=gettext_lazy("Temps d’attente"),
        required=False,
        help_text=gettext_lazy("Entre le début et la fin, le temps où personne n’y a travaillé : 2 h 30, 3 j…"),
    )
    reason = forms.CharField(
        label=gettext_lazy("Motif"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("L’historique garde qui a corrigé quoi, et pourquoi."),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, intervention: Intervention, **kwargs: Any) -> None:
        self.intervention = intervention
        there = correctable(intervention)
        kwargs["initial"] = {name: getattr(intervention, name) for name in (*there, "version")}
        super().__init__(*args, **kwargs)
        for name in self.fields.keys() - {*there, "reason", "version"}:
            del self.fields[name]


@require_http_methods(["GET", "HEAD", "POST"])
@intervention_page(*WRITING)
def times(request: HttpRequest, intervention: Intervention) -> HttpResponse:
    if not rights.may_correct_times(request.user, intervention):
        raise Lacking(REOPEN if intervention.state == State.CLOSED else rights.CHANGE)
    if not correctable(intervention):
        messages.error(request, _("%(reference)s n’a pas commencé.") % {"reference": intervention.reference})
        return redirect(intervention)
    form = TimesForm(sent(request), intervention=intervention)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            services.correct_times(intervention, by=request.user, **untouched(form, intervention))  # type: ignore[arg-type]
        except services.Stale as stale:
            refusal = say_stale(intervention, form, stale)
        except ValidationError as why:
            form.tell(why)
        else:
            messages.success(request, _("Les heures sont corrigées."))
            return redirect(intervention)
    context = {
        "title": _("Corriger les heures"),
        "submit_label": _("Corriger les heures"),
        "cancel_url": intervention.get_absolute_url(),
    }
    return form_page(request, intervention, form, context, refusal, 409)
