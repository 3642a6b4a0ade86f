"""Secrets that must be read again, kept so that the database alone does not tell them.

The key is made of `SECRET_KEY`; what was sealed with one of `SECRET_KEY_FALLBACKS` is still read, and sealed anew by
the work of the night.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


def seal(text: str) -> str:
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Empty where it was sealed with a key that nobody has any more."""
    try:
        return _box().decrypt(sealed).decode()
    except InvalidToken:
        return ""


def seal_anew(sealed: str) -> str:
    """The same, sealed with the key of today; as it is where it cannot be read."""
    try:
        _of(settings.SECRET_KEY).decrypt(sealed)
    except InvalidToken:
        text = unseal(sealed)
        return seal(text) if text else sealed
    return sealed


def _box() -> MultiFernet:
    return MultiFernet([_of(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _of(key: str) -> Fernet:
    return Fernet(
        urlsafe_b64encode(salted_hmac("fixaloop.accounts.sealed", "", secret=key, algorithm="sha256").digest())
    )
