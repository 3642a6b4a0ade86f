"""Passwords: which are refused, the change of one’s own, and what to do about a forgotten one."""

import re
import unicodedata
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordChangeView, PasswordResetConfirmView
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods

from fixaloop.accounts.held import Held, in_turn
from fixaloop.accounts.invitations import links
from fixaloop.accounts.services import note_own_password
from fixaloop.accounts.telling import RESET
from fixaloop.forms.fields import sent
from fixaloop.installation.firm import firm
from fixaloop.installation.marks import PASSWORD
from fixaloop.notices.letters import new_letter, queue

PRODUCT = "Fixaloop"
# Besides the names that are taken out of a password, so much must be there.
LEAST_BESIDE = 8
# Short words of a name, like “de” and “SARL”, say nothing.
TELLING_LETTERS = 5
# One letter for an account in this time, however often it is asked for.
LONGEST = 128
EVERY_MINUTES = 15


class OwnPasswordForm(PasswordChangeForm):
    """A change of one’s own password; the old one is asked for, and guessed no more often than when signing in."""

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

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("new_password1") and data["new_password1"] == data.get("old_password"):
            self.add_error("new_password1", _("C’est votre mot de passe d’aujourd’hui : choisissez-en un autre."))
        return data


class OwnPassword(PasswordChangeView):
    form_class = OwnPasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"request": self.request}

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        response = super().form_valid(form)
        note_own_password(form.user, timezone.now())
        return response


class ChosenByLink(PasswordResetConfirmView):
    """Where invitations and forgotten passwords lead."""

    success_url = "/"
    token_generator = links

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        response = super().form_valid(form)
        note_own_password(form.user, timezone.now())
        return response


class ForgottenForm(forms.Form):
    who = forms.CharField(
        label=gettext_lazy("Identifiant ou e-mail"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Send a link to a new password if mail is set up, else name the person to ask; the same without an account."""
    form = ForgottenForm(sent(request)) if settings.MAIL_IS_SET_UP else None
    if form and form.is_valid():
        site = settings.SITE_URL or request.build_absolute_uri("/").rstrip("/")
        _queue_ways(form.cleaned_data["who"], site, timezone.now())
        messages.success(
            request,
            _(
                "Si ce compte existe et a une adresse e-mail, un message y arrive dans la minute. Rien ? Regardez dans"
                " les indésirables, puis demandez à la direction."
            ),
        )
        return redirect(settings.LOGIN_URL)
    status = 422 if form and form.errors else 200
    return render(request, "registration/forgotten.html", {"form": form, "firm": firm()}, status=status)


def _queue_ways(who: str, site: str, at: datetime) -> None:
    asked = Q(username__iexact=who) | Q(email__iexact=who)
    people = User.objects.filter(asked, is_active=True).exclude(email="").order_by("pk")[:10]
    turn = int(at.timestamp()) // (EVERY_MINUTES * 60)
    queue(new_letter(RESET, f"{RESET}-{user.pk}-{turn}", f"user-{user.pk}", {"site": site}, at) for user in people)


class PublishedPasswordValidator:
    """Refuses the password of the demonstration for accounts of people."""

    def validate(self, password: str, user: Any = None) -> None:
        if password == PASSWORD:
            raise ValidationError(_("Ce mot de passe est publié : choisissez-en un autre."))

    def get_help_text(self) -> str:
        return _("Ni celui de la démonstration, qui est publié.")


class LongestValidator:
    """Refuses passwords longer than the fields of pages take: hashing them would take too long."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(_("Ce mot de passe est trop long : %(most)d caractères au plus.") % {"most": LONGEST})

    def get_help_text(self) -> str:
        return _("%(most)d caractères au plus.") % {"most": LONGEST}


class NamesValidator:
    """Refuses passwords that are little more than the name of the product or of the firm."""

    def validate(self, password: str, user: Any = None) -> None:
        letters = _letters(password)
        rest = letters
        for name in _names():
            rest = rest.replace(name, "")
        if rest != letters and len(rest) < LEAST_BESIDE:
            raise ValidationError(
                _("Ce mot de passe n’est guère que le nom de l’entreprise ou du logiciel : choisissez-en un autre.")
            )

    def get_help_text(self) -> str:
        return _("Ni le nom de l’entreprise, ni celui du logiciel.")


def _names() -> list[str]:
    """What to look for, the longest first: whole names, then the words in them that tell something."""
    whole = (PRODUCT, firm()["name"])
    words = [word for name in whole for word in re.split(r"\W+", name) if len(word) >= TELLING_LETTERS]
    return sorted(filter(None, {_letters(name) for name in (*whole, *words)}), key=len, reverse=True)


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())
