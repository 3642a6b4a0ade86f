"""The address of a list, and the same address with something changed."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.http import QueryDict


class Query:
    """The query string of a list page; what is empty in it means nothing and is left out of links."""

    # Not “after” and “before”, which are the days that events are filtered by.
    PAGING: ClassVar = ("page", "after_row", "before_row")
    RESERVED: ClassVar = (*PAGING, "per_page", "sort")

    def __init__(self, path: str, params: QueryDict) -> None:
        self.path = path
        self.params = {name: params.getlist(name) for name in params}
        given = {name: [value for value in values if value] for name, values in self.params.items()}
        self._kept = tuple(
            (name, value) for name, values in given.items() if name not in self.PAGING for value in values
        )
        self._names = {name for name, _value in self._kept}
        self._string = urlencode(self._kept)

    def __eq__(self, other: object) -> bool:
        """Whether both make the same links."""
        return isinstance(other, Query) and (self.path, self._kept) == (other.path, other._kept)

    def __hash__(self) -> int:
        return hash((self.path, self._kept))

    def url(self, *, path: str = "", **changes: Any) -> str:
        """The address with parameters set, or removed where None; a change other than of page starts at page one."""
        kept = self._without(*changes)
        added = urlencode([(name, value) for name, value in changes.items() if value is not None], doseq=True)
        string = "&".join(filter(None, (kept, added)))
        return f"{path or self.path}?{string}" if string else path or self.path

    def start(self, name: str) -> str:
        """The address from page one, up to the value of a parameter."""
        kept = self._without(name)
        return f"{self.path}?{kept}&{name}=" if kept else f"{self.path}?{name}="

    def _without(self, *names: str) -> str:
        if self._names.isdisjoint(names):
            return self._string
        return urlencode([pair for pair in self._kept if pair[0] not in names])

    def without(self, *names: str) -> str:
        """The address without some parameters, from page one."""
        return self.url(path="", **dict.fromkeys(names))
