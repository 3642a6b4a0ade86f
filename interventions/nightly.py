"""The instants kept of every client, compared with the facts."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from clients.models import Client
from interventions import activity, services


def run(at: datetime) -> list[str]:
    """Record the flips made by the clock, fold ended forced periods into the automatic status, repair the rest."""
    flipped = sum(activity.tell_clock_flips(batch, at) for batch in Client.objects.batches())
    over = Client.objects.filter(status_mode=Client.StatusMode.INACTIVE, status_until__lte=at)
    ended = activity.repair(over, at)
    repaired = sum(activity.repair(batch, at) for batch in Client.objects.batches())
    return [
        _("Changements de statut dus au calendrier, notés : %(count)s") % {"count": number_format(flipped)},
        _("Périodes forcées échues, statut redevenu automatique : %(count)s") % {"count": number_format(ended)},
        _("Soldes contredits par les paiements, réparés : %(count)s")
        % {"count": number_format(services.repair_balances(at))},
        _("Statuts contredits par les faits, réparés : %(count)s") % {"count": number_format(repaired)},
    ]
