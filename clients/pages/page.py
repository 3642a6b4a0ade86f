"""What every page about one client needs: permission, client, header and tabs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _, gettext_lazy

from clients.extensions import Tab, extensions
from clients.models import Client
from clients.privacy import archive_permissions
from clients.status import explain, say_in_full
from fixaloop.audit.trail import note_opened
from fixaloop.web.refusals import permission_required

ClientView = Callable[..., HttpResponseBase]


def known_as(number: int) -> Client:
    """The client of a number, or the one that it was merged into. Raises Http404."""
    client = Client.objects.known_as(number)
    if client is None:
        raise Http404(_("Ce client n’existe pas."))
    return client


def client_page(permission: str | Sequence[str], *, changing: bool = False) -> Callable[[ClientView], ClientView]:
    """Require the permission, load the client, and redirect from the reference of a client that was merged.

    With `changing=True`, anonymised clients get a 409 page.
    """

    def decorate(view: ClientView) -> ClientView:
        @permission_required(permission)
        @wraps(view)
        def page(request: HttpRequest, number: int, **kwargs: Any) -> HttpResponseBase:
            client = known_as(number)
            if client.number != number and request.resolver_match:
                return redirect(request.resolver_match.view_name, client.reference)
            if changing and client.anonymized_at:
                return render(request, "clients/anonymized.html", client_context(request, client, ""), status=409)
            response = view(request, client, **kwargs)
            if request.method == "GET":
                note_opened(response, client.reference, request.user)
            return response

        return page

    return decorate


def client_context(
    request: HttpRequest, client: Client, current: str, counts: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """What every page of a client shows; `counts` are those of its tabs, by their URL names."""
    may = {
        name: request.user.has_perm(f"clients.{right}")
        for name, right in (
            ("change", "change_client"),
            ("delete", "delete_client"),
            ("force_status", "force_status"),
            ("merge", "merge_client"),
            ("add", "add_client"),
            ("review", "review_client"),
        )
    }
    # Who may destroy a client whole may destroy what it holds.
    may["anonymize"] = may["delete"]
    may["data"] = request.user.has_perms(archive_permissions())
    if client.anonymized_at:
        may |= dict.fromkeys(set(may) - {"delete", "data"}, False)
    # The topmost app’s action stands last, as the main one.
    added = (action for extension in reversed(extensions()) for action in extension.actions)
    actions = [] if client.anonymized_at else [action for action in added if request.user.has_perm(action.permission)]
    may["start"] = any(action.is_main for action in actions)
    now = timezone.now()
    status = replace(explain(client, now), reason=say_in_full(client, now))
    if status.reason_permission and not request.user.has_perm(status.reason_permission):
        status = replace(status, reason_url="")
    return {
        "client": client,
        "status": status,
        "badges": "".join(extension.badge(client, request.user, now) for extension in extensions()),
        "tabs": tabs_of(client, request.user, current, counts or {}),  # type: ignore[arg-type]
        "may": may,
        "actions": actions,
    }


@dataclass(frozen=True)
class Link:
    """A tab as shown on one client's page."""

    label: Any
    url: str
    current: bool
    count: str | None = None


FIRST = (Tab(gettext_lazy("Résumé"), "clients:detail"),)
LAST = (
    Tab(gettext_lazy("Membres"), "clients:members", concerns=lambda client: client.is_company),
    Tab(gettext_lazy("Historique"), "clients:history"),
)


def tabs_of(client: Client, user: AbstractBaseUser, current: str, counts: Mapping[str, int]) -> list[Link]:
    added = (tab for extension in extensions() for tab in extension.tabs)
    return [
        Link(
            tab.label,
            reverse(tab.url_name, args=[client.reference]),
            tab.url_name == current,
            number_format(counts[tab.url_name]) if tab.url_name in counts else None,
        )
        for tab in (*FIRST, *added, *LAST)
        if tab.concerns(client) and user.has_perm(tab.permission)  # type: ignore[attr-defined]
    ]
