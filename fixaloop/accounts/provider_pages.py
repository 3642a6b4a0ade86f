"""To the firm’s provider and back: signing in by it, and asking it again without a word."""

import logging
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from fixaloop.accounts.held import agent_of
from fixaloop.accounts.provider import ERRORS, app, let_in, read_claims
from fixaloop.accounts.sessions import VOUCHED, begin, is_vouched
from fixaloop.audit.trail import Kind, note
from fixaloop.records.refusal import Refused
from fixaloop.web.requests import come_back, safe_address

logger = logging.getLogger(__name__)


@login_not_required
@require_safe
def leave(request: HttpRequest) -> HttpResponse:
    """To the provider; without a word from it where it has let this session in before."""
    _must_be_set_up()
    back = safe_address(request, request.GET.get("next")) or resolve_url(settings.LOGIN_REDIRECT_URL)
    address = request.build_absolute_uri(reverse("provider-return"))
    silent = {"prompt": "none"} if is_vouched(request) else {}
    try:
        asked = app().create_authorization_url(address, **silent)
    except ERRORS:
        logger.exception("the provider gives no address to sign in at")
        return _refuse(request, _("Le fournisseur d’identité ne répond pas : réessayez dans un instant."), back)
    app().save_authorize_data(request, redirect_uri=address, next=back, **asked)
    return redirect(asked["url"])


@login_not_required
@require_safe
def return_(request: HttpRequest) -> HttpResponse:
    _must_be_set_up()
    asked = app().framework.get_state_data(request.session, request.GET.get("state", ""))
    if asked is None:
        # Nobody asked for this: it changes nothing, not even who is signed in.
        messages.error(request, _("Cette demande de connexion ne vaut plus : recommencez."))
        return redirect(settings.LOGIN_URL)
    try:
        user = let_in(read_claims(request))
    except Refused as refused:
        note(Kind.SIGN_IN_FAILED, "", agent=agent_of(request))
        return _refuse(request, str(refused), asked["next"])
    except ERRORS as error:
        logger.warning("the provider’s answer was refused: %s", error)
        sentence = _("Le fournisseur d’identité n’a pas confirmé qui vous êtes : recommencez.")
        return _refuse(request, sentence, asked["next"])
    _enter(request, user)
    return redirect(asked["next"])


def _must_be_set_up() -> None:
    if not settings.OIDC_ISSUER:
        raise Http404


def _enter(request: HttpRequest, user: User) -> None:
    at = timezone.now()
    here: Any = request.user
    if not (is_vouched(request) and here.pk == user.pk):
        # Nothing stays of the session that was open here before.
        logout(request)
        login(request, user)
        begin(request, at)
        note(Kind.SIGN_IN, user.username, by=user, agent=agent_of(request))
    request.session[VOUCHED] = at.isoformat()


def _refuse(request: HttpRequest, sentence: str, back: str) -> HttpResponse:
    """Say why on the sign-in page; a session that the provider had opened ends."""
    if is_vouched(request):
        logout(request)
    messages.error(request, sentence)
    return redirect(come_back(reverse("login"), next=back))
