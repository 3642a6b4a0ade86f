"""The navigation: what the person may go to, in the order of a working day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Entry:
    """A place to go: its name, the URL it has, the right it takes, its icon; `primary` ones fit a phone's bar."""

    label: Any
    url_name: str
    permission: str
    icon: str
    primary: bool = False


@dataclass(frozen=True)
class Item:
    """An entry as shown to one person on one page."""

    label: Any
    url: str
    icon: str
    current: bool
    primary: bool


@dataclass(frozen=True)
class Group:
    """Entries that belong together, under a heading or none."""

    label: Any
    items: list[Item]


GROUPS: tuple[tuple[Any, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry(_("Accueil"), "dashboard", "", "house", primary=True),
            Entry(
                _("Clients"),
                "clients:list",
                "clients.view_client",
                "users",
                primary=True,
            ),
            Entry(
                _("Interventions"),
                "interventions:list",
                "interventions.view_intervention",
                "wrench",
                primary=True,
            ),
        ),
    ),
    (
        _("Accès"),
        (
            Entry(_("Contrôle"), "access:control", "access.use_control", "scan-line", primary=True),
            Entry(_("Qui est là"), "access:occupancy", "access.view_entry", "users-round"),
            Entry(_("Entrées"), "access:entries", "access.view_entry", "door-open"),
            Entry(_("Cartes"), "access:cards", "access.view_accesscard", "id-card"),
            Entry(_("Véhicules"), "access:vehicles", "access.view_vehicle", "car"),
            Entry(_("Événements"), "access:events", "access.view_event", "list"),
            Entry(_("Zones"), "access:zones", "access.view_zone", "map-pin"),
            Entry(_("Appareils"), "access:devices", "access.view_device", "radio-tower"),
            Entry(_("Tags"), "access:tags", "access.view_tag", "tag"),
        ),
    ),
    (
        _("Fichiers"),
        (
            Entry(_("Imports"), "imports:list", "fixaloop.view_importbatch", "upload"),
            Entry(_("Exports"), "exports:list", "clients.export_client", "download"),
            Entry(_("Modèles de clients"), "clients:templates", "clients.view_clienttemplate", "copy-plus"),
        ),
    ),
)


def navigation(request: HttpRequest) -> dict[str, list[Group]]:
    """The context processor that gives `nav` to templates."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"nav": []}
    allowed = [
        (label, [entry for entry in entries if not entry.permission or user.has_perm(entry.permission)])
        for label, entries in GROUPS
    ]
    # A place may lie within another, and one is at one place.
    here = max((_within(entry, request.path) for _label, entries in allowed for entry in entries), default="")
    groups = [Group(label, [_item(entry, here) for entry in entries]) for label, entries in allowed if entries]
    return {"nav": groups}


def _within(entry: Entry, path: str) -> str:
    """The address of a place where a page is at or below it, else nothing."""
    url = reverse(entry.url_name)
    return url if path == url or (url != "/" and path.startswith(url)) else ""


def _item(entry: Entry, here: str) -> Item:
    url = reverse(entry.url_name)
    return Item(entry.label, url, entry.icon, url == here, entry.primary)
