"""The tabs of a client's page: each has its own address, its own right, and appears to whom it concerns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.extensions import Tab, extensions
from clients.models import Client


@dataclass(frozen=True)
class Link:
    """A tab as shown on one client's page."""

    label: Any
    url: str
    current: bool
    count: str | None = None


FIRST = (Tab(_("Résumé"), "clients:detail"),)
LAST = (
    Tab(_("Membres"), "clients:members", concerns=lambda client: client.is_company),
    Tab(_("Historique"), "clients:history"),
)


def tabs_of(client: Client, user: AbstractBaseUser, current: str) -> list[Link]:
    """The tabs that this person sees on this client's page."""
    added = (tab for extension in extensions() for tab in extension.tabs)
    return [
        Link(
            tab.label,
            reverse(tab.url_name, args=[client.reference]),
            tab.url_name == current,
        )
        for tab in (*FIRST, *added, *LAST)
        if tab.concerns(client) and user.has_perm(tab.permission)  # type: ignore[attr-defined]
    ]
