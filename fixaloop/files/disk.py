"""Files on the disk: those of `MEDIA_ROOT` that only Fixaloop's own account may read, and temporary ones."""

from __future__ import annotations

import io
import os
import pickle
import tempfile
import weakref
from collections.abc import Container, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

from django.conf import settings
from django.db import transaction

Item = TypeVar("Item")
# Longer than any file takes from its first byte to the row that names it.
UNNAMED = timedelta(hours=2)


def private_folder(name: str) -> Path:
    """A folder of `MEDIA_ROOT`, created if missing. Raises OSError."""
    root = Path(settings.MEDIA_ROOT)
    for folder in (root, root / name):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root / name


def create_private(path: Path) -> BinaryIO:
    """A new file to write. Raises OSError, also if it exists."""
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600))


def delete_file(path: Path) -> None:
    """Delete a file with the row that names it: a transaction that is rolled back keeps both."""
    transaction.on_commit(partial(path.unlink, missing_ok=True))


def delete_strays(name: str, known: Container[str], at: datetime) -> None:
    """Delete old files that a killed process left in a folder of `MEDIA_ROOT`: `known` are those that rows name."""
    old = (at - UNNAMED).timestamp()
    for path in private_folder(name).iterdir():
        if path.name not in known and path.stat().st_mtime < old:
            delete_file(path)


class Spool(Generic[Item]):
    """A list in a temporary file: however long, it takes no memory. The file goes with the last reference to it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the spool
        self._count = 0
        weakref.finalize(self, self._file.close)

    def append(self, item: Item) -> None:
        self._file.seek(0, io.SEEK_END)
        pickle.dump(item, self._file, pickle.HIGHEST_PROTOCOL)
        self._count += 1

    def extend(self, items: Iterable[Item]) -> None:
        for item in items:
            self.append(item)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Item]:
        # Each reader has its own position: one may begin while another is in the middle.
        position = 0
        for _rank in range(self._count):
            self._file.seek(position)
            item = pickle.load(self._file)  # noqa: S301 - written by this very object
            position = self._file.tell()
            yield item

    def __enter__(self) -> Spool[Item]:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
