"""The forms of a card: issue or change it, decide its status, extend it."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from access.cards.periods import PeriodsField
from access.models import AccessCard, CardStatus
from access.models.cards import days_of_pass, username_key
from access.periods import check_periods, extended
from access.shared.forms import HoursField, already_used, plain_input, tags_field, zones_field
from access.typed import ENDLESS, read_card
from clients.pages.picker import ClientField
from fixaloop.forms.fields import DayField, MomentField, TidyForm
from fixaloop.forms.submissions import TypedForm, VersionedForm
from fixaloop.words.dates import months_later

TYPED = ("username", "kind", "badge_number", "valid_from", "valid_until")
FORCING = ("force_active", "force_reason")
# What a visitor’s pass has instead of its days.
PASS = ("visitor", "starts_at", "ends_at", "max_visits")
# The times of an ordinary card, and the moments that they make with its days.
TIMES = {"from_time": "starts_at", "until_time": "ends_at"}
TAKEN = ("username", gettext_lazy("Une carte avec ce nom ou ce numéro vient d’être émise."))


class LastDayField(DayField):
    """A last day; None means without end."""

    def read(self, text: str) -> Any:
        return None if str(ENDLESS) in text else super().read(text)


def time_field(label: Any, hint: Any) -> forms.TimeField:
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time", "autocomplete": "off"})
    return forms.TimeField(label=label, help_text=hint, required=False, widget=widget)


class CardRules(TypedForm):
    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        self.take(read_card({"kind": str(self.instance.kind)} | self.typed(*TYPED)))
        client = cleaned.get("client")
        if client and not client.email and cleaned.get("send_email"):
            message = _("%(client)s n’a pas d’adresse e-mail : imprimez la carte, ou ajoutez l’adresse à sa fiche.")
            self.add_error("send_email", message % {"client": client.name})
        self._check_periods()
        self._check_unused("username", username_key=username_key(cleaned.get("username") or ""))
        if number := cleaned.get("badge_number"):
            self._check_unused("badge_number", badge_number=number)
        return cleaned

    def _check_periods(self) -> None:
        """The first validity is what the form says, or the card where the form does not ask."""
        cleaned = self.cleaned_data
        if self.errors or not cleaned.get("periods"):
            return
        ends = [cleaned.get(name, getattr(self.instance, name)) for name in ("valid_until", "ends_at")]
        try:
            check_periods(cleaned["periods"], *ends)
        except ValidationError as error:
            self.add_error("periods", error)

    def _check_unused(self, name: str, **same: str) -> None:
        cards = AccessCard.objects.exclude(pk=self.instance.pk).filter(**same)
        if name == "badge_number":
            cards = cards.exclude(status=CardStatus.REVOKED)
        other = cards.select_related("client").first()
        if other and name not in self.errors:
            self.add_error(name, already_used(other, _("est déjà une carte de")))


class CardForm(CardRules, VersionedForm):
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
    from_time = time_field(gettext_lazy("à partir de"), gettext_lazy("Vide : dès minuit."))
    until_time = time_field(gettext_lazy("jusqu’à"), gettext_lazy("Vide : jusqu’à minuit."))
    hours = HoursField(label=gettext_lazy("Horaires"), help_text=gettext_lazy("Vide : à toute heure."))
    visitor = forms.CharField(label=gettext_lazy("Visiteur"), max_length=80, widget=plain_input())
    starts_at = MomentField(label=gettext_lazy("Valable de"))
    ends_at = MomentField(label=gettext_lazy("Valable jusqu’à"))
    periods = PeriodsField()
    zones = zones_field()
    tags = tags_field()
    force_active = forms.BooleanField(
        label=gettext_lazy("Forcer le client actif jusqu’au dernier jour de la carte"), required=False
    )
    force_reason = forms.CharField(label=gettext_lazy("Motif"), required=False, max_length=200, widget=plain_input())
    send_email = forms.BooleanField(label=gettext_lazy("L’envoyer aussitôt par e-mail au client"), required=False)

    new_only = ("client", "kind", "submission", "send_email", *FORCING)

    class Meta:
        model = AccessCard
        fields = ("client", *TYPED, "hours", "one_inside", *PASS, "periods")
        widgets = {"kind": forms.RadioSelect}

    def __init__(self, *args: Any, may_force: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["one_inside"].required = False
        for name in ("valid_from", "valid_until", *TIMES) if self.instance.visitor else PASS:
            del self.fields[name]
        for name, column in TIMES.items():
            if moment := getattr(self.instance, column):
                self.initial[name] = timezone.localtime(moment).time()
        if self.instance.pk:
            self.initial.update({"zones": self.instance.zones.all(), "tags": self.instance.tags.all()})
        else:
            self.fields["kind"].required = False
            for name in () if may_force else FORCING:
                del self.fields[name]

    def clean_one_inside(self) -> str:
        return self.cleaned_data["one_inside"] or str(self.instance.one_inside)

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or str(self.instance.kind)

    def clean(self) -> dict[str, Any]:
        if not self.instance.visitor:
            self._take_times()
        cleaned = super().clean()
        if self.instance.visitor:
            self._take_days()
        else:
            cleaned["valid_from"] = self._first_day()
        if cleaned.get("force_active") and not cleaned.get("force_reason"):
            self.add_error("force_reason", _("Dites pourquoi : ce motif s’affiche partout où le statut est montré."))
        return cleaned

    def _first_day(self) -> date:
        return self.cleaned_data.get("valid_from") or self.instance.valid_from or timezone.localdate()

    def _take_times(self) -> None:
        cleaned = self.cleaned_data
        start = _moment(self._first_day(), cleaned.get("from_time"))
        end = _moment(cleaned.get("valid_until"), cleaned.get("until_time"))
        if cleaned.get("until_time") and end is None and "valid_until" not in self.errors:
            self.add_error("valid_until", _("Donnez aussi le dernier jour : l’heure est celle de ce jour."))
        if start and end and end <= start:
            self.add_error("until_time", _("La fin est après le début."))
        self.instance.starts_at, self.instance.ends_at = start, end

    def _take_days(self) -> None:
        start, end = self.cleaned_data.get("starts_at"), self.cleaned_data.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("La fin est après le début."))
        elif start and end:
            for name, day in days_of_pass(start, end).items():
                setattr(self.instance, name, day)


def _moment(day: date | None, at: time | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, at)) if day and at else None


class CardStatusForm(TidyForm, forms.Form):
    to = forms.ChoiceField(choices=CardStatus.choices, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Motif"),
        required=False,
        max_length=200,
        widget=plain_input(),
        help_text=gettext_lazy("Il s’affiche sur la carte et dans les événements du client."),
    )


class ExtendForm(forms.Form):
    valid_until = LastDayField(
        label=gettext_lazy("Nouveau dernier jour"),
        required=False,
        help_text=gettext_lazy("Ce jour compris. Vide : sans fin."),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, card: AccessCard, **kwargs: Any) -> None:
        last = card.final_day
        later = last and months_later(max(last, timezone.localdate()), 12)
        kwargs["initial"] = {"valid_until": later, "version": card.version}
        super().__init__(*args, **kwargs)
        self.card = card

    def clean_valid_until(self) -> date | None:
        day: date | None = self.cleaned_data["valid_until"]
        extended(self.card, day)
        if day and day < timezone.localdate():
            raise ValidationError(_("Ce jour est passé : choisissez aujourd’hui ou plus tard."))
        if day and day == self.card.final_day:
            raise ValidationError(_("C’est déjà son dernier jour : choisissez-en un plus tard."))
        if day and day < self.card.valid_from:
            message = _("La carte commence le %(day)s : choisissez un jour après.")
            raise ValidationError(message % {"day": f"{self.card.valid_from:%d/%m/%Y}"})
        return day
