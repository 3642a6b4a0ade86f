"""The counter: who is recognised, what is answered, what is recorded, what it repairs and for whom."""

import logging
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError
from django.test import Client as Browser
from django.utils import timezone

from access import services
from access.models import AccessCard, Device, Entry, Event, Zone
from clients.models import Client
from clients.services import force_status
from fixaloop.words.dates import end_of
from tests.access.factories import make_active_client, make_card, make_device, make_entry, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.factories import make_client
from tests.pages import find, parse, said, text, values

CONTROL, REPAIR = "/access/control/", "/access/control/repair/"


@pytest.fixture
def zone(db: None) -> Zone:
    return make_zone("Parking P1")


@pytest.fixture
def guard(sign_in: SignIn, zone: Zone) -> Browser:
    return sign_in(group="Gardien")


@pytest.fixture
def boss(sign_in: SignIn, zone: Zone) -> Browser:
    return sign_in(group="Direction")


def ask(browser: Browser, value: str = "", action: str = "check", **more: str) -> Any:
    return browser.post(CONTROL, {"value": value, "action": action, **more})


def word(response: Any) -> str:
    """The big word of the answer, and its colour."""
    [answer] = [node for node in parse(response).iter("section") if "answer" in node.get("class", "").split()]
    return f"{text(answer.find('.//h2'))} ({answer.get('data-tone')})"


def button(response: Any, name: str) -> dict[str, str]:
    """What a click on a button of the answer sends."""
    for form in parse(response).iter("form"):
        for candidate in form.iter("button"):
            if text(candidate).startswith(name):
                sent = {node.get("name", ""): node.get("value", "") for node in form.iter("input")}
                return sent | {candidate.get("name", ""): candidate.get("value", "")}
    raise AssertionError(f"no button {name!r} on the page")


def open_entries() -> int:
    return Entry.objects.open().count()


def test_it_is_for_who_runs_the_counter(sign_in: SignIn, zone: Zone) -> None:
    assert sign_in("access.view_entry", "access.view_event").get(CONTROL).status_code == 403
    assert sign_in("access.use_control").get(CONTROL).status_code == 200


def test_it_says_what_is_missing_where_there_is_no_zone(sign_in: SignIn) -> None:
    assert "Aucune zone n’est encore définie" in said(sign_in("access.use_control").get(CONTROL))


@pytest.mark.parametrize("how", ["qr", "small qr", "badge", "plate", "username", "reference", "name"])
def test_it_recognises_whatever_one_has(guard: Browser, how: str) -> None:
    client = make_active_client(first_name="Marie", last_name="Curie")
    _card, qr = make_card(client, username="marie")
    make_card(client, username="marie-badge", kind="badge", badge_number="04A2B9C1")
    make_vehicle(client, "AB-123-CD")
    shown = {
        "qr": qr,
        "small qr": f"  {qr.lower()} ",
        "badge": "04:a2:b9:c1",
        "plate": "ab 123 cd",
        "username": "MARIE",
        "reference": client.reference.lower(),
        "name": "curie marie",
    }[how]
    response = ask(guard, shown)
    assert response.status_code == 200
    assert word(response) == "Entrée autorisée (ok)"
    assert "Marie Curie" in said(response)
    assert client.reference in said(response)
    assert "Forcé" in said(response)
    assert Event.objects.filter(kind__in=("entry", "exit", "refused")).count() == 0


def test_it_lets_one_choose_between_several(guard: Browser) -> None:
    make_active_client(first_name="Paul", last_name="Martin", city="Metz")
    other = make_active_client(first_name="Anne", last_name="Martin", city="Nancy")
    response = ask(guard, "martin", "enter")
    assert "De qui s’agit-il ?" in said(response)
    assert open_entries() == 0
    entered = guard.post(CONTROL, button(response, "Anne Martin"))
    assert word(entered) == "Entrée enregistrée (ok)"
    assert Entry.objects.get().client == other


def test_it_enters_and_leaves_in_two_enters_each(guard: Browser) -> None:
    _card, qr = make_card()
    checked = ask(guard, qr)
    sent = {name: value for name, value in values(checked).items() if name in ("subject", "then", "submission")}
    assert word(guard.post(CONTROL, {"value": "", "action": "check", **sent})) == "Entrée enregistrée (ok)"
    again = ask(guard, qr)
    assert word(again) == "Déjà sur place (warn)"
    sent = {name: value for name, value in values(again).items() if name in ("subject", "then", "submission")}
    assert word(guard.post(CONTROL, {"value": "", "action": "check", **sent})) == "Sortie enregistrée (brand)"
    assert open_entries() == 0
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True))[-2:] == ["entry", "exit"]


def test_it_says_all_reasons_the_first_one_large(guard: Browser, zone: Zone) -> None:
    today = timezone.localdate()
    client = make_client(last_name="Curie", email="curie@example.org")
    _card, qr = make_card(
        client, valid_from=today - timedelta(days=9), valid_until=today - timedelta(days=1), zones=[make_zone()]
    )
    response = ask(guard, qr)
    assert word(response) == "Entrée refusée (stop)"
    [first] = [node for node in parse(response).iter("p") if node.get("class") == "answer__reason"]
    assert text(first).startswith("La carte a expiré le")
    assert "Le client est inactif (aucune intervention)." in said(response)
    assert "La carte n’ouvre pas la zone Parking P1." in said(response)
    assert "Prolonger la carte." in said(response)


def owing() -> str:
    """The name of somebody's card, who owes 321 euros of a stay and is inside."""
    card, _qr = make_card(username="zoe")
    now = timezone.now()
    for exited_at in (now, None):
        make_entry(card, entered_at=now - timedelta(hours=1), exited_at=exited_at, amount_due=Decimal("321.00"))
    return card.username


@pytest.mark.parametrize("group", ["Gardien", "Direction"])
def test_it_tells_of_money_to_who_may_see_it_alone(group: str, sign_in: SignIn, zone: Zone) -> None:
    name, browser = owing(), sign_in(group=group)
    pages = [ask(browser, name), ask(browser, name, "exit")]
    pages.append(browser.post("/access/simulator/", {"who": name, "zone": str(zone.pk), "at": ""}, follow=True))
    assert word(pages[0]) == "Entrée refusée (stop)"
    assert "impayé" in said(pages[0]).lower()
    for page in pages:
        assert ("321,00" in said(page) or "642,00" in said(page)) == (group == "Direction")


def test_it_records_a_refusal_with_its_reasons_and_facts(guard: Browser) -> None:
    card, qr = make_card()
    services.change_card_status(card, "suspended", by=None)
    assert word(ask(guard, qr, "enter")) == "Entrée refusée (stop)"
    event = Event.objects.get(kind="refused")
    assert (event.reasons, event.card, event.inputs["facts"]["card_status"]) == (["card_suspended"], card, "suspended")
    assert event.actor is not None
    assert open_entries() == 0


def test_it_lets_in_against_a_refusal_with_a_reason_and_keeps_it(guard: Browser) -> None:
    card, qr = make_card()
    services.change_card_status(card, "suspended", by=None)
    asked = button(ask(guard, qr), "Faire entrer quand même")
    assert word(guard.post(CONTROL, asked)) == "Entrée refusée (stop)"
    fresh = asked | {"submission": str(uuid.uuid4()), "reason": "vu avec la direction"}
    response = guard.post(CONTROL, fresh)
    assert word(response) == "Entrée enregistrée (ok)"
    event = Event.objects.get(kind="entry")
    assert event.text == "vu avec la direction"
    assert event.anomalies == ["manual", "card_suspended"]
    assert "Carte suspendue" in said(response)


@pytest.mark.parametrize("address", [CONTROL, REPAIR])
def test_a_reason_too_long_is_refused_and_stays_in_its_field(boss: Browser, address: str) -> None:
    _card, qr = make_card(make_client(email="curie@example.org"))
    named = "Forcer actif" if address == REPAIR else "Faire entrer quand même"
    response = boss.post(address, button(ask(boss, qr), named) | {"reason": "motif " * 60})
    assert response.status_code == 422
    assert "359 caractères" in said(response)
    assert find(response, "value", ("motif " * 60)) is not None
    assert not Event.objects.filter(kind="entry").exists()


def test_it_records_one_passage_however_often_one_clicks(guard: Browser) -> None:
    _card, qr = make_card()
    click = button(ask(guard, qr), "Faire entrer")
    first, second = guard.post(CONTROL, click), guard.post(CONTROL, click)
    assert word(first) == word(second) == "Entrée enregistrée (ok)"
    assert Event.objects.filter(kind="entry").count() == Entry.objects.count() == 1


def test_it_refuses_when_the_zone_is_full_and_says_so(guard: Browser) -> None:
    full = Zone.objects.get()
    full.capacity = 1
    services.save_zone(full, by=None)
    ask(guard, make_card()[1], "enter")
    response = ask(guard, make_card()[1], "enter")
    assert word(response) == "Entrée refusée (stop)"
    assert "La zone Parking P1 est pleine : 1 sur 1." in said(response)
    assert "1 présent, complet" in said(response)
    assert open_entries() == 1


def test_it_refuses_a_second_entry_where_the_zone_says_so_and_offers_the_exit(guard: Browser) -> None:
    strict = Zone.objects.get()
    strict.anti_passback = "refuse"
    services.save_zone(strict, by=None)
    _card, qr = make_card()
    ask(guard, qr, "enter")
    response = ask(guard, qr)
    assert word(response) == "Entrée refusée (stop)"
    assert "then" not in values(response)
    assert word(guard.post(CONTROL, button(response, "Enregistrer la sortie"))) == "Sortie enregistrée (brand)"
    assert word(ask(guard, qr)) == "Entrée autorisée (ok)"


def test_it_lets_out_who_never_came_in_and_remarks_on_it(guard: Browser) -> None:
    response = ask(guard, make_card()[1], "exit")
    assert word(response) == "Sortie enregistrée (brand)"
    assert "Sortie sans entrée enregistrée" in said(response)
    assert Event.objects.get(kind="exit").anomalies == ["exit_without_entry"]


def test_it_refuses_a_code_that_was_replaced(guard: Browser) -> None:
    card, former = make_card()
    services.reissue_card(card, by=None)
    response = ask(guard, former)
    assert word(response) == "Entrée refusée (stop)"
    assert "remplacé" in said(response)
    asked = button(response, "Faire entrer quand même")
    assert word(guard.post(CONTROL, asked)) == "Entrée refusée (stop)"
    assert open_entries() == 0


def test_it_is_not_fooled_by_a_name_past_a_suspended_or_expired_card(guard: Browser) -> None:
    client = make_active_client(first_name="Marie", last_name="Curie")
    card, _qr = make_card(client)
    services.change_card_status(card, "suspended", by=None)
    assert word(ask(guard, "Marie Curie")) == "Entrée refusée (stop)"
    assert word(ask(guard, client.reference, "enter")) == "Entrée refusée (stop)"


def test_it_takes_the_card_that_opens_this_zone_for_somebody_named(guard: Browser, zone: Zone) -> None:
    client = make_active_client(first_name="Marie", last_name="Curie")
    make_card(client, username="ailleurs", zones=[make_zone()], valid_until=timezone.localdate() + timedelta(days=900))
    here, _qr = make_card(client, username="ici", zones=[zone])
    ask(guard, "Marie Curie", "enter")
    assert Entry.objects.get().card == here


def test_it_does_not_take_a_sold_car_for_its_former_owner(guard: Browser) -> None:
    vehicle = make_vehicle(make_active_client(), "AB-123-CD")
    vehicle.is_active = False
    services.update_vehicle(vehicle, by=None)
    response = ask(guard, "AB-123-CD", "enter")
    assert word(response) == "Entrée refusée (stop)"
    assert "n’est plus" in said(response)


NASTY = {
    "garbage": "¤¤¤ §§§",
    "truncated": "FXL-ABCDEF0123",
    "foreign": "https://example.org/ticket/8f3a9c?sig=AAAABBBBCCCCDDDD",
    "huge": "x" * 1_000_000,
    "control": "AB\x00\x01\x1b[31m12",
    "cyrillic": "АВ-123-СЕ",
    "emoji": "🚗🚗🚗",
    "sql": "' OR 1=1 --",
    "markup": "<script>alert(1)</script>",
    "number": "9" * 40,
    "percent": "%s%(x)s{0}",
}


@pytest.mark.parametrize("action", ["check", "enter", "exit"])
def test_it_answers_any_value_and_shows_none_back(
    guard: Browser, action: str, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    for about, value in NASTY.items():
        with subtests.test(value=about):
            earlier = list(Event.objects.values_list("pk", flat=True))
            with caplog.at_level(logging.DEBUG):
                response = ask(guard, value, action)
            assert response.status_code == 200
            assert value not in response.content.decode()
            assert value not in caplog.text
            assert open_entries() == 0
            told = list(Event.objects.exclude(pk__in=earlier))
            for event in told:
                assert (event.reasons or event.anomalies)[0] == "unknown_credential"
                assert value not in str(event.inputs)
            assert len(told) == (0 if action == "check" else 1)


@pytest.mark.parametrize("action", ["check", "enter", "exit"])
def test_it_never_shows_nor_logs_a_code_that_works(
    guard: Browser, action: str, caplog: pytest.LogCaptureFixture
) -> None:
    _card, qr = make_card()
    with caplog.at_level(logging.DEBUG):
        response = ask(guard, qr, action)
    # Not even in the SQL that a debugging server would print: the value is hashed before it is asked for.
    assert qr not in response.content.decode() + caplog.text
    assert qr not in str(list(Event.objects.values()))


def test_it_reads_no_value_from_the_address(guard: Browser) -> None:
    make_card(username="marie")
    response = guard.get(CONTROL, {"value": "marie"})
    assert find(response, "class", "answer") is None


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"value": "   "},
        {"value": "marie", "action": "dance"},
        {"value": "marie", "device": "999999"},
        {"value": "marie", "device": "9" * 400},
        {"value": "marie", "action": "enter", "reason": "a\x00b"},
        {"action": "check", "then": "dance", "subject": "card-1"},
    ],
)
def test_it_says_what_is_wrong_with_a_form(guard: Browser, posted: dict[str, str]) -> None:
    make_card(username="marie")
    response = guard.post(CONTROL, posted)
    assert response.status_code == 422
    assert find(response, "data-tone", "warn") is not None
    assert open_entries() == 0


@pytest.mark.parametrize(
    "key", ["card-999", "vehicle-999", "client-999", "former-999", "card-" + "9" * 18, "x", "card-"]
)
def test_it_knows_nobody_by_a_key_of_nothing(guard: Browser, key: str) -> None:
    assert open_entries() == 0
    assert guard.get(CONTROL, {"subject": key}).status_code == 200
    assert word(guard.post(CONTROL, {"subject": key, "action": "enter"})) == "Entrée refusée (stop)"
    assert guard.post(CONTROL, {"subject": key, "action": "check"}).status_code == 200


def test_it_records_at_the_counter_that_was_chosen_and_remembers_it(guard: Browser, zone: Zone) -> None:
    near, far = make_zone("Atelier"), make_zone("Dépôt")
    for place in (near, far):
        make_device(place, "both", name=f"Guichet {place.name}", at_counter=True)
    make_device(zone, "in", name="Barrière")
    page = guard.get(CONTROL)
    assert [text(option) for option in parse(page).iter("option")] == [
        "Guichet Atelier · Atelier",
        "Guichet Dépôt · Dépôt",
    ]
    device = Device.objects.get(zone=far)
    ask(guard, make_card()[1], "enter", device=str(device.pk))
    ask(guard, make_card()[1], "enter")
    assert set(Entry.objects.values_list("zone", "device_in")) == {(far.pk, device.pk)}


def test_it_refuses_at_a_counter_out_of_service(guard: Browser, zone: Zone) -> None:
    make_device(zone, "both", at_counter=True, enabled=False)
    response = ask(guard, make_card()[1], "enter")
    assert "L’appareil est désactivé." in said(response)


def test_it_shows_the_rest_only_to_who_may_see_it(sign_in: SignIn, zone: Zone) -> None:
    client = make_active_client()
    _card, qr = make_card(client)
    make_vehicle(client, "AB-123-CD", make="Renault")
    bare = ask(sign_in("access.use_control"), qr)
    assert "AB-123-CD" not in said(bare)
    assert client.get_absolute_url() not in bare.content.decode()
    full = ask(sign_in("access.use_control", "access.view_vehicle", "clients.view_client"), qr)
    assert "AB-123-CD" in said(full)
    assert client.get_absolute_url() in full.content.decode()


def expired_card(**fields: Any) -> tuple[AccessCard, str]:
    today = timezone.localdate()
    return make_card(valid_from=today - timedelta(days=90), valid_until=today - timedelta(days=1), **fields)


@pytest.mark.parametrize(("name", "days"), [("Prolonger la carte jusqu’à ce soir", 0), ("Jusqu’au", 30)])
def test_it_extends_a_card_in_one_click(boss: Browser, name: str, days: int) -> None:
    card, qr = expired_card()
    response = boss.post(REPAIR, button(ask(boss, qr), name))
    assert word(response) == "Entrée autorisée (ok)"
    card.refresh_from_db()
    assert card.valid_until == timezone.localdate() + timedelta(days=days)
    assert card.history.count() == 2
    assert "La carte est prolongée" in said(response)


def test_it_never_shortens_a_card_that_was_extended_meanwhile(boss: Browser) -> None:
    card, qr = expired_card()
    click = button(ask(boss, qr), "Prolonger la carte jusqu’à ce soir")
    card.valid_until = timezone.localdate() + timedelta(days=200)
    services.update_card(card, by=None)
    response = boss.post(REPAIR, click)
    assert response.status_code == 409
    assert word(response) == "Entrée autorisée (ok)"
    card.refresh_from_db()
    assert card.valid_until == timezone.localdate() + timedelta(days=200)


def test_it_makes_a_card_valid_from_today(boss: Browser) -> None:
    _card, qr = make_card(valid_from=timezone.localdate() + timedelta(days=3))
    assert word(boss.post(REPAIR, button(ask(boss, qr), "Rendre la carte valable"))) == "Entrée autorisée (ok)"


@pytest.mark.parametrize("status", ["suspended", "lost"])
def test_it_puts_a_card_back_in_service(boss: Browser, status: str) -> None:
    card, qr = make_card()
    services.change_card_status(card, status, by=None)
    response = boss.post(REPAIR, button(ask(boss, qr), "Remettre la carte en service"))
    assert word(response) == "Entrée autorisée (ok)"
    card.refresh_from_db()
    assert (card.status, card.status_reason) == ("active", "présentée au contrôle")


def test_it_opens_the_zone_to_the_card(boss: Browser, zone: Zone) -> None:
    other = make_zone()
    card, qr = make_card(zones=[other])
    assert word(boss.post(REPAIR, button(ask(boss, qr), "Ajouter cette zone"))) == "Entrée autorisée (ok)"
    assert set(card.zones.all()) == {zone, other}


def test_it_forces_a_client_active_until_tonight_with_a_reason(boss: Browser) -> None:
    client = make_client(email="curie@example.org")
    _card, qr = make_card(client)
    click = button(ask(boss, qr), "Forcer actif")
    assert boss.post(REPAIR, click | {"reason": " "}).status_code == 422
    response = boss.post(REPAIR, click | {"reason": "livraison"})
    assert word(response) == "Entrée autorisée (ok)"
    client = Client.objects.get(pk=client.pk)
    assert (client.status_mode, client.status_reason) == ("active", "livraison")
    assert client.status_until == end_of(timezone.localdate())


def test_it_does_not_undo_in_one_click_what_somebody_decided(boss: Browser) -> None:
    client = make_active_client()
    _card, qr = make_card(client)
    force_status(client, mode="inactive", until=None, reason="impayés", by=None)
    response = ask(boss, qr)
    assert "Forcer actif" not in said(response)
    assert f"/clients/{client.reference}/status/" in response.content.decode()
    forced = boss.post(REPAIR, {"subject": f"client-{client.pk}", "repair": "force", "reason": "si"})
    assert forced.status_code == 409
    assert Client.objects.get(pk=client.pk).status_mode == "inactive"


@pytest.mark.parametrize("key", ["extend", "advance", "activate", "permit", "force", "", "dance", "client_inactive"])
def test_it_repairs_for_who_may_alone(guard: Browser, key: str) -> None:
    card, qr = expired_card()
    assert "Prolonger la carte jusqu" not in said(ask(guard, qr))
    assert guard.post(REPAIR, {"subject": f"card-{card.pk}", "repair": key, "reason": "x"}).status_code == 403


def test_it_repairs_nothing_for_nobody(boss: Browser) -> None:
    assert boss.post(REPAIR, {"repair": "extend", "subject": "card-999"}).status_code == 422
    assert boss.post(REPAIR, {"repair": "extend"}).status_code == 422
    assert boss.post(REPAIR, {"repair": "dance", "subject": "card-1"}).status_code == 403


def test_it_repairs_the_card_that_speaks_for_a_vehicle(boss: Browser) -> None:
    card, _qr = expired_card()
    make_vehicle(card.client, "AB-123-CD")
    response = boss.post(REPAIR, button(ask(boss, "AB123CD"), "Prolonger la carte jusqu’à ce soir"))
    assert word(response) == "Entrée autorisée (ok)"


def test_it_answers_a_fragment_that_the_page_holds(guard: Browser) -> None:
    _card, qr = make_card(username="marie")
    fragment = guard.post(CONTROL, {"value": qr}, headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()
    assert word(fragment) == "Entrée autorisée (ok)"


def test_it_is_not_kept_by_any_cache(guard: Browser) -> None:
    assert "no-store" in guard.get(CONTROL)["Cache-Control"]


class TestFailures:
    """A failure refuses, tells, is logged and written where it can be; it is never an error page."""

    IMPOSSIBLE = "Contrôle impossible (stop)"

    @pytest.mark.parametrize("error", [DatabaseError("the disk is full"), RuntimeError("a bug")])
    @pytest.mark.parametrize(("action", "kind"), [("enter", "refused"), ("exit", "exit")])
    def test_a_passage_is_refused_told_and_noted(
        self, action: str, kind: str, error: Exception, guard: Browser, caplog: pytest.LogCaptureFixture
    ) -> None:
        _card, qr = make_card()
        with mock.patch("access.gate.passages._tell", side_effect=error):
            response = ask(guard, qr, action)
        assert (response.status_code, word(response)) == (200, self.IMPOSSIBLE)
        assert "Seul l’échec est noté" in said(response)
        event = Event.objects.get(actor__isnull=False)
        assert (event.kind, event.reasons + event.anomalies) == (kind, ["internal_error"])
        assert (open_entries(), AccessCard.objects.get().use_count) == (0, 0)
        assert "could not decide" in caplog.text
        assert qr not in caplog.text + response.content.decode()

    def test_it_answers_even_where_nothing_can_be_written(self, guard: Browser) -> None:
        _card, qr = make_card()
        broken = DatabaseError("gone")
        with (
            mock.patch("access.gate.passages._tell", side_effect=broken),
            mock.patch("access.models.events.EventQuerySet.record", side_effect=broken),
        ):
            response = ask(guard, qr, "enter")
        assert word(response) == self.IMPOSSIBLE
        assert "Rien n’est enregistré" in said(response)
        assert not Event.objects.exclude(actor=None).exists()

    def test_a_question_that_cannot_be_answered_is_no_passage(self, guard: Browser) -> None:
        card, qr = make_card()
        with mock.patch("access.gate.passages.check", side_effect=DatabaseError("gone")):
            for response in (ask(guard, qr), guard.get(CONTROL, {"subject": f"card-{card.pk}"})):
                assert (response.status_code, word(response)) == (200, self.IMPOSSIBLE)
        assert not Event.objects.exclude(actor=None).exists()

    def test_a_repair_that_cannot_be_written_is_told(self, boss: Browser) -> None:
        card, _qr = make_card(make_client(email="lea@example.org"))
        sent = {"subject": f"card-{card.pk}", "repair": "force", "reason": "parking"}
        with mock.patch("access.gate.repairs.force_status", side_effect=DatabaseError("gone")):
            response = boss.post(REPAIR, sent)
        assert (response.status_code, word(response)) == (200, self.IMPOSSIBLE)


@pytest.mark.parametrize("rule", ["warn", "refuse"])
def test_a_forgotten_exit_is_closed_and_the_entry_recorded_in_one_click(guard: Browser, zone: Zone, rule: str) -> None:
    Zone.objects.update(anti_passback=rule)
    card, qr = make_card()
    stay = make_entry(card, zone, entered_at=timezone.now() - timedelta(hours=9))
    asked = button(ask(guard, qr), "Clore et laisser entrer")
    assert word(guard.post(CONTROL, asked)) == "Entrée enregistrée (ok)"
    guard.post(CONTROL, asked)
    stay.refresh_from_db()
    assert stay.exited_at is not None
    assert stay.to_check
    assert open_entries() == 1
    assert Entry.objects.count() == 2


def test_it_shows_the_last_passages_to_those_who_may_see_them(guard: Browser, sign_in: SignIn, zone: Zone) -> None:
    ask(guard, make_card(make_active_client(first_name="Marie", last_name="Curie"))[1], "enter")
    shown = text(find(guard.get(CONTROL), "id", "passages"))
    assert "Entrée" in shown
    assert "Marie Curie" in shown
    other = sign_in("access.use_control").get(CONTROL)
    assert find(other, "id", "passages") is None
    assert "Marie Curie" not in said(other)
