"""The kinds of letters. Each app declares its own in its module `notice_kinds`, as `LETTERS`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import make_msgid
from functools import cache
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from fixaloop.discovery import modules
from fixaloop.notices.models import Letter


@dataclass(frozen=True)
class LetterKind:
    """How letters of one code are composed: None if there is no more reason to send it.

    `sent` records that it was sent, in the transaction that notes it.
    """

    code: str
    compose: Callable[[Letter, datetime], EmailMessage | None]
    sent: Callable[[Letter, datetime], None] | None = None


@cache
def letter_kinds() -> dict[str, LetterKind]:
    return {kind.code: kind for module in modules("notice_kinds").values() for kind in module.LETTERS}


def new_letter(kind: str, key: str, holder: str, values: dict[str, Any], at: datetime) -> Letter:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or None
    message_id = make_msgid(domain=domain)
    return Letter(kind=kind, key=key, holder=holder, values=values, message_id=message_id, created_at=at, next_at=at)


def remove(holders: Iterable[str]) -> None:
    Letter.objects.filter(holder__in=list(holders)).delete()


def queue(letters: Iterable[Letter]) -> None:
    """Put letters into the outbox, each key once; none where mail is not set up, so that nothing waits in vain."""
    if settings.MAIL_IS_SET_UP:
        Letter.objects.bulk_create(letters, batch_size=500, ignore_conflicts=True)
