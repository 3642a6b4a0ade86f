"""What clients hold of clients, column by column."""

from typing import Any

from django.db.models import Case, Value, When

from clients.models import (
    Client,
    ClientTemplate,
    ForgettingJob,
    ForgottenRow,
    FormerKey,
    FormerReference,
    ImportedRow,
    OtherContact,
)
from fixaloop.records.personal import Table

# A person has two names and a company has one, by constraint; they are the same words for all of them.
NAMES = {
    Client.Kind.INDIVIDUAL: {"first_name": "Client", "last_name": "anonymisé", "company_name": ""},
    Client.Kind.COMPANY: {"first_name": "", "last_name": "", "company_name": "Entreprise anonymisée"},
}
BLANK = (
    *("siret", "email", "phone", "other_contacts", "street", "street_extra", "postal_code", "city"),
    *("description", "external_reference", "status_reason"),
)


def _by_kind(name: str) -> Case:
    return Case(*(When(kind=kind, then=Value(names[name])) for kind, names in NAMES.items()))


def nobody(kind: str) -> dict[str, Any]:
    return dict.fromkeys(BLANK, "") | NAMES[Client.Kind(kind)]


TABLES = (
    Table(
        Client,
        client="id",
        kind="client",
        by="clients.privacy.anonymize_client",
        plain="id number kind country language channel no_messages company status_mode status_until status_at"
        " payer payer_since subscribed_from subscribed_until"
        " active_until resumes_at resumes_until open_interventions deciding_number deciding_state deciding_end"
        " told_active last_visit_at visited_before inside_since last_card_day card_suspended anonymized_at version"
        " created_at updated_at reviewed_at touched_at last_contact_at",
        team="status_by reviewed_by",
        derived="extra_search sort_name name_key city_key search_text review_since odd_name odd_address odd_town"
        " odd_kind",
        instead=dict.fromkeys(BLANK, "")
        | {name: _by_kind(name) for name in ("first_name", "last_name", "company_name")},
    ),
    Table(
        OtherContact,
        client="client",
        by="clients.privacy.anonymize_client",
        plain="id client kind position",
        instead=dict.fromkeys(("value", "key", "label"), ""),
    ),
    Table(
        ForgettingJob,
        plain="id state created_at beat_at finished_at done total attempts language keys forgotten refused error",
        team="by",
        brief="query",
    ),
    Table(FormerReference, plain="number client"),
    Table(FormerKey, plain="id kind client", apart="value", by="clients.privacy.anonymize_client"),
    Table(
        ImportedRow,
        plain="id batch client origin",
        # Digests tell nothing by themselves, but would confirm a guess.
        apart="row shape content",
        by="clients.privacy.anonymize_client",
    ),
    # Keyed digests of what is forgotten, gone after the years that a client is kept.
    Table(ForgottenRow, plain="id mark at"),
    Table(
        ClientTemplate,
        plain="id kind company postal_code city country language status_mode",
        untied="name status_reason description",
    ),
)
