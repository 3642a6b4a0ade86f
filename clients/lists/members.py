"""The tab Membres of a company: the clients linked to it, and their totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from clients.extensions import extensions
from clients.lists.clients import ADDED, CONTACT, IDENTITY, STATUS, TOWN, ClientList, added_counts
from clients.models import Client
from clients.pages.page import client_context, known_as
from clients.status import active
from fixaloop.lists.figures import Figure, shares


class MemberList(ClientList):
    """The clients linked to one company."""

    template_name = "clients/members.html"
    title = _("Membres")
    columns = (IDENTITY, STATUS, CONTACT, TOWN, *ADDED)
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
        return self.base_queryset().aggregate(
            total=Count("pk"),
            active=Count("pk", filter=active(self.at)),
            **added_counts(self.at, of_members=True),
        )

    def figures(self) -> Sequence[Figure]:
        total, active = self.counts["total"], self.counts["active"]
        return (
            Figure(str(_("Membres")), number_format(total)),
            Figure(
                str(_("Statut")),
                parts=shares([(_("actifs"), active, "ok"), (_("inactifs"), total - active, "muted")]),
            ),
            *self.added_figures(),
            *self._totals(has_members=total > 0),
        )

    def _totals(self, *, has_members: bool) -> Iterator[Figure]:
        for extension in extensions():
            yield from extension.member_figures(self.client, self.request.user, has_members=has_members)

    def extra_context(self) -> dict[str, Any]:
        return client_context(self.request, self.client, "clients:members")
