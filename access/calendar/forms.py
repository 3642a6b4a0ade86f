"""The forms of a special day: when, where, closed or open with which hours, why."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from access.hours import Spans, parse_spans, show_spans
from access.models import SpecialDay
from access.shared.forms import HoursField
from fixaloop.forms.fields import DayField, TidyForm
from fixaloop.forms.submissions import TypedForm, VersionedForm

CLOSED, OPEN = "closed", "open"


class SpansField(HoursField):
    """The hours of one day as people write them: `09:00-12:00, 14:00-18:00`."""

    example = "09:00-12:00, 14:00-18:00"

    def prepare_value(self, value: Any) -> Any:
        return show_spans(value) if isinstance(value, list) else value

    def read(self, text: str) -> Spans:
        return parse_spans(text)


class SpecialDayRules(TypedForm):
    """Fields and checks of pages and admin. Without hours, the day is closed: that has to be said."""

    first_day = DayField(label=gettext_lazy("Du"))
    last_day = DayField(
        label=gettext_lazy("Au"), required=False, help_text=gettext_lazy("Ce jour compris. Vide : un seul jour.")
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Ces jours-là"),
        choices=((CLOSED, gettext_lazy("Fermé de minuit à minuit")), (OPEN, gettext_lazy("Ouvert à d’autres heures"))),
        widget=forms.RadioSelect,
        initial=CLOSED,
    )
    spans = SpansField(label=gettext_lazy("Heures d’ouverture"))

    class Meta:
        model = SpecialDay
        fields = ("first_day", "last_day", "zone", "kind", "spans", "any_card_hour", "reason")
        labels = {
            "any_card_hour": gettext_lazy("Ces heures valent quels que soient les horaires des cartes et véhicules")
        }
        help_texts = {
            "zone": gettext_lazy("Une zone fermée ferme aussi celles qu’elle contient."),
            "reason": gettext_lazy("Il est dit au lecteur et au comptoir, par exemple « Inventaire »."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].empty_label = _("Toutes les zones")  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["kind"] = OPEN if self.instance.spans else CLOSED

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        first = cleaned.get("first_day")
        last = cleaned["last_day"] = cleaned.get("last_day") or first
        if first and last and last < first:
            self.add_error("last_day", _("Le dernier jour est avant le premier."))
        if cleaned.get("kind") == CLOSED:
            # What was typed in a field that no longer counts must not open anything.
            self.instance.spans, self.instance.any_card_hour = [], False
            cleaned |= {"spans": [], "any_card_hour": False}
            self.errors.pop("spans", None)
        elif not cleaned.get("spans") and "spans" not in self.errors:
            self.add_error("spans", _("Donnez les heures d’ouverture, par exemple 09:00-12:00, ou dites « Fermé »."))
        return cleaned


class SpecialDayForm(SpecialDayRules, TidyForm, VersionedForm):
    pass


class WithdrawForm(TidyForm, forms.Form):
    reason = forms.CharField(label=gettext_lazy("Motif du retrait"), max_length=120)
