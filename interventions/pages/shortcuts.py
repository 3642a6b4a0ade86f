"""The tiles of the first page: what one most often comes for."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from interventions.pages.tabs import mine_url
from interventions.rights import VIEW, works_alone


def shortcuts(user: Any) -> list[dict[str, str]]:
    """Those that this person may use: the gate first for who keeps it, one's own work for who does only that."""
    clients, new_client = reverse("clients:list"), reverse("clients:new")
    planning, new = reverse("interventions:planning"), reverse("interventions:new")
    offered = [
        ("clients.view_client", _("Chercher un client"), clients, "search", _("nom, téléphone, SIRET…")),
        (VIEW, _("Planning"), planning, "calendar-days", _("la semaine par technicien")),
        (
            "interventions.add_intervention",
            _("Nouvelle intervention"),
            new,
            "wrench",
            _("pour un client connu ou nouveau"),
        ),
        ("clients.add_client", _("Nouveau client"), new_client, "user-plus", _("particulier ou entreprise")),
    ]
    if user.has_perm("access.use_control") and not user.has_perm("interventions.add_intervention"):
        gate = (_("Contrôle"), reverse("access:control"), "scan-line", _("carte, plaque ou nom"))
        inside = (_("Qui est là"), reverse("access:occupancy"), "users-round", _("les présents par zone"))
        offered[:0] = [("access.use_control", *gate), ("access.view_entry", *inside)]
    if works_alone(user):
        offered.insert(0, (VIEW, _("Mes interventions"), mine_url(), "wrench", _("celles qui sont ouvertes")))
    return [
        {"label": label, "url": url, "icon": icon, "hint": hint}
        for right, label, url, icon, hint in offered
        if user.has_perm(right)
    ]
