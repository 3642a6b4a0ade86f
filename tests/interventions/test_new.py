"""A new intervention for somebody whom nobody knows yet: client, vehicle and job in one form, all of it or nothing."""

import pytest
from django.test import Client as Browser
from django.utils import timezone

from access.models import Vehicle
from clients.models import Client
from interventions.models import Intervention
from tests.access.factories import make_vehicle
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import make_technician, slot, typed
from tests.pages import field_errors, find, said, values

NEW = "/interventions/new/"


def caller(**fields: str) -> dict[str, str]:
    """What a browser sends for a caller who is not known."""
    told = {"who": "new", "client": "", "kind": "individual", "first_name": "Marcel", "last_name": "Dupond"}
    return typed(**told, phone="06 39 98 07 14", description="Ferme mal", **fields)


def counts() -> tuple[int, int, int]:
    return Client.objects.count(), Vehicle.objects.count(), Intervention.objects.count()


def test_client_vehicle_and_job_are_created_in_one_go(desk: Browser) -> None:
    sent = values(desk.get(NEW)) | caller(vehicle="zz 999 zz", vehicle_name="Alfa Romeo Giulia")
    first = desk.post(NEW, sent)
    assert first.status_code == 302
    job = Intervention.objects.select_related("client", "vehicle__client").get()
    assert (job.client.name, job.client.phone_display, job.client.description) == (
        "Marcel Dupond",
        "06 39 98 07 14",
        "",
    )
    assert job.client.history.get().history_user is not None
    vehicle = job.vehicle
    assert vehicle is not None
    assert (vehicle.plate_display, vehicle.make, vehicle.model) == ("ZZ-999-ZZ", "Alfa Romeo", "Giulia")
    assert vehicle.client == job.client
    assert "nouveau client" in said(desk.get(first["Location"]))
    assert "INT-001 à planifier" in said(desk.get("/clients/"))
    # Sent twice, it happens once.
    assert desk.post(NEW, sent)["Location"] == first["Location"]
    assert counts() == (1, 1, 1)


def test_it_is_planned_too_where_that_is_asked(desk: Browser) -> None:
    times = {name: f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}" for name, moment in slot().items()}
    refused = desk.post(NEW, caller(to="planned", **times))
    assert refused.status_code == 422
    assert "technician" in field_errors(refused)
    assert counts() == (0, 0, 0)
    assert desk.post(NEW, caller(to="planned", technician=str(make_technician().pk), **times)).status_code == 302
    assert Intervention.objects.get().state == "planned"
    # Who gives all of it plans by the other button too.
    known = typed(client="CLT-001", technician=str(make_technician().pk), **times)
    assert desk.post(NEW, known).status_code == 302
    assert Intervention.objects.order_by("pk").last().state == "planned"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("fields", "where", "sentence"),
    [
        ({"last_name": ""}, "last_name", "Indiquez le nom"),
        ({"phone": "06 12"}, "phone", "06 12"),
        ({"title": ""}, "title", "Indiquez"),
        ({"email": "garage@example.org"}, "email", "a déjà cette adresse e-mail"),
        ({"vehicle": "ZZ-999-ZZ"}, "vehicle", "dites ce que c’est"),
        ({"vehicle": "AB-123-CD", "vehicle_name": "Renault Clio"}, "vehicle", "déjà en circulation"),
        ({"vehicle": "?", "vehicle_name": "Renault Clio"}, "vehicle", ""),
    ],
)
def test_nothing_is_kept_and_nothing_is_lost(fields: dict[str, str], where: str, sentence: str, desk: Browser) -> None:
    make_vehicle(client=make_client(company_name="Garage du Port", email="garage@example.org"), plate="AB123CD")
    before = counts()
    sent = caller() | fields
    response = desk.post(NEW, sent)
    assert response.status_code == 422
    assert sentence in field_errors(response)[where]
    assert counts() == before
    kept = values(response)
    assert {name: kept.get(name) for name in sent} == sent


def test_a_plate_nobody_has_is_recorded_for_a_client_who_is_known(desk: Browser) -> None:
    make_client()
    refused = desk.post(NEW, typed(client="CLT-001", vehicle="ZZ-999-ZZ"))
    assert "dites ce que c’est" in field_errors(refused)["vehicle"]
    assert desk.post(NEW, typed(client="CLT-001", vehicle="ZZ-999-ZZ", vehicle_name="Clio")).status_code == 302
    assert Vehicle.objects.get().client == Client.objects.get()


def test_what_named_nobody_is_there_for_a_new_client(desk: Browser) -> None:
    response = desk.post(NEW, typed(client="Marcel Dupond"))
    assert "Aucun client" in field_errors(response)["client"]
    kept = values(response)
    assert (kept["first_name"], kept["last_name"], kept["client"]) == ("Marcel", "Dupond", "Marcel Dupond")


def test_one_who_is_alike_is_taken_instead(desk: Browser) -> None:
    make_client(first_name="Marcel", last_name="Dupont", phone="+33639980714")
    told = desk.post("/clients/check/", caller())
    assert find(told, "value", "CLT-001") is not None
    taken = desk.post(NEW, caller(take_client="CLT-001"))
    assert taken.status_code == 200
    kept = values(taken)
    assert (kept["who"], kept["client"], kept["description"]) == ("known", "CLT-001", "Ferme mal")
    assert counts() == (1, 0, 0)


def test_each_is_created_by_those_who_may(sign_in: SignIn) -> None:
    reader = sign_in("interventions.add_intervention", "clients.view_client", "access.view_vehicle")
    assert find(reader.get(NEW), "name", "who") is None
    assert find(reader.get(NEW), "name", "vehicle_name") is None
    assert reader.post(NEW, caller()).status_code == 403
    make_client()
    refused = reader.post(NEW, typed(client="CLT-001", vehicle="ZZ-999-ZZ", vehicle_name="Clio"))
    assert "Aucun véhicule" in field_errors(refused)["vehicle"]
    assert counts() == (1, 0, 0)
    desk = sign_in("interventions.add_intervention", "clients.add_client", "clients.view_client")
    refused = desk.post(NEW, caller(vehicle="ZZ-999-ZZ", vehicle_name="Clio"))
    assert "Aucun véhicule" in field_errors(refused)["vehicle"]
    assert counts() == (1, 0, 0)
