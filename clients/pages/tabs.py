"""The tabs of a client's page: each has its own address, its own right, and appears to whom it concerns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.models import Client


@dataclass(frozen=True)
class Tab:
    """A tab as declared: its name in the address, the right it takes, the clients that have it."""

    label: Any
    url_name: str
    permission: str = "clients.view_client"
    concerns: Callable[[Client], bool] = lambda client: True


@dataclass(frozen=True)
class Link:
    """A tab as shown on one client's page."""

    label: Any
    url: str
    current: bool
    count: str | None = None


TABS = (
    Tab(_("Résumé"), "clients:detail"),
    Tab(_("Interventions"), "client-interventions", permission="interventions.view_intervention"),
    Tab(_("Événements"), "client-events", permission="access.view_event"),
    Tab(_("Véhicules"), "client-vehicles", permission="access.view_vehicle"),
    Tab(_("Cartes d’accès"), "client-cards", permission="access.view_accesscard"),
    Tab(_("Entrées"), "client-entries", permission="access.view_entry"),
    Tab(_("Membres"), "clients:members", concerns=lambda client: client.is_company),
    Tab(_("Historique"), "clients:history"),
)


def tabs_of(client: Client, user: AbstractBaseUser, current: str) -> list[Link]:
    """The tabs that this person sees on this client's page."""
    return [
        Link(
            tab.label,
            reverse(tab.url_name, args=[client.reference]),
            tab.url_name == current,
        )
        for tab in TABS
        if tab.concerns(client) and user.has_perm(tab.permission)  # type: ignore[attr-defined]
    ]
