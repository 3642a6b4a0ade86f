"""Names and addresses in capitals or lower case: proposed in usual case, found by a filter, mended by hand."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from clients.declared import nightly
from clients.models import Client
from clients.values.communes import is_elsewhere
from clients.values.usual import usual_case
from tests.conftest import SignIn
from tests.factories import make_client
from tests.pages import find, links, parse, rows, said, values

PERSONS = {
    "DUPONT": "Dupont",
    "martin": "Martin",
    "DUPONT-DE-NEMOURS": "Dupont-de-Nemours",
    "de GAULLE": "de Gaulle",
    "DE LA TOUR": "de La Tour",
    "D'ORMESSON": "d'Ormesson",
    "D’ORMESSON": "d’Ormesson",
    "LE GUEN": "Le Guen",
    "VAN DER MEER": "van der Meer",
    "VON TRAPP": "von Trapp",
    "EL AMRANI": "El Amrani",
    "O'CONNOR": "O'Connor",
    "MCDONALD": "McDonald",
    "MACGREGOR": "MacGregor",
    "MACRON": "Macron",
    "N'DIAYE": "N'Diaye",
    "PRUD'HOMME": "Prud'homme",
    "ŒUVRARD": "Œuvrard",
    "HABSBOURG III": "Habsbourg III",
    "MARTIN EPOUSE DURAND": "Martin epouse Durand",
}
FIRST_NAMES = {"JEAN-PIERRE": "Jean-Pierre", "élodie": "Élodie", "JEAN ET MARIE": "Jean et Marie"}
COMPANIES = {
    "SARL DUPONT": "SARL Dupont",
    "dupont et fils sarl": "Dupont et Fils SARL",
    "SNCF VOYAGEURS": "SNCF Voyageurs",
    "SCI DES LILAS": "SCI des Lilas",
    "RESTAURANT LA MARMITE": "Restaurant La Marmite",
    "CAFE DE LA GARE": "Cafe de la Gare",
    "L'ATELIER DE L'OR": "L'Atelier de l'Or",
    "A.B.C. DEPANNAGE": "A.B.C. Depannage",
    "MULLER GMBH": "Muller GmbH",
    "GARAGE HENRI IV": "Garage Henri IV",
}
STREETS = {
    "12 RUE DE L'EGLISE": "12 rue de l'Eglise",
    "12 BIS RUE LA BOETIE": "12 bis rue La Boetie",
    "RUE DU GENERAL DE GAULLE": "Rue du General de Gaulle",
    "12 rue de la gare": "12 rue de la Gare",
    "ZA DES PRES": "ZA des Pres",
    "RESIDENCE DU PARC, 3 PLACE LOUIS XIV": "Residence du Parc, 3 place Louis XIV",
    "12 RUE DU CHEMIN VERT": "12 rue du Chemin Vert",
}
TOWNS = {
    ("51000", "CHALONS EN CHAMPAGNE"): "Châlons-en-Champagne",
    ("69110", "STE FOY LES LYON"): "Sainte-Foy-lès-Lyon",
    ("75012", "PARIS CEDEX 12"): "Paris Cedex 12",
    ("94240", "l'hay les roses"): "L'Haÿ-les-Roses",
    ("", "SAINT-LEU-LA-FORET"): "Saint-Leu-la-Foret",
    ("1000", "BRUXELLES"): "Bruxelles",
}
USUAL = {
    "first_name": ("Jean-Pierre", "J.P.", "JP", "M."),
    "last_name": ("Dupont", "DUPONT Martin", "McDonald", "de Gaulle", "van der Meer", "王"),
    "company_name": ("SNCF", "EDF", "FNAC", "S.N.C.F.", "SARL Dupont", "iPhone Services", "2B"),
    "street": ("12 Rue de Paris", "BP 123", "12", "12 rue"),
    "street_extra": ("2e étage", "appartement 3"),
}


def test_values_in_capitals_or_lower_case_are_proposed_in_usual_case() -> None:
    expected = {"last_name": PERSONS, "first_name": FIRST_NAMES, "company_name": COMPANIES, "street": STREETS}
    for field, cases in expected.items():
        assert {text: usual_case({field: text}).get(field) for text in cases} == cases
    assert {key: usual_case({"postal_code": key[0], "city": key[1]})["city"] for key in TOWNS} == TOWNS


def test_what_is_usual_already_is_left_alone_and_so_is_what_was_proposed() -> None:
    proposed = [("last_name", PERSONS), ("company_name", COMPANIES), ("street", STREETS)]
    for field, texts in (*USUAL.items(), *((field, cases.values()) for field, cases in proposed)):
        assert [text for text in texts if usual_case({field: text})] == []


def test_a_town_is_elsewhere_only_where_both_are_known() -> None:
    assert is_elsewhere("75012", "Lyon")
    agreeing = (("69006", "LYON"), ("75940", "Lyon"), ("75012", "Lieu inconnu"), ("", "Lyon"), ("69006", ""))
    assert not any(is_elsewhere(*pair) for pair in agreeing)


@pytest.fixture
def reception(sign_in: SignIn) -> Browser:
    return sign_in("clients.view_client", "clients.change_client", "clients.add_client")


def found(browser: Browser, quality: str) -> set[str]:
    page = browser.get("/clients/", {"quality": quality})
    return {name for name in ("Usuel", "MARTIN", "Rue", "Lyonnais", "SARL") if name in said(page)}


@pytest.mark.django_db
def test_the_list_of_clients_finds_each_oddity(reception: Browser) -> None:
    make_client(last_name="Usuel")
    make_client(last_name="MARTIN")
    make_client(last_name="Rue", street="12 RUE DU PORT")
    make_client(last_name="Lyonnais", postal_code="75012", city="Lyon")
    make_client(last_name="SARL Dupond")
    assert found(reception, "case") == {"MARTIN"}
    assert found(reception, "address") == {"Rue"}
    assert found(reception, "town") == {"Lyonnais"}
    assert found(reception, "kind") == {"SARL"}
    assert found(reception, "any") == {"MARTIN", "Rue", "Lyonnais", "SARL"}


@pytest.mark.django_db
def test_the_oddities_follow_each_change_and_nightly_puts_them_right() -> None:
    client = make_client(last_name="MARTIN")
    assert Client.objects.get(odd_name=True) == client
    Client.objects.update(odd_name=False, odd_town=True)
    nightly.run(timezone.now())
    stored = Client.objects.get()
    assert (stored.odd_name, stored.odd_town) == (True, False)


def mending(browser: Browser, **changed: Any) -> dict[str, Any]:
    """What the page sends as it is shown, and what somebody changed on it."""
    fields = [
        node
        for node in parse(browser.get("/clients/quality/")).iter("input")
        if node.get("form") == "mend" or node.get("name") == "submission"
    ]
    sent: dict[str, Any] = {node.get("name", ""): node.get("value") for node in fields}
    ticked = [node.get("value") for node in fields if node.get("name") == "client" and node.get("checked") is not None]
    return sent | {"client": ticked} | changed


@pytest.mark.django_db
def test_a_page_mends_what_is_ticked_and_takes_it_back(reception: Browser) -> None:
    first, second = make_client(first_name="JEAN", last_name="DUPONT"), make_client(last_name="MARTIN")
    sent = mending(reception, **{"CLT-002-last_name": "Martin-Durand"})
    assert sent["client"] == ["CLT-001", "CLT-002"]
    page = reception.post("/clients/quality/mend/?quality=case", sent, follow=True)
    assert [str(client.name) for client in Client.objects.order_by("number")] == [
        "Jean Dupont",
        "Camille Martin-Durand",
    ]
    assert "Camille Martin-Durand" in said(page)
    assert said(reception.get("/clients/CLT-001/history/")).count("écriture corrigée") == 1
    # Sent twice, it counts once.
    again = reception.post("/clients/quality/mend/?quality=case", sent)
    first.refresh_from_db()
    assert (again.url, first.version) == (page.redirect_chain[-1][0], 2)  # type: ignore[attr-defined]
    # Somebody changes one of them: only the other is given back.
    second.refresh_from_db()
    Client.objects.filter(pk=second.pk).update(phone="+33612345678", version=3)
    second.refresh_from_db()
    second.description = "Sonner deux fois"
    second.save()
    undo = page.redirect_chain[-1][0].replace("?", "undo/?")
    assert "1 fiche est comme avant" in said(reception.post(undo, follow=True))
    assert [str(client.name) for client in Client.objects.order_by("number")] == [
        "JEAN DUPONT",
        "Camille Martin-Durand",
    ]
    assert "0 fiche" in said(reception.post(undo, follow=True))


@pytest.mark.django_db
def test_a_value_that_cannot_be_stored_is_told_and_nothing_changes(reception: Browser) -> None:
    make_client(last_name="MARTIN")
    make_client(last_name="Lyonnais", postal_code="75012", city="Lyon")
    sent = mending(reception)
    assert sent["client"] == ["CLT-001"]
    assert "Lyon : 69001" in said(reception.get("/clients/quality/"))
    sent |= {"client": ["CLT-001", "CLT-002"], "CLT-002-postal_code": "6900A", "CLT-001-last_name": ""}
    page = reception.post("/clients/quality/mend/", sent)
    assert page.status_code == 422
    assert "n’est pas un code postal français" in said(page)
    assert "Indiquez le nom" in said(page)
    field = find(page, "id", "CLT-002-postal_code")
    assert field is not None
    assert field.get("value") == "6900A"
    assert Client.objects.get(number=1).last_name == "MARTIN"
    reception.post("/clients/quality/mend/", sent | {"CLT-002-postal_code": "69006", "CLT-001-last_name": "Martin"})
    assert not Client.objects.odd().exists()


@pytest.mark.django_db
def test_a_client_changed_meanwhile_is_left_and_named(reception: Browser) -> None:
    client = make_client(last_name="MARTIN")
    sent = mending(reception)
    Client.objects.filter(pk=client.pk).update(version=2)
    assert "a été modifié entre-temps" in said(reception.post("/clients/quality/mend/", sent, follow=True))
    assert Client.objects.get().last_name == "MARTIN"


@pytest.mark.django_db
def test_another_persons_corrections_are_not_shown_nor_undone(reception: Browser, sign_in: SignIn) -> None:
    make_client(last_name="MARTIN")
    url = reception.post("/clients/quality/mend/", mending(reception)).url  # type: ignore[attr-defined]
    other = sign_in("clients.view_client", "clients.change_client")
    assert "Rien n’a été changé" in said(other.get(url))
    other.post(f"{url}undo/")
    assert Client.objects.get().last_name == "Martin"
    assert rows(other.get("/clients/quality/")) == []


@pytest.mark.django_db
def test_the_form_proposes_and_takes_what_is_proposed_without_saving(reception: Browser) -> None:
    make_client(first_name="JEAN", last_name="DUPONT", street="12 RUE DU PORT")
    assert "Jean" in said(reception.get("/clients/CLT-001/"))
    page = reception.get("/clients/CLT-001/edit/")
    assert (said(page).count("Prendre"), values(page)["last_name"]) == (3, "DUPONT")
    page = reception.post("/clients/CLT-001/edit/", values(page) | {"usual": "last_name", "email": "j@example.org"})
    assert (page.status_code, said(page).count("Prendre")) == (200, 2)
    assert (values(page)["last_name"], values(page)["first_name"]) == ("Dupont", "JEAN")
    assert values(page)["email"] == "j@example.org"
    assert Client.objects.get().last_name == "DUPONT"
    reception.post("/clients/CLT-001/edit/", values(page))
    assert Client.objects.get().last_name == "Dupont"


@pytest.mark.django_db
def test_the_form_proposes_while_somebody_types(reception: Browser) -> None:
    typed = {"part": "address", "last_name": "DUPONT", "city": "CHALONS EN CHAMPAGNE", "postal_code": "51000"}
    answer = reception.post("/clients/usual/", typed).content.decode()
    assert "Châlons-en-Champagne" in answer
    assert "Dupont" not in answer


def test_an_empty_list_of_what_to_check_offers_no_import(desk: Browser) -> None:
    page = desk.get("/clients/quality/")
    assert "La liste est vide" in said(page)
    assert "Importer un fichier" not in links(page)
