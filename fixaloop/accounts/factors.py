"""The second factor: codes of an app (TOTP, RFC 6238), and codes on paper for the day it is lost."""

import re
import secrets
from datetime import datetime
from typing import Any

import pyotp
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from fixaloop.accounts.models import Factor, Passkey, RecoveryCode
from fixaloop.accounts.sealed import seal, seal_anew, unseal
from fixaloop.accounts.sessions import OpenSession
from fixaloop.accounts.telling import tell_changed
from fixaloop.audit.trail import Kind, note
from fixaloop.groups import DIRECTION
from fixaloop.installation.firm import firm

SUPERUSERS = "superusers"
STEP = 30
CODES = 10
# No letter or figure that is taken for another one.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def has_factor(user: Any) -> bool:
    return Factor.objects.filter(user=user.pk).exists() or Passkey.objects.filter(user=user.pk).exists()


def is_obliged(user: Any) -> bool:
    """Whether a group of theirs may not work without one (REQUIRE_SECOND_FACTOR)."""
    return _is_in(user, settings.REQUIRE_SECOND_FACTOR)


def is_proposed(user: Any) -> bool:
    return _is_in(user, (DIRECTION, SUPERUSERS))


def _is_in(user: Any, groups: Any) -> bool:
    if not groups:
        return False
    return (SUPERUSERS in groups and user.is_superuser) or user.groups.filter(name__in=groups).exists()


def new_secret() -> str:
    return pyotp.random_base32()


def address_of_app(user: User, secret: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=f"Fixaloop {firm()['name']}")


@transaction.atomic
def add_app(user: User, secret: str, code: str, at: datetime) -> list[str] | None:
    """Add the app that shows this code, in place of another one, and return codes for the day it is lost.

    None if the code is wrong.
    """
    step = _step(secret, code, at)
    if step is None:
        return None
    values = {"secret": seal(secret), "last_step": step, "created_at": at, "used_at": None}
    Factor.objects.update_or_create(user=user, defaults=values)
    note(Kind.FACTOR, user, by=user)
    tell_changed(user, "factor_added", at)
    return _new_codes(user)


def first_codes(user: User) -> list[str]:
    """Codes on paper with the first factor; none where there are some."""
    return [] if codes_left(user) else _new_codes(user)


@transaction.atomic
def renew_codes(user: User, at: datetime) -> list[str]:
    note(Kind.FACTOR, user, by=user)
    tell_changed(user, "codes", at)
    return _new_codes(user)


@transaction.atomic
def remove_factor(user: User, at: datetime, *, by: Any) -> bool:
    """Take app, passkeys and codes away, and tell whether there were any."""
    RecoveryCode.objects.filter(user=user).delete()
    gone = [rows.filter(user=user).delete()[0] for rows in (Factor.objects, Passkey.objects)]
    if not any(gone):
        return False
    note(Kind.FACTOR, user, by=by)
    if by.pk != user.pk:
        # Taken away because the telephone is lost or in other hands: sessions opened with it end.
        OpenSession.objects.filter(user=user).delete()
    tell_changed(user, "factor_removed", at)
    return True


def codes_left(user: Any) -> int:
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def check_code(user: User, typed: str, at: datetime) -> bool:
    """Whether a code opens now: one of the app, or one on paper. Neither opens twice, whoever is faster."""
    code = re.sub(r"[\s-]", "", typed).lower()
    factor = Factor.objects.filter(user=user).first()
    secret = unseal(factor.secret) if factor else ""
    if factor and secret and (step := _step(secret, code, at)):
        later = Factor.objects.filter(pk=factor.pk, secret=factor.secret, last_step__lt=step)
        return bool(later.update(last_step=step, used_at=at))
    if RecoveryCode.objects.filter(user=user, digest__in=_digests(user, code), used_at=None).update(used_at=at):
        tell_changed(user, "code_used", at)
        return True
    return False


def _step(secret: str, code: str, at: datetime) -> int | None:
    """The half minute that a code of an app belongs to: now, or the one before or after for clocks that differ."""
    now = int(at.timestamp()) // STEP
    shown = pyotp.TOTP(secret)
    steps = (now, now - 1, now + 1)
    return next((step for step in steps if constant_time_compare(shown.at(step * STEP), code.replace(" ", ""))), None)


def _new_codes(user: User) -> list[str]:
    codes = ["".join(secrets.choice(ALPHABET) for _place in range(10)) for _number in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create([RecoveryCode(user=user, digest=_digests(user, code)[0]) for code in codes])
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _digests(user: User, code: str) -> list[str]:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    salt = f"fixaloop.accounts.factors.{user.pk}"
    return [salted_hmac(salt, code, secret=key, algorithm="sha256").hexdigest() for key in keys]


def seal_factors_anew() -> int:
    """Seal the secrets of apps with the key of today; return how many were sealed with another one."""
    changed = 0
    for factor in Factor.objects.order_by("pk"):
        sealed = seal_anew(factor.secret)
        if sealed != factor.secret:
            changed += Factor.objects.filter(pk=factor.pk, secret=factor.secret).update(secret=sealed)
    return changed
