"""Compare each SQL text that is kept with what Django would write, at every query of every test."""

from functools import wraps
from typing import Any

import pytest

from fixaloop.speed import statements


def check_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = statements._as_sql

    @wraps(look_up)
    def checked(compiler: Any, write: Any) -> tuple[str, Any]:
        plain = compiler.query.clone()
        sql, params = look_up(compiler, write)
        other = plain.get_compiler(connection=compiler.connection)
        expected, values = other.as_sql()
        assert sql == expected
        assert repr(list(params)) == repr(list(values))
        assert repr(compiler.select) == repr(other.select)
        assert compiler.annotation_col_map == other.annotation_col_map
        return sql, params

    monkeypatch.setattr(statements, "_as_sql", checked)
