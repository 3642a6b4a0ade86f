"""The outbox: notices by e-mail as each person prefers, sent once, whatever fails or dies."""

from datetime import datetime, timedelta
from pathlib import Path
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from django.utils import timezone

from fixaloop.declared import periodic
from fixaloop.notices import outbox
from fixaloop.notices.models import Letter, Notice
from fixaloop.notices.telling import tell
from tests.access.factories import make_active_client
from tests.conftest import SignIn
from tests.factories import make_user
from tests.killed import run_killed
from tests.pages import find, said, values

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 29, 9, tzinfo=ZoneInfo("Europe/Paris"))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SEND = "django.core.mail.backends.locmem.EmailBackend.send_messages"


@pytest.fixture(autouse=True)
def mail_is_set_up(settings: Any) -> None:
    settings.MAIL_IS_SET_UP = True
    settings.SITE_URL = "https://clients.example.fr"


@pytest.fixture
def guard() -> User:
    return make_user(group="Gardien", email="gardien@example.org")


def prefer(user: User, choice: str, **more: str) -> None:
    browser = Browser()
    browser.force_login(user)
    assert browser.post("/profile/", {"notices_mail": choice, **more}).status_code == 302


def refuse_often(count: int = 1, at: datetime = NOW) -> list[Notice]:
    keys = [f"refused_often-{Notice.objects.count() + number}" for number in range(count)]
    client = make_active_client(last_name="Curie")
    return tell(Notice(kind="refused_often", key=key, at=at, subject=client.pk, values={"count": 3}) for key in keys)


def states() -> list[str]:
    return list(Letter.objects.order_by("pk").values_list("state", flat=True))


def test_at_once_is_one_letter_for_all_that_is_new(guard: User) -> None:
    refuse_often()
    prefer(guard, "at_once", language="en")
    periodic.run(NOW)
    assert mail.outbox == []
    refuse_often(2)
    for seconds in (0, 15):
        periodic.run(NOW + timedelta(seconds=seconds))
    [message] = mail.outbox
    assert (message.to, message.subject) == (["gardien@example.org"], "Fixaloop: 2 notifications")
    assert message.body.count("Camille Curie: 3 refusals within an hour") == 2
    assert "https://clients.example.fr/clients/CLT-00" in message.body
    assert message.message()["Message-ID"] == Letter.objects.get().message_id
    assert states() == ["sent"]


def test_the_digest_comes_in_the_morning_with_what_is_unread_and_may_be_seen(guard: User) -> None:
    blind = make_user(email="stagiaire@example.org")
    for user in (guard, blind):
        prefer(user, "digest")
    read, _unread = refuse_often(2, at=NOW - 6 * HOUR)
    refuse_often(at=NOW + HOUR)
    browser = Browser()
    browser.force_login(guard)
    browser.post(f"/notifications/{read.pk}/read/")
    periodic.run(NOW - 3 * HOUR)
    assert mail.outbox == []
    for hours in (0, 2, 8):
        periodic.run(NOW + hours * HOUR)
    [message] = mail.outbox
    assert message.subject == "Fixaloop\N{NO-BREAK SPACE}: 1 notification"
    periodic.run(NOW + DAY)
    assert [message.to for message in mail.outbox] == [["gardien@example.org"]] * 2


def test_nothing_is_sent_to_who_wants_none_has_left_or_lost_the_right(guard: User) -> None:
    prefer(guard, "at_once")
    other = make_user(group="Gardien", email="parti@example.org")
    prefer(other, "at_once")
    make_user(group="Gardien", email="muet@example.org")
    with mock.patch("fixaloop.declared.periodic.send_due"):
        refuse_often()
        periodic.run(NOW)
    User.objects.filter(pk=other.pk).update(is_active=False)
    guard.groups.clear()
    periodic.run(NOW)
    assert (mail.outbox, states()) == ([], ["dropped", "dropped"])


def test_without_mail_the_profile_says_so_and_nothing_waits(guard: User, settings: Any, sign_in: SignIn) -> None:
    prefer(guard, "at_once")
    settings.MAIL_IS_SET_UP = False
    refuse_often()
    periodic.run(NOW)
    assert states() == []
    page = sign_in(email="a@example.org").get("/profile/")
    assert "rien n’est envoyé" in said(page)
    assert find(page, "value", "digest").get("disabled") is not None
    settings.MAIL_IS_SET_UP = True
    assert "pas d’adresse e-mail" in said(sign_in().get("/profile/"))


def test_the_profile_keeps_the_choice_beside_the_language(guard: User) -> None:
    prefer(guard, "digest", language="en")
    browser = Browser()
    browser.force_login(guard)
    kept = values(browser.get("/profile/"))
    assert (kept["language"], kept["notices_mail"]) == ("en", "digest")
    browser.post("/profile/", {"language": ""})
    assert values(browser.get("/profile/"))["notices_mail"] == "digest"


@pytest.fixture
def waiting(guard: User) -> Letter:
    """A letter in the outbox."""
    prefer(guard, "at_once")
    with mock.patch("fixaloop.declared.periodic.send_due"):
        refuse_often()
        periodic.run(NOW)
    return Letter.objects.get()


def test_what_waits_while_mail_is_taken_away_is_sent_when_it_is_back(waiting: Letter, settings: Any) -> None:
    settings.MAIL_IS_SET_UP = False
    periodic.run(NOW)
    assert (mail.outbox, states()) == ([], ["waiting"])
    settings.MAIL_IS_SET_UP = True
    periodic.run(NOW)
    assert states() == ["sent"]


def test_the_database_keeps_one_letter_for_one_key(waiting: Letter) -> None:
    waiting.pk, waiting.message_id = None, "<another@example.org>"
    with pytest.raises(IntegrityError), transaction.atomic():
        waiting.save(force_insert=True)


def test_a_server_that_is_away_is_asked_again_ever_more_rarely_then_no_more(waiting: Letter) -> None:
    refuse_often()
    tried = []
    with mock.patch("django.core.mail.backends.locmem.EmailBackend.open", side_effect=ConnectionRefusedError) as opened:
        for minutes in range(0, 3 * 24 * 60, 30):
            periodic.run(NOW + minutes * MINUTE)
            tried.append(opened.call_count)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts, waiting.error) == ("failed", 7, "ConnectionRefusedError")
    assert max(tried) < 20
    periodic.run(NOW + 5 * DAY)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("error", "state", "kept"),
    [
        (
            SMTPRecipientsRefused({"gardien@example.org": (550, b"gardien@example.org unknown")}),
            "failed",
            "refused: 550",
        ),
        (SMTPRecipientsRefused({"gardien@example.org": (450, b"later")}), "waiting", "refused: 450"),
        (SMTPDataError(554, b"spam"), "failed", "SMTPDataError 554"),
        (SMTPServerDisconnected("gone"), "unsure", "SMTPServerDisconnected"),
        (TimeoutError(), "unsure", "TimeoutError"),
    ],
)
def test_what_the_server_says_decides(waiting: Letter, error: Exception, state: str, kept: str) -> None:
    with mock.patch(SEND, side_effect=error):
        periodic.run(NOW)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error) == (state, kept)
    periodic.run(NOW + 2 * MINUTE)
    assert len(mail.outbox) == (state == "waiting")


def test_a_slow_server_takes_no_letter_out_of_the_hand_that_holds_it(waiting: Letter) -> None:
    prefer(make_user(username="second", group="Gardien", email="second@example.org"), "at_once")
    with mock.patch("fixaloop.declared.periodic.send_due"):
        refuse_often()
        periodic.run(NOW)
    passed: list[timedelta] = []

    def send(messages: list[Any]) -> int:
        passed.append(6 * MINUTE)
        outbox.take_up(NOW + sum(passed, timedelta()))
        return len(messages)

    with (
        mock.patch(SEND, side_effect=send),
        mock.patch("fixaloop.notices.outbox.monotonic", side_effect=lambda: sum(passed, timedelta()).total_seconds()),
    ):
        periodic.run(NOW)
    assert len(passed) > 1
    assert set(states()) == {"sent"}


def test_administrators_see_what_failed_and_send_it_again(waiting: Letter, sign_in: SignIn) -> None:
    with mock.patch(SEND, side_effect=TimeoutError):
        periodic.run(NOW)
    page, chosen = "/admin/fixaloop/letter/", {"action": "send_again", "_selected_action": waiting.pk}
    looking = sign_in("fixaloop.view_letter", is_staff=True)
    assert "envoi incertain" in said(looking.get(page))
    looking.post(page, chosen)
    periodic.run(NOW + HOUR)
    assert mail.outbox == []
    boss = sign_in(is_staff=True, is_superuser=True)
    assert "1 e-mail sera renvoyé." in said(boss.post(page, chosen, follow=True))
    boss.post(page, chosen)
    periodic.run(timezone.now() + HOUR)
    assert len(mail.outbox) == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == waiting.message_id
    boss.post(page, chosen)
    assert states() == ["sent"]


KILLED = """
from datetime import datetime
from django.conf import settings
from fixaloop.notices import outbox
from django.core.mail.backends.filebased import EmailBackend
settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
settings.EMAIL_FILE_PATH = {folder!r}
EmailBackend.{step} = killed_after(1, EmailBackend.{step})
outbox.send_due(datetime.fromisoformat({at!r}))
"""


@pytest.fixture
def committed(transactional_db: None, settings: Any) -> Letter:
    """A letter in the outbox that other processes see."""
    guard = make_user(group="Gardien", email="gardien@example.org")
    prefer(guard, "at_once")
    with mock.patch("fixaloop.declared.periodic.send_due"):
        refuse_often()
        periodic.run(NOW)
    return Letter.objects.get()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("step", "left", "after", "sent_later"),
    [("open", "claimed", "sent", 1), ("send_messages", "sending", "unsure", 0)],
)
def test_a_worker_killed_in_the_middle_sends_nothing_twice(
    committed: Letter, tmp_path: Path, step: str, left: str, after: str, sent_later: int
) -> None:
    folder = tmp_path / "mails"
    program = KILLED.format(folder=str(folder), step=step, at=NOW.isoformat())
    assert run_killed(program, tmp_path) == -9
    sent = len(list(folder.glob("*"))) if step == "send_messages" else 0
    assert states() == [left]
    periodic.run(NOW + MINUTE)
    assert states() == [left]
    for minutes in (11, 12, 600):
        periodic.run(NOW + minutes * MINUTE)
    assert states() == [after]
    assert len(mail.outbox) == sent_later
    assert sent + len(mail.outbox) == 1
