"""Cards: issued in two clicks, a code shown once, badge, e-mail, status, last day."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone

from access.events.words import words_of
from access.gate.codes import digest
from access.models import AccessCard, CardSecret, Event
from clients.models import Client
from clients.status import is_active
from fixaloop.accounts.sessions import OpenSession
from fixaloop.declared import nightly as housekeeping
from tests.access.factories import make_active_client, make_card, make_zone
from tests.conftest import SignIn
from tests.factories import make_client
from tests.pages import field_errors, find, links, said, text, values


@pytest.fixture
def client(db: None) -> Client:
    return make_active_client(first_name="Zoé", last_name="Lefèvre", email="zoe@example.org")


def qr_value(response: Any) -> str:
    found = find(response, "id", "qr-value")
    return text(found) if found is not None else ""


def issue(desk: Browser, client: Client, **changes: Any) -> Any:
    page = desk.get(f"/access/cards/new/?client={client.reference}")
    return desk.post("/access/cards/new/", values(page) | changes, follow=True)


def test_it_takes_two_clicks_from_the_client(client: Client, desk: Browser) -> None:
    first = links(desk.get(client.get_absolute_url()))["Nouvelle carte"]
    page = desk.get(first)
    today = timezone.localdate()
    proposed = values(page)
    assert (proposed["client"], proposed["username"], proposed["kind"]) == (client.reference, "z.lefevre", "qr")
    assert proposed["valid_from"] == today.isoformat()
    assert date.fromisoformat(proposed["valid_until"]) > today + timedelta(days=360)
    response = desk.post(first, proposed, follow=True)
    card = AccessCard.objects.get()
    assert response.redirect_chain == [(f"/access/cards/{card.pk}/", 302)]
    assert card.everywhere
    assert card.state(timezone.now()) == "active"


def test_it_says_the_code_once_and_keeps_only_its_hash(client: Client, desk: Browser) -> None:
    response = issue(desk, client)
    value = qr_value(response)
    assert len(value) > 25
    assert CardSecret.objects.get().secret_hash == digest(value)
    assert find(response, "class", "qr") is not None
    assert "no-store" in response["Cache-Control"]
    again = desk.get(response.request["PATH_INFO"])
    assert qr_value(again) == ""
    assert value not in again.content.decode()
    assert value not in str(dict(desk.session))


def kept_in_sessions() -> str:
    return str([session.get_decoded() for session in OpenSession.objects.all()])


def test_it_keeps_no_code_that_nobody_came_for(client: Client, desk: Browser) -> None:
    start = timezone.now()
    sent = values(desk.get(f"/access/cards/new/?client={client.reference}"))
    url = desk.post("/access/cards/new/", sent)["Location"]
    first = kept_in_sessions()
    assert "FXL-" in first
    late = start + timedelta(minutes=11)
    with time_machine.travel(late, tick=False):
        desk.post(f"{url}reissue/")
        assert "FXL-" in kept_in_sessions()
        assert first.split("FXL-")[1][:20] not in kept_in_sessions()
    with time_machine.travel(late + timedelta(minutes=11), tick=False):
        housekeeping.run(timezone.now())
        assert "FXL-" not in kept_in_sessions()
        assert qr_value(desk.get(url)) == ""


def test_it_changes_nothing_and_says_no_code_to_who_asks_for_the_headers_alone(client: Client, desk: Browser) -> None:
    sent = values(desk.get(f"/access/cards/new/?client={client.reference}"))
    url = desk.post("/access/cards/new/", sent)["Location"]
    desk.head(url)
    assert qr_value(desk.get(url))
    kept = CardSecret.objects.get().secret_hash
    assert desk.head(f"{url}reissue/").status_code == 200
    assert CardSecret.objects.get().secret_hash == kept


def test_it_issues_once_what_is_sent_twice(client: Client, desk: Browser) -> None:
    sent = values(desk.get(f"/access/cards/new/?client={client.reference}"))
    first, second = desk.post("/access/cards/new/", sent), desk.post("/access/cards/new/", sent)
    assert first["Location"] == second["Location"]
    assert AccessCard.objects.count() == 1
    assert qr_value(desk.get(first["Location"]))


def test_it_takes_what_the_contract_names(client: Client, desk: Browser) -> None:
    zone = make_zone("Parking")
    sent = {
        "client": client.reference,
        "username": "badge.zoe",
        "kind": "badge",
        "badge_number": "04:A2:B9:C1",
        "valid_from": "2026-01-01",
        "valid_until": "",
        "zones": [zone.pk],
        "hours": "lun-ven 8h-18h",
    }
    desk.post("/access/cards/new/", sent)
    card = AccessCard.objects.get()
    assert (card.kind, card.badge_number, card.valid_until, card.everywhere) == ("badge", "04A2B9C1", None, False)
    assert list(card.zones.all()) == [zone]
    assert card.hours["fri"] == [["08:00", "18:00"]]
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "deux mots"}, "username"),
        ({"kind": "badge", "badge_number": ""}, "badge_number"),
        ({"valid_from": "demain"}, "valid_from"),
        ({"valid_from": "2026-02-02", "valid_until": "2026-02-01"}, "valid_until"),
        ({"hours": "le matin"}, "hours"),
        ({"zones": ["99"]}, "zones"),
        ({"client": "CLT-999"}, "client"),
    ],
)
def test_it_says_beside_its_field_what_is_wrong(
    changes: dict[str, Any], field: str, client: Client, desk: Browser
) -> None:
    sent = values(desk.get(f"/access/cards/new/?client={client.reference}")) | {"username": "zoe"} | changes
    response = desk.post("/access/cards/new/", sent)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert AccessCard.objects.count() == 0


def test_it_names_the_card_that_has_the_username(client: Client, desk: Browser) -> None:
    other, _value = make_card(username="Zoe")
    sent = values(desk.get(f"/access/cards/new/?client={client.reference}")) | {"username": "zoe"}
    response = desk.post("/access/cards/new/", sent)
    assert response.status_code == 422
    assert other.get_absolute_url() in response.content.decode()
    assert "est déjà une carte de" in field_errors(response)["username"]


def test_it_needs_an_email_only_to_send_a_card(desk: Browser) -> None:
    client = make_client(status_mode="active", status_reason="parking")
    page = desk.get(f"/access/cards/new/?client={client.reference}")
    assert "Sans adresse e-mail, la carte s’imprime" in said(page)
    response = desk.post("/access/cards/new/", values(page) | {"send_email": "on"})
    assert response.status_code == 422
    assert "imprimez la carte" in field_errors(response)["send_email"]
    assert qr_value(desk.post("/access/cards/new/", values(page), follow=True))
    assert AccessCard.objects.get().client == client


def test_it_says_that_the_client_is_inactive_and_offers_to_force_it(desk: Browser) -> None:
    client = make_client(email="inactif@example.org")
    page = desk.get(f"/access/cards/new/?client={client.reference}")
    assert "Ce client est inactif" in said(page)
    response = desk.post("/access/cards/new/", values(page) | {"force_active": "on"}, follow=True)
    card = AccessCard.objects.get()
    client.refresh_from_db()
    assert qr_value(response)
    assert is_active(client, timezone.now())
    assert client.status_until is not None
    assert timezone.localdate(client.status_until - timedelta(seconds=1)) == card.valid_until


def test_it_says_that_the_client_will_soon_be_inactive(desk: Browser) -> None:
    until = timezone.now() + timedelta(days=20)
    client = make_active_client(status_until=until)
    page = desk.get(f"/access/cards/new/?client={client.reference}")
    assert values(page)["valid_until"] <= timezone.localdate(until).isoformat()
    sent = values(page) | {"valid_until": (timezone.localdate() + timedelta(days=300)).isoformat(), "username": "!"}
    assert "Ce client sera inactif après le" in said(desk.post("/access/cards/new/", sent))


def test_it_keeps_forcing_to_those_who_may(client: Client, sign_in: SignIn) -> None:
    browser = sign_in("access.add_accesscard", "access.view_accesscard")
    inactive = make_client(email="inactif@example.org")
    page = browser.get(f"/access/cards/new/?client={inactive.reference}")
    assert "force_active" not in values(page)
    assert find(page, "name", "force_active") is None
    browser.post("/access/cards/new/", values(page) | {"force_active": "on", "force_reason": "x"})
    inactive.refresh_from_db()
    assert inactive.status_mode == "automatic"


def test_it_sends_the_card_in_the_client_s_language(desk: Browser, settings: Any) -> None:
    settings.MAIL_IS_SET_UP = True
    client = make_active_client(email="zoe@example.org", language="en")
    response = issue(desk, client, send_email="on")
    [message] = mail.outbox
    assert message.to == ["zoe@example.org"]
    sent = message.message()
    assert sent.get_content_type() == "multipart/related"
    assert [part.get_content_type() for part in sent.walk() if not part.is_multipart()] == [
        "text/plain",
        "text/html",
        "image/png",
    ]
    [image] = [part for part in sent.walk() if part.get_content_maintype() == "image"]
    assert image["Content-ID"] == "<carte>"
    assert image.get_content_disposition() == "inline"
    assert "cid:carte" in str(message.alternatives[0][0])
    assert qr_value(response) not in sent.as_string()
    event = Event.objects.get(kind="notification")
    assert event.client == client
    assert "zoe@example.org" in words_of(event)


def test_it_sends_it_later_only_from_the_page_that_shows_the_code(client: Client, desk: Browser, settings: Any) -> None:
    settings.MAIL_IS_SET_UP = True
    response = issue(desk, client, send_email="")
    url, value = response.request["PATH_INFO"], qr_value(response)
    assert "émettez un nouveau code" in said(desk.post(f"{url}send/", {"qr_value": "FXL-AUTRE"}, follow=True))
    assert mail.outbox == []
    assert qr_value(desk.post(f"{url}send/", {"qr_value": value}, follow=True)) == value
    assert len(mail.outbox) == 1


def test_without_mail_it_says_so_and_keeps_the_code_on_the_page(client: Client, desk: Browser) -> None:
    response = issue(desk, client, send_email="on")
    assert "l’e-mail n’est pas configuré" in said(response)
    assert qr_value(response)
    assert (mail.outbox, Event.objects.filter(kind="notification").exists()) == ([], False)


def test_it_prints_the_badge_with_the_code_the_page_sends(client: Client, desk: Browser) -> None:
    response = issue(desk, client, send_email="")
    url, value = response.request["PATH_INFO"], qr_value(response)
    badge = desk.post(f"{url}badge/", {"qr_value": value})
    assert find(badge, "class", "qr") is not None
    assert value not in badge.content.decode()
    assert "Zoé Lefèvre" in said(badge)
    assert qr_value(desk.get(url)) == value
    bare = desk.get(f"{url}badge/")
    assert find(bare, "class", "qr") is None
    assert "n’a pas son code" in said(bare)


def test_it_leaves_no_badge_without_its_number(client: Client, desk: Browser) -> None:
    card, _value = make_card(client, kind="badge", badge_number="04A2B9C1")
    url = f"/access/cards/{card.pk}/edit/"
    refused = desk.post(url, values(desk.get(url)) | {"badge_number": ""})
    assert (refused.status_code, list(field_errors(refused))) == (422, ["badge_number"])


def test_it_gives_a_new_code_and_revokes_the_one_before(client: Client, desk: Browser) -> None:
    card, before = make_card(client)
    assert "n’ouvrira plus rien" in said(desk.get(f"/access/cards/{card.pk}/reissue/"))
    assert card.secrets.get().revoked_at is None
    response = desk.post(f"/access/cards/{card.pk}/reissue/", follow=True)
    assert qr_value(response) not in ("", before)
    assert CardSecret.objects.get(secret_hash=digest(before)).revoked_at is not None


@pytest.mark.parametrize("to", ["suspended", "lost", "revoked"])
def test_it_changes_the_status_with_its_reason(to: str, client: Client, desk: Browser) -> None:
    card, _value = make_card(client)
    assert "Motif" in said(desk.get(f"/access/cards/{card.pk}/status/?to={to}"))
    response = desk.post(f"/access/cards/{card.pk}/status/", {"to": to, "reason": "volée dans la rue"}, follow=True)
    card.refresh_from_db()
    assert (card.status, card.status_reason) == (to, "volée dans la rue")
    assert "volée dans la rue" in said(response)
    assert Event.objects.filter(kind="card", card=card, text__contains="volée").exists()


def test_it_refuses_to_bring_a_revoked_card_back(client: Client, desk: Browser) -> None:
    card, _value = make_card(client)
    desk.post(f"/access/cards/{card.pk}/status/", {"to": "revoked"})
    response = desk.post(f"/access/cards/{card.pk}/status/", {"to": "active"})
    assert response.status_code == 409
    assert "ne peut plus changer ainsi" in said(response)


def test_it_extends_and_tells_who_was_quicker(client: Client, desk: Browser) -> None:
    card, _value = make_card(client)
    url = f"/access/cards/{card.pk}/extend/"
    assert desk.post(url, {"valid_until": "2030-06-30", "version": card.version}).status_code == 302
    stale = desk.post(url, {"valid_until": "2031-06-30", "version": card.version})
    assert stale.status_code == 409
    assert values(stale)["valid_until"] == "2031-06-30"
    card.refresh_from_db()
    assert card.valid_until == date(2030, 6, 30)


def test_it_keeps_what_was_typed_on_a_stale_page(client: Client, desk: Browser) -> None:
    card, _value = make_card(client)
    sent = values(desk.get(f"/access/cards/{card.pk}/edit/"))
    desk.post(f"/access/cards/{card.pk}/edit/", sent | {"username": "premier"})
    response = desk.post(f"/access/cards/{card.pk}/edit/", sent | {"username": "second"})
    assert response.status_code == 409
    assert values(response)["username"] == "second"
    assert "premier" in said(response)
    assert desk.post(f"/access/cards/{card.pk}/edit/", values(response)).status_code == 302
    card.refresh_from_db()
    assert card.username == "second"


def test_it_lets_two_cards_have_two_submissions(client: Client, desk: Browser) -> None:
    for name in ("un.zoe", "deux.zoe"):
        issue(desk, client, username=name, submission=str(uuid.uuid4()))
    assert AccessCard.objects.count() == 2
