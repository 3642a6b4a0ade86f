"""The page of an intervention as a dossier: its state as a sentence, client and vehicle, one timeline with notes."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from access.models import Event
from interventions import services
from tests.access.factories import make_card, make_entry, make_vehicle
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention, make_technician, pay, slot
from tests.pages import find, links, said, text

pytestmark = pytest.mark.django_db
HERE = "/interventions/INT-001/"
VIEW = "interventions.view_intervention"


def told(browser: Browser, name: str = "") -> str:
    return text(find(browser.get(HERE, {"told": name}), "id", "told-list"))


def test_its_state_is_a_sentence(desk: Browser) -> None:
    job = make_intervention()
    assert "À planifier demandée aujourd’hui à" in said(desk.get(HERE))
    services.plan(job, technician=make_technician(first_name="Tess", last_name="Roux"), **slot(), by=None)
    assert "Planifiée pour" in said(desk.get(HERE))
    services.start(job, by=None)
    services.hold(job, reason="attend une pièce", by=None)
    page = said(desk.get(HERE)).replace("\xa0", " ")
    assert "En attente depuis" in page
    assert ", avec Tess Roux : attend une pièce." in page


def test_client_and_vehicle_are_seen_at_a_glance(desk: Browser) -> None:
    client = make_client(phone="+33612345678")
    vehicle = make_vehicle(client, "AB-123-CD")
    make_intervention(client, vehicle=vehicle)
    stay = make_entry(make_card(client)[0], vehicle=vehicle)
    page = desk.get(HERE)
    assert links(page)["AB-123-CD"] == vehicle.get_absolute_url()
    assert links(page)["Sur place"] == stay.get_absolute_url()
    assert "tel:+33612345678" in links(page).values()


def test_one_timeline_has_steps_payments_notes_and_changes(desk: Browser) -> None:
    job = in_state("done", make_client(), labor_amount=30)
    pay(job, "30")
    form = find(desk.get(HERE), "class", "note no-print")
    assert form is not None
    sent = {str(field.get("name")): field.get("value", "") for field in form.iter("input")}
    for _time in range(2):
        answer = desk.post(f"{HERE}note/", sent | {"text": "Rappelle avant midi"})
        assert answer.headers["Location"] == f"{HERE}#told"
    assert Event.objects.filter(kind="note").count() == 1
    everything = told(desk)
    assert all(words in everything for words in ("Rappelle avant midi", "30,00", "Travail terminé"))
    assert "Rappelle" in told(desk, "notes")
    assert "Rappelle" not in told(desk, "steps")
    assert "reçus" in told(desk, "payments")
    assert "Paiement partiel" in told(desk, "changes")
    assert "Rappelle" in said(desk.get(job.client.get_absolute_url()))


def test_who_sees_the_work_sees_its_steps_and_who_may_change_it_notes(sign_in: SignIn) -> None:
    job = make_intervention(technician=make_technician())
    make_intervention()
    reader = sign_in(VIEW)
    assert "Intervention créée" in told(reader)
    assert "Noter" not in said(reader.get(HERE))
    assert "/access/events/" not in reader.get(HERE).content.decode()
    assert reader.post(f"{HERE}note/", {"text": "Non"}).status_code == 403
    other = sign_in(VIEW, "interventions.change_own_intervention")
    assert other.post(f"{HERE}note/", {"text": "Non"}).status_code == 403
    assert sign_in("interventions.change_intervention").post(f"{HERE}note/", {"text": "Oui"}).status_code == 302
    assert [event.inputs for event in Event.objects.filter(kind="note")] == [{"intervention": job.number}]


def test_it_costs_the_same_with_much(desk: Browser, django_assert_max_num_queries: Any) -> None:
    client = make_client()
    vehicle = make_vehicle(client, "AB-123-CD")
    job = in_state("done", client, labor_amount=30, vehicle=vehicle)
    make_entry(make_card(client)[0], vehicle=vehicle, entered_at=timezone.now() - timedelta(hours=1))
    for number in range(12):
        services.add_note(job, f"Note {number}", by=None)
        pay(job, "1")
    desk.get(HERE)
    with django_assert_max_num_queries(8):
        desk.get(HERE)
