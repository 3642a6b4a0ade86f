"""Interventions and payments of a client, for its archive."""

from __future__ import annotations

from django.utils.translation import gettext as _

from clients.models import Client
from fixaloop.exports.archive import Part
from fixaloop.files.columns import FileColumn
from interventions.models import InterventionPayment
from interventions.pages.file_columns import COLUMNS

CHUNK = 500
PAYMENT_COLUMNS = (
    FileColumn("Intervention", lambda payment, at: payment.intervention.reference, 14),
    FileColumn("Nature", lambda payment, at: payment.get_kind_display(), 18),
    FileColumn("Moyen", lambda payment, at: payment.get_method_display(), 16),
    FileColumn("Montant", lambda payment, at: payment.signed_amount, 12),
    FileColumn("Payé le", lambda payment, at: payment.paid_on, 12),
    FileColumn("Note", lambda payment, at: payment.note, 32),
    FileColumn("Saisi le", lambda payment, at: payment.created_at, 18),
)


def parts_about(client: Client) -> list[Part]:
    interventions = client.interventions.select_related("client", "technician", "vehicle").order_by("number")
    payments = InterventionPayment.objects.filter(intervention__client=client).select_related("intervention")
    return [
        Part("interventions", _("Interventions"), COLUMNS, lambda: interventions.iterator(CHUNK)),
        Part(
            "paiements_interventions",
            _("Paiements des interventions"),
            PAYMENT_COLUMNS,
            lambda: payments.order_by("paid_on", "pk").iterator(CHUNK),
        ),
    ]
