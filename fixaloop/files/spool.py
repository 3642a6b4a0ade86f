"""A list kept in a temporary file: as long as it may be, it weighs nothing on memory."""

from __future__ import annotations

import io
import pickle
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Spool(Generic[Item]):
    """Things to come back to, in order; the file goes with the last reference to it."""

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
        # Each reader has a place of its own: one may begin while another is in the middle.
        place = 0
        for _rank in range(self._count):
            self._file.seek(place)
            item = pickle.load(self._file)  # noqa: S301 - written by this very object
            place = self._file.tell()
            yield item

    def __enter__(self) -> Spool[Item]:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
