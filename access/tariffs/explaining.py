"""The lines that explain an amount, in words; they are stored as codes and values."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from access.tariffs.pricing import Line, Rates, Step
from fixaloop.words.dates import say_length, short_day
from fixaloop.words.money import euros


def length(minutes: int) -> str:
    return say_length(timedelta(minutes=minutes))


def _money(text: str) -> str:
    return euros(Decimal(text))


def _subscribed(line: Line) -> str:
    day = short_day(date.fromisoformat(line["until"]), year=True)
    if line["whole"]:
        return _("abonnement jusqu’au %(day)s") % {"day": day}
    return _("abonnement jusqu’au %(day)s : %(length)s comprises") % {"day": day, "length": length(line["minutes"])}


def _step(line: Line) -> str:
    values = {
        "count": number_format(line["count"], force_grouping=True),
        "every": length(line["every"]),
        "price": _money(line["price"]),
        "amount": _money(line["amount"]),
    }
    return _("%(count)s × %(every)s à %(price)s = %(amount)s") % values


SAID: Mapping[str, Callable[[Line], str]] = {
    "subscribed": _subscribed,
    "free": lambda line: _("%(length)s gratuites") % {"length": length(line["minutes"])},
    "step": _step,
    "cap": lambda line: (
        _("plafond de %(cap)s par 24 h : − %(less)s") % {"cap": _money(line["cap"]), "less": _money(line["less"])}
    ),
    "free_tag": lambda line: _("gratuit avec le tag « %(tag)s »") % {"tag": line["tag"]},
    "counted": lambda line: _("déjà compté pour le conducteur : − %(amount)s") % {"amount": _money(line["amount"])},
    "entry_missed": lambda line: _("personne n’a vu l’entrée : rien n’est dû"),
    "unseen": lambda line: _("personne n’a vu ce véhicule repartir : montant à fixer"),
}


def explain(pricing: Mapping[str, Any]) -> str:
    """“2 h 10 → 45 min gratuites, 6 × 15 min à 0,50 € = 3,00 €”; empty for an amount that no tariff gave."""
    lines: Sequence[Line] = pricing.get("lines", ())
    lengths = [length(line["minutes"]) for line in lines if line["code"] == "length"]
    said = [SAID[line["code"]](line) for line in lines if line["code"] in SAID]
    return " → ".join(filter(None, (*lengths, ", ".join(said) or (_("gratuit") if lines else ""))))


def say_step(step: Step) -> str:
    """“0,50 € par 15 min”, “dès 2 h : 1,00 € par 1 h”."""
    values = {"price": euros(step.price), "every": length(step.every)}
    each = _("%(price)s par tranche de %(every)s") % values
    return _("dès %(start)s : %(each)s") % {"start": length(step.start), "each": each} if step.start else each


def say_rates(rates: Rates) -> list[str]:
    said = [say_step(step) for step in rates.steps] or [_("gratuit")]
    if rates.free_minutes and rates.steps:
        minutes = ngettext(
            "la première minute est gratuite", "les %(count)s premières minutes sont gratuites", rates.free_minutes
        )
        said.insert(0, minutes % {"count": number_format(rates.free_minutes)})
    if rates.day_cap is not None:
        said.append(_("au plus %(cap)s par 24 h") % {"cap": euros(rates.day_cap)})
    return said
