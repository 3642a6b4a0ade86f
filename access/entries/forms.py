"""The forms of an entry: its payments, and the amount due."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from access.models import Entry, Payment
from access.services.payments import size_error
from fixaloop.forms.fields import AmountField, DayField, TidyForm
from fixaloop.forms.parsing import parse_amount
from fixaloop.forms.submissions import SubmissionField


class SignedAmountField(AmountField):
    """Euros, negative for a refund."""

    def read(self, text: str) -> Decimal | None:
        amount = parse_amount(text)
        if amount is not None and (error := size_error(amount)):
            raise ValidationError(error, "amount")
        return amount


class PaymentForm(TidyForm, forms.ModelForm):
    amount = SignedAmountField(
        label=_("Montant (€)"), help_text=_("Négatif pour un remboursement, avec sa raison en note.")
    )
    paid_on = DayField(label=_("Payé le"), required=False)
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
            raise ValidationError(gettext("Ce jour est à venir : notez le paiement quand il est reçu."), "future")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        amount = cleaned.get("amount")
        if amount == 0:
            self.add_error(
                "amount", gettext("Indiquez un montant : positif pour un paiement, négatif pour un remboursement.")
            )
        elif amount is not None and amount < 0 and not cleaned.get("note"):
            self.add_error("note", gettext("Dites pourquoi cette somme est rendue."))
        return cleaned


class AmountForm(TidyForm, forms.Form):
    amount_due = AmountField(label=_("Montant dû (€)"))
    note = forms.CharField(label=_("Note"), required=False, max_length=200)
    submission = SubmissionField()
