"""The search over what clients hold: vehicles, cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from access.search import find
from fixaloop.filters import ListFilter


class HeldFilter(ListFilter):
    """Filters over what clients hold. Words are looked for last, among what the others leave."""

    _plentiful = False

    @property
    def plentiful(self) -> bool:
        """Whether there are known to be more rows than are counted: what looking for them has told."""
        return self.is_valid() and self.qs is not None and self._plentiful

    def narrow(self, rows: QuerySet[Any], values: Mapping[str, Any]) -> QuerySet[Any]:
        query = values.get("q")
        rows = super().narrow(rows, {name: value for name, value in values.items() if name != "q"})
        if not query:
            return rows
        found = find(rows, query)
        self._plentiful = found.plentiful
        return rows.filter(found.condition)
