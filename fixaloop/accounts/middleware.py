"""What somebody who has signed in does before anything else."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

# What one may always do: choose the password, sign out, read in another language.
OPEN = frozenset(("password_change", "password_change_done", "admin-password", "logout", "set_language"))


class FirstThingsMiddleware:
    """Leads whose password was given by somebody else to the page where they choose their own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if getattr(view, "login_required", True) is False or (match and match.view_name in OPEN):
            return None
        preference = getattr(request.user, "preference", None)
        return redirect("password_change") if preference and preference.given_password else None
