"""The first page after signing in: what matters today to this person."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client
from interventions import activity

RECENT = 8


def dashboard(request: HttpRequest) -> HttpResponse:
    """Shortcuts to what the person may do, and the clients changed last for who may see them."""
    now = timezone.now()
    recent = []
    if request.user.has_perm("clients.view_client"):
        recent = [
            {
                "reference": client.reference,
                "name": client.name,
                "url": client.get_absolute_url(),
                "status": activity.explain(client, now),
                "at": client.created_at,
            }
            for client in Client.objects.order_by("-created_at", "-id")[:RECENT]
        ]
    return render(
        request, "dashboard.html", {"shortcuts": _shortcuts(request), "recent": recent}
    )


def _shortcuts(request: HttpRequest) -> list[dict[str, str]]:
    shortcuts = (
        (
            "clients.view_client",
            _("Chercher un client"),
            reverse("clients:list"),
            "search",
            _("nom, téléphone, SIRET…"),
        ),
        (
            "clients.add_client",
            _("Nouveau client"),
            reverse("clients:new"),
            "user-plus",
            _("particulier ou entreprise"),
        ),
    )
    return [
        {"label": label, "url": url, "icon": icon, "hint": hint}
        for right, label, url, icon, hint in shortcuts
        if request.user.has_perm(right)
    ]
