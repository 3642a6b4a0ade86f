"""What cards are worth at a moment: the same in lists, tabs, files and figures, and at the gate."""

from collections import Counter
from datetime import timedelta
from itertools import combinations, product
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.utils import timezone

from access import services
from access.client.worth import WORTHS, add_worth, cards_worth, worth_of_cards
from access.models import AccessCard
from access.models.cards import CARD_STATES, is_worth
from clients.models import Client
from tests.access.factories import make_active_client, make_card, make_device
from tests.conftest import SignIn
from tests.factories import make_client
from tests.pages import records, said

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DECIDED = ("suspended", "lost", "revoked")
# What a card can be by itself.
MADE = ("active", "upcoming", "expired", *DECIDED)
BEST = ("active", "upcoming", "suspended", "expired", "lost", "revoked")


def give(client: Client, state: str) -> tuple[AccessCard, str]:
    today = timezone.localdate()
    days: dict[str, Any] = {
        "upcoming": {"valid_from": today + DAY, "valid_until": None},
        "expired": {"valid_from": today - 20 * DAY, "valid_until": today - DAY},
    }
    card, value = make_card(client, **days.get(state, {}))
    return (services.change_card_status(card, state, by=None) if state in DECIDED else card), value


def test_a_card_is_worth_the_same_in_words_and_as_a_condition() -> None:
    for client in (make_active_client(), make_client(email="rien@example.org")):
        for state in MADE:
            give(client, state)
    now = timezone.now()
    found = {worth: {card.pk for card in AccessCard.objects.filter(is_worth(worth, now))} for worth in CARD_STATES}
    assert Counter(pk for keys in found.values() for pk in keys).most_common(1)[0][1] == 1
    for card in AccessCard.objects.all():
        assert card.pk in found[card.worth(now)]
    assert {worth: len(keys) for worth, keys in found.items()} == {
        **dict.fromkeys(MADE, 2),
        "active": 1,
        "inactive": 1,
    }


def test_the_cards_of_a_client_are_worth_the_best_of_them() -> None:
    expected = {make_active_client().pk: "none"}
    for states in (*combinations(BEST, 1), *combinations(BEST, 2), BEST):
        client = make_active_client()
        for state in states:
            give(client, state)
        expected[client.pk] = states[0]
    idle = make_client(email="rien@example.org")
    give(idle, "active")
    expected[idle.pk] = "inactive"
    # Between two cards nothing is valid: neither the first nor the last day of all of them tells that.
    between = make_active_client()
    for state in ("expired", "upcoming"):
        give(between, state)
    expected[between.pk] = "upcoming"
    now = timezone.now()
    for other, worth in (("suspended", "suspended"), ("lost", "expired"), ("active", "active")):
        client = make_active_client()
        make_card(client, ends_at=now - timedelta(seconds=1))
        give(client, other)
        expected[client.pk] = worth
    host = make_active_client()
    make_card(host, visitor="Paul Visiteur", ends_at=now + timedelta(hours=1))
    expected[host.pk] = "none"
    listed = list(Client.objects.all())
    add_worth(listed, now)
    assert {client.pk: client.card_worth for client in listed} == expected
    assert dict(Client.objects.values_list("pk", worth_of_cards(now))) == expected
    for worth in WORTHS:
        found = set(Client.objects.filter(cards_worth(worth, now)).values_list("pk", flat=True))
        assert found == {pk for pk, best in expected.items() if best == worth}


def test_the_card_of_an_inactive_client_is_never_said_to_be_valid(desk: Browser) -> None:
    client = make_client(email="rien@example.org")
    card, _value = give(client, "active")
    here = client.get_absolute_url()
    for page in ("/clients/", "/access/cards/", f"{here}cards/", card.get_absolute_url()):
        assert "Client inactif" in said(desk.get(page)), page
    page = said(desk.get(here))
    assert "Cartes d’accès 0" in page
    assert "Aucune carte n’ouvre : le client est inactif." in page
    assert records(desk.get("/clients/export/"))[0]["Carte d’accès"] == "client inactif"
    (line,) = records(desk.get("/access/cards/export/?status=inactive"))
    assert line["Statut"] == "Client inactif"
    assert records(desk.get("/access/cards/export/?status=active")) == []
    for query, count in (("active", 0), ("inactive", 1)):
        assert len(desk.get(f"{here}cards/", {"status": query}).context["list"].pager.page.rows) == count
        assert len(desk.get("/clients/", {"card": query}).context["list"].pager.page.rows) == count


def test_the_gate_lets_in_whoever_lists_call_valid() -> None:
    _door, token = make_device()
    for client, state in product((make_active_client(), make_client(email="rien@example.org")), MADE):
        card, value = give(client, state)
        read = {"nonce": value, "type": "qr", "value": value}
        answer = Browser().post(
            "/api/v1/reads", read, content_type="application/json", headers={"authorization": f"Bearer {token}"}
        )
        assert (answer.json()["decision"] == "granted") == (card.worth(timezone.now()) == "active"), state


def test_it_changes_at_midnight_without_anybody_doing_anything(sign_in: SignIn) -> None:
    client = make_active_client()
    make_card(client, valid_until=timezone.localdate())
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for moment, worth in ((midnight - timedelta(seconds=1), "active"), (midnight, "expired")):
        with time_machine.travel(moment, tick=False):
            page = sign_in("clients.view_client", "access.view_accesscard").get("/clients/", {"card": worth})
            assert len(page.context["list"].pager.page.rows) == 1
