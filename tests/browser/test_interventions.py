"""The whole life of one intervention as people live it, and the planning moved by hand."""

import re
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, Position, expect

from interventions import services
from interventions.models import Intervention
from tests.browser.conftest import Open
from tests.browser.readable import complaints_of
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention, make_technician, pay

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Groupement de coopération social et médico-social Apajh Côtes d’Armor et Finistère"
PAGES = {
    "list": "/interventions/",
    "new": "/interventions/new/",
    "detail": "/interventions/INT-001/",
    "edit": "/interventions/INT-001/edit/",
    "slot": "/interventions/INT-001/slot/",
    "transition": "/interventions/INT-001/transition/?to=done",
    "sheet": "/interventions/INT-001/sheet/",
    "delete": "/interventions/INT-002/delete/",
    "planning": "/interventions/planning/",
    "planning-day": "/interventions/planning/day/",
    "planning-month": "/interventions/planning/month/",
    "tab": "/clients/CLT-001/interventions/",
    "client": "/clients/CLT-001/",
    "dashboard": "/",
}


def status_on_the_list(page: Page) -> str:
    page.goto("/clients/")
    return page.locator("tbody tr .cell-status").first.inner_text()


def expect_state(page: Page, name: str) -> None:
    expect(page.locator(".page-head .chip").first).to_have_text(name)


def pick(page: Page, label: str, moment: datetime) -> None:
    page.get_by_label(label).fill(f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}")


def test_it_lives_from_the_call_to_the_closing(open_page: Open) -> None:
    make_technician(first_name="Tess", last_name="Wagner")
    page = open_page()
    call(page)
    plan_and_wait(page)
    finish_and_close(page)
    assert "Actif" in status_on_the_list(page)


def call(page: Page) -> None:
    page.goto("/interventions/")
    page.keyboard.press("n")
    # The client is not known yet: created in place.
    page.locator("#id_client").press_sequentially("Émile Zola")
    page.get_by_role("option", name="Créer le client").click()
    page.get_by_label("Objet").fill("Portail bloqué")
    page.get_by_role("button", name="Créer l’intervention").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Portail bloqué")
    assert "INT-001 à planifier" in status_on_the_list(page)


def plan_and_wait(page: Page) -> None:
    page.goto("/interventions/INT-001/")
    page.get_by_role("link", name="Planifier").click()
    page.get_by_label("Technicien").select_option(label="Tess Wagner")
    start = timezone.now() + timedelta(days=1)
    pick(page, "Début prévu", start)
    pick(page, "Fin prévue", start - timedelta(hours=1))
    page.get_by_role("button", name="Planifier").click()
    expect(page.locator(".field__error")).to_contain_text("après le début")
    pick(page, "Fin prévue", start + timedelta(hours=1))
    page.get_by_role("button", name="Planifier").click()
    expect_state(page, "Planifiée")
    assert "INT-001 planifiée" in status_on_the_list(page)

    page.goto("/interventions/INT-001/")
    page.get_by_role("button", name="Démarrer").click()
    expect_state(page, "En cours")
    page.get_by_role("link", name="Mettre en attente").click()
    page.get_by_label("Motif").fill("pièces commandées")
    page.get_by_role("button", name="Mettre en attente").click()
    expect(page.locator(".page-head", has_text="pièces commandées").first).to_be_visible()
    assert "INT-001 en attente" in status_on_the_list(page)


def finish_and_close(page: Page) -> None:
    page.goto("/interventions/INT-001/edit/")
    page.get_by_label("Main-d’œuvre").fill("1 060,50")
    page.get_by_role("button", name="Enregistrer", exact=True).last.click()
    page.get_by_role("button", name="Reprendre").click()
    expect_state(page, "En cours")
    page.get_by_role("link", name="Terminer et encaisser").click()
    page.get_by_label("Compte rendu").fill("Crémaillère réalignée.")
    page.get_by_label("Imprimer le bon").uncheck()
    page.get_by_role("button", name="Terminer sans encaisser").click()
    expect_state(page, "Terminée")
    assert "90 jours après INT-001" in status_on_the_list(page)

    page.goto("/interventions/INT-001/")
    page.get_by_role("link", name="Clôturer").click()
    page.get_by_role("button", name="Clôturer").click()
    expect(page.get_by_role("alert")).to_contain_text("à payer")
    page.goto("/interventions/INT-001/")
    page.get_by_text("Enregistrer un paiement").click()
    expect(page.get_by_label("Montant (€)")).to_have_value("1060,50")
    page.get_by_role("button", name="Enregistrer le paiement").click()
    expect(page.locator(".payments li")).to_have_count(1)
    page.get_by_role("link", name="Clôturer").click()
    expect(page.locator("main")).to_contain_text("payé : 1 060,50")
    page.get_by_role("button", name="Clôturer").click()
    expect_state(page, "Clôturée")
    expect(page.locator(".moves")).to_have_count(0)


def test_the_client_picker_says_whom_it_names(open_page: Open) -> None:
    make_client(first_name="Zoé", last_name="Élan", city="Metz")
    page = open_page()
    page.goto("/interventions/new/")
    field = page.locator("#id_client")
    expect(field).to_be_focused()
    field.press_sequentially("zoe")
    expect(page.get_by_role("option", name="Zoé Élan")).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(field).to_have_value("CLT-001")
    expect(page.locator("[data-picked]")).to_have_text("Zoé Élan · Metz")
    field.fill("CLT-00")
    expect(page.locator("[data-picked]")).to_be_hidden()
    field.fill("CLT-001")
    expect(page.locator("[data-picked]")).to_have_text("Zoé Élan · Metz")


def test_a_name_that_nobody_has_may_be_created_after_a_refusal_and_back_creates_nothing_twice(open_page: Open) -> None:
    page = open_page()
    page.goto("/interventions/new/")
    page.locator("#id_client").fill("Marcel Dupond")
    page.get_by_label("Objet").fill("Portail bloqué")
    page.get_by_role("button", name="Créer l’intervention").click()
    expect(page.locator("#id_client")).to_be_focused()
    page.get_by_role("option", name="Créer le client « Marcel Dupond »").click()
    page.get_by_role("button", name="Créer l’intervention").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Portail bloqué")
    page.go_back()
    expect(page.get_by_label("Objet")).to_have_value("Portail bloqué")
    page.get_by_role("button", name="Créer l’intervention").click()
    expect(page).to_have_url(re.compile("/interventions/INT-001/$"))
    assert Intervention.objects.count() == 1


def hour(cell: Locator, at: float, held: int = 3) -> Position:
    """Where an hour stands in a cell that shows 8 to 18, for a job that is held so many pixels below its top."""
    box = cell.bounding_box()
    assert box is not None
    return {"x": box["width"] / 2, "y": box["height"] * (at - 8) / 10 + held}


def test_it_is_dropped_at_an_hour_and_taken_back(open_page: Open) -> None:
    tess = make_technician(first_name="Tess", last_name="Wagner")
    monday = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0)
    monday -= timedelta(days=monday.weekday())
    in_state("planned", technician=tess, planned_start=monday, planned_end=monday + timedelta(hours=2))
    make_intervention(title="Sans place", estimated=timedelta(minutes=90))
    page = open_page(width=1500)
    page.goto(f"/interventions/planning/?week={monday:%G-W%V}")
    page.evaluate("window.stayed = true")
    thursday = monday + timedelta(days=3)
    cell = page.locator(f'td[data-day="{thursday:%Y-%m-%d}"][data-technician="{tess.pk}"]')
    card = page.locator(".slot", has_text="Réparer la porte")
    card.drag_to(cell, source_position={"x": 30, "y": 3}, target_position=hour(cell, 10.25))
    expect(cell.locator(".slot")).to_contain_text("10 h 15–12 h 15")
    expect(page.locator(f"#d{thursday:%Y-%m-%d}")).to_contain_text("2 h / 16 h")
    page.locator("aside li").drag_to(cell, target_position=hour(cell, 11, held=0))
    expect(cell.locator(".slot").nth(1)).to_contain_text("11 h–12 h 30")
    expect(page.locator("aside li")).to_have_count(0)
    expect(cell.locator(".slot__said", has_text="Chevauche")).to_have_count(2)
    expect(page.locator(".notice[data-tone=warn]")).to_contain_text("a déjà un créneau")
    states = Intervention.objects.order_by("number").values_list("state", "planned_start")
    assert list(states) == [
        ("planned", thursday.replace(hour=10, minute=15)),
        ("planned", thursday.replace(hour=11)),
    ]
    page.get_by_role("button", name="Annuler").click()
    expect(page.locator("aside li")).to_have_count(1)
    expect(cell.locator(".slot")).to_have_count(1)
    assert page.evaluate("window.stayed")
    assert Intervention.objects.get(number=2).state == "to_plan"


def test_what_somebody_else_moved_meanwhile_is_not_dropped(open_page: Open) -> None:
    tess = make_technician(first_name="Tess", last_name="Wagner")
    monday = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0)
    monday -= timedelta(days=monday.weekday())
    job = in_state("planned", technician=tess, planned_start=monday, planned_end=monday + timedelta(hours=2))
    page = open_page(width=1500)
    page.goto(f"/interventions/planning/day/?day={monday:%Y-%m-%d}")
    tuesday = monday + timedelta(days=1)
    services.schedule(job, technician=tess, planned_start=tuesday, planned_end=tuesday + timedelta(hours=1), by=None)
    cell = page.locator(f'td[data-technician="{tess.pk}"]')
    page.locator(".slot").drag_to(cell, source_position={"x": 5, "y": 20}, target_position={"x": 500, "y": 20})
    expect(page.locator("[data-toast]")).to_contain_text("Rien n’est enregistré")
    expect(page.locator(".slot")).to_have_count(0)
    job.refresh_from_db()
    assert job.planned_start == tuesday


def test_one_of_several_days_is_moved_by_any_of_its_days(open_page: Open) -> None:
    tess = make_technician(first_name="Tess", last_name="Wagner")
    monday = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0)
    monday -= timedelta(days=monday.weekday())
    in_state("planned", technician=tess, planned_start=monday, planned_end=monday + timedelta(days=1, hours=2))
    page = open_page(width=1500)
    page.goto(f"/interventions/planning/?week={monday:%G-W%V}")

    def cell(days: int) -> Locator:
        return page.locator(f'[data-technician="{tess.pk}"][data-day="{monday + timedelta(days=days):%Y-%m-%d}"]')

    second = cell(1).locator(".slot")
    second.drag_to(cell(1), source_position={"x": 30, "y": 3}, target_position=hour(cell(1), 9))
    second.drag_to(cell(2), source_position={"x": 30, "y": 3}, target_position=hour(cell(2), 8))
    expect(cell(2).locator(".slot")).to_contain_text("8 h–10 h")
    expect(cell(1).locator(".slot")).to_contain_text("8 h–10 h")
    job = Intervention.objects.get()
    assert (job.planned_start, job.version) == (monday + timedelta(days=1, hours=-1), 2)


def test_it_is_moved_without_script(open_page: Open) -> None:
    make_technician(first_name="Tess", last_name="Wagner")
    make_intervention(title="Sans place")
    page = open_page(script=False)
    page.goto(f"/interventions/planning/?week={timezone.localtime():%G-W%V}")
    page.get_by_role("link", name="Placer").click()
    page.get_by_label("Technicien").select_option(label="Tess Wagner")
    start = timezone.now()
    pick(page, "Début prévu", start)
    pick(page, "Fin prévue", start + timedelta(hours=1))
    page.get_by_role("button", name="Enregistrer le créneau").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Planning")
    expect(page.locator("td .slot").first).to_contain_text("Sans place")


@pytest.fixture
def known(transactional_db: None) -> None:
    client, tess = make_client(company_name=LONG), make_technician(first_name="Tess", last_name="Wagner")
    now = timezone.now()
    slot = {"planned_start": now - timedelta(hours=3), "planned_end": now - timedelta(hours=1)}
    job = in_state("in_progress", client, technician=tess, labor_amount=1234, title="Intervention " * 12, **slot)
    pay(job, "12.50")
    make_intervention(client, title="Sans place")
    in_state("on_hold", client, technician=tess, **slot)


@pytest.mark.usefixtures("known")
def test_everybody_can_read_it(open_page: Open) -> None:
    assert complaints_of(open_page(), PAGES) == {}
