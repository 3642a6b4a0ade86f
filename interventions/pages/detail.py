"""The page of one intervention: what it is, what it costs, its history; and its sheet to print."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from access.vehicles.glance import stay_of
from clients.status import explain, said_day
from fixaloop.forms.payments import usual_method
from fixaloop.installation.firm import firm
from fixaloop.lists.neighbours import neighbours
from fixaloop.records.history import Change, read_changes, show_value
from fixaloop.records.payments import shown
from fixaloop.words.dates import say_length, short_day
from fixaloop.words.money import euros
from fixaloop.words.text import person_name
from interventions import rights, times
from interventions.models import Intervention, InterventionPayment
from interventions.pages.cells import slot_chip, state_chip
from interventions.pages.file_columns import MONEY
from interventions.pages.forms import PaymentForm
from interventions.pages.story import say_state, told
from interventions.planning.clashes import SHOWN, absences_during, jobs_during, linked, said_hours, taken
from interventions.planning.closures import closures
from interventions.states import State

MOST_CHANGES = 50
# Told by the line of history itself.
UNSAID = ("number", "created_at", "id", "reopened_at")


@require_safe
@rights.intervention_page(rights.VIEW)
def detail(request: HttpRequest, intervention: Intervention) -> HttpResponse:
    return render(request, "interventions/detail.html", page_context(request, intervention))


@require_safe
@rights.intervention_page(rights.VIEW)
def sheet(request: HttpRequest, intervention: Intervention) -> HttpResponse:
    context = detail_context(request, intervention) | {"firm": firm(), "at": timezone.now()}
    context["print"] = "now" if request.GET.get("print") == "now" else ""
    return render(request, "interventions/sheet.html", context)


def page_context(request: HttpRequest, intervention: Intervention) -> dict[str, Any]:
    now, user, vehicle = timezone.now(), request.user, intervention.vehicle
    context = detail_context(request, intervention)
    with_money = context["may"]["see_money"]
    return context | {
        "state": state_chip(intervention.state),
        "late": slot_chip(intervention, now),
        "said": say_state(intervention, now),
        "client_status": explain(intervention.client, now),
        "beside": neighbours(request, intervention),
        "moves": rights.moves_of(user, intervention),
        "stay": stay_of(vehicle) if vehicle and context["may"]["see_entries"] else None,
        "told": told(intervention, request, now, lambda: changes(intervention, with_money=with_money)),
    }


def detail_context(request: HttpRequest, intervention: Intervention) -> dict[str, Any]:
    now, user = timezone.now(), request.user
    may = _may(user, intervention)
    return {
        "intervention": intervention,
        "work": _work(intervention, now),
        "may": may,
        "money": _money(intervention, may["oppose"]) if may["see_money"] else None,
        "payment_form": PaymentForm(intervention=intervention, method=usual_method(request))
        if may["take_money"]
        else None,
    }


def _work(intervention: Intervention, now: datetime) -> dict[str, Any]:
    """How long was worked and waited, until when it is guaranteed, and whether it was reopened without work."""
    length, idle = times.worked(intervention, now), times.waiting(intervention, now)
    return {
        "worked": "" if length is None else say_length(length),
        "waited": say_length(idle) if idle else "",
        "estimated": say_length(intervention.estimated) if intervention.estimated else "",
        "warranty_until": times.warranty_until(intervention),
        "reopened": said_day(intervention.reopened_at, now) if intervention.reopened_at else "",
    }


def _may(user: Any, intervention: Intervention) -> dict[str, bool]:
    with_money = user.has_perm(rights.SEE_MONEY)
    may_change = rights.may_change(user, intervention)
    closed = intervention.state == State.CLOSED
    # Once it has ended so, only what is left to settle is paid or given back.
    settled = closed or intervention.state == State.CANCELLED
    return {
        "change": may_change and not closed,
        "schedule": may_change and intervention.is_open and intervention.state != State.TO_PLAN,
        "correct_times": bool(times.correctable(intervention)) and rights.may_correct_times(user, intervention),
        "delete": user.has_perm("interventions.delete_intervention") and not closed,
        "see_client": user.has_perm("clients.view_client"),
        "see_vehicle": user.has_perm("access.view_vehicle"),
        "see_entries": user.has_perm("access.view_entry"),
        "see_money": with_money,
        "take_money": with_money and user.has_perm(rights.TAKE_MONEY) and bool(not settled or intervention.balance),
        "oppose": with_money and user.has_perm(rights.TAKE_MONEY),
    }


def _money(intervention: Intervention, may_oppose: bool) -> dict[str, Any]:
    def address(payment: InterventionPayment) -> str:
        return reverse("interventions:oppose", args=[intervention.reference, payment.pk])

    balance = intervention.balance
    if not intervention.amount_due and not balance:
        state = {"label": _("rien à payer"), "tone": "muted"}
    elif balance > 0:
        state = {"label": _("payée en partie") if intervention.paid_amount else _("impayée"), "tone": "warn"}
    elif balance < 0:
        state = {"label": _("acompte reçu") if intervention.is_open else _("à rendre"), "tone": "warn"}
    else:
        state = {"label": _("payée"), "tone": "ok"}
    amounts = (intervention.quote_amount, intervention.amount_due, intervention.paid_amount)
    return {
        "state": state,
        # A sheet printed before the work has a price shows no amounts: “0,00 €” would be a promise.
        "over": say_over_quote(intervention),
        "said": any(amounts) or not intervention.is_open,
        "left": _left(intervention),
        "left_amount": abs(balance),
        "payments": shown(intervention.payments.all(), address if may_oppose else None),
    }


def say_over_quote(intervention: Intervention) -> str:
    if not intervention.over_quote:
        return ""
    values = {"over": euros(intervention.over_quote), "quote": euros(intervention.agreed_price)}
    return _("%(over)s de plus que le montant convenu (%(quote)s) : notez l’accord du client.") % values


def warn_of_price(request: HttpRequest, intervention: Intervention) -> None:
    if request.user.has_perm(rights.SEE_MONEY) and (said := say_over_quote(intervention)):
        messages.warning(request, said)


def warn_of_credit(request: HttpRequest, intervention: Intervention) -> None:
    if intervention.balance < 0 and not intervention.is_open:
        back = euros(-intervention.balance)
        messages.warning(request, _("À rendre au client : %(back)s.") % {"back": back})


def _left(intervention: Intervention) -> str:
    if intervention.balance >= 0:
        return _("Reste dû")
    return _("Payé d’avance") if intervention.is_open else _("À rendre")


def warn_of_overlaps(request: HttpRequest, intervention: Intervention) -> None:
    """Name the closed days of the slot, and what else the technician has then: that is allowed, but not unnoticed."""
    hours, technician = taken(intervention), intervention.technician
    if not (hours and intervention.is_open):
        return
    if closed := closures([part.day for part in hours]).firm:
        days = [f"{short_day(day, year=False)} ({reason})" for day, reason in list(closed.items())[:SHOWN]]
        messages.warning(request, _("Ce créneau tombe un jour de fermeture : %(days)s.") % {"days": ", ".join(days)})
    if technician is None:
        return
    name = {"name": person_name(technician)}
    if found := jobs_during(technician.pk, hours, besides=intervention.pk):
        text = _("%(name)s a déjà un créneau à ce moment :") % name
        messages.warning(request, format_html("{} {}.", text, linked(found)))
    if absences := absences_during(technician.pk, hours):
        text = _("%(name)s est en absence à ce moment :") % name
        said = ", ".join(map(said_hours, absences))
        messages.warning(request, f"{text} {said.removesuffix('.')}.")


def changes(intervention: Intervention, *, with_money: bool) -> list[Change]:
    records = intervention.history.select_related("history_user", "client", "technician", "vehicle")
    found, _more = read_changes(records, start=0, count=MOST_CHANGES, unsaid=UNSAID, show=_shown)
    return [_told_alone(change if with_money else _without_money(change)) for change in found]


def _told_alone(change: Change) -> Change:
    """The change under its origin alone. What the first record held is what it still holds, or in a later change."""
    said = replace(change, summary=change.origin or change.summary, origin="")
    return replace(said, fields=[]) if change.is_first else said


def _without_money(change: Change) -> Change:
    """The change without its amounts; the origin of a payment says how much it was, so it is hidden too."""
    is_payment = any(field.name == "paid_amount" for field in change.fields)
    fields = [field for field in change.fields if field.name not in MONEY]
    return replace(change, fields=fields, origin=_("Paiement") if is_payment else change.origin)


def _shown(record: Any, field: Any) -> str:
    if field.name == "technician":
        return person_name(record.technician) if record.technician else ""
    if field.name in ("waited", "estimated"):
        length = getattr(record, field.name)
        return say_length(length) if length else ""
    return show_value(record, field)
