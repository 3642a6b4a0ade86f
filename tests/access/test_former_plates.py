"""A car changes its plate, or its owner: both are still found by the plate that was known."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.test import Client as Browser
from django.utils import timezone

from access.declared import nightly
from access.models import FormerPlate, Vehicle
from access.services import update_vehicle
from clients.models import Client
from clients.privacy import anonymize_client
from clients.services.merging import merge_clients
from tests.access.factories import make_vehicle
from tests.conftest import SignIn
from tests.factories import make_client
from tests.tables import left_of

pytestmark = pytest.mark.django_db
fill = import_module("access.migrations.0019_find_former_plates").fill


@pytest.fixture
def boss(sign_in: SignIn) -> Browser:
    return sign_in("clients.view_client", "access.view_vehicle")


def changed(vehicle: Vehicle, **values: Any) -> Vehicle:
    vehicle = Vehicle.objects.get(pk=vehicle.pk)
    for name, value in values.items():
        setattr(vehicle, name, value)
    return update_vehicle(vehicle, by=None)


def moved() -> tuple[Client, Client, Vehicle]:
    """A car with a new plate, then handed from one to another."""
    first, second = make_client(last_name="Avant"), make_client(last_name="Après")
    vehicle = changed(make_vehicle(first, plate="AA-111-AA"), plate="BB-222-BB")
    return first, second, changed(vehicle, client=second)


def found(boss: Browser, url: str, query: str) -> str:
    return boss.get(url, {"q": query}).content.decode()


def test_a_former_plate_finds_the_car_and_who_had_it(boss: Browser) -> None:
    first, second, vehicle = moved()
    for query in ("AA-111-AA", "aa111aa", "BB-222-BB"):
        assert f"/clients/{first.reference}/" in found(boss, "/clients/", query)
        assert first.reference in found(boss, "/clients/pick/", query)
        assert f"/access/vehicles/{vehicle.pk}/" in found(boss, "/access/vehicles/", query)
    assert f"/clients/{second.reference}/" not in found(boss, "/clients/", "AA-111-AA")
    assert f"/clients/{second.reference}/" in found(boss, "/clients/", "BB-222-BB")


def test_what_it_has_again_is_no_former_plate() -> None:
    vehicle = make_vehicle(plate="AA-111-AA")
    changed(changed(vehicle, plate="BB-222-BB"), plate="AA-111-AA")
    assert list(vehicle.former_plates.values_list("plate_key", flat=True)) == ["BB222BB"]


def test_a_merge_moves_it_and_forgetting_takes_it_from_both(boss: Browser) -> None:
    first, second, _vehicle = moved()
    kept = merge_clients(make_client(last_name="Gardé"), first, by=None)
    assert f"/clients/{kept.reference}/" in found(boss, "/clients/", "AA-111-AA")
    # The car is the second one's: its plate goes from where it was before as well.
    anonymize_client(second, by=None)
    assert f"/clients/{kept.reference}/" not in found(boss, "/clients/", "BB-222-BB")
    anonymize_client(kept, by=None)
    assert left_of(("aa111aa", "aa-111-aa", "bb222bb", "bb-222-bb")) == []
    assert not FormerPlate.objects.exists()


def test_the_history_of_before_is_searched_too(boss: Browser) -> None:
    first, _second, _vehicle = moved()
    rows = set(FormerPlate.objects.values_list("vehicle", "client", "plate_key"))
    for _time in range(2):
        fill(apps, None)
        assert set(FormerPlate.objects.values_list("vehicle", "client", "plate_key")) == rows
    FormerPlate.objects.all().delete()
    Client.objects.filter(pk=first.pk).update(extra_search="", search_text="")
    fill(apps, None)
    assert f"/clients/{first.reference}/" in found(boss, "/clients/", "AA-111-AA")
    assert all(line.endswith(" 0") for line in nightly.run(timezone.now()) if "réparé" in line)
