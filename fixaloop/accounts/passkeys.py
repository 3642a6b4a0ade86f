"""Passkeys (WebAuthn): a phone, a computer or a key proves that its owner is there, to this site alone."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.http.request import split_domain_port
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    UserVerificationRequirement,
)

from fixaloop.accounts.factors import first_codes
from fixaloop.accounts.models import Passkey
from fixaloop.accounts.telling import tell_changed
from fixaloop.audit.trail import Kind, note

# The challenge that a browser answers; each is answered once.
CHALLENGE = "challenge"


def _server(request: HttpRequest) -> Fido2Server:
    host = split_domain_port(request.get_host())[0]
    return Fido2Server(PublicKeyCredentialRpEntity(id=host, name="Fixaloop"))


def _held(user: User) -> list[AttestedCredentialData]:
    kept = Passkey.objects.filter(user=user).values_list("credential", flat=True)
    return [AttestedCredentialData(websafe_decode(credential)) for credential in kept]


def ask_new(request: HttpRequest, user: User) -> str:
    entity = PublicKeyCredentialUserEntity(
        id=str(user.pk).encode(), name=user.username, display_name=user.get_full_name() or user.username
    )
    asked, state = _server(request).register_begin(
        entity, _held(user), user_verification=UserVerificationRequirement.PREFERRED
    )
    request.session[CHALLENGE] = dict(state)
    return json.dumps(dict(asked))


@transaction.atomic
def add_passkey(request: HttpRequest, user: User, name: str, answer: str, at: datetime) -> Sequence[str] | None:
    """Keep the key that answered; return recovery codes if it is the first factor, None if the answer is wrong."""
    state = request.session.pop(CHALLENGE, None)
    try:
        found = _server(request).register_complete(state, json.loads(answer)).credential_data
    except (ValueError, TypeError, KeyError):
        return None
    if found is None:
        return None
    Passkey.objects.create(user=user, name=name, credential=websafe_encode(found), created_at=at)
    note(Kind.FACTOR, user, by=user)
    tell_changed(user, "factor_added", at)
    return first_codes(user)


def ask_known(request: HttpRequest, user: User) -> str:
    """What the browser asks one of this person’s keys, as JSON; empty without any."""
    keys = _held(user)
    if not keys:
        return ""
    asked, state = _server(request).authenticate_begin(keys, UserVerificationRequirement.PREFERRED)
    request.session[CHALLENGE] = dict(state)
    return json.dumps(dict(asked))


def check_answer(request: HttpRequest, user: User, answer: str, at: datetime) -> bool:
    state: Any = request.session.pop(CHALLENGE, None)
    try:
        found = _server(request).authenticate_complete(state, _held(user), json.loads(answer))
    except (ValueError, TypeError, KeyError):
        return False
    return bool(Passkey.objects.filter(user=user, credential=websafe_encode(found)).update(used_at=at))
