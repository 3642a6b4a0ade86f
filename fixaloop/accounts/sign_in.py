"""Signing in: whose password opens what, and the account that is signed in, read with its preferences in one query."""

from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.accounts.held import Held, in_turn
from fixaloop.accounts.provider import belongs_to_provider, provider_name
from fixaloop.accounts.second import begin_sign_in
from fixaloop.accounts.sessions import must_ask_again
from fixaloop.audit.trail import Kind, note
from fixaloop.installation.marks import PASSWORD
from fixaloop.lists import neighbours
from fixaloop.web.requests import come_back, safe_address


def is_open_to_all(password: str | None) -> bool:
    """Whether the password is published, on a machine that others reach."""
    return password == PASSWORD and settings.IS_REACHABLE


class AccountBackend(ModelBackend):
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        if is_open_to_all(password):
            raise PermissionDenied
        check = self._check
        if request is None or not username:
            return check(request, username, password, **kwargs)
        try:
            return in_turn(request, username, lambda: check(request, username, password, **kwargs))
        except Held as held:
            # Django takes it for a wrong password; the page says how long to wait.
            request.held = held  # type: ignore[attr-defined]
            raise

    def _check(self, request: HttpRequest | None, username: str | None, password: str | None, **kwargs: Any) -> Any:
        found = super().authenticate(request, username, password, **kwargs)
        return None if found and belongs_to_provider(found) else found

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("preference").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None


class SignInForm(AuthenticationForm):
    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if is_open_to_all(password):
            raise ValidationError(
                _(
                    "Ce mot de passe de démonstration est publié : il n’ouvre rien sur une machine que d’autres"
                    " atteignent. Un administrateur en donne un autre : manage.py changepassword."
                )
            )
        return password


class SignInView(auth.LoginView):
    form_class = SignInForm

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.asks_again = must_ask_again(request, timezone.now())
        self.redirect_authenticated_user = not self.asks_again

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"provider": provider_name(), "asks_again": self.asks_again}

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        return begin_sign_in(self.request, form.get_user(), self.get_success_url())

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        held: Held | None = getattr(self.request, "held", None)
        if held is None:
            return super().form_invalid(form)
        return render(self.request, "registration/locked.html", {"sentence": held.sentence()}, status=429)


class SignOutView(auth.LogoutView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            note(Kind.SIGN_OUT, request.user.get_username())
        response = super().post(request, *args, **kwargs)
        # Pages of the session leave the browser with it: Back shows none of them.
        response.headers["Clear-Site-Data"] = '"cache"'
        neighbours.forget(request, response)
        return response


@login_not_required
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """The administration has no door of its own; who is signed in and no member of the staff is refused."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect(
        come_back(reverse("login"), next=safe_address(request, request.GET.get("next")) or reverse("admin:index"))
    )
