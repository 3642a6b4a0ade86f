"""The tab Membres of a company: the clients linked to it, and their totals."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from access.services.client_columns import has_card
from clients.lists.clients import CARD, CONTACT, IDENTITY, OPEN, STATUS, TOWN, VISIT, ClientList
from clients.lists.totals import totals
from clients.models import Client
from clients.pages.page import client_context, known_as
from fixaloop.lists.figures import Figure, shares
from interventions import activity


class MemberList(ClientList):
    """The clients linked to one company."""

    template_name = "clients/members.html"
    title = _("Membres")
    columns = (IDENTITY, STATUS, CONTACT, TOWN, OPEN, VISIT, CARD)
    new_label = _("Nouveau membre")

    @cached_property
    def client(self) -> Client:
        """The company whose page this is."""
        return known_as(self.kwargs["number"])

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if self.client.number != kwargs["number"] and request.resolver_match:
            return redirect(request.resolver_match.view_name, self.client.reference)
        if not self.client.is_company:
            return redirect(self.client)
        return super().get(request, **kwargs)

    def base_queryset(self) -> QuerySet[Client]:
        return self.client.members.all()

    def is_held(self, sort: str) -> bool:
        return super().is_held(sort) or (sort == "status" and not self.filterset.is_searched)

    def scope(self) -> Sequence[tuple[str, str]]:
        return [(str(_("Entreprise")), str(self.client))]

    @property
    def new_url(self) -> str | None:
        url = super().new_url
        return f"{url}?kind=individual&company={self.client.reference}" if url else None

    @cached_property
    def counts(self) -> dict[str, int]:
        """Of this company's members all, the active ones, those on the site and those with a valid card."""
        return self.base_queryset().aggregate(
            total=Count("pk"),
            active=Count("pk", filter=activity.active(self.at)),
            inside=Count("inside_since"),
            with_card=Count("pk", filter=has_card("active", timezone.localdate(self.at))),
        )

    def figures(self) -> Sequence[Figure]:
        total, active = self.counts["total"], self.counts["active"]
        return (
            Figure(str(_("Membres")), number_format(total)),
            Figure(
                str(_("Statut")),
                parts=shares([(_("actifs"), active, "ok"), (_("inactifs"), total - active, "muted")]),
            ),
            *self._totals(),
        )

    def _totals(self) -> Sequence[Figure]:
        return totals(self.client, self.request.user, self.counts)

    def extra_context(self) -> dict[str, Any]:
        return client_context(self.request, self.client, "clients:members")
