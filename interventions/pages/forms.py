"""The forms of an intervention and of its payments, and the fields that name a technician and a vehicle."""

from collections.abc import Iterable
from copy import copy
from typing import Any

from django import forms
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.models import Vehicle
from clients.models import Client
from clients.pages.picker import ClientField, find_client
from fixaloop.forms.fields import AmountField, DayField, LengthField, MomentField, MonthsField, RuledForm
from fixaloop.forms.parsing import parse_key
from fixaloop.forms.submissions import SubmissionField, VersionedForm
from fixaloop.groups import TECHNICIAN
from fixaloop.records.payments import LONGEST_NOTE
from interventions.checks import AMOUNTS, check
from interventions.models import Intervention, InterventionPayment
from interventions.pages.cells import said_name
from interventions.rights import CHANGE, CHANGE_OWN
from interventions.search import LONGEST_PLATE, find_vehicle
from interventions.states import WHEN, State

VEHICLES_OFFERED = 30
WHAT = ("title", "description", "place", "vehicle", "equipment_brand", "equipment_model", "equipment_serial")
PLAN = (*WHEN, "estimated")
WORK = ("diagnosis", "report")
MONEY = (*AMOUNTS, "agreed_on", "agreed_how", "warranty_months")
SEVERAL_DAYS = _("Sur plusieurs jours, les mêmes heures chaque jour ; de 22:00 à 06:00, toute la nuit.")
KINDS = [("", _("Choisissez la nature")), *((kind.value, kind.label) for kind in InterventionPayment.TAKEN)]


def technicians(also: Q | None = None) -> QuerySet[User]:
    """Those work is given to: the group Technicien, and who may do own jobs without changing all; `also` others."""
    group = User.groups.through.objects.filter(user=OuterRef("pk"), group__name=TECHNICIAN)
    offered = Q(Exists(group)) | (_holds(CHANGE_OWN) & ~_holds(CHANGE))
    found = Q(is_active=True) & offered
    return User.objects.filter(found | also if also else found).order_by("last_name", "first_name", "username")


def _holds(right: str) -> Q:
    app_label, _dot, codename = right.partition(".")
    rights = Permission.objects.filter(content_type__app_label=app_label, codename=codename)
    own, given = rights.filter(user=OuterRef("pk")), rights.filter(group__user=OuterRef("pk"))
    return Q(Exists(own)) | Q(Exists(given))


class TechnicianField(forms.ModelChoiceField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            queryset=User.objects.none(),
            label=_("Technicien"),
            empty_label=_("Personne pour l’instant"),
            **options,
        )
        self.error_messages["invalid_choice"] = _("Cette personne n’existe pas : choisissez dans la liste.")

    def offer(self, current: int | None) -> None:
        self.queryset = technicians(Q(pk=current))

    def label_from_instance(self, obj: Any) -> str:
        return said_name(obj)

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        text = str(value)
        key = parse_key(text)
        named = Q(username=text) if key is None else Q(pk=key)
        # Former colleagues are found too: `interventions.checks` says by name that they have left.
        user = User.objects.filter(named).first() if "\0" not in text else None
        if user is None:
            raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice")
        return user


def untouched(form: forms.BaseForm, intervention: Intervention) -> dict[str, Any]:
    """What a form holds, with times that nobody touched to the second: pages show them to the minute."""
    return {
        name: getattr(intervention, name, value) if name not in form.changed_data else value
        for name, value in form.cleaned_data.items()
    }


def vehicles_of(client: Client) -> QuerySet[Vehicle]:
    return Vehicle.objects.filter(client=client).order_by("-is_active", "plate_key", "pk")[:VEHICLES_OFFERED]


class VehicleWidget(forms.TextInput):
    """A text field that suggests the plates of the chosen client; without JavaScript, of the client it had."""

    template_name = "interventions/_vehicle_picker.html"

    def __init__(self) -> None:
        super().__init__(attrs={"autocomplete": "off", "autocapitalize": "characters", "placeholder": "AB-123-CD"})
        self.offered: Iterable[Vehicle] = ()
        self.may_ask = False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        suggest_url = reverse_lazy("interventions:vehicles") if self.may_ask else ""
        return super().get_context(name, value, attrs) | {"vehicles": self.offered, "suggest_url": suggest_url}


class VehicleField(forms.CharField):
    """A vehicle as typed; the form looks it up once it knows the client."""

    widget = VehicleWidget

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, max_length=LONGEST_PLATE, **options)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return str(Vehicle.objects.filter(pk=value).first() or "")
        return value

    def offer(self, client: Client | None) -> None:
        widget: Any = self.widget
        widget.offered, widget.may_ask = vehicles_of(client) if client else (), True

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "")


class InterventionForm(RuledForm, VersionedForm):
    """What may be typed of an intervention: its state and payments have services of their own."""

    client = ClientField(label=_("Client"), help_text=_("Nom, téléphone, e-mail ou référence."))
    vehicle = VehicleField(label=_("Véhicule"), help_text=_("L’immatriculation d’un véhicule du client."))
    planned_start = MomentField(label=_("Début prévu"), required=False)
    planned_end = MomentField(label=_("Fin prévue"), required=False, help_text=SEVERAL_DAYS)
    estimated = LengthField(
        label=_("Durée estimée"), required=False, help_text=_("Ce que le planning lui réserve quand on la place.")
    )
    technician = TechnicianField(required=False)
    quote_amount = AmountField(label=_("Devis (€)"), required=False)
    parts_amount = AmountField(label=_("Pièces (€)"), required=False)
    labor_amount = AmountField(label=_("Main-d’œuvre (€)"), required=False)
    cancellation_fee = AmountField(label=_("Frais d’annulation (€)"), required=False)
    agreed_amount = AmountField(
        label=_("Accord du client (€)"), required=False, help_text=_("Ce qu’il accepte de payer au-delà du devis.")
    )
    agreed_on = DayField(label=_("Accord donné le"), required=False)
    warranty_months = MonthsField(label=_("Garantie"), required=False, help_text=_("En mois : 12 mois, 2 ans…"))

    class Meta:
        model = Intervention
        fields = ("client", *WHAT, *PLAN, *WORK, *MONEY)
        labels = {"title": _("Objet"), "description": _("Description du problème"), "agreed_how": _("Accord donné par")}
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
        self.fields["client"].error_messages["required"] = _("Indiquez le client : son nom, son téléphone ou CLT-….")
        self.fields["title"].error_messages["required"] = _("Indiquez l’objet : ce qu’il y a à faire.")
        for name in ("parts_amount", "labor_amount", "cancellation_fee"):
            # Nothing is blank, as it may be typed.
            self.initial[name] = self.initial.get(name) or None
        if not may_see_money:
            for name in MONEY:
                del self.fields[name]
        elif self.instance.state != State.CANCELLED:
            del self.fields["cancellation_fee"]
        if "agreed_how" in self.fields:
            how: Any = self.fields["agreed_how"]
            how.choices = [("", _("Pas d’accord donné")), *Intervention.Agreement.choices]

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

    def clean_cancellation_fee(self) -> Any:
        return self.cleaned_data["cancellation_fee"] or 0

    def _post_clean(self) -> None:
        super()._post_clean()
        try:
            check(self.instance, self.before)
        except ValidationError as refusal:
            self.tell(refusal)


class PaymentForm(RuledForm, forms.ModelForm):
    amount = AmountField(label=_("Montant (€)"))
    kind = forms.ChoiceField(label=_("Nature"), choices=KINDS)
    paid_on = DayField(label=_("Payé le"))
    note = forms.CharField(label=_("Note"), max_length=LONGEST_NOTE, required=False)
    submission = SubmissionField()

    class Meta:
        model = InterventionPayment
        fields = ("amount", "kind", "method", "paid_on")

    def __init__(self, *args: Any, intervention: Intervention, method: str, **kwargs: Any) -> None:
        suggested: dict[str, Any] = {"paid_on": timezone.localdate(), "method": method}
        owed, kinds = intervention.balance, InterventionPayment.Kind
        if owed > 0 or (owed < 0 and not intervention.is_open):
            suggested |= {"amount": abs(owed), "kind": kinds.BALANCE if owed > 0 else kinds.REFUND}
        # Several may be open on one page.
        kwargs |= {"initial": suggested, "auto_id": f"id_job{intervention.pk}_%s"}
        super().__init__(*args, **kwargs)
        self.instance.intervention = intervention

    def _post_clean(self) -> None:
        super()._post_clean()
        self.instance.note = self.cleaned_data.get("note", "")
