"""The tiles of the first page: what one most often comes for."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from interventions.rights import VIEW, works_alone
from interventions.tabs import mine_url


def shortcuts(user: Any) -> list[dict[str, str]]:
    """Those that this person may use; who works alone comes first for what is theirs."""
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
    if works_alone(user):
        offered.insert(0, (VIEW, _("Mes interventions"), mine_url(), "wrench", _("celles qui sont ouvertes")))
    return [
        {"label": label, "url": url, "icon": icon, "hint": hint}
        for right, label, url, icon, hint in offered
        if user.has_perm(right)
    ]
