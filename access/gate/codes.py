"""The codes of cards and readers: made at random, read as they were printed, kept as hashes."""

import hashlib
import secrets
import unicodedata

LONGEST = 512
QR_PREFIX = "FXL"
TOKEN_PREFIX = "fxd_"  # noqa: S105 - what tells a token of ours in a log, not a token
# Without I, L, O and U: nothing to confuse, and apart from A and Q the same on every keyboard layout of a scanner.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_qr_value() -> str:
    """160 random bits as 32 capitals and digits, which make a small QR code that any scanner types right."""
    return f"{QR_PREFIX}-{''.join(secrets.choice(_ALPHABET) for _digit in range(32))}"


def new_token() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def digest(value: str) -> str:
    """The hash kept of a QR value or token. Both are long and random, so it needs neither salt nor a slow hash."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def fingerprint(value: str) -> str:
    """The start of the hash: enough to recognise a value in a log, useless for making one."""
    return digest(value)[:8]


def qr_text(value: str) -> str:
    """A scanned value as it was printed: scanners add spaces, and some turn capitals into small letters."""
    text = unicodedata.normalize("NFC", value).strip()
    return text.upper() if text.upper().startswith(f"{QR_PREFIX}-") else text


def is_readable(value: str) -> bool:
    """Whether a database takes this text: no NUL, no half of a surrogate pair, nothing longer than any code."""
    return len(value) <= LONGEST and not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value)
