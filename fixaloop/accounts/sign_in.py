"""Who may sign in, and the account that is signed in, read together with its preferences in one query."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from fixaloop.installation.marks import PASSWORD


def is_open_to_all(password: str | None) -> bool:
    """Whether the password is published, on a machine that others reach."""
    return password == PASSWORD and settings.IS_REACHABLE


class AccountBackend(ModelBackend):
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Any:
        if is_open_to_all(password):
            raise PermissionDenied
        return super().authenticate(request, username, password, **kwargs)

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


class PublishedPasswordValidator:
    """Refuses the password of the demonstration for accounts of people."""

    def validate(self, password: str, user: Any = None) -> None:
        if password == PASSWORD:
            raise ValidationError(_("Ce mot de passe est publié : choisissez-en un autre."))

    def get_help_text(self) -> str:
        return ""
