"""Values that open gates: made here, shown once, kept as hashes. QR values and tokens hold 256 random bits."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata

QR_PREFIX = "FXL"
TOKEN_PREFIX = "fxd_"  # noqa: S105 - what tells a token of ours in a log, not a token
_BYTES = 20
_TOKEN_BYTES = 32


def new_qr_value() -> str:
    """160 random bits as capitals and digits, which make a small QR code that any scanner types right."""
    number = int.from_bytes(secrets.token_bytes(_BYTES))
    digits = ""
    while number:
        number, rest = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[rest] + digits
    return f"{QR_PREFIX}-{digits}"


# Without I, L, O and U: nothing to confuse, and the same on every keyboard layout a scanner may be set to but for A/Q.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_token() -> str:
    """The bearer token of a reader."""
    return TOKEN_PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)


def digest(value: str) -> str:
    """The hash that is kept. What is hashed is random and long, so that no salt nor slow hash is needed."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def fingerprint(value: str) -> str:
    """Enough of a hash to recognise a value in a log, of no use to make one."""
    return digest(value)[:8]


def qr_text(value: str) -> str:
    """A scanned value as it was printed: scanners add spaces, and some turn capitals into small letters."""
    text = unicodedata.normalize("NFC", value).strip()
    return text.upper() if text.upper().startswith(f"{QR_PREFIX}-") else text
