"""Vehicles: registered by plate, with what is known of it proposed and odd plates remarked on."""

import pytest
from django.test import Client as Browser

from access.models import Vehicle
from clients.models import Client
from tests.access.factories import make_active_client, make_vehicle
from tests.pages import field_errors, said, values


@pytest.fixture
def client(db: None) -> Client:
    return make_active_client(first_name="Zoé", last_name="Lefèvre")


def typed(client: Client, **fields: str) -> dict[str, str]:
    return {"client": client.reference, "plate": "ab 123 cd", "country": "FR"} | fields


def test_it_registers_a_vehicle_by_its_plate(client: Client, desk: Browser) -> None:
    sent = typed(client, make="Renault", model="Clio", year="2021", color="Gris")
    response = desk.post("/access/vehicles/new/", sent, follow=True)
    vehicle = Vehicle.objects.get()
    assert (vehicle.plate, vehicle.plate_display, vehicle.year) == ("ab 123 cd", "AB-123-CD", 2021)
    assert "AB-123-CD" in said(response)
    assert "AB-123-CD" in said(desk.get(f"/clients/{client.reference}/vehicles/"))


def test_it_warns_about_an_odd_plate_and_takes_it(client: Client, desk: Browser) -> None:
    assert "Peut-être AB-103-CD" in said(desk.get("/access/vehicles/check/?plate=AB-1O3-CD&country=FR"))
    response = desk.post("/access/vehicles/new/", typed(client, plate="AB-1O3-CD"), follow=True)
    assert "n’a pas la forme" in said(response)
    assert Vehicle.objects.count() == 1
    assert said(desk.get("/access/vehicles/check/?plate=1-ABC-234&country=BE")) == ""


def test_it_names_whose_the_plate_is_already(client: Client, desk: Browser) -> None:
    other = make_vehicle(plate="AB-123-CD")
    response = desk.post("/access/vehicles/new/", typed(client))
    assert response.status_code == 422
    assert other.client.name in field_errors(response)["plate"]
    assert other.get_absolute_url() in response.content.decode()
    assert "est en circulation chez" in said(desk.get("/access/vehicles/check/?plate=ab123cd"))


def test_it_proposes_what_is_known_of_a_plate(client: Client, desk: Browser) -> None:
    former = make_vehicle(plate="AB-123-CD", make="Renault", model="Clio", year=2015, is_active=False)
    assert "Cette plaque est connue" in said(desk.get("/access/vehicles/check/?plate=ab123cd"))
    response = desk.post("/access/vehicles/new/", typed(client, make="Dacia", take=str(former.pk)))
    filled = values(response)
    assert (filled["make"], filled["model"], filled["year"]) == ("Dacia", "Clio", "2015")
    assert Vehicle.objects.count() == 1


def test_it_takes_a_vehicle_off_the_road_and_back(client: Client, desk: Browser) -> None:
    vehicle = make_vehicle(client)
    url = f"/access/vehicles/{vehicle.pk}/circulation/"
    desk.post(url, {"to": "retired"})
    vehicle.refresh_from_db()
    assert not vehicle.is_active
    make_vehicle(plate="AB-123-CD")
    assert "a déjà cette immatriculation" in said(desk.post(url, {"to": "active"}, follow=True))
    vehicle.refresh_from_db()
    assert not vehicle.is_active


def test_it_keeps_what_was_typed_on_a_stale_page(client: Client, desk: Browser) -> None:
    vehicle = make_vehicle(client)
    url = f"/access/vehicles/{vehicle.pk}/edit/"
    sent = values(desk.get(url))
    desk.post(url, sent | {"make": "Renault"})
    response = desk.post(url, sent | {"make": "Dacia"})
    assert response.status_code == 409
    assert values(response)["make"] == "Dacia"
    assert "Renault" in said(response)


def test_it_registers_once_what_is_sent_twice(client: Client, desk: Browser) -> None:
    sent = values(desk.get(f"/access/vehicles/new/?client={client.reference}")) | {"plate": "AB-123-CD"}
    first, second = desk.post("/access/vehicles/new/", sent), desk.post("/access/vehicles/new/", sent)
    assert first["Location"] == second["Location"]
    assert Vehicle.objects.count() == 1


def test_entries_and_events_are_filtered_by_one(desk: Browser) -> None:
    vehicle = make_vehicle(plate="AB-123-CD")
    for address in ("/access/entries/", "/access/events/"):
        for text in ("ab 123 cd", vehicle.pk):
            page = desk.get(address, {"vehicle": text})
            assert [token.value for token in page.context["list"].tokens] == ["AB-123-CD"]


def test_it_says_none_of_what_is_not_known(client: Client, desk: Browser) -> None:
    vehicle = make_vehicle(client, year=None)
    assert "<dt>Année</dt><dd>—</dd>" in desk.get(vehicle.get_absolute_url()).content.decode()
    Vehicle.objects.update(year=2019)
    assert "<dt>Année</dt><dd>2019</dd>" in desk.get(vehicle.get_absolute_url()).content.decode()
