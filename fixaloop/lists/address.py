"""The address of a list, and the same address with something changed."""

from collections.abc import Collection
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _


class Query:
    """The query string of a list page. Empty parameters are left out of links."""

    # Not “after” and “before”: those are filters of events.
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

    def url(self, *, path: str = "", **changes: Any) -> str:
        """The address with parameters set, or removed if None. Any change but of the page starts at page one."""
        kept = self._without(*changes)
        added = urlencode([(name, value) for name, value in changes.items() if value is not None], doseq=True)
        string = "&".join(filter(None, (kept, added)))
        return f"{path or self.path}?{string}" if string else path or self.path

    def start(self, name: str) -> str:
        kept = self._without(name)
        return f"{self.path}?{kept}&{name}=" if kept else f"{self.path}?{name}="

    def _without(self, *names: str) -> str:
        if self._names.isdisjoint(names):
            return self._string
        return urlencode([pair for pair in self._kept if pair[0] not in names])

    def without(self, *names: str) -> str:
        return self.url(path="", **dict.fromkeys(names))

    def errors(self, known: Collection[str]) -> list[str]:
        """A sentence for each parameter given with several values, and for each that is not known."""
        twice = [name for name, values in self.params.items() if len({value for value in values if value}) > 1]
        unknown = [name for name in self.params if name not in known and name not in self.RESERVED]
        one_value = _("« %(name)s » est donné plusieurs fois : une seule valeur est possible.")
        no_filter = _("Le filtre « %(name)s » n’existe pas.")
        return [one_value % {"name": name[:40]} for name in twice] + [
            no_filter % {"name": name[:40]} for name in unknown
        ]
