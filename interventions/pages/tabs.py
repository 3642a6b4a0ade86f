"""The ways to look at interventions, as tabs over each of them."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.pages.tabs import Link
from interventions.pages.filters import MINE, OPEN


def mine_url() -> str:
    """One's own open interventions, in the order they are planned."""
    query = urlencode({"technician": MINE, "state": OPEN, "sort": "planned"})
    return f"{reverse('interventions:list')}?{query}"


def view_tabs(request: HttpRequest) -> list[Link]:
    """The list, one's own open ones, the planning."""
    listed, planning = reverse("interventions:list"), reverse("interventions:planning")
    mine = request.GET.get("technician") == MINE
    return [
        Link(_("Toutes"), listed, request.path == listed and not mine),
        Link(_("Mes interventions"), mine_url(), request.path == listed and mine),
        Link(_("Planning"), planning, request.path == planning),
    ]
