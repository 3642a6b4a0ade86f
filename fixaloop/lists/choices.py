"""Choices of a filter that are rows of a small table: tags, devices, people."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fixaloop.lists.figures import recount, remembered

Choices = Iterable[tuple[str, Any]]


@dataclass(frozen=True)
class RowChoices:
    """Remembered for a while; read again for a value that is not among them, which may be new."""

    key: str
    read: Callable[[], Choices]
    first: Choices = ()

    def __call__(self) -> list[tuple[str, Any]]:
        return [*self.first, *remembered(self.key, self._rows)]

    def meet(self, values: Iterable[str]) -> None:
        """Read the rows again if one of these values is not a choice."""
        if not {value for value, _label in self()}.issuperset(filter(None, values)):
            recount(self.key, self._rows)

    def _rows(self) -> list[tuple[str, Any]]:
        return list(self.read())
