"""`/search/`: everything at once, by rights, the best first."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from access import services
from tests.access.factories import make_card, make_vehicle
from tests.conftest import SignIn
from tests.factories import make_client, make_user
from tests.interventions.factories import in_state, make_intervention
from tests.pages import field_errors, find, links, parse, said, text, values

HTMX = {"HX-Request": "true"}


def groups(browser: Browser, query: str) -> dict[str, list[str]]:
    """What the page shows, by group: the addresses of its hits."""
    found = {}
    for section in parse(browser.get("/search/", {"q": query})).iter("section"):
        found[text(section.find("h2"))] = [link.get("href", "") for link in section.iter("a")]
    return found


def hits(browser: Browser, query: str) -> list[str]:
    """All that the command bar shows, in its order."""
    page = parse(browser.get("/search/", {"q": query}, headers=HTMX))
    return [node.get("href", "") for node in page.iter("a") if node.get("role") == "option"]


def opened(browser: Browser, query: str) -> str:
    """Where Enter leads at once; nothing where it shows what was found."""
    return browser.get("/search/", {"q": query, "open": "1"}).headers.get("Location", "")


@pytest.fixture
def known(db: None) -> dict[str, Any]:
    """Camille Lefèvre with a card, a car that was AA-111-AA before and a job; others with a like name."""
    camille = make_client(
        last_name="Lefèvre", email="camille@example.org", phone="+33199001234", city="Lyon", status_mode="active"
    )
    garage = make_client(company_name="Garage Tréfleur", siret="40125156601475", city="Metz")
    car = make_vehicle(camille, "AA-111-AA", make="Renault")
    car.plate = "AB-123-CD"
    services.update_vehicle(car, by=make_user())
    card = make_card(camille, username="c.lefevre")[0]
    badge = make_card(camille, username="porte", kind="badge", badge_number="04A2B9C1")[0]
    job = make_intervention(garage, title="Alternateur")
    return {"car": car, "card": card, "badge": badge, "job": job}


@pytest.mark.parametrize(
    "typed",
    ["lefe", "LEFÈVRE camille", "clt 1", "01 99 00", "0199001234", "+33 1 99 00 12 34", "camille@example.org", "lyon"],
)
def test_it_finds_clients_by_all_they_are_known_by(typed: str, known: dict[str, Any], desk: Browser) -> None:
    assert groups(desk, typed)["Clients"] == ["/clients/CLT-001/"]


def test_it_finds_all_that_is_looked_for(known: dict[str, Any], desk: Browser) -> None:
    car, card, badge = (f"/access/{name}/{known[key].pk}/" for name, key in
                        (("vehicles", "car"), ("cards", "card"), ("cards", "badge")))  # fmt: skip
    assert groups(desk, "401 251 566 01475")["Clients"] == ["/clients/CLT-002/"]
    for plate in ("AB-123-CD", "ab123cd", "ab 123", "123-cd", "AA.111.AA"):
        assert groups(desk, plate)["Véhicules"] == [car]
    assert groups(desk, "lefevre")["Cartes"] == [card]
    assert groups(desk, "C.LEFEVRE")["Cartes"] == [card]
    assert groups(desk, "04:a2:b9:c1")["Cartes"] == [badge]
    for job in ("int 1", "alternateur", "tréfleur alt", "CLT-002"):
        assert groups(desk, job)["Interventions"] == ["/interventions/INT-001/"]


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("CLT-1", "/clients/CLT-001/"),
        ("INT-001", "/interventions/INT-001/"),
        ("01 99 00 12 34", "/clients/CLT-001/"),
        ("Camille@Example.org", "/clients/CLT-001/"),
        ("contrôle", "/access/control/"),
        # The only record.
        ("tréfl", ""),
        ("lyon", "/clients/CLT-001/"),
        ("lefevre", ""),
        ("nobody", ""),
    ],
)
def test_what_is_named_exactly_comes_first_and_opens_at_once(
    typed: str, page: str, known: dict[str, Any], desk: Browser
) -> None:
    assert opened(desk, typed) == page
    if page:
        assert hits(desk, typed)[0] == page


def test_a_whole_plate_or_badge_opens_its_own_page(known: dict[str, Any], desk: Browser) -> None:
    assert opened(desk, "ab 123 cd") == f"/access/vehicles/{known['car'].pk}/"
    assert opened(desk, "04 A2 B9 C1") == f"/access/cards/{known['badge'].pk}/"


def test_clients_come_by_the_beginning_of_their_name_then_of_words_then_the_active_ones(desk: Browser) -> None:
    make_client(last_name="Orlande", status_mode="active")
    make_client(last_name="Landry")
    make_client(last_name="Landais", status_mode="active")
    make_client(company_name="Garage Lande")
    assert groups(desk, "land")["Clients"] == [f"/clients/CLT-00{number}/" for number in (3, 2, 4, 1)]


def test_interventions_come_open_ones_first_then_the_latest(desk: Browser) -> None:
    client = make_client(company_name="Serrurerie Lupin")
    for state in ("to_plan", "done", "to_plan", "done"):
        in_state(state, client, title="Pneus")
    assert groups(desk, "pneus")["Interventions"] == [f"/interventions/INT-00{number}/" for number in (3, 1, 4, 2)]


def test_a_number_alone_is_first_of_all_that_of_a_reference(desk: Browser) -> None:
    for number in range(12):
        make_intervention(make_client(last_name="Zola", phone=f"+3319900{number:02}12"), title="Pneu 12")
    found = groups(desk, "12")
    assert found["Clients"][0] == "/clients/CLT-012/"
    assert found["Interventions"][0] == "/interventions/INT-012/"
    assert groups(desk, "7")["Clients"] == ["/clients/CLT-007/"]


def test_it_shows_four_of_a_kind_and_leads_to_the_others(desk: Browser) -> None:
    for _number in range(5):
        make_client(last_name="Zola")
    found = groups(desk, "zola")["Clients"]
    assert len(found) == 5
    assert found[-1] == "/clients/?q=zola"
    for _number in range(20):
        make_intervention(make_client(last_name="Zola"))
    with CaptureQueriesContext(connection) as few:
        hits(desk, "zola")
    for _number in range(10):
        make_intervention(make_client(last_name="Zola"))
    with CaptureQueriesContext(connection) as more:
        assert len(hits(desk, "zola")) == len(hits(desk, "zola"))
    assert len(more) <= 2 * len(few)


RIGHTS = {
    "Direction": {"Clients", "Interventions", "Véhicules", "Cartes"},
    "Accueil": {"Clients", "Interventions", "Véhicules", "Cartes"},
    "Technicien": {"Clients", "Interventions", "Véhicules"},
    "Gardien": {"Clients", "Véhicules", "Cartes"},
    "Lecture seule": {"Clients", "Interventions", "Véhicules", "Cartes"},
    "": set(),
}


@pytest.mark.parametrize("group", RIGHTS)
def test_nobody_sees_a_kind_they_may_not_view(group: str, sign_in: SignIn) -> None:
    client = make_client(last_name="Test75")
    make_vehicle(client, "TEST75")
    make_card(client, username="test75", visitor="X", kind="badge", badge_number="1")
    make_intervention(client, title="Test75")
    found = groups(sign_in(group=group), "test75")
    assert set(found) - {"Actions"} == RIGHTS[group]


def test_it_names_no_client_to_those_who_may_see_none(sign_in: SignIn) -> None:
    make_vehicle(make_client(last_name="Curie"), "AB-123-CD")
    make_intervention(make_client(last_name="Curie"), title="Pneus")
    browser = sign_in("access.view_vehicle", "interventions.view_intervention")
    for query in ("AB-123-CD", "pneus"):
        page = browser.get("/search/", {"q": query})
        assert len(groups(browser, query)) == 1
        assert "Curie" not in said(page)


def test_it_offers_what_one_may_do(known: dict[str, Any], sign_in: SignIn) -> None:
    desk, guard, reader = (sign_in(group=group) for group in ("Accueil", "Gardien", "Lecture seule"))
    assert "/interventions/new/" in hits(desk, "nouv")
    assert "/clients/new/" in hits(desk, "")
    for browser in (guard, reader):
        assert {"/clients/new/", "/interventions/new/"}.isdisjoint(hits(browser, "nouv"))
    assert hits(guard, "contr") == ["/access/control/"]
    assert hits(reader, "paiem") == ["/payments/"]
    assert hits(guard, "mes dr") == ["/rights/"]
    assert "/payments/" not in hits(guard, "paiem")
    assert links(desk.get("/search/?q=lefevre"))["Nouvelle intervention pour Camille Lefèvre"] == (
        "/interventions/new/?client=CLT-001"
    )


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ("Dupond", {"last_name": "Dupond", "first_name": "", "kind": "individual"}),
        ("Jean Dupond", {"last_name": "Dupond", "first_name": "Jean"}),
        ("DUPOND Jean", {"last_name": "DUPOND", "first_name": "Jean"}),
        ("Garage Dupond", {"company_name": "Garage Dupond", "kind": "company"}),
        ("06 39 98 00 01", {"phone": "06 39 98 00 01"}),
        ("j.dupond@example.org", {"email": "j.dupond@example.org"}),
        ("732 829 320 00074", {"siret": "732 829 320 00074", "kind": "company"}),
    ],
)
def test_it_carries_what_was_typed_into_the_form_of_a_new_client(
    typed: str, fields: dict[str, str], desk: Browser
) -> None:
    address = links(desk.get("/search/", {"q": typed}))[f"Créer le client « {typed} »"]
    form = desk.get(address)
    assert {name: value for name, value in values(form).items() if name in fields} == fields
    assert field_errors(form) == {}


def test_it_offers_no_new_client_for_a_code(known: dict[str, Any], desk: Browser) -> None:
    for typed in ("CLT-999", "AB-123-CD", "12", "---", "camille@example.org", "0199001234"):
        assert "Créer le client" not in said(desk.get("/search/", {"q": typed}))


def test_it_carries_a_plate_to_the_counter_and_to_the_form_of_a_vehicle(known: dict[str, Any], desk: Browser) -> None:
    unknown = links(desk.get("/search/?q=zz 987 yy"))
    assert values(desk.get(unknown["Enregistrer le véhicule « ZZ 987 YY »"]))["plate"] == "ZZ 987 YY"
    assert unknown["Contrôler « ZZ 987 YY »"] == "/access/control/?value=ZZ+987+YY"
    assert links(desk.get("/search/?q=ab123cd"))["Contrôler AB-123-CD"] == (
        f"/access/control/?subject=vehicle-{known['car'].pk}"
    )


@pytest.mark.parametrize(
    "typed", ["", "a", "é", "-", "---", "%", "_", "\\", "'", "\u200b", "😀", "<b>", "﷽", "x" * 200]
)
def test_nonsense_finds_nothing_and_breaks_nothing(typed: str, known: dict[str, Any], desk: Browser) -> None:
    assert set(groups(desk, typed)) <= {"Actions"}
    assert opened(desk, typed) == ""


def test_what_cannot_be_searched_is_kept_and_said(known: dict[str, Any], desk: Browser) -> None:
    for typed in ("a\x00b", "x" * 500):
        page = desk.get("/search/", {"q": typed})
        assert page.status_code == 200
        assert field_errors(page)["q"]
        assert groups(desk, typed) == {}
        assert hits(desk, typed) == []
    assert values(desk.get("/search/", {"q": "x" * 500}))["q"] == "x" * 500


def test_what_was_typed_is_marked_and_escaped(desk: Browser) -> None:
    make_client(last_name="Lefèvre <b>")
    page = desk.get("/search/?q=lefe b")
    assert "<mark>Lefè</mark>vre &lt;<mark>b</mark>&gt;" in page.content.decode()


def test_a_misspelt_name_leads_to_the_names_near_it(known: dict[str, Any], desk: Browser) -> None:
    near = links(desk.get("/search/?q=lefevbre"))["Noms proches de « lefevbre »"]
    assert "lefevre" in links(desk.get(near))


def test_the_command_bar_gets_the_hits_alone(known: dict[str, Any], desk: Browser) -> None:
    answer = desk.get("/search/?q=lefe", headers=HTMX)
    assert "HX-Request" in answer["Vary"]
    assert find(answer, "class", "side") is None
    assert find(answer, "data-asked", "lefe") is not None
    assert desk.post("/search/").status_code == 405
