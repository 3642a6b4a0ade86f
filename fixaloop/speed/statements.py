"""SQL text kept between requests, for list queries that differ only in the values of their conditions.

Django writes the text of a query anew for every request, which takes longer than PostgreSQL needs to answer it. Here
the text is kept under everything that decides it: table, joins, columns, order, limits and the text of the conditions.
The values are always those of the query at hand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connections
from django.db.models import F, Model, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce
from django.db.models.sql import Query

from fixaloop.speed import Unpreparable, is_on

M = TypeVar("M", bound=Model)

# A list of keys has a text for each length: few texts are kept, and none with a long list.
IS_ON = is_on("statements")
MOST = 400
LONGEST = 100
# What a compiler finds out beside the text, needed to turn rows into objects.
FOUND = ("select", "klass_info", "annotation_col_map", "col_count", "has_extra_select")
# Expressions without values, in which a list may be ordered.
ORDERINGS = (OrderBy, Coalesce, F)


@dataclass(frozen=True)
class Statement:
    """SQL whose only values are those of its conditions, and what its compiler found out."""

    sql: str
    found: dict[str, Any]


_statements: dict[Any, Statement] = {}


class PreparedQuery(Query):
    """A query whose text is looked up. What is derived from it (`count()`, `filter()`) is an ordinary query."""

    def clone(self) -> Query:
        plain = super().clone()
        plain.__class__ = Query
        return plain

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        compiler = super().get_compiler(*args, **kwargs)
        kind: Any = type(compiler)
        compiler.__class__ = _preparing(kind)
        return compiler


@cache
def _preparing(compiler: Any) -> Any:

    class PreparingCompiler(compiler):
        def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, Any]:
            write = partial(super().as_sql, *args, **kwargs)
            return write() if args or kwargs or self.query.subquery else _as_sql(self, write)

    return PreparingCompiler


def prepared(rows: QuerySet[M, Any]) -> QuerySet[M, Any]:
    """The same rows, found by the kept text. `fixaloop.lists.counting.read` uses it where it may.

    Raises Unpreparable for annotations, groups and all else that may put a value outside the conditions.
    """
    query = rows.query
    if reason := _reason_against(query):
        raise Unpreparable(f"{rows.model.__name__}: {reason}")
    found = rows.all()
    if IS_ON:
        found.query.__class__ = PreparedQuery
    return found


def is_preparable(rows: QuerySet[Any, Any]) -> bool:
    return not _reason_against(rows.query)


def statement_of(rows: QuerySet[Any, Any]) -> tuple[str, Any]:
    """The SQL of these rows and its values, prepared where that is possible. Raises EmptyResultSet."""
    query = (prepared(rows) if is_preparable(rows) else rows).query
    return query.get_compiler(connection=connections[rows.db]).as_sql()


def _reason_against(query: Any) -> str:
    """What may put a value into the text outside the conditions; nothing where the query is as lists ask."""
    reasons = {
        "a query of another kind": type(query) is not Query,
        "annotations": query.annotations,
        "groups": query.group_by is not None,
        "extra()": query.extra or query.extra_tables or query.extra_order_by,
        "distinct()": query.distinct,
        "a combination": query.combinator,
        "a subquery": query.subquery,
        "locks": query.select_for_update,
        "filtered relations": query._filtered_relations,
        "expressions in its order": not all(map(_is_name_or_column, query.order_by)),
    }
    return ", ".join(reason for reason, is_so in reasons.items() if is_so)


def _is_name_or_column(order: Any) -> bool:
    if isinstance(order, str):
        return True
    return type(order) in ORDERINGS and all(map(_is_name_or_column, _parts(order)))


def _parts(expression: Any) -> list[Any]:
    return [] if type(expression) is F else expression.get_source_expressions()


def _as_sql(compiler: Any, write: Callable[[], tuple[str, Any]]) -> tuple[str, Any]:
    """The kept text with the values of this query; Django writes it the first time."""
    try:
        where, values = compiler.compile(compiler.query.where)
    except FullResultSet:
        where, values = "", ()
    except EmptyResultSet:
        return write()
    shape = _shape(compiler, where)
    statement = _statements.get(shape)
    if statement is None:
        sql, params = write()
        _keep(shape, compiler, sql, params, values)
        return sql, params
    vars(compiler).update(statement.found)
    return statement.sql, tuple(values)


def _shape(compiler: Any, where: str) -> Any:
    query = compiler.query
    columns, are_deferred = query.deferred_loading
    return (
        compiler.connection.vendor,
        query.model,
        where,
        tuple(
            (alias, bool(query.alias_refcount[alias]), join.join_type, join.identity)
            for alias, join in query.alias_map.items()
        ),
        frozenset(columns),
        are_deferred,
        query.default_cols,
        query.values_select,
        tuple(query.selected or ()),
        repr(query.select_related),
        query.order_by,
        query.standard_ordering,
        query.default_ordering,
        query.low_mark,
        query.high_mark,
    )


def _keep(shape: Any, compiler: Any, sql: str, params: Any, values: Any) -> None:
    if len(values) > LONGEST or tuple(params) != tuple(values):
        return
    if len(_statements) >= MOST:
        _statements.clear()
    _statements[shape] = Statement(sql, {name: vars(compiler)[name] for name in FOUND})
