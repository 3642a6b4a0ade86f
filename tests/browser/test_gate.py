"""A day at the counter, in a real browser: issue, scan, refuse, repair, enter, pay, leave, evacuate."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from access.models import Entry, Event, RollCallLine, Zone
from tests.access.factories import make_active_client, make_card, make_device, make_entry, make_zone
from tests.browser.conftest import Open
from tests.browser.readable import complaints
from tests.factories import make_client

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TABLET = {"width": 820, "height": 1180}


@pytest.fixture
def zone(db: None) -> Zone:
    zone = make_zone("Parking P1", capacity=20)
    make_device(zone, "both", name="Guichet", at_counter=True)
    return zone


def scan(page: Page, value: str) -> None:
    """What a scanner does: keys faster than anybody types, wherever the focus is, then Enter."""
    page.keyboard.type(value)
    page.keyboard.press("Enter")
    expect(page.locator("#id_value")).to_have_value("")


def let_settle(page: Page) -> None:
    """Wait until the answer is in place, then past the moment during which a scanner's second Enter is ignored."""
    page.wait_for_function(
        "() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')"
    )
    page.clock.fast_forward(1_000)


def test_it_gets_through_a_day(open_page: Open, zone: Zone) -> None:
    client = make_client(first_name="Marie", last_name="Curie", email="marie@example.org", phone="+33639981234")
    page = open_page(**TABLET, clock=True)
    page.goto(f"/access/cards/new/?client={client.reference}")
    page.get_by_label("Nom d’utilisateur").fill("marie.curie")
    page.get_by_role("button", name="Émettre la carte").click()
    qr = page.locator("#qr-value").inner_text()

    page.goto("/access/control/")
    scan(page, qr)
    expect(page.locator(".answer")).to_have_attribute("data-tone", "stop")
    expect(page.locator(".answer")).to_contain_text("Entrée refusée")
    expect(page.locator(".answer__reason")).to_contain_text("Le client est inactif (aucune intervention).")
    assert qr not in page.content()

    page.get_by_role("button", name="Forcer actif jusqu’à ce soir").click()
    expect(page.locator(".answer")).to_contain_text("Entrée autorisée")
    let_settle(page)
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("Entrée enregistrée")
    expect(page.locator(".answer")).to_contain_text("Marie Curie")
    expect(page.get_by_text("1 présent, 19 places libres")).to_be_visible()

    page.get_by_role("link", name="Voir l’entrée").click()
    page.get_by_text("Changer le montant dû").click()
    page.get_by_label("Montant dû").fill("12,50")
    page.get_by_role("button", name="Enregistrer le montant").click()
    page.get_by_role("button", name="Enregistrer le paiement").click()
    expect(page.locator("main")).to_contain_text("Payée")

    page.goto("/access/occupancy/")
    expect(page.locator(".people")).to_contain_text("Marie Curie")
    page.get_by_role("link", name="Liste d’évacuation").click()
    expect(page.locator("table.evacuation")).to_contain_text("06 39 98 12 34")

    page.goto("/access/control/")
    scan(page, qr)
    expect(page.locator(".answer")).to_contain_text("Déjà sur place")
    page.get_by_role("button", name="Faire sortir").click()
    expect(page.locator(".answer")).to_contain_text("Sortie enregistrée")
    assert Entry.objects.get().exited_at is not None
    assert list(Event.objects.filter(kind__in=("entry", "exit", "payment")).order_by("pk").values_list("kind")) == [
        ("entry",),
        ("payment",),
        ("exit",),
    ]
    page.goto("/access/occupancy/evacuation/")
    expect(page.get_by_role("heading", name="Il n’y a personne sur place")).to_be_visible()


def test_marks_of_a_roll_call_reach_the_others_and_outlive_a_lost_network(open_page: Open, zone: Zone) -> None:
    for name in ("Curie", "Pasteur"):
        make_entry(make_card(make_active_client(first_name="Louis", last_name=name))[0], zone)
    phone = open_page(group="Gardien", width=390, height=844, clock=True)
    other = open_page(group="Technicien", clock=True)
    other.goto("/access/occupancy/evacuation/")
    phone.goto("/access/occupancy/evacuation/")
    phone.get_by_role("button", name="Commencer l’appel").click()
    with phone.expect_response("**/mark/"):
        phone.get_by_role("button", name="Louis Curie est en sécurité").click()
    # The page of the other one, opened before, learns of the roll call and of the mark by itself.
    other.clock.fast_forward(11_000)
    expect(other.locator("tr[data-safe]")).to_contain_text("Louis Curie")
    expect(other.get_by_text("1 à retrouver")).to_be_visible()

    phone.route("**/mark/", lambda route: route.fulfill(status=429))
    phone.get_by_role("button", name="Louis Pasteur est en sécurité").click()
    expect(phone.get_by_text("vos pointages sont gardés sur cet appareil")).to_be_visible()
    phone.reload()
    expect(phone.locator("tr[data-waiting]")).to_contain_text("Louis Pasteur")
    assert RollCallLine.objects.filter(safe_at__isnull=False).count() == 1
    phone.unroute("**/mark/")
    phone.clock.fast_forward(3_000)
    expect(phone.get_by_text("vos pointages sont gardés sur cet appareil")).to_be_hidden()
    other.clock.fast_forward(11_000)
    expect(other.get_by_text("0 à retrouver")).to_be_visible()
    assert complaints(phone, around=False) == []


def test_it_is_ready_for_the_next_card_wherever_one_clicked(open_page: Open, zone: Zone) -> None:
    make_card(make_active_client(first_name="Marie", last_name="Curie"), username="marie")
    make_card(make_active_client(first_name="Louis", last_name="Pasteur"), username="louis")
    page = open_page(group="Gardien")
    page.goto("/access/control/")
    expect(page.locator("#id_value")).to_be_focused()
    page.get_by_role("heading", name="Contrôle").click()
    scan(page, "marie")
    expect(page.locator(".answer")).to_contain_text("Marie Curie")
    page.get_by_role("button", name="Son").click()
    expect(page.get_by_role("button", name="Son")).to_have_attribute("aria-pressed", "true")
    scan(page, "louis")
    expect(page.locator(".answer")).to_contain_text("Louis Pasteur")
    expect(page).to_have_url(re.compile(r"/access/control/$"))
    page.reload()
    expect(page.get_by_role("button", name="Son")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_refused_then_repaired_then_granted_with_the_field_in_sight(
    open_page: Open, zone: Zone, width: int, height: int
) -> None:
    make_card(make_client(first_name="Marie", last_name="Curie", email="marie@example.org"), username="marie")
    page = open_page("Direction", width, height)
    page.goto("/access/control/")
    field, answer = page.locator("#id_value"), page.locator(".answer")

    def expect_ready() -> None:
        expect(field).to_be_focused()
        expect(field).to_be_in_viewport(ratio=1)

    scan(page, "marie")
    expect(answer).to_contain_text("Entrée refusée")
    expect_ready()
    page.get_by_role("button", name="Forcer actif jusqu’à ce soir").click()
    expect(answer).to_contain_text("Entrée autorisée")
    expect_ready()
    page.get_by_role("button", name="Faire entrer").click()
    expect(answer).to_contain_text("Entrée enregistrée")
    expect(page.locator("#passages")).to_contain_text("Marie Curie")
    expect_ready()
    # However far one reads on.
    page.locator(".room").scroll_into_view_if_needed()
    expect(field).to_be_in_viewport(ratio=1)


def test_it_shows_nobodys_answer_when_it_could_not_ask(open_page: Open, zone: Zone) -> None:
    _card, qr = make_card()
    page = open_page(**TABLET)
    page.goto("/access/control/")
    for failure in ("htmx:sendError", "htmx:responseError", "htmx:timeout"):
        scan(page, qr)
        expect(page.locator(".answer")).to_contain_text("Entrée autorisée")
        page.evaluate(
            "name => document.querySelector('#control').dispatchEvent(new Event(name, {bubbles: true}))", failure
        )
        expect(page.locator("[data-toast]")).not_to_be_empty()
        expect(page.locator("#answer")).to_be_empty()


def test_it_takes_no_second_enter_of_the_scanner_for_a_yes(open_page: Open, zone: Zone) -> None:
    make_card(username="marie")
    page = open_page(group="Gardien", clock=True)
    page.goto("/access/control/")
    page.evaluate(
        """document.querySelector("#content").addEventListener("htmx:afterSettle", () => {
            document.querySelector("#control").requestSubmit();
        }, {once: true})"""
    )
    scan(page, "marie")
    expect(page.locator(".answer")).to_contain_text("Entrée autorisée")
    let_settle(page)
    assert Entry.objects.count() == 0
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("Entrée enregistrée")
    assert Entry.objects.count() == 1


def test_it_reads_with_the_camera_where_the_browser_can(open_page: Open, zone: Zone) -> None:
    _card, qr = make_card(make_active_client(first_name="Marie", last_name="Curie"))
    page = open_page(group="Gardien")
    page.add_init_script(
        f"""
        let shown = ["{qr}", "{qr}"];
        window.BarcodeDetector = class {{
          static async getSupportedFormats() {{ return ["qr_code"]; }}
          async detect() {{ return shown.length ? [{{ rawValue: shown.pop() }}] : []; }}
        }};
        navigator.mediaDevices.getUserMedia = async () => document.createElement("canvas").captureStream();
        HTMLMediaElement.prototype.play = async () => {{}};
        """
    )
    page.goto("/access/control/")
    page.get_by_role("button", name="Caméra").click()
    expect(page.locator(".answer")).to_contain_text("Marie Curie")
    expect(page.locator("[data-camera-view] video")).to_be_visible()
    page.get_by_role("button", name="Caméra").click()
    expect(page.locator("[data-camera-view]")).to_be_hidden()


def test_it_works_without_script(open_page: Open, zone: Zone) -> None:
    make_card(make_active_client(first_name="Marie", last_name="Curie"), username="marie")
    page = open_page(group="Gardien", script=False)
    page.goto("/access/control/")
    page.locator("#id_value").fill("marie")
    page.locator("#id_value").press("Enter")
    expect(page.locator(".answer")).to_contain_text("Entrée autorisée")
    page.locator("#id_value").press("Enter")
    expect(page.locator(".answer")).to_contain_text("Entrée enregistrée")
    assert Entry.objects.open().count() == 1


def test_it_shows_who_came_in_without_reloading(open_page: Open, zone: Zone) -> None:
    page = open_page(group="Gardien", clock=True)
    page.goto("/access/occupancy/")
    expect(page.get_by_role("heading", name="Il n’y a personne")).to_be_visible()
    client = make_active_client(first_name="Marie", last_name="Curie")
    Entry.objects.create(client=client, zone=zone, entered_at=timezone.now() - timedelta(minutes=3))
    page.clock.fast_forward(11_000)
    expect(page.locator(".people")).to_contain_text("Marie Curie")
    expect(page).to_have_url(re.compile(r"/access/occupancy/$"))


def test_it_finds_somebody_among_those_inside(open_page: Open, zone: Zone) -> None:
    for name in ("Curie", "Pasteur"):
        client = make_active_client(first_name="Marie", last_name=name)
        Entry.objects.create(client=client, zone=zone, entered_at=timezone.now())
        client.inside_since = timezone.now()
        client.save()
    page = open_page(group="Gardien")
    page.goto("/access/occupancy/")
    page.get_by_label("Chercher parmi les présents").press_sequentially("pasteur", delay=20)
    expect(page.locator(".people li")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?q=pasteur$"))
    expect(page.locator("[data-announcer]")).to_have_text("1–1 sur 1")


def test_it_is_read_by_everybody(open_page: Open, zone: Zone) -> None:
    make_card(make_active_client(first_name="Marie", last_name="Curie"), username="marie")
    make_card(make_client(last_name="Geoffroy-Saint-Hilaire", email="g@example.org"), username="geoffroy")
    make_active_client(first_name="Irène", last_name="Curie", phone="+33639981234")
    page = open_page(width=320, height=700)
    found: dict[str, object] = {}

    def look(name: str) -> None:
        if broken := complaints(page, around=name == "ready"):
            found[name] = broken

    page.goto("/access/control/")
    look("ready")
    answers = {
        "marie": "Marie Curie",
        "geoffroy": "Entrée refusée",
        "curie": "De qui s’agit-il",
        "FXL-FAUX": "ne sont à personne",
    }
    for value, said in answers.items():
        scan(page, value)
        expect(page.locator("#answer")).to_contain_text(said)
        look(value)
    client = make_active_client(first_name="Louis", last_name="Pasteur", phone="+33639981234")
    Entry.objects.create(client=client, zone=zone, entered_at=timezone.now())
    for url in ("/access/occupancy/", "/access/occupancy/evacuation/", f"/access/simulator/?zone={zone.pk}"):
        page.goto(url)
        look(url)
    assert found == {}
