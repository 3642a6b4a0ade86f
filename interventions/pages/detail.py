"""What the pages about one intervention show."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from fixaloop.words.money import euros
from fixaloop.words.people import person_name
from interventions import activity
from interventions.models import Intervention
from interventions.pages.cells import late_chip, state_chip
from interventions.pages.forms import PaymentForm
from interventions.pages.history import changes
from interventions.rights import REMOVE_MONEY, SEE_MONEY, TAKE_MONEY, may_change, moves_of
from interventions.states import State


def detail_context(request: HttpRequest, intervention: Intervention) -> dict[str, Any]:
    """What the page of an intervention and its sheet show."""
    now, user = timezone.now(), request.user
    with_money = user.has_perm(SEE_MONEY)
    found, more = changes(intervention, with_money=with_money, count=50)
    closed = intervention.state == State.CLOSED
    # Of one that is cancelled, only what was paid can still be given back.
    settled = closed or (intervention.state == State.CANCELLED and not intervention.paid_amount)
    may = {
        "change": may_change(user, intervention) and not closed,
        "place": may_change(user, intervention) and intervention.is_open and intervention.state != State.TO_PLAN,
        "delete": user.has_perm("interventions.delete_intervention") and not closed,
        "see_client": user.has_perm("clients.view_client"),
        "see_vehicle": user.has_perm("access.view_vehicle"),
        "see_money": with_money,
        "take_money": with_money and user.has_perm(TAKE_MONEY) and not settled,
        "remove_money": with_money and user.has_perm(REMOVE_MONEY) and not closed,
    }
    return {
        "intervention": intervention,
        "state": state_chip(intervention.state),
        "late": late_chip() if intervention.is_late(now) else "",
        "client_status": activity.explain(intervention.client, now),
        "moves": moves_of(user, intervention),
        "changes": found,
        "older": more,
        "may": may,
        "money": money(intervention) if with_money else None,
        "payment_form": PaymentForm(intervention=intervention) if may["take_money"] else None,
    }


def money(intervention: Intervention) -> dict[str, Any]:
    """The amounts of an intervention as one reads them."""
    balance = intervention.balance
    if not intervention.amount_due and not balance:
        state = {"label": _("rien à payer"), "tone": "muted"}
    elif balance > 0:
        state = {"label": _("payée en partie") if intervention.paid_amount else _("impayée"), "tone": "warn"}
    elif balance < 0:
        state = {"label": _("acompte reçu") if intervention.is_open else _("trop-perçu"), "tone": "warn"}
    else:
        state = {"label": _("payée"), "tone": "ok"}
    amounts = (intervention.quote_amount, intervention.amount_due, intervention.paid_amount)
    return {
        "state": state,
        # A sheet printed before the work is priced leaves the amounts out: “0,00 €” would be a promise.
        "said": any(amounts) or not intervention.is_open,
        "quote": euros(intervention.quote_amount) if intervention.quote_amount is not None else "",
        "parts": euros(intervention.parts_amount),
        "labor": euros(intervention.labor_amount),
        "due": euros(intervention.amount_due),
        "paid": euros(intervention.paid_amount),
        "left": _left(intervention),
        "balance": euros(abs(balance)),
        "payments": [
            {
                "pk": payment.pk,
                "on": payment.paid_on,
                "kind": payment.get_kind_display(),
                "method": payment.get_method_display(),
                "note": payment.note,
                "amount": euros(payment.signed_amount),
                "by": person_name(payment.by) if payment.by else "",
            }
            for payment in intervention.payments.select_related("by")
        ],
    }


def _left(intervention: Intervention) -> str:
    """What the last line of the amounts is: owed by the client, paid in advance, or too much."""
    if intervention.balance >= 0:
        return _("Reste dû")
    return _("Payé d’avance") if intervention.is_open else _("Trop-perçu")


def warn_of_overlaps(request: HttpRequest, intervention: Intervention) -> None:
    """Say which other slots of the same technician this one overlaps; two jobs at once are allowed, not unnoticed."""
    start, end = intervention.planned_start, intervention.planned_end
    if not (start and end and intervention.technician and intervention.is_open):
        return
    others = Intervention.objects.open().exclude(pk=intervention.pk).exclude(state=State.TO_PLAN)
    found = others.filter(technician=intervention.technician).overlapping(start, end).order_by("planned_key")[:5]
    if not found:
        return
    links = format_html_join(", ", '<a href="{}">{}</a>', ((other.get_absolute_url(), str(other)) for other in found))
    text = _("%(name)s a déjà un créneau à ce moment :") % {"name": person_name(intervention.technician)}
    messages.warning(request, format_html("{} {}.", text, links))
