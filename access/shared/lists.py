"""What the lists of the site share: cells, the columns they leave in the database, the tab of one client."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cached_property, lru_cache
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format

from access.models import AccessCard, Device, Vehicle, Zone
from clients.models import NAMED_BY, Client
from clients.pages.page import client_context, known_as
from clients.status import is_active
from fixaloop.lists.figures import Figure
from fixaloop.lists.markup import NOTHING
from fixaloop.lists.page import ListPage
from fixaloop.speed.texts import gettext, language

if TYPE_CHECKING:
    Base = ListPage
else:
    Base = object

# What cells show of related rows: names, and whether a client is active.
SHOWN_COLUMNS: dict[Any, tuple[str, ...]] = {
    Client: (
        *("id", *NAMED_BY),
        *("active_until", "resumes_at", "resumes_until"),
    ),
    AccessCard: ("id", "username"),
    Vehicle: ("id", "plate", "country"),
    Device: ("id", "name"),
    Zone: ("id", "name"),
    User: ("id", "first_name", "last_name", "username"),
}


def deferred(**related: Any) -> tuple[str, ...]:
    """The columns of related rows, given as `client=Client`, that no cell shows; for `QuerySet.defer`."""
    return tuple(
        f"{path}__{field.name}"
        for path, model in related.items()
        for field in model._meta.concrete_fields
        if field.name not in SHOWN_COLUMNS[model]
    )


def client_cell(row: Any, at: datetime) -> str:
    return _client(row.client) if row.client_id else NOTHING


def holder_cell(row: Any, at: datetime) -> str:
    """The client, and that it is inactive: then the gate stays closed."""
    inactive = gettext("client inactif")
    return _client(row.client, "" if is_active(row.client, at) else f" · {inactive}")


def _client(client: Client, mark: str = "") -> str:
    reference, mark = client.reference, escape(mark)
    return f'<a href="/clients/{reference}/">{escape(client.name)}</a> <small class="num">{reference}{mark}</small>'


def zone_cell(row: Any, at: datetime) -> str:
    return escape(row.zone.name) if row.zone_id else NOTHING


def tags_cell(row: Any, at: datetime) -> str:
    return " ".join(f'<span class="chip">{escape(tag.name)}</span>' for tag in row.tags.all()) or NOTHING


def names(rows: Iterable[Any]) -> str:
    return escape(", ".join(str(row) for row in rows)) or NOTHING


def day_text(day: date) -> str:
    return _day(day, language())


@lru_cache(maxsize=4096)
def _day(day: date, language: str | None) -> str:
    return escape(date_format(day, "SHORT_DATE_FORMAT"))


class ClientTab(Base):
    """Narrows a list to one client; stands before the list in the bases of a class. `tab` is its URL name."""

    tab: ClassVar[str]
    template_name = "clients/list_tab.html"
    stylesheet = "css/access.css"

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

    def figures(self) -> tuple[Figure, ...]:
        return ()

    @property
    def new_url(self) -> str | None:
        url = super().new_url
        return f"{url}?client={self.client.reference}" if url else None

    def scope(self) -> Sequence[tuple[str, str]]:
        return [(gettext("Client"), str(self.client))]

    def extra_context(self) -> dict[str, Any]:
        return client_context(self.request, self.client, self.tab)


def client_needed_first(user: Any) -> tuple[str, str] | None:
    missing = user.has_perm("clients.add_client") and not Client.objects.exists()
    return (gettext("D’abord un client"), reverse("clients:new")) if missing else None
