"""Files of vehicles."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from access.models import Tag, Vehicle
from clients.models import Client
from fixaloop.models import ImportBatch
from tests.access.factories import make_active_client, make_vehicle
from tests.access.importing import exported, run, write

pytestmark = pytest.mark.django_db


class TestVehicles:
    """What is promised of any file."""

    @pytest.mark.parametrize("key", ["reference", "email", "siret", "external_reference"])
    def test_it_finds_the_client_by_what_the_row_says(self, tmp_path: Path, key: str) -> None:
        client = make_active_client(company_name="Garage", siret="44306184100047", external_reference="A 12")
        text = f"Immatriculation;Client\nAB-123-CD;{getattr(client, key)}\n"
        for options in ((), (f"--key={key}",)):
            code, _report = run("import_vehicles", write(tmp_path / "v.csv", text), *options)
            assert (code, Vehicle.objects.get().client) == (0, client)

    def test_it_makes_clients_found_by_their_plates(self, tmp_path: Path) -> None:
        client = make_active_client()
        run("import_vehicles", write(tmp_path / "v.csv", f"Immatriculation;Client\nAB-123-CD;{client.reference}\n"))
        assert "ab123cd" in Client.objects.get().search_text

    def test_it_updates_what_changed_and_never_erases_with_a_blank_cell(self, tmp_path: Path) -> None:
        vehicle = make_vehicle(plate="AB-123-CD", make="Renault", color="Gris")
        text = f"Immatriculation;Client;Marque;Couleur;Tags\nab123cd;{vehicle.client.reference};;Noir;VIP\n"
        _code, report = run("import_vehicles", write(tmp_path / "v.csv", text))
        vehicle.refresh_from_db()
        assert (report["updated"], vehicle.make, vehicle.color, vehicle.version) == (1, "Renault", "Noir", 2)
        assert [tag.name for tag in vehicle.tags.all()] == ["VIP"]
        assert vehicle.history.first().history_change_reason == str(ImportBatch.objects.first())

    def test_it_takes_a_plate_from_nobody(self, tmp_path: Path) -> None:
        make_vehicle(plate="AB-123-CD")
        other = make_active_client()
        text = f"Immatriculation;Client\nAB 123 CD;{other.reference}\n"
        code, report = run("import_vehicles", write(tmp_path / "v.csv", text))
        assert (code, report["errors"][0]["column"]) == (2, "Immatriculation")

    def test_it_remarks_on_an_odd_plate_and_takes_it(self, tmp_path: Path) -> None:
        client = make_active_client()
        text = f"Immatriculation;Client\nAB-I23-CD;{client.reference}\n"
        code, report = run("import_vehicles", write(tmp_path / "v.csv", text))
        assert (code, report["created"]) == (0, 1)
        assert "AB-123-CD" in report["warnings"][0]["message"]

    @pytest.mark.parametrize("until", ["31/12/46", "31 déc. 2046", "2046-12-31", "53692"])
    def test_it_reads_the_last_day_however_files_write_it(self, tmp_path: Path, until: str) -> None:
        client = make_active_client().reference
        text = f"Immatriculation;Client;Zones;Ouvre jusqu'au\nAB-123-CD;{client};Parking;{until}\n"
        assert run("import_vehicles", write(tmp_path / "v.csv", text))[0] == 0
        assert Vehicle.objects.get().valid_until == date(2046, 12, 31)

    @pytest.mark.parametrize(
        ("heading", "wrong"),
        [
            ("Ouvre jusqu’au", "fin d’année"),
            ("Ouvre jusqu’au", "-"),
            ("Horaires", "8h-18h jours ouvrés"),
            ("Horaires", "néant"),
        ],
    )
    def test_it_opens_nothing_wider_by_what_it_cannot_read(self, tmp_path: Path, heading: str, wrong: str) -> None:
        client = make_active_client().reference
        rows = "".join(f"{plate};{client};Parking;{wrong}\n" for plate in ("AB-123-CD", "AB-124-CD"))
        path = write(tmp_path / "v.csv", f"Immatriculation;Client;Zones;{heading}\n{rows}")
        for options in ((), ("--lenient",)):
            code, report = run("import_vehicles", path, *options)
            assert (code, [issue["column"] for issue in report["errors"]]) == (2, [heading, heading])
        assert not Vehicle.objects.exists()

    def test_it_simulates_without_leaving_anything(self, tmp_path: Path) -> None:
        text = f"Immatriculation;Client;Tags\nAB-123-CD;{make_active_client().reference};VIP\n"
        _code, report = run("import_vehicles", write(tmp_path / "v.csv", text), "--dry-run")
        assert (report["created"], Vehicle.objects.count(), Tag.objects.count()) == (1, 0, 0)

    def test_it_is_taken_back_whole(self, tmp_path: Path) -> None:
        old = make_vehicle(plate="AA-111-AA", color="Gris")
        reference = old.client.reference
        text = f"Immatriculation;Client;Couleur;Tags\nAA111AA;{reference};Noir;\nAB123CD;{reference};;VIP\n"
        _code, report = run("import_vehicles", write(tmp_path / "v.csv", text))
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        [vehicle] = Vehicle.objects.all()
        assert (vehicle.pk, vehicle.color) == (old.pk, "Gris")
        assert "ab123cd" not in Client.objects.get().search_text


class TestVehiclesThatShareAPlate:
    """One plate may stand for a vehicle on the road and for others that are so no more."""

    @pytest.fixture
    def sold(self) -> tuple[Vehicle, Vehicle]:
        """What its seller keeps of a car, and its buyer's."""
        seller = make_vehicle(plate="AA-777-VD", make="Renault", is_active=False)
        return seller, make_vehicle(plate="AA-777-VD", make="Renault")

    @pytest.fixture
    def bought_back(self) -> tuple[Vehicle, Vehicle]:
        old = make_vehicle(plate="AA-777-VD", is_active=False)
        return old, make_vehicle(old.client, plate="AA-777-VD")

    @pytest.mark.parametrize("case", ["sold", "bought_back"])
    def test_it_changes_each_as_its_row_says(
        self, case: str, tmp_path: Path, admin_client: Any, request: pytest.FixtureRequest
    ) -> None:
        old, new = request.getfixturevalue(case)

        def paint(row: dict[str, Any]) -> None:
            row["Couleur"].value = "Vert" if row["En circulation"].value == "oui" else "Noir"

        path = exported(admin_client, "/access/vehicles/export/", tmp_path, paint)
        code, report = run("import_vehicles", path)
        assert (code, report["updated"], report["created"]) == (0, 2, 0)
        assert (Vehicle.objects.get(pk=old.pk).color, Vehicle.objects.get(pk=new.pk).color) == ("Noir", "Vert")
        assert run("import_vehicles", path)[1]["unchanged"] == 2

    def test_it_changes_the_seller_s_alone(
        self, tmp_path: Path, admin_client: Any, sold: tuple[Vehicle, Vehicle]
    ) -> None:
        def paint(row: dict[str, Any]) -> None:
            row["Couleur"].value = "Noir"

        path = f"/access/vehicles/export/?client={sold[0].client.reference}"
        assert run("import_vehicles", exported(admin_client, path, tmp_path, paint))[1]["updated"] == 1
        assert set(Vehicle.objects.values_list("pk", "color")) == {(sold[0].pk, "Noir"), (sold[1].pk, "")}

    def test_it_takes_the_one_off_the_road_that_is_on_it(
        self, tmp_path: Path, admin_client: Any, bought_back: tuple[Vehicle, Vehicle]
    ) -> None:
        old, new = bought_back
        Vehicle.objects.filter(pk=new.pk).update(make="Renault", make_key="renault", color="Vert")

        def retire(row: dict[str, Any]) -> None:
            row["En circulation"].value = "non"

        path = exported(admin_client, "/access/vehicles/export/?make=Renault", tmp_path, retire)
        assert run("import_vehicles", path)[1]["updated"] == 1
        assert list(Vehicle.objects.order_by("pk").values_list("pk", "is_active", "color")) == [
            (old.pk, False, ""),
            (new.pk, False, "Vert"),
        ]

    def test_it_puts_no_second_one_on_the_road(self, tmp_path: Path, sold: tuple[Vehicle, Vehicle]) -> None:
        seller, buyer = (vehicle.client.reference for vehicle in sold)
        header = "Immatriculation;Client;En circulation\n"
        code, report = run("import_vehicles", write(tmp_path / "v.csv", f"{header}AA-777-VD;{seller};oui\n"))
        assert (code, report["errors"][0]["column"]) == (2, "Immatriculation")
        assert str(sold[1].client) in report["errors"][0]["message"]
        rows = f"AA-777-VD;{buyer};oui\nAA-777-VD;{buyer};oui\n"
        code, report = run("import_vehicles", write(tmp_path / "v.csv", header + rows))
        assert (code, report["errors"][0]["row"]) == (2, 3)

    def test_it_brings_both_in_once(self, tmp_path: Path) -> None:
        first, second = make_active_client().reference, make_active_client().reference
        rows = [f"AA-777-VD;{first};non", f"AA-777-VD;{second};oui", f"AA-777-VD;{second};non"]
        path = write(tmp_path / "v.csv", "\n".join(["Immatriculation;Client;En circulation", *rows, ""]))
        assert run("import_vehicles", path)[1]["created"] == 3
        assert run("import_vehicles", path)[1]["unchanged"] == 3
        assert Vehicle.objects.filter(is_active=True).count() == 1
