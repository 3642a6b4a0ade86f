"""What is stored, looked at whole."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

from django.apps import apps
from django.conf import settings
from django.db import connection

from fixaloop.accounts.sessions import SessionStore


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, as the database holds it; columns in the order of the model’s."""
    with connection.cursor() as cursor:
        return {model._meta.db_table: _rows(cursor, model) for model in _models()}


def _models() -> list[Any]:
    return apps.get_models(include_auto_created=True)


def _rows(cursor: Any, model: Any) -> list[tuple[Any, ...]]:
    quote, options = connection.ops.quote_name, model._meta
    columns = ", ".join(quote(field.column) for field in options.concrete_fields)
    cursor.execute(f"SELECT {columns} FROM {quote(options.db_table)} ORDER BY {quote(options.pk.column)}")
    return list(cursor.fetchall())


def left_of(marks: tuple[str, ...]) -> list[str]:
    """The tables and columns of the database that hold one of these texts, whatever the case."""
    found = []
    with connection.cursor() as cursor:
        for model in _models():
            table, columns = model._meta.db_table, [field.column for field in model._meta.concrete_fields]
            for row in _rows(cursor, model):
                held = zip(columns, row, strict=True)
                texts = ((name, _text(name, value).lower()) for name, value in held)
                found += [f"{table}.{name}" for name, text in texts if any(mark in text for mark in marks)]
    return sorted(set(found))


def _text(column: str, value: Any) -> str:
    """What is stored as text; a session is compressed, so that any few letters stand in it by chance."""
    return str(SessionStore().decode(value) if column == "session_data" else value)


def files_with(marks: tuple[str, ...]) -> list[str]:
    """The files that the application wrote and that hold one of these texts, inside workbooks too."""
    folder = Path(settings.MEDIA_ROOT)
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and _holds(path, marks))


def _holds(path: Path, marks: tuple[str, ...]) -> bool:
    return any(mark in text.lower() for mark in marks for text in _texts(path))


def _texts(path: Path) -> Iterator[str]:
    if is_zipfile(path):
        with ZipFile(path) as archive:
            for name in archive.namelist():
                yield archive.read(name).decode(errors="replace")
    else:
        yield path.read_text(encoding="utf-8", errors="replace")
