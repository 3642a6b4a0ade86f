"""The list of clients to review, those whose last review is oldest first."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from html import escape

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from clients.lists.clients import ADDED, IDENTITY, ORDERS, READ, STATUS, ClientList
from clients.models import Client
from clients.services.reviews import due_for_review
from fixaloop.lists.figures import Figure, remembered
from fixaloop.lists.page import Column
from fixaloop.speed.texts import gettext
from fixaloop.words.dates import moment_html


def review_cell(client: Client, at: datetime) -> str:
    url, last = f"/clients/{client.reference}/review/", gettext("jamais revu")
    when = moment_html(client.reviewed_at, at) if client.reviewed_at else f'<span class="soft">{escape(last)}</span>'
    return f'{when} <a class="btn" href="{url}">{escape(gettext("Revoir"))}</a>'


class ReviewList(ClientList):
    has_all_rows = False
    views = ()
    columns = (IDENTITY, STATUS, *ADDED, Column("review", _("Dernière revue"), review_cell, sort="review"))
    orders = {**ORDERS, "review": ("review_since", "id")}
    default_sort = "review"
    title = _("À revoir")
    nothing = _("Personne n’est à revoir : les clients reviennent ici quand leur délai est passé.")
    read = (*READ, "reviewed_at", "review_since")
    new_page = ""

    def get_permission_required(self) -> Sequence[str]:
        return [*super().get_permission_required(), "clients.review_client"]

    def base_queryset(self) -> QuerySet[Client]:
        return due_for_review(self.at)

    @cached_property
    def counts(self) -> dict[str, int]:
        return remembered("clients.to_review", lambda: {"total": self.base_queryset().count()})

    def figures(self) -> Sequence[Figure]:
        return (Figure(gettext("Clients à revoir"), number_format(self.counts["total"])),)
