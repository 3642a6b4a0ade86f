"""After signing in: what must be done first, how long a session lasts, and what browsers may keep."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from fixaloop.accounts.second import LACKING
from fixaloop.accounts.sessions import is_vouched, must_ask_again, note_seen
from fixaloop.web.requests import come_back, page_before

# What one may always do: choose the password, sign out, read in another language.
OPEN = frozenset(("confirm", "password_change", "password_change_done", "admin-password", "logout", "set_language"))


View = Callable[..., Any]


def unattended(view: View) -> View:
    """Mark a view that pages ask by themselves: it says nothing about whether somebody is there."""
    view.unattended = True  # type: ignore[attr-defined]
    return view


class StayMiddleware:
    """Keeps the session open while somebody works, and its pages out of every cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in {*request.COOKIES, *response.cookies}:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> None:
        if getattr(view, "login_required", True) and not getattr(view, "unattended", False):
            note_seen(request, timezone.now())


class ProviderMiddleware:
    """Has the firm’s provider asked again, in time, whether who signed in by it still may.

    A page is left for it without a word. What is sent, or asked for by a script, cannot follow there: it is led to the
    sign-in page, as from a session that is lost, and from there back to the page where it was typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        is_open = getattr(view, "login_required", True) is False or (match and match.view_name == "logout")
        if is_open or not must_ask_again(request, timezone.now()):
            return None
        if not settings.OIDC_ISSUER:
            logout(request)
            return redirect(settings.LOGIN_URL)
        if _is_page(request):
            return redirect(come_back(reverse("provider"), next=request.get_full_path()))
        return redirect(come_back(reverse("login"), next=page_before(request) or "/"))


def _is_page(request: HttpRequest) -> bool:
    is_asked = request.method in ("GET", "HEAD") and "HX-Request" not in request.headers
    return is_asked and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


class FirstThingsMiddleware:
    """Redirects to the page that must come first: choosing one’s own password, then setting up a second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if getattr(view, "login_required", True) is False or (match and match.view_name in OPEN):
            return None
        preference = getattr(request.user, "preference", None)
        if preference and preference.given_password and not is_vouched(request):
            return redirect("password_change")
        is_there = match is not None and match.view_name in ("factor-app", "factor-passkey")
        return redirect("factor-app") if request.session.get(LACKING) and not is_there else None
