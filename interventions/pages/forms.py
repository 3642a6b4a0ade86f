"""The forms of an intervention and of its payments."""

from __future__ import annotations

from copy import copy
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from clients.pages.picker import ClientField, find_client
from fixaloop.forms.fields import AmountField, DayField, MomentField, MonthsField, RuledForm
from fixaloop.forms.submissions import SubmissionField
from interventions.checks import AMOUNTS, check
from interventions.models import Intervention, InterventionPayment
from interventions.pages.fields import TechnicianField, VehicleField, find_vehicle
from interventions.states import WHEN

WHAT = ("title", "description", "place", "vehicle", "equipment_brand", "equipment_model", "equipment_serial")
WORK = ("diagnosis", "report")
MONEY = (*AMOUNTS, "warranty_months")


class InterventionForm(RuledForm, forms.ModelForm):
    """What may be typed of an intervention: its state and payments have services of their own."""

    client = ClientField(label=_("Client"), help_text=_("Nom, téléphone, e-mail ou référence."))
    vehicle = VehicleField(label=_("Véhicule"), help_text=_("L’immatriculation d’un véhicule du client."))
    planned_start = MomentField(label=_("Début prévu"), required=False)
    planned_end = MomentField(label=_("Fin prévue"), required=False)
    technician = TechnicianField(required=False)
    quote_amount = AmountField(label=_("Devis (€)"), required=False)
    parts_amount = AmountField(label=_("Pièces (€)"), required=False)
    labor_amount = AmountField(label=_("Main-d’œuvre (€)"), required=False)
    warranty_months = MonthsField(label=_("Garantie"), required=False, help_text=_("En mois : 12 mois, 2 ans…"))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    submission = SubmissionField()

    class Meta:
        model = Intervention
        fields = ("client", *WHAT, *WHEN, *WORK, *MONEY)
        labels = {"title": _("Objet"), "description": _("Description du problème")}
        help_texts = {"title": _("En quelques mots : ce qu’il y a à faire.")}
        widgets = {"place": forms.RadioSelect} | dict.fromkeys(
            ("description", *WORK), forms.Textarea(attrs={"rows": 4})
        )

    def __init__(self, *args: Any, may_see_money: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = copy(self.instance) if self.instance.pk else None
        technician: Any = self.fields["technician"]
        technician.offer(self.instance.technician_id)
        self.fields["place"].required = False
        if self.before:
            self.initial["version"] = self.instance.version
            del self.fields["submission"]
        if not may_see_money:
            for name in MONEY:
                del self.fields[name]

    def show_client(self, *, with_vehicles: bool) -> None:
        fields: dict[str, Any] = self.fields
        fields["client"].widget.picked = client = self._named_client()
        if with_vehicles:
            fields["vehicle"].offer(client)

    def _named_client(self) -> Client | None:
        text = self["client"].value()
        try:
            return find_client(str(text)) if text else None
        except ValidationError:
            return None

    def clean_vehicle(self) -> Any:
        typed, client = self.cleaned_data["vehicle"], self.cleaned_data.get("client")
        if not isinstance(typed, str):
            return typed
        if not typed or client is None:
            return None
        same = self.before and self.before.client_id == client.pk
        return find_vehicle(typed, client.pk, self.before.vehicle_id if self.before and same else None)

    def clean_place(self) -> str:
        return self.cleaned_data["place"] or self.instance.place

    def clean_parts_amount(self) -> Any:
        return self.cleaned_data["parts_amount"] or 0

    def clean_labor_amount(self) -> Any:
        return self.cleaned_data["labor_amount"] or 0

    def _post_clean(self) -> None:
        super()._post_clean()
        try:
            check(self.instance, self.before)
        except ValidationError as refusal:
            self.tell(refusal)


class PaymentForm(RuledForm, forms.ModelForm):
    amount = AmountField(label=_("Montant (€)"))
    paid_on = DayField(label=_("Payé le"))
    submission = SubmissionField()

    class Meta:
        model = InterventionPayment
        fields = ("amount", "kind", "method", "paid_on", "note")

    def __init__(self, *args: Any, intervention: Intervention, **kwargs: Any) -> None:
        suggested: dict[str, Any] = {"paid_on": timezone.localdate(), "method": InterventionPayment.Method.CARD}
        owed, kinds = intervention.balance, InterventionPayment.Kind
        if owed > 0 or (owed < 0 and not intervention.is_open):
            suggested |= {"amount": abs(owed), "kind": kinds.BALANCE if owed > 0 else kinds.REFUND}
        kwargs["initial"] = suggested
        super().__init__(*args, **kwargs)
