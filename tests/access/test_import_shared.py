"""The shared files of vehicles and cards: what their companions say becomes of each line."""

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.management import call_command

from access.gate.codes import digest
from access.models import AccessCard, CardSecret, Tag, Vehicle
from clients.models import Client
from tests.access.importing import run

SHARED = Path(__file__).parents[3] / "shared" / "data" / "imports"
shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared import files are not here")
pytestmark = pytest.mark.django_db


def expected(name: str) -> dict[str, set[int]]:
    """The lines of a shared file by what should become of them."""
    decided: dict[str, set[int]] = {"accepter": set(), "signaler": set(), "refuser": set()}
    for line in json.loads((SHARED / f"{name}.attendu.json").read_text())["lignes"]:
        decided[line["decision"]].add(line["ligne"])
    return decided


@pytest.fixture
def owners() -> None:
    call_command("import_clients", str(SHARED / "clients_simple.csv"), stdout=io.StringIO())


@shared
@pytest.mark.usefixtures("owners")
class TestSharedVehicles:
    """vehicules.csv, as its companion says."""

    def test_it_takes_and_refuses_the_lines_it_should(self) -> None:
        wanted = expected("vehicules.csv")
        code, report = run("import_vehicles", SHARED / "vehicules.csv", "--on-error=skip")
        refused = {issue["row"] for issue in report["errors"]}
        assert (code, report["created"], refused) == (1, 16, wanted["signaler"] | wanted["refuser"])
        assert report["warnings"] == []

    def test_it_keeps_what_they_say(self) -> None:
        run("import_vehicles", SHARED / "vehicules.csv", "--on-error=skip")
        for line in json.loads((SHARED / "vehicules.csv.attendu.json").read_text())["lignes"]:
            if line["decision"] != "accepter":
                continue
            said = line["vehicule"]
            vehicles = Vehicle.objects.filter(plate_key=said["normalise"], country=said["pays"], make=said["marque"])
            [vehicle] = vehicles
            assert (vehicle.model, vehicle.year, vehicle.color) == (said["modele"], said["annee"], said["couleur"])
        assert {tag.name for tag in Tag.objects.all()} == {"VIP", "Abonné mensuel", "PMR", "Livraison"}
        assert Vehicle.objects.get(make="BMW").plate == "B-MW 1234"

    def test_it_leaves_wrong_optional_values_empty_when_lenient(self) -> None:
        code, report = run("import_vehicles", SHARED / "vehicules.csv", "--lenient", "--on-error=skip")
        assert (code, report["created"]) == (1, 19)
        assert {issue["row"] for issue in report["warnings"]} == {21, 22, 23}
        saab = Vehicle.objects.get(plate_key="ZZ999ZZ")
        assert (saab.make, saab.model) == ("Saab", "")
        assert Vehicle.objects.get(plate_key="ZX999ZZ").year is None

    def test_it_writes_nothing_unless_asked_to_skip(self) -> None:
        code, report = run("import_vehicles", SHARED / "vehicules.csv")
        assert (code, report["refused"], Vehicle.objects.count()) == (2, 7, 0)

    def test_it_changes_nothing_the_second_time(self) -> None:
        run("import_vehicles", SHARED / "vehicules.csv", "--on-error=skip")
        _code, report = run("import_vehicles", SHARED / "vehicules.csv", "--on-error=skip")
        assert (report["created"], report["updated"], report["unchanged"], Vehicle.objects.count()) == (0, 0, 16, 16)


@shared
@pytest.mark.usefixtures("owners")
class TestSharedCards:
    """cartes_acces.xlsx, as its companion says."""

    def test_it_takes_and_refuses_the_lines_it_should(self) -> None:
        wanted = expected("cartes_acces.xlsx")
        code, report = run("import_cards", SHARED / "cartes_acces.xlsx", "--on-error=skip")
        refused = {issue["row"] for issue in report["errors"]}
        assert (code, report["created"], refused) == (1, 6, wanted["signaler"] | wanted["refuser"])
        assert {issue["column"] for issue in report["warnings"]} == {"Zones"}

    def test_it_keeps_what_they_say(self) -> None:
        run("import_cards", SHARED / "cartes_acces.xlsx", "--on-error=skip")
        cards = {card.username: card for card in AccessCard.objects.all()}
        assert set(cards) == {"user1", "user2", "user6", "user8", "user9", "user11"}
        assert (cards["user1"].badge_number, cards["user1"].valid_until) == ("04A2B9C1", date(2025, 12, 31))
        assert cards["user2"].badge_number == "0012345678"
        assert CardSecret.objects.get(card=cards["user6"]).secret_hash == digest("FXL-9F2C-771A-0B3E")
        assert cards["user8"].state(datetime(2026, 11, 21, 12, tzinfo=UTC)) == "expired"
        assert cards["user9"].valid_until is None
        assert (cards["user11"].valid_from, cards["user11"].valid_until) == (date(2025, 12, 31), date(2026, 12, 31))
        assert cards["user11"].status == "suspended"
        assert {zone.name for zone in cards["user1"].zones.all()} == {"Parking P1", "Bâtiment A"}
        assert Client.objects.get(cards=cards["user11"]).card_suspended

    def test_it_changes_nothing_the_second_time(self) -> None:
        run("import_cards", SHARED / "cartes_acces.xlsx", "--on-error=skip")
        _code, report = run("import_cards", SHARED / "cartes_acces.xlsx", "--on-error=skip")
        assert (report["created"], report["updated"], report["unchanged"]) == (0, 0, 6)
        assert not report["warnings"]
