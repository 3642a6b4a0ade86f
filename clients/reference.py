"""`CLT-001`: how a client is named in addresses, files and speech."""

import re

PREFIX = "CLT-"
PATTERN = r"[Cc][Ll][Tt]-?\d{1,9}"


def parse_reference(text: str) -> int | None:
    """Return the number in `CLT-042`, `clt 42` or `CLT42`; None where the text is no reference."""
    match = re.fullmatch(r"\s*clt[\s-]*0*([0-9]{1,9})\s*", text, re.IGNORECASE)
    return int(match[1]) if match else None


class ReferenceConverter:
    """The part of an address that names a client, given to views as a number."""

    regex = PATTERN

    def to_python(self, value: str) -> int:
        number = parse_reference(value)
        if number is None:
            raise ValueError(value)
        return number

    def to_url(self, value: int | str) -> str:
        return value if isinstance(value, str) else f"{PREFIX}{value:03d}"
