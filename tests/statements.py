"""Whether the text that is kept for a query is the one that Django would put together, at every query of every test."""

from __future__ import annotations

from functools import wraps
from typing import Any

import pytest
from django.db.models.sql import Query

from fixaloop.speed import statements


def check_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare each text looked up with one put together anew."""
    look_up = statements._as_sql

    @wraps(look_up)
    def checked(compiler: Any, put_together: Any, *, is_whole: bool) -> tuple[str, Any]:
        plain = compiler.query.clone()
        plain.__class__ = Query
        sql, params = look_up(compiler, put_together, is_whole=is_whole)
        other = plain.get_compiler(connection=compiler.connection)
        expected, values = other.as_sql(*put_together.args, **put_together.keywords)
        assert sql == expected
        assert repr(list(params)) == repr(list(values))
        assert repr(compiler.select) == repr(other.select)
        assert compiler.annotation_col_map == other.annotation_col_map
        return sql, params

    monkeypatch.setattr(statements, "_as_sql", checked)
