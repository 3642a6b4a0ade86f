"""What the command `nightly` does for access: close forgotten entries, forget old passages, repair derived columns."""

from datetime import datetime

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from access.gate.orphans import close_orphans
from access.models import Entry
from access.notices.ending import tell_ending_cards
from access.services import card_uses, client_columns, person_numbers
from access.services.old_stays import forget_stays
from access.services.payments import repair_payments
from access.services.periods import repair_periods
from access.services.retention import forget_nonces, forget_passages, prepare_months
from clients.models import Client
from fixaloop.installation.firm import rule


def run(at: datetime) -> list[str]:
    done = (
        (_("Entrées sans sortie, fermées et marquées estimées"), close_orphans(at)),
        (
            _("Passages de plus de %(days)s jours oubliés") % {"days": rule("EVENT_RETENTION_DAYS")},
            forget_passages(at),
        ),
        (_("Mois d’événements préparés"), prepare_months(at)),
        (
            _("Entrées de plus de %(days)s jours, rendues anonymes") % {"days": rule("ENTRY_RETENTION_DAYS")},
            forget_stays(at),
        ),
        (_("Cartes bientôt expirées, signalées"), tell_ending_cards(at)),
        (_("Réponses aux lecteurs de plus de 30 jours oubliées"), forget_nonces(at)),
        (_("Passages de cartes notés, comptés"), card_uses.follow_noted()),
        (_("Présences, visites et cartes contredites par les faits, réparées"), repair_clients()),
        (_("Visites comptées pour quelqu’un d’autre, réparées"), person_numbers.refresh(Entry.objects.all())),
        (_("Périodes de cartes contredites par leurs lignes, réparées"), repair_periods()),
        (_("Montants payés contredits par les paiements, réparés"), repair_payments()),
    )
    return [_("%(what)s : %(count)s") % {"what": what, "count": number_format(count)} for what, count in done]


def repair_clients() -> int:
    return sum(map(client_columns.repair, Client.objects.batches()))
