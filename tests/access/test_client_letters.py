"""Letters to clients whose card or status is about to end: in their language, if they want e-mails, once."""

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.core import mail
from django.utils import timezone

from access import services
from access.declared import nightly
from access.models import AccessCard
from clients.models import Client
from clients.privacy import anonymize_client
from clients.services import delete_client, force_status, update_client
from clients.services.merging import merge_clients
from fixaloop.declared import periodic
from fixaloop.notices.models import Letter
from fixaloop.words.dates import end_of, long_day
from interventions.declared import nightly as statuses
from tests.access.factories import make_active_client, make_card
from tests.conftest import SignIn
from tests.factories import make_client
from tests.pages import said

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def mail_is_set_up(settings: Any) -> None:
    settings.MAIL_IS_SET_UP = True
    settings.FIRM = settings.FIRM | {"name": "Garage du Port", "phone": "03 87 00 00 00"}


def make_ending(**fields: Any) -> AccessCard:
    """The card of a client who prefers e-mail; it expires in five days."""
    client = make_active_client(**{"channel": "email", "email": "camille@example.org"} | fields)
    return make_card(client, username=client.email.partition("@")[0], valid_until=timezone.localdate() + 5 * DAY)[0]


def states() -> list[str]:
    return list(Letter.objects.order_by("pk").values_list("state", flat=True))


def test_a_client_is_told_that_the_card_expires_once_and_the_timeline_says_so(sign_in: SignIn) -> None:
    card = make_ending()
    for night in range(3):
        nightly.run(NOW + night * DAY)
        periodic.run(NOW + night * DAY)
    [message] = mail.outbox
    assert (message.to, message.subject) == (
        ["camille@example.org"],
        "Garage du Port\N{NO-BREAK SPACE}: votre carte d’accès expire bientôt",
    )
    day = long_day(card.last_day)
    for words in ("camille est valable jusqu’au", day, "03 87 00 00 00"):
        assert words in message.body
    timeline = said(sign_in(group="Accueil").get(f"/clients/{card.client.reference}/events/"))
    assert "E-mail envoyé à camille@example.org (français)" in timeline
    # The program wrote by itself: that is no contact with the client.
    assert not card.client.events.filter(kind="notification").exclude(actor=None).exists()


def test_it_writes_in_the_language_of_the_client_or_in_english() -> None:
    for language, words in (("en", "valid until"), ("it", "valid until"), ("fr", "valable jusqu’au")):
        make_ending(language=language, email=f"{language}@example.org")
        nightly.run(NOW)
        periodic.run(NOW)
        assert words in mail.outbox[-1].body
    assert len(mail.outbox) == 3


@pytest.mark.parametrize(
    "fields",
    [{"channel": "phone"}, {"channel": "none"}, {"no_messages": True}],
    ids=["phone", "no preference", "no messages"],
)
def test_it_leaves_alone_who_prefers_something_else(fields: dict[str, Any]) -> None:
    make_ending(**fields)
    nightly.run(NOW)
    assert states() == []


def test_without_mail_nothing_waits(settings: Any) -> None:
    settings.MAIL_IS_SET_UP = False
    make_ending()
    nightly.run(NOW)
    assert states() == []


def test_a_status_that_ends_is_told_too() -> None:
    client = make_client(channel="email", email="zoe@example.org", language="en")
    until = end_of(timezone.localdate() + 3 * DAY)
    force_status(client, mode="active", until=until, reason="parking", by=None)
    for _night in range(2):
        statuses.run(NOW)
        periodic.run(NOW)
    assert "Your access to our site ends on" in mail.outbox[0].body
    assert f"{timezone.localdate() + 3 * DAY:%Y}" in mail.outbox[0].body
    assert client.events.filter(said="mailed_client_status_ending").count() == len(mail.outbox) == 1


def prolong(card: AccessCard) -> None:
    card.valid_until = timezone.localdate() + 50 * DAY
    services.update_card(card, by=None)


def refuse(card: AccessCard) -> None:
    client = Client.objects.get(pk=card.client_id)
    client.no_messages = True
    update_client(client, by=None)


@pytest.mark.parametrize("change", [prolong, refuse])
def test_what_is_no_longer_so_is_not_sent(change: Any) -> None:
    card = make_ending()
    nightly.run(NOW)
    change(card)
    periodic.run(NOW)
    assert (mail.outbox, states()) == ([], ["dropped"])


def test_who_is_forgotten_has_no_letter_any_more_even_of_a_merged_client() -> None:
    kept, lost = make_active_client(), make_ending()
    nightly.run(NOW)
    merge_clients(kept, lost.client, by=None)
    assert states() == ["waiting"]
    anonymize_client(Client.objects.get(pk=kept.pk), by=None)
    assert not Letter.objects.exists()
    periodic.run(NOW)
    assert mail.outbox == []


def test_who_is_deleted_has_no_letter_any_more() -> None:
    client = make_client(channel="email", email="zoe@example.org")
    until = end_of(timezone.localdate() + 3 * DAY)
    force_status(client, mode="active", until=until, reason="parking", by=None)
    statuses.run(NOW)
    delete_client(Client.objects.get(pk=client.pk), by=None)
    assert not Letter.objects.exists()


def test_a_client_forgotten_while_the_letter_is_handed_over_leaves_no_trace() -> None:
    card = make_ending()
    nightly.run(NOW)
    send = mail.get_connection().send_messages

    def forget_and_send(self: Any, messages: Any) -> int:
        anonymize_client(Client.objects.get(pk=card.client_id), by=None)
        return send(messages)

    with mock.patch("django.core.mail.backends.locmem.EmailBackend.send_messages", forget_and_send):
        periodic.run(NOW)
    assert not Letter.objects.exists()
    assert not card.client.events.filter(said="mailed_client_card_ending").exists()
