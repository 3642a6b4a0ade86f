"""How the journal is written: by the services that do the thing, with the person and the address of the request."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from fixaloop.audit.models import LONGEST, AuditEntry
from fixaloop.web.requests import address_of

logger = logging.getLogger("fixaloop.audit")
Kind = AuditEntry.Kind
# Seconds: going back and forth in a file, or asking again for a page, makes one line.
SAME_VISIT, SAME_REFUSAL = 3600, 60


@dataclass(frozen=True)
class Asking:
    """Who asks for what is being done, from where."""

    user: Any
    address: str | None


_asking: ContextVar[Asking] = ContextVar("asking", default=Asking(None, None))  # noqa: B039 - frozen


@contextmanager
def asked_by(request: HttpRequest) -> Iterator[None]:
    token = _asking.set(Asking(getattr(request, "user", None), address_of(request) or None))
    try:
        yield
    finally:
        _asking.reset(token)


class AuditMiddleware:
    """Lets the services know whose request they serve."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with asked_by(request):
            return self.get_response(request)


def note(kind: AuditEntry.Kind, subject: object = "", *, by: Any = None, **values: Any) -> None:
    """Add a line, within the transaction of what it tells of. Without `by`, whoever asks did it; else a command."""
    _line(kind, subject, by, values).save(force_insert=True)


def note_opened(response: HttpResponseBase, subject: object, by: Any) -> None:
    """Note that a person's file was opened, once the page is on its way: it waits for no writer of the database."""
    if settings.AUDIT_OPENED and response.status_code == 200 and cache.add(f"audit.{by.pk}.{subject}", 1, SAME_VISIT):
        line, close = _line(Kind.OPENED, subject, by, {}), response.close

        def closing() -> None:
            _save(line)
            close()

        response.close = closing  # type: ignore[method-assign]


def note_refused(request: HttpRequest, rights: Collection[str]) -> None:
    """Note a page that somebody may not see; asked for again within a minute, it is one line."""
    if cache.add(f"refused.{request.user.pk}.{request.path}", 1, SAME_REFUSAL):
        _save(_line(Kind.REFUSED, request.path, request.user, {"rights": sorted(rights)}))


def _save(line: AuditEntry) -> None:
    try:
        line.save(force_insert=True)
    except DatabaseError:
        logger.exception("not in the journal: %s of account %s, %s", line.kind, line.user_id, line.subject)


def _line(kind: AuditEntry.Kind, subject: object, by: Any, values: Mapping[str, Any]) -> AuditEntry:
    asking = _asking.get()
    user = by if by is not None else asking.user
    known = user if getattr(user, "pk", None) else None
    return AuditEntry(
        at=timezone.now(),
        kind=kind,
        user_id=known.pk if known else None,
        login=known.get_username()[:LONGEST] if known else "",
        address=asking.address,
        subject=str(subject)[:LONGEST],
        values={name: value for name, value in values.items() if value not in (None, "", [], {})},
    )
