"""What the command `nightly` does for access: close forgotten entries, forget old passages, repair derived columns."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from access.gate.lapse import lapsed
from access.gate.stays import guess_end, park
from access.models import Entry, Event, Zone
from access.services import client_columns, person_numbers
from access.services.payments import repair_payments
from access.services.retention import forget_nonces, forget_passages
from clients.models import Client


def run(at: datetime) -> list[str]:
    done = (
        (_("Entrées sans sortie, fermées et marquées estimées"), close_orphans(at)),
        (
            _("Passages de plus de %(days)s jours oubliés") % {"days": settings.EVENT_RETENTION_DAYS},
            forget_passages(at),
        ),
        (_("Réponses aux lecteurs de plus de 30 jours oubliées"), forget_nonces(at)),
        (_("Présences, visites et cartes contredites par les faits, réparées"), repair_clients()),
        (_("Visites comptées pour quelqu’un d’autre, réparées"), person_numbers.refresh(Entry.objects.all())),
        (_("Montants payés contredits par les paiements, réparés"), repair_payments()),
    )
    return [_("%(what)s : %(count)s") % {"what": what, "count": number_format(count)} for what, count in done]


def close_orphans(at: datetime) -> int:
    """Close the stays that have lapsed, where they lapsed; return their number."""
    condition = lapsed(Zone.objects.all(), at)
    orphans = list(Entry.objects.open().filter(condition).order_by("pk").values_list("pk", flat=True))
    return sum(_close_orphan(pk, at) for pk in orphans)


@transaction.atomic
def _close_orphan(pk: int, at: datetime) -> bool:
    """Close one, unless its exit has been recorded meanwhile. Locks the client first, as passages do."""
    client = Client.objects.select_for_update(of=("self",)).filter(entries=pk).first()
    stays = Entry.objects.select_for_update(of=("self",)).select_related("zone")
    entry = stays.filter(pk=pk, exited_at__isnull=True).first()
    if entry is None or client is None:
        return False
    guess_end(entry, at, "orphan")
    park(entry, "car_unsure")
    client_columns.left({client.pk})
    Event.objects.record(
        Event.Kind.EXIT,
        at=entry.exited_at or at,
        client=client,
        card=entry.card,
        vehicle=entry.vehicle,
        zone=entry.zone,
        entry=entry,
        direction="out",
        anomalies=["orphan"],
    )
    return True


def repair_clients() -> int:
    return sum(map(client_columns.repair, Client.objects.batches()))
