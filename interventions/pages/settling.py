"""“Terminer et encaisser”: real times, report, amounts, payment, closing and the sheet to print, in one form."""

from copy import copy
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods

from fixaloop.forms.fields import AmountField, MomentField, RuledForm, focus_first, sent
from fixaloop.forms.payments import Method, remember_method, usual_method
from fixaloop.forms.submissions import SubmissionField, already_created, submit_once
from fixaloop.forms.undo import tell_undoable
from fixaloop.web.requests import safe_address
from fixaloop.words.money import euros
from interventions import rights, services
from interventions.declared.undos import MOVE, moved_of
from interventions.models import Intervention
from interventions.pages.actions import say_stale
from interventions.pages.detail import say_over_quote, warn_of_credit, warn_of_price
from interventions.pages.forms import untouched
from interventions.rights import CHANGE, CHANGE_OWN, intervention_page
from interventions.services.settling import Ending, Received, settle
from interventions.states import State, state_name

AMOUNTS = ("parts_amount", "labor_amount")
PAYMENT = ("amount", "method")


class SettlingForm(RuledForm, forms.Form):
    report = forms.CharField(
        label=gettext_lazy("Compte rendu"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Ce qui a été fait ; il figure sur le bon d’intervention."),
        error_messages={"required": gettext_lazy("Écrivez le compte rendu : ce qui a été fait.")},
    )
    started_at = MomentField(label=gettext_lazy("Début réel"), required=False)
    finished_at = MomentField(label=gettext_lazy("Fin réelle"), required=False)
    parts_amount = AmountField(label=gettext_lazy("Pièces (€)"), required=False)
    labor_amount = AmountField(label=gettext_lazy("Main-d’œuvre (€)"), required=False)
    amount = AmountField(
        label=gettext_lazy("À encaisser (€)"), required=False, help_text=gettext_lazy("Vide : tout ce qui reste dû.")
    )
    method = forms.ChoiceField(label=gettext_lazy("Moyen"), choices=Method.choices)
    closes = forms.BooleanField(label=gettext_lazy("Clôturer si tout est payé"), required=False)
    prints = forms.BooleanField(label=gettext_lazy("Imprimer le bon"), required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    submission = SubmissionField()

    def __init__(self, *args: Any, intervention: Intervention, user: Any, method: str, **kwargs: Any) -> None:
        stored = {name: getattr(intervention, name) for name in ("report", "started_at", "finished_at", "version")}
        priced = {name: amount for name in AMOUNTS if (amount := getattr(intervention, name))}
        kwargs["initial"] = stored | priced | {"method": method, "closes": True, "prints": True}
        super().__init__(*args, **kwargs)
        self.was_paid = intervention.paid_amount > 0
        sees = user.has_perm(rights.SEE_MONEY)
        self.takes = sees and user.has_perm(rights.TAKE_MONEY)
        hidden = [*(() if sees else AMOUNTS), *(() if self.takes else PAYMENT)]
        for name in (*hidden, *(() if user.has_perm(CHANGE) else ("closes",))):
            del self.fields[name]
        for name in ("started_at", "finished_at"):
            self.fields[name].help_text = "" if stored[name] else _("Vide : maintenant.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        priced = any(cleaned.get(name) or name in self.errors for name in (*AMOUNTS, "amount"))
        if self.takes and self.data.get("pay") and not priced and not self.was_paid:
            self.add_error("labor_amount", _("Indiquez ce qui est dû, ou terminez sans encaisser."))
        return cleaned

    def amounts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] or 0 for name in AMOUNTS if name in self.cleaned_data}

    def received(self) -> Received | None:
        """What is taken; None where the button says to finish without."""
        if not (self.takes and self.data.get("pay")):
            return None
        return Received(self.cleaned_data["method"], timezone.localdate(), self.cleaned_data["amount"])


@require_http_methods(["GET", "HEAD", "POST"])
@intervention_page(CHANGE, CHANGE_OWN)
def finish(request: HttpRequest, intervention: Intervention) -> HttpResponse:
    rights.require_change(request.user, intervention)
    if request.method == "POST" and (url := already_created(request.POST)):
        return redirect(url)
    back = safe_address(request, request.POST.get("next") or request.GET.get("next")) or intervention.get_absolute_url()
    if request.method != "POST" and not intervention.is_open:
        messages.error(request, str(services.IllegalMove(intervention, State.DONE)))
        return redirect(back)
    form = SettlingForm(sent(request), intervention=intervention, user=request.user, method=usual_method(request))
    refusal, status = "", 409
    if form.is_valid():
        try:
            return redirect(_settled(request, intervention, form, back))
        except (services.Stale, services.IllegalMove) as stale:
            refusal = say_stale(intervention, form, stale)
        except services.Refused as why:
            refusal, status = str(why), 422
        except ValidationError as why:
            form.tell(why)
    focus_first(form)
    context = {
        "intervention": intervention,
        "form": form,
        "refusal": refusal,
        "back": back,
        "over": say_over_quote(intervention) if "parts_amount" in form.fields else "",
        "title": _("Terminer et encaisser") if form.takes else _("Terminer"),
    }
    status = status if refusal else 422 if form.errors else 200
    return render(request, "interventions/finish.html", context, status=status)


def _settled(request: HttpRequest, intervention: Intervention, form: SettlingForm, back: str) -> str:
    cleaned, received, before = untouched(form, intervention), form.received(), moved_of(intervention)
    # A refusal leaves the intervention of the page as it was read.
    job = copy(intervention)
    url = f"{reverse('interventions:sheet', args=[job.reference])}?print=now" if cleaned["prints"] else back

    ending = Ending(
        report=cleaned["report"],
        started_at=cleaned["started_at"],
        finished_at=cleaned["finished_at"],
        amounts=form.amounts(),
        received=received,
        closes=cleaned.get("closes", False),
    )
    submit_once(
        cleaned["submission"],
        request.user,
        lambda: settle(job, ending, by=request.user, version=cleaned["version"]),  # type: ignore[arg-type]
        lambda _job: url,
    )
    _tell(request, Intervention.objects.get(pk=job.pk), form, before)
    if received:
        remember_method(request, received.method)
    return url


def _tell(request: HttpRequest, job: Intervention, form: SettlingForm, before: dict[str, Any]) -> None:
    """Say what was done; as long as nothing is paid nor closed by it, it may be taken back."""
    said = {"reference": job.reference, "state": state_name(job.state), "left": euros(job.balance)}
    sentence = _("%(reference)s est %(state)s.")
    if form.takes and job.balance > 0:
        sentence = _("%(reference)s est %(state)s. Reste à payer : %(left)s.")
    if job.state == State.DONE and not form.received():
        tell_undoable(request, sentence % said, MOVE, version=job.version, **before)
    else:
        messages.success(request, sentence % said)
    if form.takes:
        warn_of_credit(request, job)
    warn_of_price(request, job)
