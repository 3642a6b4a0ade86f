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

    def url(self, *, path: str = "", **changes: Any) -> str:
        """The address with parameters set, or removed where None; a change other than of page starts at page one."""
        kept = {
            name: [value for value in values if value]
            for name, values in self.params.items()
            if name not in changes and name not in self.PAGING
        }
        kept |= {
            name: value if isinstance(value, list) else [value] for name, value in changes.items() if value is not None
        }
        return f"{path or self.path}{self._string(kept)}"

    def without(self, *names: str) -> str:
        """The address without some parameters, from page one."""
        return self.url(path="", **dict.fromkeys(names))

    @staticmethod
    def _string(params: dict[str, Any]) -> str:
        string = urlencode([(name, value) for name, values in params.items() for value in values])
        return f"?{string}" if string else ""
