from clients.models.clients import INCOMPLETE, KEPT_ELSEWHERE, NEVER, Client, ClientQuerySet
from clients.models.references import FormerReference
from clients.models.templates import ClientTemplate

__all__ = ("INCOMPLETE", "KEPT_ELSEWHERE", "NEVER", "Client", "ClientQuerySet", "ClientTemplate", "FormerReference")
