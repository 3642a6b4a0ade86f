from clients.models.clients import INCOMPLETE, KEPT_ELSEWHERE, NEVER, Client, ClientQuerySet
from clients.models.references import FormerKey, FormerReference, ImportedRow
from clients.models.templates import ClientTemplate

__all__ = (
    "INCOMPLETE",
    "KEPT_ELSEWHERE",
    "NEVER",
    "Client",
    "ClientQuerySet",
    "ClientTemplate",
    "FormerKey",
    "FormerReference",
    "ImportedRow",
)
