"""What interventions hold of clients, column by column."""

from django.db.models import Value

from access.declared.personal import PAYMENT
from fixaloop.records.personal import Table, unless_blank
from interventions.models import (
    Absence,
    Closing,
    ClosingLine,
    Intervention,
    InterventionPayment,
    LedgerPayment,
)

# What stands for the texts of an anonymised client.
TITLE, REASON = "Intervention anonymisée", "anonymisé"

TABLES = (
    Table(
        Intervention,
        client="client",
        kind="intervention",
        plain="id number client place equipment_brand equipment_model vehicle planned_start planned_end estimated state"
        " started_at finished_at waiting_since waited reopened_at quote_amount parts_amount labor_amount"
        " cancellation_fee agreed_amount agreed_on agreed_how warranty_months paid_amount balance planned_key"
        " version created_at updated_at",
        team="technician",
        derived="search_text",
        instead={
            "title": TITLE,
            "description": "",
            "equipment_serial": "",
            "diagnosis": "",
            "report": "",
            "state_reason": unless_blank("state_reason", Value(REASON)),
        },
    ),
    Table(InterventionPayment, plain=f"{PAYMENT} intervention", team="by"),
    # The view over both kinds of payments.
    Table(
        LedgerPayment,
        plain="id source kind amount method paid_on created_at words intervention entry answered",
        team="by",
    ),
    Table(Closing, plain="id day last_number at", team="by"),
    Table(ClosingLine, plain="id closing method recorded counted", untied="reason"),
    Table(Absence, plain="id starts_at ends_at kind version", team="technician note"),
)
