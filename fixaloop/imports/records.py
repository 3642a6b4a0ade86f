"""What becomes of a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

LONGEST = 60
# As much of a value as a message quotes at least, and what it opens a quotation with.
QUOTED = 50
OPENING = ("« ", "“")


class Action(StrEnum):
    """What an import does with a row."""

    CREATE = "created"
    UPDATE = "updated"
    UNCHANGED = "unchanged"
    REFUSE = "refused"
    IGNORE = "ignored"


@dataclass(frozen=True, slots=True)
class Issue:
    """Something said about a row: where, which value, what is wrong and what would be right."""

    row: int
    column: str
    value: str
    message: str

    @property
    def unsaid(self) -> str:
        """The value to quote before the message, on one line; nothing where the message quotes it itself."""
        value = " ".join(self.value.split())
        beginning, message = value[:QUOTED].rstrip(), " ".join(self.message.split())
        return "" if any(f"{mark}{beginning}" in message for mark in OPENING) else value[:LONGEST]


@dataclass(slots=True)
class Record:
    """One row on its way: what was typed by field, what it reads as, what is wrong, what will be done.

    `sources` tells from which of the file's fields a field was taken, where it is not its own; `quoted` which value to
    quote where it is not the typed one; `strays` the values that no heading names; `changes` the two values of each
    field that an update changes.
    """

    number: int
    typed: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    action: Action = Action.CREATE
    target: int | None = None
    sources: dict[str, str] = field(default_factory=dict)
    quoted: dict[str, str] = field(default_factory=dict)
    strays: list[tuple[str, str]] = field(default_factory=list)
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)

    def refuse(self, name: str, message: str) -> None:
        """Say that a field is wrong; the row is refused unless the field may be left empty."""
        self.errors.setdefault(name, []).append(message)

    def note(self, name: str, message: str) -> None:
        """Say something about a field that does not stop the row."""
        self.notes.setdefault(name, []).append(message)

    def forgive(self, optional: frozenset[str]) -> None:
        """Leave wrong optional values empty and turn what was wrong with them into notes."""
        for name in optional & self.errors.keys():
            for message in self.errors.pop(name):
                self.note(name, _("%(message)s Valeur non reprise.") % {"message": message})
            self.values.pop(name, None)

    def quote(self, name: str) -> str:
        """The value that a message about a field speaks of."""
        return self.quoted.get(name) or self.typed.get(name, "")
