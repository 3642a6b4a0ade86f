"""`CLT-001`, `INT-042`: how numbered things are named in addresses, files and speech."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """One kind of reference, told from the others by its letters."""

    letters: str

    @property
    def prefix(self) -> str:
        return f"{self.letters}-"

    def show(self, number: int) -> str:
        """`CLT-001`, `CLT-1000`."""
        return f"{self.prefix}{number:03d}"

    def parse(self, text: str) -> int | None:
        """Return the number in `CLT-042`, `clt 42` or `CLT42`; None where the text is no such reference."""
        match = re.fullmatch(rf"\s*{self.letters}[\s-]*0*([0-9]{{1,9}})\s*", text, re.IGNORECASE)
        return int(match[1]) if match else None


class ReferenceConverter:
    """The part of an address that names one thing, given to views as a number."""

    reference: Reference
    regex: str

    def __init_subclass__(cls) -> None:
        letters = "".join(f"[{letter.upper()}{letter.lower()}]" for letter in cls.reference.letters)
        cls.regex = rf"{letters}-?\d{{1,9}}"

    def to_python(self, value: str) -> int:
        number = self.reference.parse(value)
        if number is None:
            raise ValueError(value)
        return number

    def to_url(self, value: int | str) -> str:
        return value if isinstance(value, str) else self.reference.show(value)
