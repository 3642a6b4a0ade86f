"""Files on the disk of this machine: those that only Fixaloop's own account may read, and temporary ones."""

from __future__ import annotations

import io
import os
import pickle
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

Item = TypeVar("Item")


def create_private(path: Path) -> BinaryIO:
    """A new file to write. Raises OSError, also if it exists."""
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600))


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
