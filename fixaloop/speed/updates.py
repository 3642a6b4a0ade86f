"""UPDATE statements whose text is kept: Django writes each once, and every use gives it other values.

For columns set by long expressions, whose text takes Django ten times as long to write as the database to carry out.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections, models, router, transaction
from django.db.models import QuerySet
from django.db.models.sql import UpdateQuery

from fixaloop.speed import is_on

IS_ON = is_on("statements")
# Values that nothing else holds: where one stands in a text’s parameters, the value given in its place stands later.
MARKS: Mapping[type, tuple[models.Field[Any, Any], Any]] = {
    int: (models.BigIntegerField(), 7_041_776_042_017_761),
    datetime: (models.DateTimeField(), datetime(7041, 7, 7, 6, 4, 2, 17761, tzinfo=UTC)),
    timedelta: (models.DurationField(), timedelta(microseconds=7_041_776_042_017_763)),
}

Asked = tuple[QuerySet[Any], Mapping[str, Any]]


class KeptUpdate:
    """The UPDATE of `asked(*values)`: rows, and the expressions of their columns.

    `asked` may use its values as parameters of the statement alone: the text is the same whatever they are.
    """

    def __init__(self, asked: Callable[..., Asked], *kinds: type) -> None:
        self.asked = asked
        self.marks = [MARKS[kind] for kind in kinds]
        self.texts: dict[str, tuple[str, Sequence[Any]]] = {}

    def run(self, model: type[models.Model], *values: Any) -> None:
        using = router.db_for_write(model)
        if not IS_ON:
            rows, columns = self.asked(*values)
            rows.using(using).update(**columns)
            return
        sql, params = self.text(using, values)
        with transaction.mark_for_rollback_on_error(using), connections[using].cursor() as cursor:
            cursor.execute(sql, params)

    def text(self, using: str, values: Sequence[Any]) -> tuple[str, list[Any]]:
        """The statement, and its parameters for these values."""
        vendor = connections[using].vendor
        if vendor not in self.texts:
            self.texts[vendor] = written(using, *self.asked(*(mark for _field, mark in self.marks)))
        sql, params = self.texts[vendor]
        given = {
            self._stored(using, field, mark): self._stored(using, field, value)
            for (field, mark), value in zip(self.marks, values, strict=True)
        }
        return sql, [given.get(param, param) for param in params]

    @staticmethod
    def _stored(using: str, field: models.Field[Any, Any], value: Any) -> Any:
        return field.get_db_prep_value(value, connections[using])


def written(using: str, rows: QuerySet[Any], columns: Mapping[str, Any]) -> tuple[str, Sequence[Any]]:
    """What Django writes for `rows.update(**columns)`."""
    query: Any = rows.query.chain(UpdateQuery)
    query.add_update_values(columns)
    sql, params = query.get_compiler(using).as_sql()
    return sql, tuple(params)
