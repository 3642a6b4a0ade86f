"""The vehicle an intervention is about: named by plate on the form, in the admin and in files; shown on both pages."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import ProtectedError
from django.test import Client as Browser
from django.urls import reverse

from access import services as access_services
from access.models import Vehicle
from clients.models import Client
from clients.services.merging import merge_clients
from fixaloop.models import ImportBatch
from interventions import services
from interventions.models import Intervention
from tests.access.factories import make_vehicle
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import make_intervention, make_technician, slot, typed
from tests.interventions.test_import import load, run
from tests.pages import field_errors, find, links, read, records, said, values

NEW = "/interventions/new/"
ONE = "/interventions/INT-001/"


@pytest.fixture
def lupin(db: None) -> Client:
    return make_client(company_name="Serrurerie Lupin")


@pytest.fixture
def zola(lupin: Client) -> Client:
    return make_client(first_name="Émile", last_name="Zola")


def plates() -> list[str]:
    return [str(job.vehicle or "") for job in Intervention.objects.order_by("number")]


def sold_to(client: Client, vehicle: Vehicle) -> None:
    vehicle.client = client
    access_services.update_vehicle(vehicle, by=None)


def test_it_is_named_by_plate_or_key_and_shown_on_both_pages(lupin: Client, desk: Browser) -> None:
    vehicle = make_vehicle(lupin, "AB-123-CD", make="Renault", model="Kangoo")
    for text in ("ab 123 cd", str(vehicle.pk), ""):
        assert desk.post(NEW, typed(client="CLT-001", vehicle=text)).status_code == 302
    assert plates() == ["AB-123-CD", "AB-123-CD", ""]
    page = desk.get(ONE)
    assert links(page)["AB-123-CD"] == vehicle.get_absolute_url()
    assert "AB-123-CD Renault Kangoo" in said(desk.get(f"{ONE}sheet/"))
    assert "INT-001" in said(desk.get(vehicle.get_absolute_url()))
    assert values(desk.get(f"{ONE}edit/"))["vehicle"] == "AB-123-CD"


def test_it_offers_the_vehicles_of_the_chosen_client(lupin: Client, zola: Client, desk: Browser) -> None:
    make_vehicle(lupin, "AB-123-CD")
    make_vehicle(zola, "ZZ-999-ZZ")
    page = desk.get(f"{NEW}?client=CLT-001&vehicle=AB-123-CD")
    offered = find(page, "id", "id_vehicle_options")
    assert offered is not None
    assert [option.get("value") for option in offered.iter("option")] == ["AB-123-CD"]
    assert values(page)["vehicle"] == "AB-123-CD"
    assert "ZZ-999-ZZ" in desk.get("/interventions/vehicles/?client=zola").content.decode()
    assert "option" not in desk.get("/interventions/vehicles/?client=personne").content.decode()


@pytest.mark.parametrize(
    ("text", "told"), [("zz999zz", "autre client"), ("XX-000-XX", "dites ce que c’est"), ("?!", "Aucun véhicule")]
)
def test_it_refuses_what_is_not_the_client_s_beside_the_field(
    text: str, told: str, lupin: Client, zola: Client, desk: Browser
) -> None:
    make_vehicle(zola, "ZZ-999-ZZ")
    response = desk.post(NEW, typed(client="CLT-001", vehicle=text))
    assert response.status_code == 422
    assert told in field_errors(response)["vehicle"]
    assert values(response)["vehicle"] == text
    assert not Intervention.objects.exists()


def test_another_client_takes_another_vehicle(lupin: Client, zola: Client, desk: Browser) -> None:
    make_intervention(lupin, vehicle=make_vehicle(lupin, "AB-123-CD"))
    sent = values(desk.get(f"{ONE}edit/")) | {"client": "CLT-002"}
    assert "autre client" in field_errors(desk.post(f"{ONE}edit/", sent))["vehicle"]
    assert desk.post(f"{ONE}edit/", sent | {"vehicle": ""}).status_code == 302


def test_a_client_nobody_knows_is_the_only_thing_said(lupin: Client, desk: Browser) -> None:
    response = desk.post(NEW, typed(client="CLT-099", vehicle="AB-123-CD"))
    assert set(field_errors(response)) == {"client"}
    assert values(response)["vehicle"] == "AB-123-CD"


def test_a_sold_vehicle_keeps_the_work_done_on_it(lupin: Client, zola: Client, desk: Browser) -> None:
    vehicle = make_vehicle(lupin, "AB-123-CD")
    make_intervention(lupin, vehicle=vehicle)
    sold_to(zola, vehicle)
    sent = values(desk.get(f"{ONE}edit/")) | {"title": "Autre"}
    assert desk.post(f"{ONE}edit/", sent).status_code == 302
    services.plan(Intervention.objects.get(), technician=make_technician(), **slot(), by=None)
    assert plates() == ["AB-123-CD"]
    refused = desk.post(NEW, typed(client="CLT-001", vehicle="AB-123-CD"))
    assert "autre client" in field_errors(refused)["vehicle"]


def test_of_two_with_one_plate_it_is_the_client_s(lupin: Client, zola: Client, desk: Browser) -> None:
    old = make_vehicle(lupin, "AB-123-CD", is_active=False)
    make_vehicle(zola, "AB-123-CD")
    desk.post(NEW, typed(client="CLT-001", vehicle="AB-123-CD"))
    assert Intervention.objects.get().vehicle == old
    new = make_vehicle(lupin, "AB-124-CD")
    Vehicle.objects.filter(pk=new.pk).update(plate="AB-123-CD", plate_key="AB123CD", country="BE")
    sent = values(desk.get(f"{ONE}edit/"))
    desk.post(f"{ONE}edit/", sent | {"title": "Autre"})
    assert Intervention.objects.get().vehicle == old


def test_it_follows_a_merge_of_clients(lupin: Client, zola: Client, desk: Browser) -> None:
    make_intervention(zola, vehicle=make_vehicle(zola, "AB-123-CD"))
    merge_clients(lupin, zola, by=None)
    assert desk.post(f"{ONE}edit/", values(desk.get(f"{ONE}edit/"))).status_code == 302
    job = Intervention.objects.get()
    assert (job.client, str(job.vehicle)) == (lupin, "AB-123-CD")


def test_a_vehicle_that_was_worked_on_stays(lupin: Client) -> None:
    vehicle = make_vehicle(lupin)
    make_intervention(lupin, vehicle=vehicle)
    with pytest.raises(ProtectedError):
        vehicle.delete()


def test_it_is_linked_and_offered_to_who_may_see_vehicles(lupin: Client, sign_in: SignIn) -> None:
    vehicle = make_vehicle(lupin, "AB-123-CD")
    make_intervention(lupin, vehicle=vehicle)
    reader = sign_in("interventions.view_intervention", "interventions.change_intervention")
    assert "AB-123-CD" in said(reader.get(ONE))
    assert vehicle.get_absolute_url() not in reader.get(ONE).content.decode()
    form = reader.get(f"{ONE}edit/")
    assert values(form)["vehicle"] == "AB-123-CD"
    assert "/interventions/vehicles/" not in form.content.decode()
    assert reader.get("/interventions/vehicles/?client=CLT-001").status_code == 403
    guard = sign_in(group="Gardien")
    assert "Réparer la porte" not in said(guard.get(vehicle.get_absolute_url()))


def test_its_page_costs_the_same_whatever_was_done(
    lupin: Client, desk: Browser, django_assert_max_num_queries: Any
) -> None:
    vehicle = make_vehicle(lupin)
    for _job in range(8):
        make_intervention(lupin, vehicle=vehicle)
    with django_assert_max_num_queries(15):
        page = desk.get(vehicle.get_absolute_url())
    assert f"?vehicle={vehicle.pk}" in links(page)["Toutes ses interventions"]


@pytest.mark.parametrize("query", ["q=AB-123-CD", "q=ab123cd", "q=123cd", "q=lupin+ab123", "vehicle=ab123cd"])
def test_lists_find_it_by_its_plate(query: str, lupin: Client, desk: Browser) -> None:
    vehicle = make_vehicle(lupin, "XX-123-CD")
    make_intervention(lupin, vehicle=vehicle)
    make_intervention(lupin)
    vehicle.plate = "AB-123-CD"
    access_services.update_vehicle(vehicle, by=None)
    page = desk.get(f"/interventions/?{query}")
    assert [row.number for row in page.context["list"].pager.page.rows] == [1]
    assert "AB-123-CD" in said(page)


def test_history_tells_it(lupin: Client, desk: Browser) -> None:
    make_vehicle(lupin, "AB-123-CD")
    make_intervention(lupin)
    desk.post(f"{ONE}edit/", values(desk.get(f"{ONE}edit/")) | {"vehicle": "AB123CD"})
    assert "véhicule" in said(desk.get(ONE, {"told": "changes"}))
    assert Intervention.objects.get().history.first().vehicle_id == Vehicle.objects.get().pk


def test_the_admin_has_the_same_rule(lupin: Client, zola: Client, sign_in: SignIn) -> None:
    staff = sign_in(is_staff=True, is_superuser=True)
    mine, other = make_vehicle(lupin, "AB-123-CD"), make_vehicle(zola, "ZZ-999-ZZ")
    add = reverse("admin:interventions_intervention_add")
    form = values(staff.get(add)) | {"client": str(lupin.pk), "title": "Vidange"}
    assert "autre client" in said(staff.post(add, form | {"vehicle": str(other.pk)}))
    assert staff.post(add, form | {"vehicle": str(mine.pk)}).status_code == 302
    change = reverse("admin:interventions_intervention_change", args=[Intervention.objects.get().pk])
    assert staff.post(change, values(staff.get(change)) | {"vehicle": ""}).status_code == 302
    assert plates() == [""]
    query = "app_label=interventions&model_name=intervention&field_name=vehicle&term=ab123"
    assert "AB-123-CD" in staff.get(f"{reverse('admin:autocomplete')}?{query}").content.decode()


def test_an_import_names_it_by_plate(lupin: Client, zola: Client, tmp_path: Path) -> None:
    make_vehicle(lupin, "AB-123-CD")
    make_vehicle(zola, "ZZ-999-ZZ")
    text = "Client;Objet;Plaque\nCLT-001;Vidange;ab 123 cd\nCLT-001;Freins;\n"
    assert run(tmp_path, text)["created"] == 2
    assert plates() == ["AB-123-CD", ""]
    assert run(tmp_path, text)["unchanged"] == 2
    wrong = "Client;Objet;Plaque\nCLT-001;Pneus;ZZ999ZZ\nCLT-001;Courroie;XX-000-XX\n"
    report = run(tmp_path, wrong)
    assert [(issue["row"], issue["column"]) for issue in report["errors"]] == [(2, "Plaque"), (3, "Plaque")]
    report = run(tmp_path, wrong, "--lenient")
    assert (report["created"], len(report["warnings"])) == (2, 2)


def test_an_import_changes_it_and_takes_the_change_back(lupin: Client, tmp_path: Path) -> None:
    make_vehicle(lupin, "AB-123-CD")
    make_vehicle(lupin, "AB-124-CD")
    job = make_intervention(lupin, vehicle=Vehicle.objects.get(plate="AB-123-CD"))
    text = f"Identifiant;Client;Véhicule\n{job.reference};CLT-001;AB-124-CD\n"
    assert run(tmp_path, text)["updated"] == 1
    assert plates() == ["AB-124-CD"]
    call_command("undo_import", str(ImportBatch.objects.get().pk), stdout=io.StringIO())
    assert plates() == ["AB-123-CD"]


def test_an_export_comes_back_unchanged(lupin: Client, zola: Client, desk: Browser, tmp_path: Path) -> None:
    sold, old = make_vehicle(lupin, "AB-123-CD"), make_vehicle(lupin, "1234 AB 57", is_active=False)
    make_vehicle(lupin, "1234 AB 57")
    make_intervention(lupin, vehicle=sold)
    make_intervention(lupin, vehicle=old, title="Freins")
    sold_to(zola, sold)
    response = desk.get("/interventions/export/")
    path = tmp_path / "export.xlsx"
    path.write_bytes(read(response))
    assert sorted(row["Véhicule"] for row in records(desk.get("/interventions/export/"))) == ["1234 AB 57", "AB-123-CD"]
    report = load(path)
    assert (report["unchanged"], report["errors"]) == (2, [])
