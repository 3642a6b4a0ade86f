"""Passwords: which are refused, and the change of one’s own."""

from typing import Any

from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from fixaloop.accounts.held import Held, in_turn
from fixaloop.installation.marks import PASSWORD


class OwnPasswordForm(PasswordChangeForm):
    """Who finds a session open guesses no more often here than at the door."""

    def __init__(self, user: Any, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        typed: str = self.cleaned_data["old_password"]
        try:
            is_right = in_turn(self.request, self.user.get_username(), lambda: self.user.check_password(typed))
        except Held as held:
            raise ValidationError(held.sentence()) from held
        if not is_right:
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return typed


class OwnPassword(PasswordChangeView):
    form_class = OwnPasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"request": self.request}


class PublishedPasswordValidator:
    """Refuses the password of the demonstration for accounts of people."""

    def validate(self, password: str, user: Any = None) -> None:
        if password == PASSWORD:
            raise ValidationError(_("Ce mot de passe est publié : choisissez-en un autre."))

    def get_help_text(self) -> str:
        return ""
