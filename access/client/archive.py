"""Vehicles, cards, stays, payments and events of a client, for its archive.

The code of a card cannot be handed over: only its hash is stored.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from access.cards import columns as cards
from access.entries import columns as entries
from access.events import timeline as events
from access.models import Payment
from access.vehicles import columns as vehicles
from clients.models import Client
from fixaloop.exports.archive import Part
from fixaloop.files.columns import FileColumn, exported

CHUNK = 500
PAYMENT_COLUMNS = (
    FileColumn("Entrée du", lambda payment, at: payment.entry.entered_at, 18),
    FileColumn("Moyen", lambda payment, at: payment.get_method_display(), 16),
    FileColumn("Montant", lambda payment, at: payment.amount, 12),
    FileColumn("Payé le", lambda payment, at: payment.paid_on, 12),
    FileColumn("Référence", lambda payment, at: payment.reference, 18),
    FileColumn("Note", lambda payment, at: payment.note, 32),
    FileColumn("Saisi le", lambda payment, at: payment.created_at, 18),
)


def parts_about(client: Client) -> list[Part]:
    owned = client.vehicles.select_related("client").prefetch_related("tags").order_by("pk")
    held = client.cards.select_related("client").prefetch_related("zones", "tags").order_by("pk")
    visits = client.entries.select_related("client", "card", "vehicle", "zone", "device_in", "device_out")
    paid = Payment.objects.filter(entry__client=client).select_related("entry").order_by("paid_on", "pk")
    named = ("client", "card", "vehicle", "device", "zone", "actor")
    happened = client.events.select_related(*named).prefetch_related("tags").order_by("at", "pk")
    return [
        _part("vehicules", _("Véhicules"), vehicles.COLUMNS, owned),
        _part("cartes", _("Cartes d’accès"), exported(cards.COLUMNS), held),
        _part("entrees", _("Entrées"), entries.COLUMNS, visits.order_by("entered_at", "pk")),
        _part("paiements_entrees", _("Paiements des entrées"), PAYMENT_COLUMNS, paid),
        _part("evenements", _("Événements"), events.export_columns(events.Sight()), happened),
    ]


def _part(name: str, title: str, columns: Sequence[FileColumn], rows: QuerySet[Any]) -> Part:
    return Part(name, title, columns, lambda: rows.iterator(CHUNK))
