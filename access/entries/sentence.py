"""A stay in words: since when, who let it in and by what right, as sentences."""

from datetime import datetime

from django.utils.translation import gettext as _, gettext_lazy

from access.gate.reasons import BY_CODE
from access.models import Entry, Event
from fixaloop.words.dates import say_length, say_on, say_since
from fixaloop.words.text import person_name

RIGHTS = {
    "card": gettext_lazy("sa carte ouvre cette zone"),
    "vehicle": gettext_lazy("le véhicule ouvre cette zone"),
    "": gettext_lazy("cette zone est ouverte à tout client actif"),
}


def say_stay(entry: Entry, at: datetime) -> str:
    """Since when it lasts, or when it ended, as a clause."""
    if entry.voided_at is not None:
        voided = {"when": say_on(entry.voided_at, at)}
        return _("%(when)s : c’était une erreur, elle ne compte plus comme une visite") % voided
    if entry.exited_at is None:
        return say_since(entry.entered_at, at)
    values = {"when": say_on(entry.exited_at, at), "length": say_length(entry.exited_at - entry.entered_at)}
    if entry.estimated:
        return _("sortie estimée %(when)s, après %(length)s") % values
    return _("sortie %(when)s, après %(length)s") % values


def say_entrance(event: Event) -> str:
    by = person_name(event.actor) if event.actor else event.device.name if event.device else ""
    forced = [code for code in event.anomalies if code in BY_CODE]
    begun = _("Entrée enregistrée malgré le refus") if forced else _("Entrée autorisée")
    if by:
        begun = _("%(begun)s par %(who)s") % {"begun": begun, "who": by}
    why = ", ".join(BY_CODE[code].short.lower() for code in forced) if forced else _right(event)
    return _("%(begun)s : %(why)s.") % {"begun": begun, "why": why} if why else f"{begun}."


def _right(event: Event) -> str:
    """Nothing about an event that kept no facts."""
    facts = event.inputs.get("facts")
    return str(RIGHTS.get(facts.get("right", "card"), "")) if facts else ""
