"""The forms of a card: issue or change it, decide its status, extend it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.models import AccessCard, CardStatus
from access.models.cards import username_key
from access.shared.fields import HoursField, plain_input, tags_field, zones_field
from access.typed import ENDLESS, read_card
from clients.pages.picker import ClientField
from fixaloop.forms.fields import DayField
from fixaloop.forms.submissions import SubmissionField
from fixaloop.forms.tidy import TidyForm

TYPED = ("username", "kind", "badge_number", "valid_from", "valid_until", "hours")
FORCING = ("force_active", "force_reason")


class LastDayField(DayField):
    """A last day; none is without end."""

    def read(self, text: str) -> Any:
        return None if str(ENDLESS) in text else super().read(text)


class CardForm(forms.ModelForm):
    """A card. Its client and kind are decided when it is issued."""

    client = ClientField(label=gettext_lazy("Client"))
    username = forms.CharField(
        label=gettext_lazy("Nom d’utilisateur"),
        max_length=200,
        widget=plain_input(),
        help_text=gettext_lazy("Ce qui désigne la carte au comptoir et sur le badge."),
    )
    badge_number = forms.CharField(
        label=gettext_lazy("Numéro de badge"), required=False, max_length=200, widget=plain_input()
    )
    valid_from = DayField(label=gettext_lazy("Valable du"), required=False)
    valid_until = LastDayField(
        label=gettext_lazy("Valable jusqu’au"),
        required=False,
        help_text=gettext_lazy("Ce jour compris. Vide : sans fin."),
    )
    hours = HoursField(label=gettext_lazy("Horaires"), help_text=gettext_lazy("Vide : à toute heure."))
    zones = zones_field()
    tags = tags_field()
    force_active = forms.BooleanField(
        label=gettext_lazy("Forcer le client actif jusqu’au dernier jour de la carte"), required=False
    )
    force_reason = forms.CharField(label=gettext_lazy("Motif"), required=False, max_length=200, widget=plain_input())
    send_email = forms.BooleanField(label=gettext_lazy("L’envoyer aussitôt par e-mail au client"), required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    submission = SubmissionField()

    class Meta:
        model = AccessCard
        fields = ("client", *TYPED)
        widgets = {"kind": forms.RadioSelect}

    def __init__(self, *args: Any, may_force: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].required = False
        for name in () if may_force else FORCING:
            del self.fields[name]
        if self.instance.pk:
            zones, tags = self.instance.zones.all(), self.instance.tags.all()
            self.initial.update({"version": self.instance.version, "zones": zones, "tags": tags})
            for name in ("client", "kind", "submission", "send_email", *FORCING):
                self.fields.pop(name, None)

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or str(self.instance.kind)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = {name: self._typed(cleaned.get(name)) for name in TYPED if name not in self.errors}
        reading = read_card({"kind": str(self.instance.kind)} | typed)
        cleaned |= reading.values
        for name, errors in reading.errors.items():
            if name not in self.errors:
                self.add_error(name, errors)
        cleaned["valid_from"] = cleaned.get("valid_from") or self.instance.valid_from or timezone.localdate()
        if cleaned.get("force_active") and not cleaned.get("force_reason"):
            self.add_error("force_reason", _("Dites pourquoi : ce motif s’affiche partout où le statut est montré."))
        self._check_alike("username", username_key=username_key(cleaned.get("username") or ""))
        if number := cleaned.get("badge_number"):
            self._check_alike("badge_number", badge_number=number)
        return cleaned

    @staticmethod
    def _typed(value: Any) -> str:
        return value.isoformat() if isinstance(value, date) else str(value or "")

    def _check_alike(self, name: str, **same: str) -> None:
        """Another card with the same name or number is named, with a link."""
        cards = AccessCard.objects.exclude(pk=self.instance.pk).filter(**same)
        if name == "badge_number":
            cards = cards.exclude(status=CardStatus.REVOKED)
        other = cards.select_related("client").first()
        if other and name not in self.errors:
            said = _("est déjà une carte de")
            link = '<a href="{}">{}</a> {} <a href="{}">{}</a>.'
            client = other.client
            sentence = format_html(
                link, other.get_absolute_url(), other.username, said, client.get_absolute_url(), client
            )
            self.add_error(name, ValidationError(sentence, "duplicate"))


class CardStatusForm(TidyForm, forms.Form):
    """What becomes of a card, and why."""

    to = forms.ChoiceField(choices=CardStatus.choices, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Motif"),
        required=False,
        max_length=200,
        widget=plain_input(),
        help_text=gettext_lazy("Il s’affiche sur la carte et dans les événements du client."),
    )


class ExtendForm(forms.Form):
    """The new last day of a card."""

    valid_until = LastDayField(
        label=gettext_lazy("Nouveau dernier jour"),
        required=False,
        help_text=gettext_lazy("Ce jour compris. Vide : sans fin."),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, card: AccessCard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.card = card

    def clean_valid_until(self) -> date | None:
        day: date | None = self.cleaned_data["valid_until"]
        if day and day < self.card.valid_from:
            message = _("La carte commence le %(day)s : choisissez un jour après.")
            raise ValidationError(message % {"day": f"{self.card.valid_from:%d/%m/%Y}"})
        return day
