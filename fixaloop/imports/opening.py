"""How a file that was sent is laid out: the page opens a small one; a large one the worker, which keeps what it found.

What a file holds is measured by its expanded size: 600 kB of a workbook may be gigabytes in memory.
"""

from datetime import datetime, timedelta
from itertools import islice
from math import inf
from os import SEEK_END
from pathlib import Path
from typing import IO, Any, Protocol
from zipfile import ZipFile, is_zipfile

from fixaloop.imports.importer import Options
from fixaloop.tables import Row, Table, TableError, as_text
from fixaloop.tables.table import BROKEN_ARCHIVE, OtherSheet

LIGHT = 8 * 1024 * 1024
# What is kept of a file that the page opens.
OPENS_AT_ONCE = {"light": True}
PAUSE = timedelta(seconds=20)
# Enough to tell what a column holds.
SAMPLE = 200


class Opener(Protocol):
    options: Options

    def open(self, path: Path) -> Table: ...


def must_be_opened(kept: dict[str, Any], options: Options, at: datetime) -> bool:
    """Whether the worker must open the file before a page can show how it is laid out."""
    if kept == OPENS_AT_ONCE:
        return False
    return not is_known(kept, options) or kept.get("until", inf) < at.timestamp()


def is_known(kept: dict[str, Any], options: Options) -> bool:
    return kept.get("asked") == _asked(options)


def opened(kept: dict[str, Any], importer: Opener, path: Path) -> Table:
    """A small file as it is; another as the worker found it, with some of its rows. Raises one of FAILURES."""
    if not is_known(kept, importer.options):
        return importer.open(path)
    if "error" in kept:
        raise TableError("opened", kept["error"])
    return _table(kept["table"], kept["rows"])


def is_light(file: IO[bytes]) -> bool:
    """Whether a page may open the file; of one that is damaged it says so."""
    if is_zipfile(file):
        try:
            with ZipFile(file) as archive:
                return sum(part.file_size for part in archive.infolist()) <= LIGHT
        except BROKEN_ARCHIVE:
            return True
    return file.seek(0, SEEK_END) <= LIGHT


def to_keep(table: Table, options: Options) -> dict[str, Any]:
    about = {name: getattr(table, name) for name in Table.__dataclass_fields__ if name not in ("read", "others")}
    others = [other._asdict() for other in table.others]
    sample = islice(table.read(), table.header_row + SAMPLE)
    rows = [[number, [as_text(cell) for cell in cells]] for number, cells in sample]
    return {"asked": _asked(options), "table": about | {"others": others}, "rows": rows}


def failure_to_keep(reason: str, options: Options) -> dict[str, Any]:
    return {"asked": _asked(options), "error": reason}


def pause_to_keep(reason: str, options: Options, at: datetime) -> dict[str, Any]:
    """What to keep for a moment: the file could not be fetched, and a later request opens it again."""
    return failure_to_keep(reason, options) | {"until": (at + PAUSE).timestamp()}


def _asked(options: Options) -> list[str | None]:
    return [options.sheet, options.encoding, options.delimiter]


def _table(about: dict[str, Any], rows: list[Row]) -> Table:
    lists = {name: tuple(value) for name, value in about.items() if isinstance(value, list) and name != "others"}
    others = tuple(OtherSheet(**other) for other in about["others"])
    return Table(**about | lists | {"others": others, "read": lambda: rows})
