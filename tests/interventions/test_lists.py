"""The list of interventions and the tab of a client: each filter, the search, the export."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Client
from clients.services import update_client
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention, make_technician, pay
from tests.pages import records, said


def numbers(browser: Browser, query: str, address: str = "/interventions/") -> list[int]:
    response = browser.get(f"{address}?{query}")
    assert response.context["list"].errors == []
    return [row.number for row in response.context["list"].pager.page.rows]


@pytest.fixture
def work(db: None) -> None:
    """1 late and unpaid, 2 tomorrow, 3 closed and paid, 4 cancelled, 5 of another client and nobody."""
    now = timezone.now()
    tess = make_technician(username="tess", first_name="Tess", last_name="Wagner")
    lupin, zola = make_client(company_name="Serrurerie Lupin"), make_client(first_name="Émile", last_name="Zola")
    in_state("in_progress", lupin, technician=tess, labor_amount=50, title="Portail bloqué",
             planned_start=now - timedelta(days=2), planned_end=now - timedelta(days=1))  # fmt: skip
    in_state("planned", lupin, technician=tess, planned_start=now + timedelta(days=1),
             planned_end=now + timedelta(days=1, hours=1), equipment_brand="Kärcher")  # fmt: skip
    in_state("closed", zola, labor_amount=70, technician=None, equipment_serial="XK-77")
    in_state("cancelled", zola)
    make_intervention(zola)


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [5, 4, 3, 2, 1]),
        ("sort=reference", [1, 2, 3, 4, 5]),
        ("sort=planned&state=open", [1, 2, 5]),
        ("state=open", [5, 2, 1]),
        ("state=closed", [3]),
        ("technician=none", [5, 4, 3]),
        ("client=CLT-001", [2, 1]),
        ("late=true", [1]),
        ("unpaid=true", [1]),
        ("q=lupin+portail", [1]),
        ("q=karcher", [2]),
        ("q=xk-77", [3]),
        ("q=INT-004", [4]),
        ("q=zol", [5, 4, 3]),
        ("q=zo+xx", []),
        ("q=em", [5, 4, 3]),
    ],
)
def test_it_finds(query: str, found: list[int], desk: Browser) -> None:
    assert numbers(desk, query) == found


@pytest.mark.usefixtures("work")
def test_it_finds_by_planned_day_the_first_ones_first(desk: Browser) -> None:
    today = timezone.localdate()
    assert numbers(desk, f"planned_after={today - timedelta(days=2)}") == [1, 2]
    assert numbers(desk, f"planned_before={today - timedelta(days=2)}") == [1]
    assert numbers(desk, f"planned_after={today:%d/%m/%Y}&planned_before={today + timedelta(days=1)}") == [2]
    assert numbers(desk, f"planned_after={today + timedelta(days=2)}") == []


@pytest.mark.usefixtures("work")
def test_mine_are_those_of_whoever_asks(desk: Browser, sign_in: SignIn) -> None:
    tess = Browser()
    tess.force_login(User.objects.get(username="tess"))
    assert numbers(tess, "technician=me") == [2, 1]
    assert numbers(desk, "technician=me") == []
    assert "Les miennes" in said(tess.get("/interventions/"))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("state=nonsense", "État"),
        ("technician=12345", "Technicien"),
        ("client=CLT-999", "Aucun client ne répond"),
        ("planned_after=2026-02-31", "n’existe pas dans le calendrier"),
        ("planned_before=demain", "n’est pas une date : écrivez par exemple 21/11/2026."),
        ("planned_before=21/11/2026+14:30", "écrivez le jour seul, par exemple 21/11/2026."),
        ("late=perhaps", "Retard"),
        ("unpaid=1", "Paiement"),
    ],
)
def test_a_filter_that_makes_no_sense_says_so(query: str, sentence: str, desk: Browser) -> None:
    make_intervention()
    response = desk.get(f"/interventions/?{query}")
    assert response.status_code == 200
    assert sentence in said(response)
    assert response.context["list"].pager.page.rows == []


@pytest.mark.usefixtures("work")
def test_a_client_s_tab_holds_its_own_alone(desk: Browser) -> None:
    assert numbers(desk, "", "/clients/CLT-001/interventions/") == [2, 1]
    assert numbers(desk, "state=open", "/clients/CLT-002/interventions/") == [5]
    assert len(records(desk.get("/clients/CLT-002/interventions/export/"))) == 3


def test_it_is_found_by_the_new_name_of_its_client(desk: Browser) -> None:
    make_intervention(make_client(company_name="Serrurerie Lupin"))
    client = Client.objects.get()
    client.company_name = "Serrurerie Holmes"
    update_client(client, by=None)
    assert numbers(desk, "q=holmes") == [1]
    assert numbers(desk, "q=lupin") == []


def test_it_exports_what_is_shown(desk: Browser) -> None:
    start = datetime(2026, 11, 16, 8, tzinfo=UTC)
    job = in_state(
        "done", parts_amount=Decimal("12.50"), labor_amount=30, title="=1+1", started_at=start, finished_at=start
    )
    pay(job, "2.50")
    [line] = records(desk.get("/interventions/export/?state=done"))
    shown: dict[str, Any] = {
        "Identifiant": "INT-001", "Client": "CLT-001", "Nom du client": "Serrurerie Lupin", "Objet": "=1+1",
        "Lieu": "Atelier", "État": "Terminée", "Pièces": 12.5, "Montant dû": 42.5, "Payé": 2.5, "Reste dû": 40,
        "Début réel": datetime(2026, 11, 16, 9), "En retard": "non",  # noqa: DTZ001
    }  # fmt: skip
    assert {header: line[header] for header in shown} == shown


def test_a_file_without_the_right_to_see_money_has_none(sign_in: SignIn) -> None:
    make_intervention(labor_amount=30)
    browser = sign_in("interventions.view_intervention", "interventions.export_intervention")
    [line] = records(browser.get("/interventions/export/"))
    assert "Main-d’œuvre" not in line
    assert "Reste dû" not in line


def test_it_shows_the_proportions_of_states(desk: Browser) -> None:
    client = make_client()
    for state in ("to_plan", "planned", "planned", "done", "cancelled"):
        in_state(state, client)
    total, progress, opened = desk.get("/interventions/").context["list"].figures()
    assert total.value == "5"
    assert [(part.label, part.count) for part in progress.parts] == [("ouvertes", 3), ("terminée", 1), ("annulée", 1)]
    assert [part.count for part in opened.parts] == [1, 2, 0, 0]


def test_the_client_s_page_counts_and_sums(desk: Browser) -> None:
    client = make_client()
    in_state("done", client, labor_amount=30)
    in_state("closed", client, labor_amount=12)
    in_state("cancelled", client, labor_amount=99)
    page = said(desk.get("/clients/CLT-001/"))
    for shown in ("Terminée 1", "Clôturée 1", "Annulée 1", "Facturé 42,00 €", "Payé 12,00 €", "Reste dû 30,00 €"):
        assert shown in page
