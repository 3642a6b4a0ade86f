"""What every page about one client needs: the right, the client, the header and the tabs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client, FormerReference
from clients.tabs import tabs_of
from interventions import activity

ClientView = Callable[..., HttpResponseBase]


def client_page(permission: str) -> Callable[[ClientView], ClientView]:
    """Open a page about one client to those who have the right; an old reference leads to the client it became."""

    def decorate(view: ClientView) -> ClientView:
        @permission_required(permission, raise_exception=True)
        @wraps(view)
        def page(request: HttpRequest, number: int, **kwargs: Any) -> HttpResponseBase:
            client = Client.objects.select_related("company", "status_by").filter(number=number).first()
            if client is not None:
                return view(request, client, **kwargs)
            former = FormerReference.objects.select_related("client").filter(pk=number).first()
            if former is None or request.resolver_match is None:
                raise Http404(_("Ce client n’existe pas."))
            return redirect(request.resolver_match.view_name, former.client.reference)

        return page  # type: ignore[return-value]

    return decorate


def client_context(request: HttpRequest, client: Client, current: str) -> dict[str, Any]:
    """What every tab of a client's page shows."""
    may = {
        name: request.user.has_perm(f"clients.{right}")
        for name, right in (
            ("change", "change_client"),
            ("delete", "delete_client"),
            ("force_status", "force_status"),
            ("merge", "merge_client"),
            ("add", "add_client"),
        )
    }
    return {
        "client": client,
        "status": activity.explain(client, timezone.now()),
        "tabs": tabs_of(client, request.user, current),  # type: ignore[arg-type]
        "may": may,
    }
