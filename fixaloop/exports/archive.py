"""A zip archive of everything known about something: one JSON file for programs, text and spreadsheets for people.

Only one row is in memory at once.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import TextIOWrapper
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.exports.workbook import write_workbook
from fixaloop.files.columns import FileColumn

WHOLE = "dossier.json"


@dataclass(frozen=True)
class Part:
    """The rows of one kind: `name` is that of its file, `title` the one on screen."""

    name: str
    title: str
    columns: Sequence[FileColumn]
    rows: Callable[[], Iterable[Any]]

    def without(self, headers: Sequence[str]) -> Part:
        kept = [column for column in self.columns if str(column.header) not in headers]
        return Part(self.name, self.title, kept, self.rows)


@dataclass(frozen=True)
class Archive:
    """`facts` are the heading → value of the subject itself, `about` says where the archive comes from."""

    name: str
    facts: Mapping[str, Any]
    parts: Sequence[Part]
    about: Sequence[tuple[str, str]]
    introduction: str
    at: datetime

    def write(self, file: IO[bytes]) -> dict[str, int]:
        with ZipFile(file, "w", ZIP_DEFLATED) as target:
            self._write_whole(target)
            counts = {part.title: self._write_part(target, part) for part in self.parts}
            target.writestr(self._entry(f"{self.name}.txt"), self._sheet())
            target.writestr(self._entry("LISEZMOI.txt"), self._read_me(counts))
        return counts

    def _entry(self, name: str) -> ZipInfo:
        entry = ZipInfo(name, timezone.localtime(self.at).timetuple()[:6])
        entry.compress_type = ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        return entry

    def _write_whole(self, target: ZipFile) -> None:
        with target.open(self._entry(WHOLE), "w", force_zip64=True) as raw, TextIOWrapper(raw, "utf-8") as text:
            text.write('{\n"' + self.name + '": ' + _json(self.facts, indent=2))
            for part in self.parts:
                text.write(f',\n"{part.name}": [')
                for number, row in enumerate(part.rows()):
                    values = {str(column.header): column.value(row, self.at) for column in part.columns}
                    text.write((",\n  " if number else "\n  ") + _json(values))
                text.write("\n]")
            text.write("\n}\n")

    def _write_part(self, target: ZipFile, part: Part) -> int:
        rows = ([column.value(row, self.at) for column in part.columns] for row in part.rows())
        with tempfile.TemporaryFile() as workbook:
            count = write_workbook(workbook, part.title, part.columns, rows, self.about)
            if count:
                workbook.seek(0)
                with target.open(self._entry(f"{part.name}.xlsx"), "w", force_zip64=True) as kept:
                    shutil.copyfileobj(workbook, kept)
        return count

    def _sheet(self) -> str:
        lines = (_line(label, _seen(value)) for label, value in self.facts.items() if value not in (None, ""))
        return "\n".join(lines) + "\n"

    def _read_me(self, counts: Mapping[str, int]) -> str:
        origin = "\n".join(_line(label, value) for label, value in self.about)
        held = "\n".join(_line(title, str(count)) for title, count in counts.items())
        return f"{self.introduction}\n\n{origin}\n\n{held}\n"


def _line(label: str, value: str) -> str:
    return _("%(what)s : %(count)s") % {"what": label, "count": value}


def _json(values: Mapping[str, Any], indent: int | None = None) -> str:
    return json.dumps(values, ensure_ascii=False, indent=indent, default=_plain)


def _plain(value: Any) -> Any:
    """A value that JSON does not have: amounts become numbers, instants local texts with their offset."""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else str(value)


def _seen(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%d/%m/%Y %H:%M}"
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)
