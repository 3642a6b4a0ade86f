"""The page of an entry, and the forms of its money."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from access import services
from access.entries.list import anomaly_labels, payment_chip, presence_chip
from access.events.timeline import Sight, timeline, with_names
from access.models import Entry, Payment
from access.models.entries import SEE_MONEY
from access.services.payments import size_error
from access.shared.pages import CLIENT, Section, created, rights_of
from fixaloop.forms.fields import AmountField, DayField, TidyForm
from fixaloop.forms.parsing import parse_amount
from fixaloop.forms.submissions import SubmissionField
from fixaloop.words.dates import say_length
from fixaloop.words.money import euros
from fixaloop.words.text import person_name

SHOWN = (*CLIENT, "card", "vehicle", "zone", "device_in", "device_out")
ENTRIES = Section(gettext_lazy("Entrées"), "access:entries", Entry.objects.select_related(*SHOWN))
TAKE_MONEY, CHANGE = "access.add_payment", "access.change_entry"
MOST_EVENTS = 50


class SignedAmountField(AmountField):
    def read(self, text: str) -> Decimal | None:
        amount = parse_amount(text)
        if amount is not None and (error := size_error(amount)):
            raise ValidationError(error, "amount")
        return amount


class PaymentForm(TidyForm, forms.ModelForm):
    amount = SignedAmountField(
        label=gettext_lazy("Montant (€)"),
        help_text=gettext_lazy("Négatif pour un remboursement, avec sa raison en note."),
    )
    paid_on = DayField(label=gettext_lazy("Payé le"), required=False)
    submission = SubmissionField()

    class Meta:
        model = Payment
        fields = ("amount", "method", "paid_on", "reference", "note")

    def __init__(self, *args: Any, entry: Entry, **kwargs: Any) -> None:
        suggested: dict[str, Any] = {"paid_on": timezone.localdate(), "method": Payment.Method.CARD}
        if entry.balance > 0:
            suggested["amount"] = entry.balance
        super().__init__(*args, **{"initial": suggested, **kwargs})

    def clean_paid_on(self) -> Any:
        today = timezone.localdate()
        day = self.cleaned_data["paid_on"] or today
        if day > today:
            raise ValidationError(_("Ce jour est à venir : notez le paiement quand il est reçu."), "future")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        amount = cleaned.get("amount")
        if amount == 0:
            self.add_error(
                "amount", _("Indiquez un montant : positif pour un paiement, négatif pour un remboursement.")
            )
        elif amount is not None and amount < 0 and not cleaned.get("note"):
            self.add_error("note", _("Dites pourquoi cette somme est rendue."))
        return cleaned


class AmountForm(TidyForm, forms.Form):
    amount_due = AmountField(label=gettext_lazy("Montant dû (€)"))
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)
    submission = SubmissionField()


@ENTRIES.get("access.view_entry")
def detail(request: HttpRequest, entry: Entry) -> HttpResponse:
    return render(request, "access/entry.html", _context(request, entry))


def _context(request: HttpRequest, entry: Entry) -> dict[str, Any]:
    now, user = timezone.now(), request.user
    may = rights_of(
        user,
        see_client="clients.view_client",
        see_card="access.view_accesscard",
        see_vehicle="access.view_vehicle",
        see_events="access.view_event",
        see_money=SEE_MONEY,
        take_money=TAKE_MONEY,
        change=CHANGE,
    )
    may["take_money"] &= may["see_money"]
    may["set_amount"] = may["change"] and may["see_money"]
    return {
        "entry": entry,
        "presence": presence_chip(entry, now),
        "length": say_length((entry.exited_at or now) - entry.entered_at),
        "anomalies": anomaly_labels(entry),
        "events": _events(entry, user, now) if may["see_events"] else "",
        "may": may,
        "money": _money(entry) if may["see_money"] else None,
        "payment_form": PaymentForm(entry=entry) if may["take_money"] else None,
        "amount_form": AmountForm(initial={"amount_due": entry.amount_due}) if may["set_amount"] else None,
        "crumbs": ENTRIES.crumbs(f"{timezone.localtime(entry.entered_at):%d/%m/%Y %H:%M}"),
    }


def _events(entry: Entry, user: Any, now: datetime) -> str:
    events = with_names(entry.events.order_by("-at", "-pk"))
    return timeline(events[:MOST_EVENTS], now, Sight.of(user), with_client=False)


def _money(entry: Entry) -> dict[str, Any]:
    payments = entry.payments.select_related("by").order_by("paid_on", "pk")
    return {
        "chip": payment_chip(entry),
        "due": euros(entry.amount_due),
        "paid": euros(entry.paid_amount),
        "balance": euros(entry.balance),
        "payments": [
            {
                "on": payment.paid_on,
                "what": _("Remboursement") if payment.is_refund else _("Paiement"),
                "method": payment.get_method_display(),
                "told": [*filter(None, (payment.reference, payment.note, payment.by and person_name(payment.by)))],
                "amount": euros(payment.amount),
            }
            for payment in payments
        ],
    }


@ENTRIES.post(TAKE_MONEY, SEE_MONEY)
def pay(request: HttpRequest, entry: Entry) -> HttpResponse:
    form = PaymentForm(request.POST, entry=entry)

    def record() -> Entry:
        payment = form.save(commit=False)
        payment.entry = entry
        return services.record_payment(payment, by=request.user).entry  # type: ignore[arg-type]

    if url := created(request, form, record, refused_field="amount"):
        messages.success(request, _("Le paiement est enregistré."))
        return redirect(url)
    return render(request, "access/entry.html", _context(request, entry) | {"payment_form": form}, status=422)


@ENTRIES.post(CHANGE, SEE_MONEY)
def amount(request: HttpRequest, entry: Entry) -> HttpResponse:
    form = AmountForm(request.POST)

    def change() -> Entry:
        due, note = form.cleaned_data["amount_due"], form.cleaned_data["note"]
        return services.set_amount(entry, due, note=note, by=request.user)  # type: ignore[arg-type]

    if url := created(request, form, change, refused_field="amount_due"):
        messages.success(request, _("Le montant dû est enregistré."))
        return redirect(url)
    return render(request, "access/entry.html", _context(request, entry) | {"amount_form": form}, status=422)
