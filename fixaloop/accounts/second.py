"""The second factor: asked at sign-in, set up and taken away on pages of one’s own."""

from datetime import datetime, timedelta
from typing import Any

import segno
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from fixaloop.accounts.factors import (
    add_app,
    address_of_app,
    check_code,
    has_factor,
    is_obliged,
    is_proposed,
    new_secret,
    remove_factor,
    renew_codes,
)
from fixaloop.accounts.held import Held, agent_of, in_turn
from fixaloop.accounts.passkeys import add_passkey, ask_known, ask_new, check_answer
from fixaloop.accounts.places import note_place
from fixaloop.accounts.proof import proof_required
from fixaloop.accounts.sessions import begin
from fixaloop.audit.trail import Kind, note
from fixaloop.forms.fields import sent

# Who has given the right password and not yet the code; who must set up a factor first; the secret being set up.
PENDING, LACKING, SECRET = "pending", "lacking_factor", "factor_secret"
PATIENCE = timedelta(minutes=10)


class PasskeyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Nom"),
        max_length=60,
        help_text=gettext_lazy("Pour la reconnaître : « téléphone », « clé bleue »…"),
    )
    answer = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20_000)


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )
    answer = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20_000)


def begin_sign_in(request: HttpRequest, user: User, address: str) -> HttpResponse:
    if not has_factor(user):
        return enter(request, user, address)
    request.session[PENDING] = {"user": user.pk, "at": timezone.now().isoformat(), "next": address}
    return redirect("second")


def enter(request: HttpRequest, user: User, address: str) -> HttpResponse:
    login(request, user)
    at = timezone.now()
    begin(request, at)
    note(Kind.SIGN_IN, user.username, by=user, agent=agent_of(request))
    if not has_factor(user):
        if is_obliged(user):
            request.session[LACKING] = True
        elif is_proposed(user):
            messages.info(
                request,
                _("Votre compte ouvre tout : ajoutez un second facteur. Menu à votre nom, « Sécurité du compte »."),
            )
    response = redirect(address)
    note_place(request, response, user, at)
    return response


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    pending = request.session.get(PENDING, {})
    user = _pending(pending)
    if user is None:
        return redirect(settings.LOGIN_URL)
    form = CodeForm(sent(request))
    if form.is_valid():
        try:
            if in_turn(request, user.username, lambda: _opens(request, user, form.cleaned_data), what="code"):
                del request.session[PENDING]
                return enter(request, user, pending["next"])
        except Held as held:
            return render(request, "registration/locked.html", {"sentence": held.sentence()}, status=429)
        form.add_error("code", _("Ce code n’est pas le bon, ou il a déjà servi."))
    context = {"form": form, "passkey": ask_known(request, user)}
    return render(request, "registration/second.html", context, status=422 if form.errors else 200)


def _opens(request: HttpRequest, user: User, given: dict[str, str]) -> bool:
    at = timezone.now()
    return check_answer(request, user, given["answer"], at) if given["answer"] else check_code(user, given["code"], at)


def _pending(pending: dict[str, Any]) -> User | None:
    if not pending or timezone.now() - datetime.fromisoformat(pending["at"]) > PATIENCE:
        return None
    return User.objects.filter(pk=pending["user"], is_active=True).first()


@require_http_methods(["GET", "HEAD", "POST"])
@proof_required
def app(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = CodeForm(sent(request))
    secret = request.session.get(SECRET, "")
    if secret and form.is_valid():
        codes = add_app(user, secret, form.cleaned_data["code"], timezone.now())
        if codes is not None:
            for name in (SECRET, LACKING):
                request.session.pop(name, None)
            return _show_codes(request, codes)
        form.add_error("code", _("Ce n’est pas le code que montre l’application. Attendez le suivant."))
    if not secret:
        secret = request.session[SECRET] = new_secret()
    qr = segno.make(address_of_app(user, secret), error="m").svg_data_uri(scale=5, border=2)
    context = {
        "form": form,
        "qr": qr,
        "secret": " ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        "is_obliged": LACKING in request.session,
        "page_title": _("Application de codes"),
    }
    return render(request, "accounts/app.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@proof_required
def passkey(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = PasskeyForm(sent(request))
    if form.is_valid():
        codes = add_passkey(request, user, form.cleaned_data["name"], form.cleaned_data["answer"], timezone.now())
        if codes is not None:
            request.session.pop(LACKING, None)
            messages.success(request, _("La clé d’accès est ajoutée."))
            return _show_codes(request, list(codes)) if codes else redirect("security")
        form.add_error(None, _("L’appareil n’a rien confirmé : réessayez."))
    context = {"form": form, "passkey": ask_new(request, user), "page_title": _("Clé d’accès")}
    return render(request, "accounts/passkey.html", context, status=422 if form.errors else 200)


@require_POST
@proof_required
def new_codes(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    return _show_codes(request, renew_codes(user, timezone.now())) if has_factor(user) else redirect("security")


@require_POST
@proof_required
def drop(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    if is_obliged(user):
        messages.error(request, _("Votre groupe ne travaille pas sans second facteur : remplacez-le plutôt."))
    elif remove_factor(user, timezone.now(), by=user):
        messages.success(request, _("Le second facteur est retiré."))
    return redirect("security")


def _show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    context = {"codes": codes, "next": resolve_url("security"), "page_title": _("Codes de secours")}
    return render(request, "accounts/codes.html", context)
