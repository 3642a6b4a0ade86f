"""The first page of a client as a dossier: what is under way, what is owed, who is inside, what happened."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from access import services as access
from access.models import Event
from interventions.models import Intervention
from tests.access.factories import make_active_client, make_card, make_entry, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention, pay
from tests.pages import find, links, said, text, values

pytestmark = pytest.mark.django_db
HERE = "/clients/CLT-001/"


def test_its_status_is_a_sentence_that_leads_to_its_reason(desk: Browser) -> None:
    in_state("in_progress", make_client())
    page = desk.get(HERE)
    assert "Actif l’intervention INT-001 est en cours." in said(page)
    assert links(page)["l’intervention INT-001 est en cours"] == "/interventions/INT-001/"


def test_an_open_job_offers_its_next_step_and_comes_back(desk: Browser) -> None:
    make_intervention(make_client())
    page = desk.get(HERE)
    assert links(page)["Planifier"] == f"/interventions/INT-001/transition/?to=planned&next={HERE}"
    sent = {"to": "in_progress", "next": HERE}
    assert desk.post("/interventions/INT-001/transition/", sent).headers["Location"] == HERE
    assert "En cours depuis le" in said(desk.get(HERE))


def test_what_is_owed_is_taken_with_the_amount_and_the_last_method_filled_in(desk: Browser) -> None:
    client = make_client()
    in_state("done", client, labor_amount=30)
    in_state("done", client, labor_amount=12)
    assert "Reste à payer 42,00 €" in said(desk.get(HERE))
    pay = f"/interventions/INT-001/payments/?next={HERE}"
    form = desk.get(pay)
    assert (values(form)["amount"], values(form)["method"]) == ("30,00", "card")
    wrong = values(form) | {"amount": "trente", "method": "cheque", "next": HERE}
    refused = desk.post(pay, wrong)
    assert refused.status_code == 422
    assert values(refused)["amount"] == "trente"
    assert desk.post(pay, wrong | {"amount": "30"}).headers["Location"] == HERE
    assert Intervention.objects.get(number=1).balance == 0
    assert values(desk.get("/interventions/INT-002/payments/"))["method"] == "cheque"


def test_access_says_who_is_inside_and_what_repairs_a_card(desk: Browser) -> None:
    client = make_active_client()
    card, _qr = make_card(client, username="vieille", valid_until=timezone.localdate() - timedelta(days=1))
    entry = make_entry(card)
    make_vehicle(client, plate="AB-123-CD")
    found = links(desk.get(client.get_absolute_url()))
    assert found["Faire sortir"] == f"{entry.get_absolute_url()}exit/"
    assert found["Prolonger"] == f"{card.get_absolute_url()}#extend"
    assert "AB-123-CD" in found


def test_a_note_is_posted_from_the_timeline_which_filters(desk: Browser) -> None:
    make_intervention(make_client())
    form = find(desk.get(HERE), "class", "note no-print")
    assert form is not None
    sent = {str(field.get("name")): field.get("value", "") for field in form.iter("input")}
    for _time in range(2):
        answer = desk.post("/access/events/new/", sent | {"text": "Rappelle avant midi"})
        assert answer.headers["Location"] == f"{HERE}#told"
    assert Event.objects.filter(kind="note").count() == 1
    told = {name: text(find(desk.get(HERE, {"told": name}), "id", "told-list")) for name in ("notes", "jobs")}
    assert "Rappelle avant midi" in told["notes"]
    assert "Rappelle" not in told["jobs"]
    assert "Intervention" in told["jobs"]


def test_what_is_to_be_given_back_is_told_where_nothing_is_owed(desk: Browser) -> None:
    client = make_client()
    job = in_state("done", client, labor_amount=30)
    pay(job, "50")
    page = said(desk.get(HERE))
    assert "À rendre 20,00 €" in page
    assert "tout est réglé" not in page


def test_each_part_takes_its_right(sign_in: SignIn) -> None:
    client = make_active_client()
    make_entry(make_card(client)[0])
    in_state("done", client, labor_amount=30)
    access.add_note(client, "Rappelle", by=None)
    page = said(sign_in("clients.view_client").get(client.get_absolute_url()))
    for part in ("Reste à payer", "Interventions ouvertes", "Accès", "Tout ce qui s’est passé", "Rappelle"):
        assert part not in page


def test_it_costs_the_same_with_many(desk: Browser, django_assert_max_num_queries: Any) -> None:
    client = make_active_client()
    zone = make_zone()
    for number in range(4):
        make_card(client, zones=[zone])
        make_vehicle(client, plate=f"AB-10{number}-CD")
        in_state("done", client, labor_amount=30)
        in_state("in_progress", client)
        make_entry(make_card(client)[0], zone, amount_due=5)
    desk.get(client.get_absolute_url())
    with django_assert_max_num_queries(14):
        desk.get(client.get_absolute_url())
