"""How a client prefers to be reached, and who wants no messages."""

from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser

from clients.models import Client
from clients.services.merging import merge_clients
from tests.access.factories import make_card
from tests.clients.test_import_clients import run, write
from tests.factories import make_client
from tests.pages import parse, said, values

pytestmark = pytest.mark.django_db


def test_the_form_keeps_them_and_the_history_says_so(desk: Browser) -> None:
    client = make_client()
    url = f"/clients/{client.reference}/edit/"
    desk.post(url, values(desk.get(url)) | {"channel": "phone", "no_messages": "on"})
    client.refresh_from_db()
    assert (client.channel, client.no_messages) == ("phone", True)
    assert "Ne veut pas de messages" in said(desk.get(f"/clients/{client.reference}/"))
    history = said(desk.get(f"/clients/{client.reference}/history/"))
    assert "Sans préférence" in history
    assert "True" not in history


def test_a_file_brings_and_takes_them(tmp_path: Path) -> None:
    text = "Prénom;Nom;Canal préféré;Sans messages\nMarie;Curie;Courrier;oui\nPaul;Langevin;;\n"
    assert run(write(tmp_path / "a.csv", text))[0] == 0
    found = dict(Client.objects.values_list("last_name", "channel"))
    assert found == {"Curie": "post", "Langevin": "none"}
    assert Client.objects.get(no_messages=True).last_name == "Curie"
    code, report = run(write(tmp_path / "b.csv", text.replace("Courrier", "Pigeon").replace("oui", "peut-être")))
    assert code == 2
    assert {error["column"] for error in report["errors"]} == {"Canal préféré", "Sans messages"}


def test_a_merge_forgets_no_refusal() -> None:
    kept, lost = make_client(), make_client(last_name="Durand", no_messages=True, channel="post")
    kept = merge_clients(kept, lost, by=None)
    assert (kept.channel, kept.no_messages) == ("post", True)


def test_the_form_offers_languages_that_have_texts_and_the_one_of_the_client(desk: Browser) -> None:
    client = make_client(language="de")

    def offered(url: str) -> list[str]:
        [select] = [node for node in parse(desk.get(url)).iter("select") if node.get("name") == "language"]
        return [option.get("value", "") for option in select.iter("option")]

    assert offered("/clients/new/") == ["fr", "en"]
    assert offered(f"/clients/{client.reference}/edit/") == ["fr", "en", "de"]


def test_a_card_goes_to_who_wants_no_messages_only_when_asked(desk: Browser, settings: Any) -> None:
    settings.MAIL_IS_SET_UP = True
    card, _qr = make_card(
        client=make_client(email="marie@example.org", no_messages=True), kind="badge", badge_number="12345"
    )
    page = desk.post(f"{card.get_absolute_url()}send/")
    assert "ne veut pas de messages. Envoyer quand même la carte à marie@example.org ?" in said(page)
    assert mail.outbox == []
    desk.post(f"{card.get_absolute_url()}send/", {"confirm": "1"})
    assert len(mail.outbox) == 1
