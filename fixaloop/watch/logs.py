"""How the log is written: lines for people, or one JSON object a line (`LOG_FORMAT=json`) for programs.

Django is not needed here: the web server and whoever starts the worker again write the same.
"""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from fixaloop.environment import one_of

# Would begin a new line, or tell a terminal something.
CONTROLS = {code: repr(chr(code))[1:-1] for code in (*range(32), *range(127, 160), 0x2028, 0x2029)}
FORMATS = ("line", "json")

# What each line tells of the request or the task in whose course it is written.
_course: ContextVar[Callable[[], dict[str, Any]]] = ContextVar("course", default=dict)


def begin(tell: Callable[[], dict[str, Any]]) -> None:
    """From now on this thread works for something else; `tell` is asked at each line."""
    _course.set(tell)


@contextmanager
def in_course_of(**values: Any) -> Iterator[None]:
    token = _course.set(lambda: values)
    try:
        yield
    finally:
        _course.reset(token)


class LineFormatter(logging.Formatter):
    """Keeps a message on one line, whatever a visitor typed into it (a failed sign-in tells the username)."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - named by logging
        record.message = record.message.translate(CONTROLS)
        return super().formatMessage(record)


class JsonFormatter(logging.Formatter):
    """One object a line; an exception is a text in it. What a line tells of itself comes as `extra={"told": {…}}`."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_course.get()(),
            **getattr(record, "told", {}),
        }
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False, default=str)


def log_format() -> str:
    return one_of("LOG_FORMAT", FORMATS[0], FORMATS, " or ".join(FORMATS), " ou ".join(FORMATS))


def configuration() -> dict[str, Any]:
    levels = logging.getLevelNamesMapping()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"()": LineFormatter, "format": "{asctime} {levelname} {name}: {message}", "style": "{"},
            "json": {"()": JsonFormatter},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": log_format()}},
        "root": {
            "handlers": ["console"],
            "level": one_of("LOG_LEVEL", "INFO", levels, "INFO, WARNING or ERROR", "INFO, WARNING ou ERROR"),
        },
        "loggers": {
            "django.request": {"level": "ERROR"},
            # Counts who waits for a thread, one line each.
            "waitress.queue": {"level": "ERROR"},
            # Tells what proves that a code is ours.
            "authlib": {"level": "WARNING"},
            # Tells the name of each key.
            "fido2": {"level": "WARNING"},
            # Tell the signature of each request.
            "boto3": {"level": "WARNING"},
            "botocore": {"level": "WARNING"},
            "s3transfer": {"level": "WARNING"},
            # Tells each table of a font that a PDF takes letters from.
            "fontTools": {"level": "WARNING"},
        },
    }
