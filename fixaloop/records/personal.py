"""What the database holds of clients: one line for each column of each table, and how it is forgotten.

Each app lists its tables in its module `personal`, and `tests/house/test_personal.py` asks for a line for every column.
Anonymising, merging, deleting, undoing an import and retention all go by these lists (docs/rules.md, Personal data).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, F, Model, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat

from fixaloop.discovery import modules
from fixaloop.models import DerivedColumns
from fixaloop.records.bulk import batches
from fixaloop.records.history import forget_beside


@dataclass(frozen=True)
class Table:
    """The columns of one table, by what they say. Its history has the same ones, and forgets the same.

    `plain`    nothing that tells who somebody is: numbers, states, dates, amounts, and links that lead to it
    `team`     who of the team did something: accounts are closed, never deleted
    `untied`   words about the firm's own affairs; nothing ties them to a client
    `derived`  computed from other columns, and again when those are forgotten
    `apart`    emptied by the app itself, in `forget` of its `on_clients`
    `brief`    gone within days, with its row or its file: `nightly` deletes them
    `instead`  column → what stands in its place once the client is forgotten, a value or an expression
    `aged`     column → what stands in its place after the days that its kind is kept, where that is not the whole row
    `client`   the lookup that leads from a row to its client, where `instead` has columns
    `kind`     the kind of import whose traces tell of its rows
    `by`       who empties the rows, where `forget` leaves them alone
    """

    model: type[Model]
    plain: str = ""
    team: str = ""
    untied: str = ""
    derived: str = ""
    apart: str = ""
    brief: str = ""
    instead: Mapping[str, Any] = field(default_factory=dict)
    aged: Mapping[str, Any] = field(default_factory=dict)
    client: str = ""
    kind: str = ""
    by: str = ""

    def columns(self) -> list[str]:
        said = (self.plain, self.team, self.untied, self.derived, self.apart, self.brief)
        return [*(name for names in said for name in names.split()), *self.instead]

    def rows(self, clients: Collection[int]) -> QuerySet[Any]:
        return self.model._base_manager.filter(**{f"{self.client}__in": clients})

    def records(self, clients: Collection[int]) -> QuerySet[Any] | None:
        """The history of the rows of these clients, deleted ones too, and of those that were theirs once."""
        history: Any = getattr(self.model, "history", None)
        if history is None:
            return None
        theirs = Q(**{f"{self.client}__in": clients})
        if self.client != "id":
            theirs |= Q(id__in=self.rows(clients).values("pk"))
        found: QuerySet[Any] = history.filter(theirs)
        return found

    def keys(self, clients: Collection[int]) -> list[int]:
        keys = set(self.rows(clients).order_by().values_list("pk", flat=True))
        if (records := self.records(clients)) is not None:
            gone = set(records.order_by().values_list("id", flat=True)) - keys
            keys |= gone - set(self.model._base_manager.filter(pk__in=gone).values_list("pk", flat=True))
        return sorted(keys)


def unless_blank(name: str, value: Any) -> Combinable:
    """`value` in place of what a column holds, where it holds something."""
    return Case(When(**{name: ""}, then=Value("")), default=value)


def numbered(prefix: str) -> Combinable:
    """A text that no other row has, of a row or of its history."""
    return Concat(Value(prefix), Cast("id", CharField()))


def inventory() -> Iterator[Table]:
    for module in modules("personal").values():
        yield from module.TABLES


def table_of(model: type[Model]) -> Table:
    return next(table for table in inventory() if table.model is model)


def forget(clients: Collection[int], at: datetime) -> None:
    """Forget what tells who these clients are, in every table and beside it. The caller holds their locks."""
    forget_records(clients)
    for table in inventory():
        if table.client and table.instead and not table.by:
            _forget_rows(table, table.rows(clients), at)


def forget_records(clients: Collection[int]) -> None:
    """Forget it in the history, the admin's log and the traces of imports alone."""
    for table in inventory():
        if table.client:
            records = table.records(clients)
            if records is not None:
                _empty(table, records)
            forget_beside(table.model, table.keys(clients), table.kind)


def forget_removed(model: type[Model], keys: Collection[int]) -> None:
    """Forget what the history, the admin's log and the traces tell of rows that were taken out with their import."""
    table = table_of(model)
    forget_beside(model, sorted(keys), table.kind)
    history: Any = getattr(model, "history", None)
    if history is not None and table.instead:
        _empty(table, history.filter(id__in=keys))


def _empty(table: Table, records: QuerySet[Any]) -> None:
    names = {field.name for field in records.model._meta.concrete_fields}
    kept = {name: value for name, value in table.instead.items() if name in names}
    records.update(**kept, history_change_reason=None)


def _forget_rows(table: Table, rows: QuerySet[Any], at: datetime) -> None:
    names = {field.name for field in table.model._meta.concrete_fields}
    signed: dict[str, Any] = {"version": F("version") + 1, "updated_at": at}
    rows.update(**table.instead, **{name: value for name, value in signed.items() if name in names})
    if issubclass(table.model, DerivedColumns):
        _derive(table.model, rows)


def _derive(model: type[DerivedColumns], rows: QuerySet[Any]) -> None:
    # What a search text copies from other rows.
    related = [field.name for field in model._meta.concrete_fields if field.many_to_one]
    for keys in batches(list(rows.order_by("pk").values_list("pk", flat=True))):
        some = list(model._base_manager.filter(pk__in=keys).select_related(*related))
        for row in some:
            row.derive()
        model._base_manager.bulk_update(some, model.derived)
