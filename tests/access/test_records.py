"""The pages of a vehicle, a card and a stay as dossiers: a sentence, what goes on, one timeline with notes."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from access.models import AccessCard, Event
from tests.access.factories import (
    make_active_client,
    make_card,
    make_device,
    make_entry,
    make_event,
    make_vehicle,
    make_zone,
)
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention
from tests.pages import find, links, said, text

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def head(browser: Browser, record: Any) -> str:
    return said(browser.get(record.get_absolute_url())).replace("\xa0", " ")


def told(browser: Browser, record: Any, name: str = "") -> str:
    return text(find(browser.get(record.get_absolute_url(), {"told": name}), "id", "told-list"))


def test_a_vehicle_says_whose_it_is_whether_it_is_inside_and_what_comes_next(desk: Browser) -> None:
    client = make_active_client(first_name="Ines", last_name="Petit")
    vehicle = make_vehicle(client, "AB-123-CD")
    assert "En circulation appartient à Ines Petit." in head(desk, vehicle)
    entry = make_entry(make_card(client)[0], vehicle=vehicle)
    assert f"appartient à Ines Petit, sur place depuis {timezone.localtime():%-H} h" in head(desk, vehicle)
    entry.exited_at = timezone.now()
    entry.save()
    assert "Ines Petit, parti aujourd’hui à" in head(desk, vehicle)
    make_intervention(client, vehicle=vehicle)
    steps = links(desk.get(vehicle.get_absolute_url()))
    assert steps["Planifier"].endswith(f"/transition/?to=planned&next={vehicle.get_absolute_url()}")
    assert "vehicle=AB-123-CD" in steps["Nouvelle intervention"]


def test_a_card_says_whether_it_is_valid_now_and_why_not(desk: Browser) -> None:
    client, today = make_active_client(), timezone.localdate()
    card, _qr = make_card(client, zones=[make_zone(name="Atelier")], valid_until=None)
    page = head(desk, card)
    assert "Valable sans fin." in page
    assert "ouvre : Atelier" in page
    later = (today + DAY).strftime("%a").lower()
    closed = {"mon": [["23:58", "23:59"]]} | {later: [["23:58", "23:59"]]}
    AccessCard.objects.filter(pk=card.pk).update(hours={day: closed[day] for day in (later,)})
    assert "mais fermée à cette heure : elle ouvre demain à 23 h 58." in head(desk, card)
    AccessCard.objects.filter(pk=card.pk).update(hours={}, max_visits=1, visits=1)
    assert "mais elle a servi à toutes ses visites (1)." in head(desk, card)
    old, _qr = make_card(client, valid_from=today - 9 * DAY, valid_until=today - DAY)
    assert "Expirée son dernier jour était le" in head(desk, old)
    assert links(desk.get(old.get_absolute_url()))["Prolonger"] == "#extend"
    late, _qr = make_card(client, valid_from=today + DAY, valid_until=None)
    assert "Pas encore valable elle le sera le" in head(desk, late)
    idle, _qr = make_card(make_client())
    assert "n’ouvre rien tant que son client le reste : aucune intervention." in head(desk, idle)
    assert "Changer le statut du client" in links(desk.get(idle.get_absolute_url()))


def test_a_stay_says_since_when_who_let_it_in_and_what_can_be_done(desk: Browser) -> None:
    card, _qr = make_card(make_active_client())
    entry = make_entry(card, anomalies=["card_expired"], to_check=True)
    device, _token = make_device(entry.zone, name="Barrière nord")
    facts = {"facts": {"right": "card"}}
    passage = {"card": card, "device": device, "entry": entry, "text": ""}
    make_event(card.client, "entry", inputs=facts, anomalies=["card_expired"], **passage)
    page = head(desk, entry)
    assert "Sur place depuis" in page
    assert "Entrée enregistrée malgré le refus par Barrière nord : carte expirée." in page
    assert "Noter la sortie" in links(desk.get(entry.get_absolute_url()))
    assert "C’est vérifié" in page
    entry = make_entry(card, make_zone(), exited_at=timezone.now() + timedelta(minutes=35))
    make_event(card.client, "entry", inputs=facts, **passage | {"entry": entry})
    assert "Terminée sortie" in head(desk, entry)
    assert "Entrée autorisée par Barrière nord : sa carte ouvre cette zone." in head(desk, entry)


@pytest.mark.parametrize("kind", ["card", "vehicle", "entry"])
def test_a_note_on_a_record_stands_there_and_with_its_client(kind: str, desk: Browser) -> None:
    client = make_active_client()
    card, _qr = make_card(client)
    record = {"card": card, "vehicle": make_vehicle(client), "entry": make_entry(card)}[kind]
    here = record.get_absolute_url()
    form = find(desk.get(here), "class", "note no-print")
    assert form is not None
    sent = {str(field.get("name")): field.get("value", "") for field in form.iter("input")}
    for _time in range(2):
        assert desk.post("/access/events/new/", sent | {"text": "Vitre fêlée"})["Location"] == f"{here}#told"
    assert "Vitre fêlée" in told(desk, record, "notes")
    assert "Vitre fêlée" not in told(desk, record, "passages")
    assert "Vitre fêlée" in said(desk.get(client.get_absolute_url()))
    assert [getattr(event, kind) for event in Event.objects.filter(said="note")] == [record]
    wrong = desk.post("/access/events/new/", sent | {"text": "Non", "client": make_client().reference})
    assert wrong.status_code == 422


def test_without_events_only_the_history_is_told(sign_in: SignIn) -> None:
    vehicle = make_vehicle(make_client())
    make_event(vehicle.client, vehicle=vehicle)
    reader = sign_in("access.view_vehicle")
    assert "Création" in told(reader, vehicle)
    assert "Une remarque" not in told(reader, vehicle)
    assert "Création" in told(sign_in("access.view_vehicle", "access.view_event"), vehicle, "changes")


def test_each_page_costs_the_same_with_much(desk: Browser, django_assert_max_num_queries: Any) -> None:
    client, zone = make_active_client(), make_zone()
    card, _qr = make_card(client, zones=[zone])
    vehicle = make_vehicle(client, "AB-123-CD")
    entry = make_entry(card, zone, vehicle=vehicle)
    for number in range(6):
        in_state("in_progress", client, vehicle=vehicle)
        make_event(client, "exit", card=card, vehicle=vehicle, entry=entry, zone=zone, text=str(number))
        make_card(client, zones=[zone])
    for record, most in ((vehicle, 15), (card, 10), (entry, 10)):
        desk.get(record.get_absolute_url())
        with django_assert_max_num_queries(most):
            desk.get(record.get_absolute_url())
