"""The form of a tariff: its steps are rows of three fields."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from access.models import Tag, Tariff, Zone
from access.models.tariffs import HIGHEST_PRICE, LONGEST_STEP, MOST_STEPS
from access.shared.forms import NamedForm, SeveralField
from fixaloop.forms.fields import AmountField, DayField
from fixaloop.forms.submissions import VersionedForm
from fixaloop.words.money import euros

# What the law lets a car park ask for at most at once, in minutes.
LEGAL_SPAN = 15


class PriceField(AmountField):
    """The price of a step; more than anybody asks is a slip of the finger."""

    def read(self, text: str) -> Any:
        price = super().read(text)
        if price is not None and price > HIGHEST_PRICE:
            raise ValidationError(_("Un palier coûte au plus %(most)s.") % {"most": euros(HIGHEST_PRICE)}, "amount")
        return price


class TariffForm(NamedForm, VersionedForm):
    starts_on = DayField(
        label=gettext_lazy("Pour les entrées à partir du"),
        initial=timezone.localdate,
        help_text=gettext_lazy("Pour changer de prix un jour donné, ajoutez un tarif à partir de ce jour."),
    )
    day_cap = AmountField(
        label=gettext_lazy("Plafond par 24 h (€)"),
        required=False,
        help_text=gettext_lazy("Le plus que coûtent 24 heures, comptées depuis l’entrée. Vide : sans plafond."),
    )
    zones = SeveralField(
        Zone,
        label=gettext_lazy("Zones"),
        help_text=gettext_lazy("Une zone sans tarif ne coûte rien, même dans une zone qui en a un."),
    )
    free_tags = SeveralField(
        Tag,
        label=gettext_lazy("Gratuit avec l’un de ces tags"),
        help_text=gettext_lazy("Sur la carte ou sur le véhicule."),
    )

    class Meta:
        model = Tariff
        fields = ("name", "starts_on", "free_minutes", "day_cap", "zones", "free_tags")
        help_texts = {"free_minutes": gettext_lazy("Elles ne se paient jamais, même quand la visite dure plus.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["free_minutes"].required = False
        for number in range(MOST_STEPS):
            self.fields.update(_step_fields(number))
        for number, step in enumerate(self.instance.rates.steps):
            values = {"start": step.start, "every": step.every, "price": step.price}
            self.initial.update({f"{name}_{number}": value for name, value in values.items()})

    def clean_free_minutes(self) -> int:
        return self.cleaned_data["free_minutes"] or 0

    def clean(self) -> dict[str, Any]:
        super().clean()
        steps = [self._step(number) for number in range(MOST_STEPS)]
        read = sorted((step for step in steps if step), key=lambda step: step[0])
        starts = [step[0] for step in read]
        if len(set(starts)) < len(starts):
            self.add_error("start_0", _("Deux paliers commencent à la même minute."))
        self.instance.steps = read
        return self.cleaned_data

    def _step(self, number: int) -> list[Any] | None:
        """A row of three fields; without a start, it begins at once."""
        start, every, price = (self.cleaned_data.get(f"{name}_{number}") for name in ("start", "every", "price"))
        if price is None and every is None and start is None:
            return None
        for name, value in (("every", every), ("price", price)):
            if value is None and f"{name}_{number}" not in self.errors:
                self.add_error(f"{name}_{number}", _("Complétez ce palier, ou videz toute sa ligne."))
        return [start or 0, every or 1, f"{price or 0:.2f}"]

    def rows(self) -> Iterator[list[BoundField]]:
        for number in range(MOST_STEPS):
            yield [self[f"{name}_{number}"] for name in ("start", "every", "price")]


def _step_fields(number: int) -> dict[str, forms.Field]:
    def minutes(label: Any, least: int) -> forms.IntegerField:
        return forms.IntegerField(label=label, required=False, min_value=least, max_value=LONGEST_STEP)

    return {
        f"start_{number}": minutes(gettext_lazy("Dès la minute"), 0),
        f"every_{number}": minutes(gettext_lazy("Chaque tranche de (min)"), 1),
        f"price_{number}": PriceField(label=gettext_lazy("Prix (€)"), required=False),
    }


def remarks(tariff: Tariff) -> list[str]:
    said = []
    if any(step.every > LEGAL_SPAN for step in tariff.rates.steps):
        said.append(
            _("Un parc de stationnement ouvert au public facture par pas de 15 minutes au plus (loi du 17 mars 2014).")
        )
    zones = list(tariff.zones.all())
    keys = {zone.pk for zone in zones}
    twice = sorted(zone.name for zone in zones if keys.intersection(zone.lineage[:-1]))
    if twice:
        message = _("Qui entre dans %(zones)s paie aussi la zone autour : ce sont deux visites.")
        said.append(message % {"zones": ", ".join(twice)})
    return said
