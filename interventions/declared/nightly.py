"""Statuses and balances compared with the facts, every night."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from clients.models import Client
from interventions import activity, services
from interventions.status_ends import tell_ending_statuses


def run(at: datetime) -> list[str]:
    """Record the flips made by the clock, end forced inactive periods that are over, repair the rest."""
    over = Client.objects.filter(status_mode=Client.StatusMode.INACTIVE, status_until__lte=at)
    values = {
        "what": _("Changements de statut dus au calendrier, notés"),
        "count": _total(activity.tell_clock_flips, at),
    }
    return [
        _("%(what)s : %(count)s") % values,
        _("Périodes forcées échues, statut redevenu automatique : %(count)s")
        % {"count": number_format(activity.repair(over, at))},
        _("Soldes contredits par les paiements, réparés : %(count)s")
        % {"count": number_format(services.repair_payments(at))},
        _("Statuts contredits par les faits, réparés : %(count)s") % {"count": _total(activity.repair, at)},
        _("Statuts bientôt échus, signalés : %(count)s") % {"count": number_format(tell_ending_statuses(at))},
    ]


def _total(step: Callable[[QuerySet[Client], datetime], int], at: datetime) -> str:
    return number_format(sum(step(batch, at) for batch in Client.objects.batches()))
