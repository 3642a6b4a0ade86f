"""The ten gestures of the desk, counted in clicks and fields, on a phone, and at a desk where the page differs."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, Route, expect

from access.models import AccessCard, Vehicle
from clients.models import Client
from fixaloop.imports.jobs import run_job
from fixaloop.models import ImportJob
from interventions.models import Intervention
from tests.access.factories import make_active_client, make_card, make_device, make_zone
from tests.browser.conftest import Open
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention, make_technician

SIZES = {"desk": (1440, 900), "phone": (390, 844)}
OUTLOOK = (
    "Titre;Prénom;Nom;Société;Adresse de courrier;Type de courrier;Tél. mobile;Rue (domicile);Ville (domicile);"
    "Code postal (domicile);Pays/Région (domicile)\n"
    "Mme;Léa;Durand;;lea@example.org;SMTP;06 39 98 12 34;3 rue X;Lyon;69002;France\n"
    ";Paul;Roy;;paul.example.org;SMTP;06 39 98 12 35;;Metz;57000;France\n"
    ";Zoé;Blanc;;zoe@example.org;SMTP;06 39;;Metz;57000;France\n"
)
BOTH = pytest.mark.parametrize("hand", SIZES, indirect=True)
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Hand:
    """What somebody does on a page: each click counts one, each field that is filled in one."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def click(self, target: Locator) -> None:
        self.count += 1
        target.click()

    def fill(self, target: Locator, text: str) -> None:
        self.count += 1
        target.fill(text)

    def type(self, text: str) -> None:
        """Type where the focus is already."""
        self.count += 1
        expect(self.page.locator("input:focus, textarea:focus")).to_be_visible()
        self.page.keyboard.type(text)

    def button(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name))

    def link(self, name: str) -> None:
        self.click(self.page.get_by_role("link", name=name).first)


@pytest.fixture
def hand(request: pytest.FixtureRequest, open_page: Open) -> Hand:
    """On a phone, where room is scarce; the tests of pages that are others at a desk ask for both."""
    width, height = SIZES[getattr(request, "param", "phone")]
    return Hand(open_page("Direction", width, height))


def test_a_job_for_an_unknown_client_and_car(hand: Hand) -> None:
    page = hand.page
    page.goto("/interventions/")
    hand.click(page.locator("[data-new]"))
    # What is typed goes along, and the first field that is still empty has the focus.
    hand.type("Marcel Dupond")
    hand.click(page.get_by_role("option", name="Créer le client « Marcel Dupond »"))
    hand.type("06 39 98 07 14")
    hand.fill(page.get_by_label("Objet"), "Portail bloqué")
    hand.fill(page.get_by_label("Véhicule"), "zz 999 zz")
    hand.fill(page.get_by_label("Marque et modèle"), "Renault Clio")
    hand.button("Créer l’intervention")
    expect(page.get_by_role("heading", level=1)).to_have_text("Portail bloqué")
    job = Intervention.objects.select_related("client", "vehicle").get()
    assert (job.client.name, job.client.phone_display) == ("Marcel Dupond", "06 39 98 07 14")
    assert job.vehicle is not None
    assert (job.vehicle.plate_display, job.vehicle.make, job.vehicle.model) == ("ZZ-999-ZZ", "Renault", "Clio")
    assert hand.count <= 8


def test_finishing_taking_the_payment_closing_and_printing(hand: Hand) -> None:
    """The sheet says what will be taken while the amounts are typed."""
    in_state("in_progress")
    page = hand.page
    page.add_init_script("window.print = () => (document.title = 'printed')")
    page.goto("/interventions/INT-001/")
    hand.link("Terminer et encaisser")
    hand.fill(page.get_by_label("Compte rendu"), "Serrure changée.")
    hand.fill(page.get_by_label("Main-d’œuvre"), "80,50")
    hand.button("Terminer et encaisser 80,50 €")
    page.wait_for_url("**/INT-001/sheet/?print=now")
    expect(page).to_have_title("printed")
    job = Intervention.objects.get()
    assert (job.state, job.paid_amount == job.amount_due) == ("closed", True)
    assert hand.count <= 4


@BOTH
def test_half_a_phone_number_and_enter_lead_to_the_client(hand: Hand) -> None:
    make_client(last_name="Curie", phone="+33612345678")
    make_client(last_name="Zola", phone="+33698765432")
    page = hand.page
    page.goto("/")
    hand.click(page.get_by_role("link", name="Rechercher").locator("visible=true"))
    hand.type("06 12 34")
    expect(page.locator("dialog [role=option]").first).to_contain_text("Curie")
    page.keyboard.press("Enter")
    page.wait_for_url("**/clients/CLT-001/")
    assert hand.count == 2


def test_the_file_of_outlook_with_two_rows_to_mend(open_page: Open, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    path = tmp_path / "contacts.csv"
    path.write_text(OUTLOOK, encoding="utf-8")
    page = open_page("Direction", *SIZES["phone"], clock=True)
    hand = Hand(page)

    def run() -> None:
        expect(page.locator("main")).to_contain_text("En attente de son tour")
        run_job.call(ImportJob.objects.get().pk)
        page.clock.fast_forward(2_000)

    page.goto("/imports/")
    hand.link("Importer un fichier")
    hand.count += 1
    page.locator("#id_file").set_input_files(path)
    hand.button("Envoyer et lire")
    hand.button("Simuler")
    run()
    hand.fill(page.locator(".remarks input").nth(0), "paul@example.org")
    hand.fill(page.locator(".remarks input").nth(1), "06 39 98 12 36")
    hand.button("Corriger et simuler de nouveau")
    run()
    hand.button("Importer")
    run()
    expect(page.locator("main")).to_contain_text("Import enregistré")
    assert sorted(client.email for client in Client.objects.all()) == [
        "lea@example.org",
        "paul@example.org",
        "zoe@example.org",
    ]
    assert hand.count <= 8


@BOTH
def test_a_file_of_what_is_filtered(hand: Hand, tmp_path: Path) -> None:
    """The filter is typed and not sent: the file follows it all the same."""
    make_client(company_name="Garage du Port")
    make_client(last_name="Zola")
    page = hand.page
    page.goto("/clients/")
    hand.fill(page.get_by_role("searchbox"), "zola")
    with page.expect_download() as download:
        hand.link("Exporter")
    download.value.save_as(tmp_path / "clients.xlsx")
    sheet = load_workbook(tmp_path / "clients.xlsx").worksheets[0]
    assert [row[3].value for row in sheet.iter_rows(min_row=2)] == ["Zola"]
    assert hand.count == 2


def test_a_refusal_at_the_gate_is_lifted_and_its_holder_comes_in(hand: Hand) -> None:
    today = timezone.localdate()
    make_device(make_zone("Parking"), "both", name="Guichet", at_counter=True)
    make_card(
        make_active_client(first_name="Marie", last_name="Curie"),
        username="marie",
        valid_from=today - timedelta(days=40),
        valid_until=today - timedelta(days=2),
    )
    page = hand.page
    page.goto("/access/control/")
    hand.type("marie")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("Entrée refusée")
    hand.click(page.locator(".fix button").first)
    expect(page.locator(".answer")).to_contain_text("Entrée autorisée")
    hand.button("Faire entrer")
    expect(page.locator("#passages")).to_contain_text("Marie Curie")
    assert hand.count == 3


def test_an_unknown_plate_becomes_the_vehicle_of_a_client(hand: Hand) -> None:
    make_device(make_zone("Parking"), "both", name="Guichet", at_counter=True)
    make_active_client(first_name="Marie", last_name="Curie")
    page = hand.page
    page.goto("/access/control/")
    hand.type("zz 999 zz")
    page.keyboard.press("Enter")
    hand.link("Enregistrer ce véhicule")
    hand.type("curie")
    expect(page.get_by_role("option", name="Marie Curie")).to_be_visible()
    page.keyboard.press("Enter")
    hand.button("Enregistrer")
    expect(page.get_by_role("heading", level=1)).to_contain_text("ZZ-999-ZZ")
    assert Vehicle.objects.get().client.last_name == "Curie"
    assert hand.count == 4


def hold_back(page: Page, script: str) -> list[Route]:
    """The requests for a script, which come once they are let go on."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(f"**/{script}*.js", hold)
    return held


@pytest.mark.parametrize("late", ["htmx", "picker"])
def test_what_is_typed_before_a_script_has_come_finds_all_the_same(open_page: Open, late: str) -> None:
    make_client(first_name="Marie", last_name="Curie")
    page = open_page()
    held = hold_back(page, late)
    page.goto("/interventions/new/", wait_until="commit")
    field = page.locator("#id_client")
    expect(field).to_be_focused()
    page.keyboard.type("curie")
    hits = page.locator(".picker__hits [role=option]")
    if late == "picker":
        expect(hits.first).to_be_attached()
    expect(hits.locator("visible=true")).to_have_count(0)
    [script] = held
    script.continue_()
    expect(page.get_by_role("option", name="Marie Curie")).to_be_visible()
    page.keyboard.press("Enter")
    expect(field).to_have_value("CLT-001")


@pytest.mark.parametrize("pressed", ["before", "after"])
def test_enter_opens_the_first_hit_whenever_the_script_comes(open_page: Open, pressed: str) -> None:
    make_client(last_name="Curie", phone="+33612345678")
    page = open_page()
    held = hold_back(page, "palette")
    page.goto("/clients/")
    page.get_by_role("link", name="Rechercher").locator("visible=true").click()
    page.keyboard.type("06 12 34")
    expect(page.locator("dialog [role=option]").first).to_contain_text("Curie")
    if pressed == "before":
        page.keyboard.press("Enter")
    held[0].continue_()
    if pressed == "after":
        expect(page.locator("dialog [aria-selected=true]")).to_contain_text("Curie")
        page.keyboard.press("Enter")
    page.wait_for_url("**/clients/CLT-001/")


def test_what_a_client_owes_is_taken_on_the_client_s_page(hand: Hand) -> None:
    job = in_state("done", labor_amount=80)
    page = hand.page
    page.goto("/clients/CLT-001/")
    hand.link("Encaisser")
    hand.click(page.locator(".take").get_by_role("button", name="Encaisser"))
    expect(page.locator("main")).to_contain_text("tout est réglé")
    job.refresh_from_db()
    assert job.paid_amount == 80
    assert hand.count == 2


@BOTH
def test_a_job_that_waits_is_placed_and_taken_back(hand: Hand) -> None:
    make_technician(first_name="Tess", last_name="Wagner")
    make_intervention(title="Sans place", estimated=timedelta(hours=1))
    page = hand.page
    page.goto("/interventions/planning/")
    hand.link("Placer")
    hand.count += 1
    page.get_by_label("Technicien").select_option(label="Tess Wagner")
    start = timezone.localtime() + timedelta(days=1)
    hand.fill(page.get_by_label("Début prévu"), f"{start:%Y-%m-%dT%H:%M}")
    hand.button("Enregistrer le créneau")
    expect(page.locator("aside li")).to_have_count(0)
    assert hand.count == 4
    hand.button("Annuler")
    expect(page.locator("aside li")).to_have_count(1)
    assert Intervention.objects.get().state == "to_plan"


@BOTH
def test_all_cards_of_a_list_are_extended(hand: Hand) -> None:
    for _number in range(3):
        make_card()
    page = hand.page
    page.goto("/access/cards/")
    hand.click(page.get_by_label("Toute la liste"))
    hand.button("Prolonger")
    hand.fill(page.get_by_label("Ou de combien de mois"), "6")
    page.keyboard.press("Enter")
    hand.button("Confirmer pour 3 lignes")
    expect(page.get_by_text("C’est fait")).to_be_visible()
    assert AccessCard.objects.filter(version=2).count() == 3
    assert hand.count == 4
