"""The list of one client, as a tab of the client's page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from clients.models import Client
from clients.pages.page import client_context, known_as
from fixaloop.lists.figures import Figure
from fixaloop.lists.page import ListPage

if TYPE_CHECKING:
    Base = ListPage
else:
    Base = object


class ClientTab(Base):
    """Narrows a list to one client; stands before the list in the bases of a class. `tab` is its URL name."""

    tab: ClassVar[str]
    template_name = "access/client_list.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.columns = [column for column in self.columns if column.name != "client"]  # type: ignore[misc]

    @cached_property
    def client(self) -> Client:
        return known_as(self.kwargs["number"])

    def get_permission_required(self) -> Sequence[str]:
        return [*super().get_permission_required(), "clients.view_client"]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """The tab; the reference of a merged client leads to the client it became."""
        if self.client.number != self.kwargs["number"]:
            return redirect(self.tab, self.client.reference)
        return super().get(request, **kwargs)

    def base_queryset(self) -> QuerySet[Any]:
        return super().base_queryset().filter(client=self.client)

    def figures(self) -> Sequence[Figure]:
        return ()

    @property
    def new_url(self) -> str | None:
        url = super().new_url
        return f"{url}?client={self.client.reference}" if url else None

    def scope(self) -> Sequence[tuple[str, str]]:
        return [(_("Client"), str(self.client))]

    def extra_context(self) -> dict[str, Any]:
        return client_context(self.request, self.client, self.tab)
