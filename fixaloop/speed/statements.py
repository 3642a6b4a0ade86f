"""SQL that is put together once for all queries that differ in their values alone.

Django writes the text of a query anew at each request; of a page of a list that takes longer than the database needs
to answer it. The text is kept by all that decides it: the table, the columns read, the order, the limits, and the
conditions as they read without their values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db.models import Model, QuerySet
from django.db.models.sql import Query

M = TypeVar("M", bound=Model)

# Each length of a list of keys makes a text of its own: what is kept has an end, and long lists are not kept.
MOST = 400
LONGEST = 100
# What a compiler finds out besides the text, and rows are made by.
FOUND = ("select", "klass_info", "annotation_col_map", "col_count", "has_extra_select")


@dataclass(frozen=True)
class Statement:
    """SQL with what it holds before and after the values of its conditions, and what its compiler found out."""

    sql: str
    before: tuple[Any, ...]
    after: tuple[Any, ...]
    found: dict[str, Any]


_statements: dict[Any, Statement] = {}


class PreparedQuery(Query):
    """A query whose text is looked up."""

    about: str = ""

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        """Django's compiler, with the text that is kept."""
        compiler = super().get_compiler(*args, **kwargs)
        kind: Any = type(compiler)
        compiler.__class__ = _preparing(kind)
        return compiler


@cache
def _preparing(compiler: Any) -> Any:
    """The compiler of a database, looking up what it would put together."""

    class PreparingCompiler(compiler):
        def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, Any]:
            return _as_sql(self, partial(super().as_sql, *args, **kwargs), is_whole=not args and not kwargs)

    return PreparingCompiler


def prepared(rows: QuerySet[M, Any], about: str = "") -> QuerySet[M, Any]:
    """The same rows by the text that is kept.

    Those with annotations or groups need a name, `about`, that no others have: their expressions are not looked at.
    """
    found = rows.all()
    found.query.__class__ = PreparedQuery
    found.query.about = about  # type: ignore[attr-defined]
    return found


def _as_sql(compiler: Any, put_together: Callable[[], tuple[str, Any]], *, is_whole: bool) -> tuple[str, Any]:
    """The text and the values; put together by Django the first time, and where it is part of another query."""
    if not is_whole or not _is_plain(compiler.query):
        return put_together()
    try:
        where, values = compiler.compile(compiler.query.where)
    except FullResultSet:
        where, values = "", ()
    except EmptyResultSet:
        return put_together()
    shape = _shape(compiler, where)
    statement = _statements.get(shape)
    if statement is None:
        sql, params = put_together()
        _keep(shape, compiler, sql, params, where, len(values))
        return sql, params
    vars(compiler).update(statement.found)
    return statement.sql, (*statement.before, *values, *statement.after)


def _is_plain(query: Any) -> bool:
    """Whether nothing decides its text but what `_shape` knows."""
    return not (
        query.subquery
        or query.combinator
        or query.distinct
        or query.extra
        or query.extra_order_by
        or query.select_for_update
        or query._filtered_relations
        or ((query.annotations or query.group_by) and not query.about)
    )


def _shape(compiler: Any, where: str) -> Any:
    query = compiler.query
    columns, are_deferred = query.deferred_loading
    return (
        compiler.connection.vendor,
        query.model,
        query.about,
        where,
        tuple((alias, join.join_type, join.identity) for alias, join in query.alias_map.items()),
        frozenset(columns),
        are_deferred,
        query.default_cols,
        query.values_select,
        tuple(query.annotation_select),
        tuple(query.selected or ()),
        repr(query.select_related),
        query.order_by,
        query.standard_ordering,
        query.default_ordering,
        query.low_mark,
        query.high_mark,
        repr(query.explain_info),
    )


def _keep(shape: Any, compiler: Any, sql: str, params: Any, where: str, held: int) -> None:
    """Keep a text where its conditions stand in it once, so that it is known which of its values are theirs."""
    start = sql.find(f"WHERE {where}") if where else len(sql)
    if held > LONGEST or start < 0 or (where and sql.find(f"WHERE {where}", start + 1) > 0):
        return
    before = sql[:start].replace("%%", "").count("%s") if where else len(params)
    if len(_statements) >= MOST:
        _statements.clear()
    found = {name: vars(compiler)[name] for name in FOUND}
    _statements[shape] = Statement(sql, tuple(params[:before]), tuple(params[before + held :]), found)
