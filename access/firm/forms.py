"""The form of the firm: what the environment says is shown, and cannot be changed here."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy, override

from access.hours import parse_hours, show_hours
from clients.values.parsing import parse_email, parse_siret, show_siret
from clients.values.phones import parse_phone
from fixaloop.forms.fields import AmountField, TidyForm
from fixaloop.forms.submissions import VersionedForm
from fixaloop.installation.firm import RULES, TOLD, is_given
from fixaloop.installation.logos import Picture, read_picture
from fixaloop.installation.models import LIMIT, Firm
from fixaloop.records.refusal import Refused

READERS: dict[str, Callable[[str], Any]] = {
    "email": lambda text: parse_email(text).value,
    "siret": lambda text: parse_siret(text).value,
    "hours": lambda text: _in_french(parse_hours(text)) if text else "",
}


def _in_french(hours: Any) -> str:
    with override("fr"):
        return show_hours(hours)


class FirmForm(TidyForm, VersionedForm):
    email = forms.CharField(label=gettext_lazy("E-mail"), required=False, max_length=254)
    siret = forms.CharField(label="SIRET", required=False, max_length=30)
    picture = forms.FileField(
        label=gettext_lazy("Logo"),
        required=False,
        help_text=gettext_lazy("PNG, JPEG ou WebP, 5 Mo au plus ; il est réduit à 720 × 360 points."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    no_logo = forms.BooleanField(label=gettext_lazy("Enlever le logo"), required=False)
    unpaid_limit = AmountField(label=gettext_lazy("Impayés au-delà desquels l’accès est refusé (€)"), required=False)

    class Meta:
        model = Firm
        fields = (*TOLD, *(name.lower() for name in RULES))
        widgets = {"address": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "hours": gettext_lazy("Par exemple : lun-ven 8h-18h, sam 9h-12h"),
            "recent_days": gettext_lazy("Combien de temps une intervention terminée garde un client actif."),
            "notice_days": gettext_lazy("Pour les cartes et les statuts qui prennent fin."),
            "orphan_hours": gettext_lazy("Là où la zone ne dit rien d’autre."),
            "event_retention_days": gettext_lazy("Ensuite ils sont oubliés pour de bon, la nuit."),
            "entry_retention_days": gettext_lazy(
                "Ensuite restent le jour, la zone et les montants. La CNIL recommande 90."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("submission", None)
        self.initial["siret"] = show_siret(self.initial.get("siret", ""))
        for name in RULES:
            widget = self.fields[name.lower()].widget
            if not isinstance(widget, forms.CheckboxInput):
                widget.attrs["placeholder"] = str(getattr(settings, name))
            self._settle(name.lower(), name, getattr(settings, name))
        for name in TOLD:
            self._settle(name, f"FIRM_{name.upper()}", settings.FIRM.get(name, ""))

    def _settle(self, name: str, variable: str, value: Any) -> None:
        if is_given(variable):
            self.fields[name].disabled = True
            self.fields[name].help_text = _("Fixé par l’exploitant : %(variable)s=%(value)s.") % {
                "variable": variable,
                "value": value,
            }

    def clean_picture(self) -> Picture | None:
        file = self.cleaned_data["picture"]
        try:
            return read_picture(file, file.size) if file else None
        except Refused as refusal:
            raise ValidationError(str(refusal)) from refusal

    def clean_phone(self) -> str:
        text = self.cleaned_data["phone"]
        # Printed as typed; only checked.
        parse_phone(text, "FR")
        return str(text)

    def clean_email(self) -> str:
        return self._read("email")

    def clean_siret(self) -> str:
        return self._read("siret")

    def clean_hours(self) -> str:
        return self._read("hours")

    def clean_unpaid_limit(self) -> Any:
        amount = self.cleaned_data["unpaid_limit"]
        if amount is not None and not 0 <= amount <= LIMIT:
            raise ValidationError(_("Indiquez un montant de 0 à un million d’euros."))
        return amount

    def _read(self, name: str) -> str:
        return str(READERS[name](self.cleaned_data[name]))
