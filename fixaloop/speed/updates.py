"""The UPDATE of one row by long expressions: Django writes its text once, every use gives it other values.

Writing the text takes Django ten times as long as the database needs to carry it out.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections, models, router, transaction
from django.db.models.sql import UpdateQuery

from fixaloop.speed import Unpreparable, is_on

IS_ON = is_on("statements")
Field = models.Field[Any, Any]
# Two values of each kind that nothing else holds: where they stand among the parameters, those of a use stand later.
KEYS = (7_041_776_042_017_761, 7_041_776_042_017_762)
MARKS: Mapping[type, tuple[Field, tuple[Any, Any]]] = {
    datetime: (
        models.DateTimeField(),
        (datetime(7041, 7, 7, 6, 4, 2, 17761, tzinfo=UTC), datetime(7041, 7, 8, 6, 4, 2, 17762, tzinfo=UTC)),
    ),
    timedelta: (
        models.DurationField(),
        (timedelta(microseconds=7_041_776_042_017_763), timedelta(microseconds=7_041_776_042_017_764)),
    ),
}


class KeptUpdate:
    """Sets columns of rows to `columns(*values)`; of one row, by the kept text.

    The kinds are those of the values. Raises Unpreparable for a value that is used as anything but a parameter.
    """

    def __init__(self, model: type[models.Model], columns: Callable[..., Mapping[str, Any]], *kinds: type) -> None:
        self.model, self.columns = model, columns
        self.marks: list[tuple[Any, tuple[Any, Any]]] = [(model._meta.pk, KEYS), *(MARKS[kind] for kind in kinds)]
        self.texts: dict[str, tuple[str, Sequence[Any]]] = {}

    def run(self, keys: Collection[int], *values: Any) -> None:
        using = router.db_for_write(self.model)
        if not keys:
            return
        if len(keys) > 1 or not IS_ON:
            rows = self.model._base_manager.using(using).filter(pk__in=keys)
            rows.update(**self.columns(*values))
            return
        sql, params = self.text(using, *keys, *values)
        with transaction.mark_for_rollback_on_error(using), connections[using].cursor() as cursor:
            cursor.execute(sql, params)

    def text(self, using: str, *values: Any) -> tuple[str, list[Any]]:
        """The kept statement, and its parameters for a key and these values."""
        vendor = connections[using].vendor
        if vendor not in self.texts:
            self.texts[vendor] = self._prepare(using)
        sql, params = self.texts[vendor]
        given = dict(zip(self._marked(using, 0), self._stored(using, values), strict=True))
        return sql, [given.get(param, param) for param in params]

    def written(self, using: str, key: int, *values: Any) -> tuple[str, list[Any]]:
        query: Any = self.model._base_manager.filter(pk=key).query.chain(UpdateQuery)
        query.add_update_values(self.columns(*values))
        sql, params = query.get_compiler(using).as_sql()
        return sql, list(params)

    def _prepare(self, using: str) -> tuple[str, Sequence[Any]]:
        (sql, params), (other_sql, other) = (
            self.written(using, *(marks[number] for _field, marks in self.marks)) for number in (0, 1)
        )
        given = dict(zip(self._marked(using, 0), self._marked(using, 1), strict=True))
        is_same = sql == other_sql and [given.get(param, param) for param in params] == other
        # Two values of one kind cannot be told apart.
        if not is_same or not given.keys() <= {*params} or len(given) < len(self.marks):
            raise Unpreparable(f"{self.model.__name__}: a value decides more than a parameter")
        return sql, params

    def _marked(self, using: str, number: int) -> list[Any]:
        return self._stored(using, [marks[number] for _field, marks in self.marks])

    def _stored(self, using: str, values: Sequence[Any]) -> list[Any]:
        pairs = zip(self.marks, values, strict=True)
        return [field.get_db_prep_value(value, connections[using]) for (field, _marks), value in pairs]
