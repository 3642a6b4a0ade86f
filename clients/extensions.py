"""What the apps above add to a client.

Each of them declares one `ClientExtension`, named `extension`, in its module `on_clients`; nothing here names them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from fixaloop.discovery import modules
from fixaloop.records.payments import ZERO

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from django.contrib.auth.models import AbstractBaseUser
    from django.db.models import Q, QuerySet
    from django.db.models.expressions import Combinable
    from django.forms import Form
    from django.http import HttpRequest
    from django_filters import FilterSet

    from clients.models import Client, ClientTemplate
    from fixaloop.exports.archive import Part
    from fixaloop.lists.figures import Figure
    from fixaloop.lists.page import Column


@dataclass(frozen=True)
class Tab:
    """A tab of a client's page: its name in the address, the right it takes, the clients that have it."""

    label: Any
    url_name: str
    permission: str = "clients.view_client"
    concerns: Callable[[Client], bool] = lambda client: True


@dataclass(frozen=True)
class Action:
    """A button at the head of a client's page; the page it opens takes the client's reference."""

    label: Any
    url_name: str
    icon: str
    permission: str
    is_main: bool = False


@dataclass(frozen=True)
class Block:
    """A part of a page: its template, and what that shows as `shown`."""

    template: str
    shown: Mapping[str, Any]


@dataclass(frozen=True)
class Due:
    """Something a client has still to pay for, its page, and where it is paid; empty without the right."""

    label: str
    url: str
    detail: str
    amount: Decimal
    pay_url: str = ""


@dataclass(frozen=True)
class Owed:
    """All that a client owes in one app, the list of it, and some of it in detail; and what is to be given back."""

    total: Decimal
    url: str
    dues: Sequence[Due]
    credit: Decimal = ZERO
    credit_url: str = ""

    @property
    def shown(self) -> Decimal:
        return sum((due.amount for due in self.dues), ZERO)


@dataclass(frozen=True)
class Overview:
    """What an app shows on the first page of a client: what is under way, what happened, what stands beside, facts.

    `counts` are those of tabs, by their URL names; `owed` is None without permission.
    """

    under_way: Sequence[Block] = ()
    told: Sequence[Block] = ()
    beside: Sequence[Block] = ()
    facts: Sequence[Block] = ()
    owed: Owed | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class StatusReason:
    """The fact that decides a status, as a code and values; the page that shows it to those with the permission."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""
    permission: str = ""


@dataclass(frozen=True)
class Beginning:
    """A form that a new client is created for: the button’s words, on a phone too; the page takes `client`."""

    label: Any
    short: Any
    url_name: str


class ClientExtension:
    """What one app adds to a client; by default nothing."""

    # --- pages
    tabs: Sequence[Tab] = ()
    actions: Sequence[Action] = ()

    def badge(self, client: Client, user: Any, at: datetime) -> str:
        """HTML beside the name at the head of the page."""
        return ""

    def overview(self, client: Client, request: HttpRequest, at: datetime) -> Overview:
        """What its first page shows of this app, by the rights of the reader."""
        return Overview()

    def figures_card(self, client: Client, user: Any) -> Block | None:
        """What the client comes to in this app, for its review; None without permission."""
        return None

    def beginnings(self, user: Any) -> Sequence[Beginning]:
        """What somebody may begin with a new client, at once."""
        return ()

    def created_note(self, reference: str, preset: ClientTemplate | None, user: Any) -> str:
        """HTML added to the message that says a client was created."""
        return ""

    # --- lists
    columns: Sequence[Column] = ()
    # Column or export column → permission needed to see it.
    needs: Mapping[str, str] = {}
    filters: type[FilterSet] | None = None

    def complete(self, clients: Collection[Client], at: datetime) -> None:
        """Add to the clients of one page what the columns of this app show besides the client’s own."""

    def completed(self, clients: QuerySet[Client], at: datetime) -> QuerySet[Client]:
        return clients

    def counts(self, at: datetime, *, of_members: bool) -> Mapping[str, Any]:
        """Aggregates over the clients of a list, by name, for `figures`."""
        return {}

    def figures(self, counts: Mapping[str, int], user: Any) -> Sequence[Figure]:
        return ()

    def member_figures(self, company: Client, user: Any, *, has_members: bool) -> Sequence[Figure]:
        return ()

    def owner_of(self, query: str) -> int | None:
        """The client (by key) of what a reference of this app names; None for any other text."""
        return None

    # --- status
    # The code of a reason → what says its values at an instant. `since`, `until` and `end` are instants.
    status_words: Mapping[str, Callable[[Mapping[str, Any], datetime], str]] = {}
    # The same in full, for the sentence at the head of a client’s page; without one, the short words stand there.
    status_sentences: Mapping[str, Callable[[Mapping[str, Any], datetime], str]] = {}

    def status_reason(self, client: Client, at: datetime) -> StatusReason | None:
        """The fact that decides the automatic status; None leaves it to the next app."""
        return None

    def refresh_status(self, clients: QuerySet[Client], at: datetime) -> None:
        """Write anew what the status is computed from, after the forced status of these clients has changed."""

    def deactivation(self, client: Client, at: datetime) -> Sequence[str]:
        return ()

    # --- changes
    def renamed(self, client_ids: Collection[int]) -> None:
        """Bring in step what copies the names of these clients, or follows from their kind."""

    def before_merge(self, kept: Client, lost: Client) -> None:
        """Remove what one client may not have and two may, before all of `lost` moves to `kept`."""

    def follow(self, client: Client) -> None:
        """Bring in step what follows from rows that a merge has just moved to this client, or that it forgot."""

    def obstacles_to_deletion(self, client: Client) -> Sequence[str]:
        return ()

    def before_deletion(self, client: Client) -> None:
        """Forget what is kept without pointing to the client."""

    # --- personal data
    archive_permissions: Sequence[str] = ()

    def archive(self, client: Client) -> Sequence[Part]:
        return ()

    def archive_size(self, client: Client) -> int:
        """How many rows of the archive are too many to write while a page waits."""
        return 0

    def obstacles_to_anonymising(self, client: Client) -> Sequence[str]:
        """Why a client cannot be anonymised now, a sentence each."""
        return ()

    def forget(self, clients: Collection[int], *, by: AbstractBaseUser | None, at: datetime) -> None:
        """Take away what the app's list of columns says it empties itself, before the walk over all of them.

        `clients` are the keys of one client and of those that were merged into it. The client's row is locked.
        """

    def contacts(self) -> Sequence[Combinable]:
        """The moments of the last contacts that the app knows of, null where there was none, by `OuterRef("pk")`."""
        return ()

    def keeps(self, at: datetime) -> Mapping[Any, Q | QuerySet[Any]]:
        """Why a client without contact is not forgotten: the words for it → the condition on the client.

        Or rows, any of which keeps it: they name the client by OuterRef.
        """
        return {}

    # --- presets (models for similar clients)
    # Fields added to the form of a preset.
    preset_form: type[Form] | None = None

    def preset_initial(self, preset: ClientTemplate) -> Mapping[str, Any]:
        return {}

    def keep_preset(self, preset: ClientTemplate, values: Mapping[str, Any]) -> None:
        """Store the values of those fields."""

    def load_presets(self, rows: QuerySet[ClientTemplate]) -> QuerySet[ClientTemplate]:
        """The presets, with what `preset_summary` and `preset_columns` read."""
        return rows

    def preset_summary(self, preset: ClientTemplate) -> str:
        return ""

    # Columns of the admin’s list of presets.
    preset_columns: Sequence[Callable[[ClientTemplate], Any]] = ()


@cache
def extensions() -> tuple[ClientExtension, ...]:
    """All extensions, the topmost app first: the order of tabs, columns and figures."""
    return tuple(module.extension for module in reversed(modules("on_clients").values()))
