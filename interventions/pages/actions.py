"""Moving an intervention to another state or slot; taking payments and answering them by their opposites."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods

from clients.status import explain
from fixaloop.forms.fields import AmountField, MomentField, RuledForm, focus_first, sent
from fixaloop.forms.opposites import oppose_page
from fixaloop.forms.payments import remember_method, take_page, usual_method
from fixaloop.forms.submissions import submit_once
from fixaloop.forms.undo import tell_undoable
from fixaloop.web.refusals import Lacking, require
from fixaloop.web.requests import safe_address
from fixaloop.words.dates import say_clock, short_day
from fixaloop.words.money import euros
from fixaloop.words.text import person_name
from interventions import rights, services
from interventions.declared.undos import MOVE, moved_of
from interventions.models import Intervention, InterventionPayment
from interventions.pages.detail import page_context, say_over_quote, warn_of_credit, warn_of_overlaps, warn_of_price
from interventions.pages.forms import SEVERAL_DAYS, PaymentForm, TechnicianField, untouched
from interventions.rights import CHANGE, CHANGE_OWN, WRITING, intervention_page
from interventions.states import FEE, WHEN, Move, State, find_move, move_to, state_name

REAL = ("started_at", "finished_at", "waiting_since")


class SlotForm(RuledForm, forms.Form):
    technician = TechnicianField(required=False)
    planned_start = MomentField(label=gettext_lazy("Début prévu"), required=False)
    planned_end = MomentField(label=gettext_lazy("Fin prévue"), required=False, help_text=SEVERAL_DAYS)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, intervention: Intervention, asks: tuple[str, ...] = WHEN, **kwargs: Any) -> None:
        self.intervention = intervention
        stored = {name: getattr(intervention, name) for name in (*WHEN, "version", "report", *REAL)}
        kwargs["initial"] = stored | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        for name in self.fields.keys() - {*asks, "version", "to"}:
            del self.fields[name]
        if "technician" in asks:
            technician: Any = self.fields["technician"]
            technician.offer(intervention.technician_id)

    @property
    def needs(self) -> dict[str, Any]:
        """The arguments of the service: what was asked, and the version that the page was read at.

        A slot without an end is as long as the work should take.
        """
        needs = {name: value for name, value in untouched(self, self.intervention).items() if name != "to"}
        start, length = needs.get("planned_start"), self.intervention.estimated
        if start and length and not needs["planned_end"]:
            needs["planned_end"] = start + length
        return needs


REASONS = {
    State.ON_HOLD: gettext_lazy("Qu’attend-on ? Pièces, devis accepté, client…"),
    State.CANCELLED: gettext_lazy("Pourquoi est-elle annulée ?"),
}


class TransitionForm(SlotForm):
    """The fields that one move asks for; others that are sent are not read."""

    to = forms.ChoiceField(choices=State.choices, widget=forms.HiddenInput)
    reason = forms.CharField(label=gettext_lazy("Motif"), required=False, max_length=200)
    report = forms.CharField(
        label=gettext_lazy("Compte rendu"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("Ce qui a été fait ; il figure sur le bon d’intervention."),
    )
    started_at = MomentField(label=gettext_lazy("Début réel"), required=False)
    finished_at = MomentField(label=gettext_lazy("Fin réelle"), required=False)
    waiting_since = MomentField(label=gettext_lazy("En attente depuis"), required=False)
    resumed_at = MomentField(label=gettext_lazy("Reprise du travail"), required=False)
    cancellation_fee = AmountField(label=gettext_lazy("Frais d’annulation (€)"), required=False)

    def __init__(
        self,
        *args: Any,
        move: Move | None,
        sees_money: bool = False,
        initial: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        target: dict[str, Any] = {"to": move.target.value} if move else {}
        if move and move.verb == "start":
            # What was begun, cancelled and reopened keeps its first start.
            target["started_at"] = None
        asks = (*move.asks, *move.times) if move else ()
        asks = asks if sees_money else tuple(name for name in asks if name != FEE)
        super().__init__(*args, asks=asks, initial=target | (initial or {}), **kwargs)
        if move and "reason" in self.fields:
            self.fields["reason"].help_text = REASONS.get(move.target, "")
        if FEE in self.fields:
            paid = {"paid": euros(self.intervention.paid_amount)}
            self.fields[FEE].help_text = (
                _("Ce que le client doit malgré tout. Vide : rien. Déjà payé : %(paid)s.") % paid
            )
        for name in move.times if move else ():
            self.fields[name].help_text = self._about_time(move, name)

    def _about_time(self, move: Move | None, name: str) -> Any:
        if move and move.verb == "reopen":
            return _("Seulement si le travail reprend. Sans heure, la fin réelle reste et le client n’y gagne rien.")
        if name == "finished_at" and self.intervention.finished_at:
            return _("La fin réelle d’avant la réouverture : elle reste, sauf si vous la changez.")
        return "" if self.initial.get(name) else _("Vide : maintenant.")


@require_http_methods(["GET", "HEAD", "POST"])
@intervention_page(*WRITING)
def transition(request: HttpRequest, intervention: Intervention) -> HttpResponse:
    """Ask for what a transition needs, then make it. A refusal says what is possible instead."""
    to = (request.POST if request.method == "POST" else request.GET).get("to", "")
    move = find_move(intervention.state, to)
    if not rights.may_move(request.user, intervention, move):
        raise Lacking((move and move.permission) or rights.CHANGE)
    if request.method != "POST" and to not in State.values:
        return redirect(intervention)
    back = _back(request, intervention)
    sees_money = request.user.has_perm(rights.SEE_MONEY)
    form = TransitionForm(sent(request), intervention=intervention, move=move, sees_money=sees_money)
    refusal, status = "", 409
    if move is None:
        # Somebody was quicker: what was typed stays on the page.
        typed = request.POST.dict()
        form = TransitionForm(intervention=intervention, move=move_to(to), sees_money=sees_money, initial=typed)
        refusal, status = str(services.IllegalMove(intervention, to)), 409 if to in State.values else 422
    elif request.method == "POST" and form.is_valid():
        before = moved_of(intervention)
        try:
            services.transition(intervention, to, by=request.user, **form.needs)
        except (services.Stale, services.IllegalMove) as stale:
            refusal = say_stale(intervention, form, stale)
        except services.Refused as why:
            refusal, status = str(why), 422
        except ValidationError as why:
            form.tell(why)
        else:
            return _moved(request, intervention, before, back)
    title, label = (move.label, move.label) if move else (intervention.reference, "")
    context = {"title": title, "submit_label": label, "cancel_url": back, "next": back}
    context |= _said_before(intervention, to, sees_money)
    return form_page(request, intervention, form, context, refusal, status)


def _said_before(intervention: Intervention, to: str, sees_money: bool) -> dict[str, str]:
    """What is worth knowing before a move: an amount over the quote, what closing ends."""
    if to == State.CLOSED and intervention.state == State.DONE:
        return {"consequence": _say_closing(intervention, sees_money)}
    return {"over": say_over_quote(intervention)} if to == State.DONE and sees_money else {}


def _back(request: HttpRequest, intervention: Intervention) -> str:
    asked = request.POST.get("next") or request.GET.get("next")
    return safe_address(request, asked) or intervention.get_absolute_url()


def _say_closing(intervention: Intervention, sees_money: bool) -> str:
    if not sees_money:
        return _("Ses comptes seront arrêtés : plus rien n’y changera.")
    amounts = {"due": euros(intervention.amount_due), "paid": euros(intervention.paid_amount)}
    return _("Dû : %(due)s, payé : %(paid)s. Ses comptes seront arrêtés : plus rien n’y changera.") % amounts


def form_page(
    request: HttpRequest, intervention: Intervention, form: Any, context: dict[str, Any], refusal: str, status: int
) -> HttpResponse:
    context |= {"intervention": intervention, "form": form, "refusal": refusal}
    focus_first(form)
    status = status if refusal else 422 if form.errors else 200
    return render(request, "interventions/transition.html", context, status=status)


def say_stale(intervention: Intervention, form: Any, stale: Exception) -> str:
    """Say what somebody else did meanwhile; what was typed stays in the form, ready for the new version."""
    stored = Intervention.objects.filter(pk=intervention.pk).first()
    if stored is None:
        return _("Quelqu’un vient de supprimer cette intervention.")
    form.data = form.data.copy()
    form.data["version"] = str(stored.version)
    if isinstance(stale, services.IllegalMove):
        return str(stale)
    return _(
        "Quelqu’un a modifié %(reference)s pendant ce temps : elle est maintenant %(state)s. Rien n’est enregistré."
    ) % {"reference": stored.reference, "state": state_name(stored.state)}


def _moved(request: HttpRequest, intervention: Intervention, before: dict[str, Any], back: str) -> HttpResponse:
    intervention.refresh_from_db(fields=["client"])
    status = explain(intervention.client, timezone.now())
    values = {
        "reference": intervention.reference,
        "state": state_name(intervention.state),
        "client": intervention.client.name,
        "status": status.label.lower(),
        "reason": status.reason,
    }
    said = _("%(reference)s est %(state)s. %(client)s est %(status)s : %(reason)s.") % values
    if intervention.state == State.CLOSED:
        messages.success(request, said)
    else:
        tell_undoable(request, said, MOVE, version=intervention.version, **before)
    if intervention.state == State.PLANNED:
        warn_of_overlaps(request, intervention)
    if intervention.state == State.DONE:
        warn_of_price(request, intervention)
    return redirect(back)


@require_http_methods(["GET", "HEAD", "POST"])
@intervention_page(CHANGE, CHANGE_OWN)
def slot(request: HttpRequest, intervention: Intervention) -> HttpResponse:
    """The form of its slot; dragging on the planning sends the same form."""
    rights.require_change(request.user, intervention)
    if request.method != "POST" and not intervention.is_open:
        messages.error(request, str(services.IllegalMove(intervention, State.PLANNED)))
        return redirect(intervention)
    back = _back(request, intervention)
    form = SlotForm(sent(request), intervention=intervention)
    refusal, before = "", moved_of(intervention)
    if request.method == "POST" and form.is_valid():
        try:
            services.schedule(intervention, by=request.user, **form.needs)
        except (services.Stale, services.IllegalMove) as stale:
            refusal = say_stale(intervention, form, stale)
        except ValidationError as why:
            form.tell(why)
        else:
            said = _("%(intervention)s est planifiée : %(slot)s.")
            said %= {"intervention": intervention, "slot": _say_slot(intervention)}
            tell_undoable(request, said, MOVE, version=intervention.version, **before)
            warn_of_overlaps(request, intervention)
            return redirect(back)
    context = {
        "title": _("Placer sur le planning"),
        "submit_label": _("Enregistrer le créneau"),
        "next": back,
        "cancel_url": back,
    }
    return form_page(request, intervention, form, context, refusal, 409)


def _say_slot(job: Intervention) -> str:
    start = timezone.localtime(job.planned_start)
    return ", ".join((short_day(start.date(), year=False), say_clock(start), person_name(job.technician)))


@require_http_methods(["GET", "HEAD", "POST"])
@intervention_page(rights.TAKE_MONEY)
def pay(request: HttpRequest, intervention: Intervention) -> HttpResponse:
    """Take a payment: on the page of the intervention, or from another, to which `next` leads back."""
    require(request.user, rights.SEE_MONEY)
    back = safe_address(request, request.POST.get("next") or request.GET.get("next"))
    form = PaymentForm(sent(request), intervention=intervention, method=usual_method(request))
    if form.is_valid():
        try:
            url = submit_once(
                form.cleaned_data["submission"],
                request.user,
                lambda: services.record_payment(form.save(commit=False), by=request.user).intervention,  # type: ignore[arg-type]
            )
        except services.Refused as why:
            form.add_error(None, str(why))
        except services.Stale:
            raise Http404(_("Cette intervention n’existe plus.")) from None
        except ValidationError as why:
            form.tell(why)
        else:
            remember_method(request, form.cleaned_data["method"])
            messages.success(request, _("Le paiement est enregistré."))
            intervention.refresh_from_db(fields=["balance", "state"])
            warn_of_credit(request, intervention)
            return redirect(back or url)
    if back or not form.is_bound:
        here = intervention.get_absolute_url()
        context = {
            "about": f"{intervention} · {intervention.client.name}",
            "crumbs": _crumbs_to(intervention, _("Encaisser")),
        }
        return take_page(request, form, f"{here}payments/", back or here, context)
    context = page_context(request, intervention) | {"payment_form": form}
    return render(request, "interventions/detail.html", context, status=422)


def _crumbs_to(intervention: Intervention, here: str) -> list[dict[str, str]]:
    above = (
        (_("Interventions"), reverse("interventions:list")),
        (intervention.reference, intervention.get_absolute_url()),
    )
    return [{"label": label, "url": url} for label, url in (*above, (here, ""))]


@require_http_methods(["GET", "HEAD", "POST"])
@intervention_page(rights.TAKE_MONEY)
def oppose(request: HttpRequest, intervention: Intervention, payment: int) -> HttpResponse:
    require(request.user, rights.SEE_MONEY)
    found = InterventionPayment.objects.filter(intervention=intervention, pk=payment).select_related("words").first()
    if found is None:
        raise Http404(_("Ce paiement n’existe pas."))
    back = intervention.get_absolute_url()
    context = {
        "about": f"{intervention} · {intervention.client.name}",
        "crumbs": _crumbs_to(intervention, _("Paiement")),
    }
    return oppose_page(request, found, services.oppose_payment, back, context)
