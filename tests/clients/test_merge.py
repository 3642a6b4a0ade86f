"""Merging two clients: everything moves, blanks are filled, the old reference goes on working."""

import html
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client as Browser

from clients import services
from clients.models import Client, ClientTemplate
from clients.services.merging import merge_clients
from fixaloop.records.refusal import Refused
from tests.access.factories import make_vehicle
from tests.conftest import SignIn
from tests.factories import make_client, person
from tests.interventions.factories import make_intervention
from tests.pages import field_errors, rows, said

URL = "/clients/CLT-001/merge/"


def hidden(page: Any) -> dict[str, str]:
    """The hidden fields of the form that confirms."""
    found = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    return {name: html.unescape(value) for name, value in found.items() if name != "csrfmiddlewaretoken"}


def test_it_compares_before_it_merges(desk: Browser) -> None:
    make_client(company_name="Garage du Port", city="La Rochelle")
    make_client(company_name="Garage Port", email="port@example.org", city="Rochefort")
    for response in (desk.get(URL, {"other": "CLT-002"}), desk.post(URL, {"other": "clt 2"})):
        assert response.status_code == 200
        for shown in ("Garage du Port", "Garage Port", "port@example.org", "repris", "Rochefort"):
            assert shown in said(response)
    assert Client.objects.count() == 2


def test_it_says_what_moves_and_how_it_reads(desk: Browser) -> None:
    make_client(company_name="Garage du Port", siret="40125156601475", phone="+33199001234")
    lost = make_client(company_name="Garage Port", street_extra="Bâtiment B", city="Metz")
    make_client(company=lost)
    make_vehicle(lost)
    page = said(desk.get(URL, {"other": "CLT-002"}))
    for shown in ("401 251 566 01475", "01 99 00 12 34", "Bâtiment B", "véhicules (1)", "membres (1)"):
        assert shown in page


def test_it_says_before_one_confirms_that_it_cannot_be(desk: Browser) -> None:
    make_client()
    make_client(company=make_client(company_name="Garage du Port"))
    page = desk.get(URL, {"other": "CLT-002"})
    assert page.status_code == 200
    assert "membres" in field_errors(page)["other"]
    assert "Fusionner définitivement" not in said(page)


def test_it_keeps_the_company_of_templates(desk: Browser) -> None:
    kept, lost = make_client(company_name="Garage du Port"), make_client(company_name="Garage Port")
    template = ClientTemplate.objects.create(name="Salariés", company=lost)
    merge_clients(kept, lost, by=None)
    template.refresh_from_db()
    assert template.company == kept


def test_it_moves_everything_and_fills_the_blanks(desk: Browser) -> None:
    kept = make_client(company_name="Garage du Port", phone="+33199001234", city="La Rochelle")
    lost = make_client(
        company_name="Garage Port",
        email="port@example.org",
        phone="+33199009999",
        siret="40125156601475",
        street="2 rue d’ailleurs",
        city="Rochefort",
        description="Note",
        external_reference="ANC-2",
    )
    member = make_client(company=lost, last_name="Zola")
    response = desk.post(URL, {"other": "CLT-002", "confirm": "1"}, follow=True)
    assert response.redirect_chain == [("/clients/CLT-001/", 302)]
    kept.refresh_from_db()
    member.refresh_from_db()
    assert member.company == kept
    assert member.history.count() == 2
    assert (kept.email, kept.phone, kept.siret) == ("port@example.org", "+33199001234", "40125156601475")
    assert kept.external_reference == "ANC-2"
    # What was not taken is kept in words.
    assert kept.description == ("Note\n\nFusion avec CLT-002 : nom Garage Port ; adresse 2 rue d’ailleurs, Rochefort")
    # An address is one thing: half of one and half of another is nobody's.
    assert (kept.street, kept.city) == ("", "La Rochelle")
    assert not Client.objects.filter(number=2).exists()
    told = said(desk.get("/clients/CLT-001/history/"))
    assert "Fusion avec CLT-002 Garage Port" in told
    # The end of the other's record is the merge too.
    assert "Suppression" not in told
    assert "port@example.org" in said(desk.get("/clients/?q=port@example.org"))


def test_it_is_told_by_what_moves(desk: Browser) -> None:
    make_client()
    lost = make_client(last_name="Zola")
    job, vehicle = make_intervention(lost), make_vehicle(lost)
    desk.post(URL, {"other": "CLT-002", "confirm": "1"})
    for thing in (job, vehicle):
        thing.refresh_from_db()
        assert (thing.client.reference, thing.version) == ("CLT-001", 2)
        record = thing.history.latest()
        assert (record.client_id, record.history_user.username) == (thing.client_id, "odile")
        assert record.history_change_reason == "Fusion avec CLT-002 Camille Zola"


def test_it_takes_the_whole_address_of_the_other(desk: Browser) -> None:
    make_client()
    make_client(street="Rue de la Loi 200", postal_code="1049", city="Bruxelles", country="BE")
    desk.post(URL, {"other": "CLT-002", "confirm": "1"})
    client = Client.objects.get()
    assert (client.street, client.postal_code, client.city, client.country) == (
        "Rue de la Loi 200",
        "1049",
        "Bruxelles",
        "BE",
    )


LISTS = ("interventions/", "vehicles/", "cards/", "entries/", "events/", "members/")
TABS = ("", "edit/", "history/", "status/", "delete/", "merge/", *LISTS)


@pytest.mark.parametrize("tab", TABS)
def test_it_leads_from_the_old_reference_to_the_client_kept(tab: str, desk: Browser) -> None:
    kept = make_client(company_name="Garage du Port")
    merge_clients(kept, make_client(company_name="Garage Port"), by=None)
    response = desk.get(f"/clients/CLT-002/{tab}")
    assert (response.status_code, response["Location"]) == (302, f"/clients/CLT-001/{tab}")


def test_it_takes_the_old_reference_in_forms(desk: Browser) -> None:
    merge_clients(make_client(company_name="Garage du Port"), make_client(company_name="Garage Port"), by=None)
    assert desk.post("/clients/new/", person(company="CLT-002")).status_code == 302
    assert Client.objects.get(last_name="Curie").company == Client.objects.get(number=1)


@pytest.mark.parametrize("query", ["CLT-002", "clt 2", "CLT2", "2"])
def test_it_is_found_by_the_old_reference(query: str, desk: Browser) -> None:
    make_client(last_name="Zola")
    kept = make_client(company_name="Garage Port")
    merge_clients(make_client(company_name="Garage du Port"), kept, by=None)
    make_vehicle(Client.objects.get(number=3))
    assert rows(desk.get("/clients/", {"q": query})) == ["Garage du Port"]
    assert "Garage du Port" in said(desk.get("/clients/pick/", {"company": query}))
    assert rows(desk.get("/access/vehicles/", {"q": query})) == ["AB-123-CD"]


@pytest.mark.django_db
def test_it_follows_a_chain_of_merges() -> None:
    first, second, third = (make_client(company_name=name) for name in ("Un", "Deux", "Trois"))
    merge_clients(second, first, by=None)
    merge_clients(third, second, by=None)
    third.refresh_from_db()
    assert sorted(third.former_references.values_list("pk", flat=True)) == [1, 2]


@pytest.mark.django_db
@pytest.mark.parametrize("employer_is_kept", [True, False])
def test_it_merges_a_company_with_one_that_belongs_to_it(employer_is_kept: bool) -> None:
    employer = make_client(company_name="Maison mère")
    branch = make_client(company_name="Filiale", company=employer)
    kept, lost = (employer, branch) if employer_is_kept else (branch, employer)
    merged = merge_clients(kept, lost, by=None)
    merged.refresh_from_db()
    assert (merged.pk, merged.company) == (kept.pk, None)


@pytest.mark.django_db
def test_it_refuses_to_give_members_to_a_person() -> None:
    employer = make_client(company_name="Garage du Port")
    other = make_client(company=employer)
    with pytest.raises(Refused):
        merge_clients(other, employer, by=None)
    assert Client.objects.count() == 2


@pytest.mark.parametrize(
    ("other", "sentence"),
    [("CLT-001", "autre client"), ("CLT-009", "CLT-009"), ("", ""), ("\x00", ""), ("zzz", "zzz")],
)
def test_it_says_why_it_does_not_merge(other: str, sentence: str, desk: Browser) -> None:
    make_client()
    response = desk.post(URL, {"other": other, "confirm": "1"})
    assert response.status_code == 422
    assert sentence in field_errors(response)["other"]
    assert Client.objects.count() == 1


@pytest.mark.django_db
def test_a_file_that_names_it_is_told_what_it_became(tmp_path: Path) -> None:
    kept, lost = make_client(company_name="Garage du Port"), make_client(company_name="Garage Port")
    former = lost.reference
    merge_clients(kept, lost, by=None)
    path, output = tmp_path / "clients.csv", io.StringIO()
    path.write_text(f"Identifiant;Raison sociale\n{former};Garage Port\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        call_command("import_clients", str(path), "--format=json", stdout=output)
    assert f"fusionné dans {kept.reference}" in json.loads(output.getvalue())["errors"][0]["message"]
    assert Client.objects.count() == 1


@pytest.mark.django_db
def test_files_of_what_it_has_follow_it(tmp_path: Path) -> None:
    kept, lost = make_client(), make_client(last_name="Zola")
    merge_clients(kept, lost, by=None)
    path = tmp_path / "file.csv"
    path.write_text(f"Client;Plaque\n{lost.reference};AB-123-CD\n", encoding="utf-8")
    call_command("import_vehicles", str(path), stdout=io.StringIO())
    assert kept.vehicles.get().plate == "AB-123-CD"  # type: ignore[attr-defined]


def pair() -> tuple[Client, Client]:
    kept = make_client(company_name="Garage du Port", phone="+33199001234", city="La Rochelle", status_mode="active")
    lost = make_client(
        company_name="Garage Port",
        phone="+33199009999",
        street="2 rue d’ailleurs",
        postal_code="17300",
        city="Rochefort",
        language="en",
    )
    return kept, lost


def test_one_chooses_value_by_value(desk: Browser) -> None:
    kept, _lost = pair()
    page = desk.get(URL, {"other": "CLT-002"})
    asked = {row["name"]: [value["is_taken"] for value in row["values"]] for row in page.context["preview"]["rows"]}
    # The fuller address is proposed, else what was changed last, and never another status.
    assert asked["take_address"] == [False, True]
    assert asked["take_phone"] == [False, True]
    assert asked["take_status"] == [True, False]
    for reason in ("plus complet", "fiche modifiée en dernier"):
        assert reason in said(page)
    form = {"other": "CLT-002", "confirm": "1", "take_phone": "lost", "take_address": "kept", "take_language": "lost"}
    assert desk.post(URL, form).status_code == 302
    kept.refresh_from_db()
    assert (kept.name, kept.phone, kept.city, kept.language) == ("Garage du Port", "+33199009999", "La Rochelle", "en")
    for left in ("Garage Port", "2 rue d’ailleurs, 17300 Rochefort", "Français", "Automatique"):
        assert left in kept.description
    assert kept.other_contacts.startswith("+33199001234")
    assert kept.status_mode == "active"


def test_a_person_merged_into_a_company_leaves_its_name_in_words(desk: Browser) -> None:
    make_client(company_name="Garage du Port")
    make_client(last_name="Zola", siret="")
    assert desk.post(URL, {"other": "CLT-002", "confirm": "1", "take_name": "lost"}).status_code == 302
    kept = Client.objects.get()
    assert (kept.kind, kept.company_name) == ("company", "Garage du Port")
    assert "nom Camille Zola" in kept.description


def test_whoever_may_not_force_a_status_merges_none(sign_in: SignIn) -> None:
    browser = sign_in("clients.view_client", "clients.merge_client")
    make_client(), make_client(last_name="Zola", status_mode="active", status_reason="parking")
    assert 'name="take_status"' not in browser.get(URL, {"other": "CLT-002"}).content.decode()
    browser.post(URL, {"other": "CLT-002", "confirm": "1", "take_status": "lost"})
    kept = Client.objects.get()
    assert kept.status_mode == "automatic"
    assert "Forcé actif, parking" in kept.description


def test_it_merges_once_and_only_what_was_compared(desk: Browser) -> None:
    kept, lost = pair()
    page = desk.get(URL, {"other": "CLT-002"})
    form = hidden(page) | {"take_phone": "lost"}
    lost.city = "Angoulême"
    services.update_client(lost, by=None)
    stale = desk.post(URL, form)
    assert stale.status_code == 409
    assert "a changé depuis la comparaison" in said(stale)
    assert "Angoulême" in said(stale)
    assert Client.objects.count() == 2
    form = hidden(stale) | {"take_phone": "lost"}
    for _time in range(2):
        assert desk.post(URL, form)["Location"] == "/clients/CLT-001/"
    kept.refresh_from_db()
    assert kept.phone == "+33199009999"
    assert kept.description.count("Fusion avec") == 1


def test_nothing_is_cut_from_two_long_descriptions(desk: Browser) -> None:
    for letter in "ab":
        make_client(description=letter * 3_000)
    refused = desk.post(URL, {"other": "CLT-002", "confirm": "1"})
    assert refused.status_code == 422
    assert "5000 au plus" in field_errors(refused)["other"].replace("\u202f", "")
    assert Client.objects.count() == 2
