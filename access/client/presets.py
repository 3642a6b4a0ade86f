"""The card of clients made from a preset (a model for similar clients)."""

from collections.abc import Iterable

from django import forms
from django.contrib import admin
from django.db import transaction
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from access.models import CardDefaults, Zone
from access.models.card_defaults import LONGEST_DEFAULT
from access.shared.forms import SeveralField
from clients.models import ClientTemplate


class CardPresetForm(forms.Form):
    card_days = forms.IntegerField(
        label=gettext_lazy("Sa carte est valable (jours)"),
        required=False,
        min_value=1,
        max_value=LONGEST_DEFAULT,
        help_text=gettext_lazy("À compter du jour où elle est émise. Vide : proposée d’après le statut du client."),
    )
    card_zones = SeveralField(
        Zone,
        label=gettext_lazy("Sa carte ouvre"),
        help_text=gettext_lazy("Aucune cochée : toutes les zones, celles à venir aussi."),
    )


def defaults_of(preset: ClientTemplate) -> CardDefaults | None:
    return getattr(preset, "card_defaults", None)


@transaction.atomic
def keep_card_defaults(template: ClientTemplate, *, days: int | None, zones: Iterable[Zone]) -> None:
    """Store for how many days and where the cards are valid; delete the record where neither is given."""
    zones = list(zones)
    if not days and not zones:
        CardDefaults.objects.filter(template=template).delete()
        return
    kept, _created = CardDefaults.objects.update_or_create(template=template, defaults={"days": days})
    kept.zones.set(zones)


def summary(preset: ClientTemplate) -> str:
    kept = defaults_of(preset)
    if kept is None:
        return ""
    names = ", ".join(zone.name for zone in kept.zones.all()) or _("toutes les zones")
    days = ngettext("%(days)s jour", "%(days)s jours", kept.days or 0) % {"days": kept.days} if kept.days else ""
    return " · ".join(filter(None, (_("Carte :") + f" {names}", days)))


@admin.display(description=gettext_lazy("Sa carte est valable (jours)"))
def days_column(preset: ClientTemplate) -> int | None:
    kept = defaults_of(preset)
    return kept.days if kept else None


@admin.display(description=gettext_lazy("Sa carte ouvre"))
def zones_column(preset: ClientTemplate) -> str:
    kept = defaults_of(preset)
    return ", ".join(zone.name for zone in kept.zones.all()) if kept else ""
