"""The phones and e-mails of a client beside its main ones, as its row and its history keep them.

One line each: the value, a tab, a label. A value with an “@” is an e-mail, any other a phone in E.164.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from clients.values.phones import dialled_in_france, show_phone

# As many as a person can still tell apart.
MOST = 20
LONGEST_LABEL = 60
_LABELLED = re.compile(r"(.*?)(?:\(([^()]*)\))?", re.DOTALL)


class Line(NamedTuple):
    value: str
    label: str = ""
    display: str = ""

    @property
    def is_email(self) -> bool:
        return "@" in self.value

    @property
    def mark(self) -> str:
        """What two spellings of one e-mail share."""
        return self.value.lower()

    def shown(self, country: str = "FR") -> Line:
        return self._replace(display=self.value if self.is_email else show_phone(self.value, country))


def read_lines(text: str) -> list[Line]:
    parts = (line.partition("\t") for line in text.split("\n") if line.strip())
    return [Line(value.strip(), label.strip()) for value, _tab, label in parts]


def write_lines(lines: Iterable[Line]) -> str:
    return "\n".join(f"{line.value}\t{line.label}".rstrip("\t") for line in lines)


def distinct(lines: Iterable[Line], mains: Iterable[str] = ()) -> list[Line]:
    """Phones, then e-mails, each once and without the main ones; of two equal values, the first label counts."""
    known = {main.lower() for main in mains if main}
    kept: dict[str, Line] = {}
    for line in lines:
        if line.mark in known or not line.value:
            continue
        before = kept.get(line.mark)
        if before is None:
            kept[line.mark] = line
        elif not before.label:
            kept[line.mark] = Line(before.value, line.label)
    return sorted(kept.values(), key=lambda line: line.is_email)


def show_lines(text: str, country: str = "FR", *, emails: bool | None = None) -> str:
    """All of them, or with `emails` only those of that kind, as `read_cell` takes them back."""
    lines = (line.shown(country) for line in read_lines(text) if emails in (None, line.is_email))
    return " ; ".join(f"{line.display} ({line.label})" if line.label else line.display for line in lines)


def read_cell(text: str) -> list[Line]:
    """The lines of a cell as `show_lines` writes it: separated by semicolons or line breaks, labels in brackets."""
    found = (_LABELLED.fullmatch(part.strip()) for part in re.split(r"[;\n]| ::: ", text))
    return [Line(match[1].strip(), match[2] or "") for match in found if match and match[0]]


def searched(text: str) -> list[str]:
    words: list[str] = []
    for line in read_lines(text):
        words += [line.mark] if line.is_email else [dialled_in_france(line.value), line.value.removeprefix("+")]
    return words


def shown_rows(text: str, country: str = "FR") -> str:
    """The lines as a form shows them, with phones as people read them."""
    return write_lines(Line(line.shown(country).display, line.label) for line in read_lines(text))
