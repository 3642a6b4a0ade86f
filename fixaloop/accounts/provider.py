"""The firm’s own provider (OpenID Connect): what it says of somebody, and the account that this opens.

Off unless `OIDC_ISSUER` is set (docs/operations.md, One sign-in for all).
"""

import re
from functools import cache
from importlib import import_module
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from joserfc.errors import JoseError

from fixaloop.accounts.models import ProviderAccount
from fixaloop.accounts.sessions import OpenSession
from fixaloop.audit.rights import noting_rights
from fixaloop.audit.trail import Kind, note
from fixaloop.records.refusal import Refused

# What a provider that answers wrongly, or not at all, makes the library raise.
ERRORS = (AuthlibBaseError, JoseError, OSError, ValueError, RuntimeError, LookupError, TypeError)
SECONDS = 10
LEEWAY = 60
LONGEST = 255


def provider_name() -> str:
    """What the sign-in page calls it; empty where there is none."""
    return urlsplit(settings.OIDC_ISSUER).netloc


def belongs_to_provider(user: User) -> bool:
    """Whether the provider alone opens this account: a password would outlive its word."""
    if not settings.OIDC_ISSUER or is_administrator(user):
        return False
    return ProviderAccount.objects.filter(user=user).exists()


def is_administrator(user: User) -> bool:
    return user.is_superuser or user.is_staff


def app() -> Any:
    return _app(settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET)


@cache
def _app(issuer: str, client_id: str, secret: str) -> Any:
    """Keeps the discovery document and the keys; a key it does not know makes it fetch them again.

    The library is loaded when first asked: it takes a tenth of every start, and most firms have no provider.
    """
    library = import_module("authlib.integrations.django_client")
    return library.DjangoOAuth2App(
        library.DjangoIntegration("provider"),
        "provider",
        client_id=client_id,
        client_secret=secret,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile email",
            "code_challenge_method": "S256",
            "default_timeout": SECONDS,
        },
    )


def read_claims(request: HttpRequest) -> dict[str, Any]:
    """What the ID token says, once the library has checked state, nonce, signature, issuer, audience and expiry."""
    options = {
        "iss": {"essential": True, "value": settings.OIDC_ISSUER},
        "aud": {"essential": True, "value": settings.OIDC_CLIENT_ID},
    }
    token = app().authorize_access_token(request, claims_options=options, leeway=LEEWAY)
    claims: dict[str, Any] = dict(token["userinfo"])
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= LONGEST:
        raise ValueError(claims["sub"])
    return claims


def let_in(claims: dict[str, Any]) -> User:
    """The account of the person the provider names, with the groups the provider gives.

    Raises `Refused` if the provider gives no group, and closes the account; also for administrators and closed
    accounts.
    """
    groups = _groups(claims)
    try:
        with transaction.atomic():
            user = _known(claims["sub"]) or (_tie(claims) if groups else None)
            if user and user.is_active and not is_administrator(user):
                _give(user, groups)
    except IntegrityError as error:
        raise Refused([_("Votre compte vient d’être créé d’un autre côté : recommencez.")]) from error
    if user is None or not groups:
        raise Refused([_("Aucun de vos groupes n’ouvre Fixaloop : demandez à la direction.")])
    if is_administrator(user):
        raise Refused([_("Un administrateur se connecte par son mot de passe.")])
    if not user.is_active:
        raise Refused([_("Ce compte est désactivé : la direction peut le réactiver, page « Comptes ».")])
    return user


def _groups(claims: dict[str, Any]) -> list[Group]:
    said = claims.get(settings.OIDC_GROUPS_CLAIM)
    theirs = said if isinstance(said, list) else [said]
    return list(Group.objects.filter(name__in={ours for name, ours in settings.OIDC_GROUPS if name in theirs}))


def _known(subject: str) -> User | None:
    rows = User.objects.select_for_update(of=("self",))
    return rows.filter(provider_account__issuer=settings.OIDC_ISSUER, provider_account__subject=subject).first()


def _tie(claims: dict[str, Any]) -> User:
    """Tie the subject to the account that has its verified e-mail, else to a new one."""
    user = _by_email(_email(claims))
    if user is None:
        user = User(username=_free_name(claims), email=_email(claims))
        user.first_name = str(claims.get("given_name") or "")[:150]
        user.last_name = str(claims.get("family_name") or "")[:150]
        user.set_unusable_password()
        user.save()
        note(Kind.ACCOUNT_MADE, user, by=user)
    else:
        # Whoever knew the old password, or is signed in by it, is not who the provider tells of.
        user.set_unusable_password()
        user.save(update_fields=["password"])
        OpenSession.objects.filter(user=user).delete()
        note(Kind.ACCOUNT_CHANGED, user, by=user, changed=["password"])
    ProviderAccount.objects.create(
        user=user, issuer=settings.OIDC_ISSUER, subject=claims["sub"], created_at=timezone.now()
    )
    return user


def _email(claims: dict[str, Any]) -> str:
    """The address, if the provider has verified it: anybody may write any other."""
    return str(claims.get("email") or "")[:254] if claims.get("email_verified") is True else ""


def _by_email(email: str) -> User | None:
    if not email:
        return None
    same = User.objects.filter(email__iexact=email, is_superuser=False, is_staff=False, provider_account=None)
    found = list(same[:2])
    return found[0] if len(found) == 1 else None


def _free_name(claims: dict[str, Any]) -> str:
    said = str(claims.get("preferred_username") or _email(claims) or claims["sub"])
    name = re.sub(r"[^\w.@+-]", "", said)[:140] or "compte"
    others = User.objects.filter(username__istartswith=name).values_list("username", flat=True)
    taken = {other.casefold() for other in others}
    names = (f"{name}-{number}" if number > 1 else name for number in count(1))
    return next(free for free in names if free.casefold() not in taken)


def _give(user: User, groups: list[Group]) -> None:
    with noting_rights(user, by=user):
        user.groups.set(groups)
    if not groups:
        user.is_active = False
        user.save(update_fields=["is_active"])
        OpenSession.objects.filter(user=user).delete()
        note(Kind.ACCOUNT_CLOSED, user, by=user)
