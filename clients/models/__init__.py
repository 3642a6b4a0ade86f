from clients.models.clients import DERIVED, KEPT_ELSEWHERE, NAMED_BY, NEVER, Client, named_by
from clients.models.contacts import OtherContact
from clients.models.forgetting import ForgettingJob
from clients.models.querysets import INCOMPLETE, ClientQuerySet
from clients.models.references import ForgottenRow, FormerKey, FormerReference, ImportedRow
from clients.models.templates import ClientTemplate

__all__ = (
    "DERIVED",
    "INCOMPLETE",
    "KEPT_ELSEWHERE",
    "NAMED_BY",
    "NEVER",
    "Client",
    "ClientQuerySet",
    "ClientTemplate",
    "ForgettingJob",
    "ForgottenRow",
    "FormerKey",
    "FormerReference",
    "ImportedRow",
    "OtherContact",
    "named_by",
)
