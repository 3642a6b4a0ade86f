"""The outbox: letters are sent by a worker, each at most once, whatever dies when (docs/rules.md, Notices).

A worker claims a letter, composes it, connects, notes that it hands it over, hands it over, and notes that it was sent.
A letter whose worker died before handing over waits again. One whose worker died while handing over may have left: it
is not sent again by itself, and administrators are told.
"""

import logging
from datetime import datetime, timedelta
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from time import monotonic
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F, QuerySet

from fixaloop.notices.letters import letter_kinds
from fixaloop.notices.models import Letter

logger = logging.getLogger("fixaloop.outbox")
State = Letter.State
# How long after each attempt the next one is made; after the last one, none.
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 8 * 60, 24 * 60))
# From its claim on, composing, connecting and sending one letter takes less.
DEAD = timedelta(minutes=10)
# In one go, so that exports do not wait long.
MOST = 25
# The server said no: the letter has not left.
SAID_NO = (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError, SMTPHeloError)
LONGEST_ERROR = 200


class Unreachable(Exception):
    """The mail server does not answer: other letters need not be tried now."""


def send_due(at: datetime) -> int:
    """Send letters that are due; return how many were sent."""
    take_up(at)
    sent, began = 0, monotonic()
    for key in list(_due(at).order_by("next_at", "pk").values_list("pk", flat=True)[:MOST]):
        # Those before it may have taken long: it is in hand from now on.
        letter = _claim(key, at + timedelta(seconds=monotonic() - began))
        if letter is None:
            continue
        try:
            sent += _send(letter, at)
        except Unreachable as error:
            _postpone(letter, State.CLAIMED, error.__cause__, at)
            # The others wait as long, so that a server that is away for hours is asked now and then only.
            _due(at).update(next_at=at + _delay(letter))
            break
    return sent


def _delay(letter: Letter) -> timedelta:
    return DELAYS[min(letter.attempts, len(DELAYS)) - 1]


def take_up(at: datetime) -> None:
    """Take up what dead workers left: what was not handed over waits again, what may have left is told."""
    left = Letter.objects.filter(claimed_at__lt=at - DEAD)
    left.filter(state=State.CLAIMED).update(state=State.WAITING, next_at=at)
    lost = left.filter(state=State.SENDING).update(state=State.UNSURE, ended_at=at, error="worker died")
    if lost:
        logger.warning("%s letters were being sent when their worker died: see the outbox in the administration", lost)


def send_again(letters: QuerySet[Letter], at: datetime) -> int:
    """Let letters that failed, or that may not have left, wait anew; return how many. Somebody decides that."""
    ended = letters.filter(state__in=(State.FAILED, State.UNSURE))
    return ended.update(state=State.WAITING, attempts=0, next_at=at, ended_at=None, error="")


def _due(at: datetime) -> QuerySet[Letter]:
    return Letter.objects.filter(state=State.WAITING, next_at__lte=at)


def _claim(key: int, at: datetime) -> Letter | None:
    """Take a letter that waits; None if another worker has taken it."""
    waiting = Letter.objects.filter(pk=key, state=State.WAITING)
    if not waiting.update(state=State.CLAIMED, attempts=F("attempts") + 1, claimed_at=at):
        return None
    return Letter.objects.filter(pk=key).first()


def _move(letter: Letter, before: State, after: State, **values: Any) -> bool:
    mine = Letter.objects.filter(pk=letter.pk, state=before, attempts=letter.attempts)
    return bool(mine.update(state=after, **values))


def _send(letter: Letter, at: datetime) -> bool:
    """Send a claimed letter; return whether it was. Raises `Unreachable`."""
    try:
        message = letter_kinds()[letter.kind].compose(letter, at)
    except Exception as error:
        logger.exception("letter %s cannot be composed", letter)
        _postpone(letter, State.CLAIMED, error, at)
        return False
    if message is None:
        _move(letter, State.CLAIMED, State.DROPPED, ended_at=at)
        return False
    message.extra_headers["Message-ID"] = letter.message_id
    return _hand_over(letter, message, at)


def _hand_over(letter: Letter, message: EmailMessage, at: datetime) -> bool:
    connection = get_connection()
    try:
        connection.open()
    except (SMTPException, OSError) as error:
        raise Unreachable from error
    try:
        if not _move(letter, State.CLAIMED, State.SENDING):
            return False
        connection.send_messages([message])
    except SAID_NO as error:
        _postpone(letter, State.SENDING, error, at, for_good=_is_for_good(error))
        return False
    except (SMTPException, OSError) as error:
        logger.warning("letter %s may have been sent or not: %s", letter, type(error).__name__)
        _move(letter, State.SENDING, State.UNSURE, ended_at=at, error=_said(error))
        raise Unreachable from error
    finally:
        _close(connection)
    _note_sent(letter, at)
    return True


def _close(connection: Any) -> None:
    try:
        connection.close()
    except (SMTPException, OSError) as error:
        logger.info("the mail server did not say good-bye: %s", type(error).__name__)


@transaction.atomic
def _note_sent(letter: Letter, at: datetime) -> None:
    """Tell that it was sent, then note it: who forgets a client locks it before its letters, too."""
    if sent := letter_kinds()[letter.kind].sent:
        sent(letter, at)
    if not _move(letter, State.SENDING, State.SENT, ended_at=at, error=""):
        transaction.set_rollback(True)


def _postpone(
    letter: Letter, before: State, error: BaseException | None, at: datetime, *, for_good: bool = False
) -> None:
    """Let a letter that has not left wait for its next attempt; give it up after the last one."""
    if for_good or letter.attempts > len(DELAYS):
        logger.warning("letter %s is given up: %s", letter, type(error).__name__)
        _move(letter, before, State.FAILED, ended_at=at, error=_said(error))
    else:
        _move(letter, before, State.WAITING, next_at=at + _delay(letter), error=_said(error))


def _is_for_good(error: Exception) -> bool:
    """Whether the server says no to this letter for good (5xx). What it says of the sender is a setting to mend."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return isinstance(error, SMTPDataError) and error.smtp_code >= 500


def _said(error: BaseException | None) -> str:
    if isinstance(error, SMTPRecipientsRefused):
        return f"refused: {', '.join(str(code) for code, _text in error.recipients.values())}"[:LONGEST_ERROR]
    code = f" {error.smtp_code}" if isinstance(error, SMTPResponseException) else ""
    return f"{type(error).__name__}{code}"[:LONGEST_ERROR]
