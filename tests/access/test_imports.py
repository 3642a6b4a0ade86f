"""manage.py import_vehicles, import_cards, import_entries: real files, and the promises of every import."""

import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override
from openpyxl import load_workbook

from access.gate.credentials import digest
from access.hours import parse_hours
from access.imports import CardImporter, EntryImporter
from access.models import AccessCard, CardSecret, Entry, Event, Payment, Tag, Vehicle, Zone
from access.services import change_card_status, record_payment, reissue_card, update_vehicle
from clients.models import Client
from fixaloop.imports.importer import Options
from fixaloop.imports.run import ImportFailed, run_import
from fixaloop.models import ImportBatch
from tests.access.factories import make_active_client, make_card, make_device, make_entry, make_vehicle, make_zone

SHARED = Path(__file__).parents[3] / "shared" / "data" / "imports"
shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared import files are not here")
pytestmark = pytest.mark.django_db


def run(command: str, path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Import a file; return the exit code and the report."""
    output = io.StringIO()
    try:
        call_command(command, str(path), "--format=json", *options, stdout=output)
    except SystemExit as stop:
        return int(stop.code or 0), json.loads(output.getvalue())
    return 0, json.loads(output.getvalue())


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def exported(
    browser: Browser, address: str, folder: Path, edit: Callable[[dict[str, Any]], None] = lambda row: None
) -> Path:
    """The file of a list, each row of it (heading → cell) as somebody edits it."""
    path = folder / "export.xlsx"
    path.write_bytes(b"".join(browser.get(address).streaming_content))  # type: ignore[attr-defined]
    book = load_workbook(path)
    headings, *rows = book.worksheets[0].iter_rows()
    for row in rows:
        edit({str(heading.value): cell for heading, cell in zip(headings, row, strict=True)})
    book.save(path)
    return path


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


class TestCards:
    """What is promised of any file."""

    HEADER = "Nom d’utilisateur;Type;N° de badge;Code QR;Client;Statut;Valable du;Valable au;Zones;Horaires"

    def row(self, tmp_path: Path, text: str, *options: str) -> tuple[int, dict[str, Any]]:
        return run("import_cards", write(tmp_path / "c.csv", f"{self.HEADER}\n{text}\n"), *options)

    def test_it_keeps_permissions_as_written(self, tmp_path: Path) -> None:
        zone, client = make_zone("Parking"), make_active_client()
        self.row(tmp_path, f"jean;QR;;;{client.reference};Active;;;parking;lun-ven 8h-18h")
        card = AccessCard.objects.get()
        assert (list(card.zones.all()), card.everywhere, card.valid_until) == ([zone], False, None)
        assert card.hours == parse_hours("lun-ven 08:00-18:00")

    def test_it_refuses_hours_it_cannot_read_even_when_lenient(self, tmp_path: Path) -> None:
        code, report = self.row(tmp_path, f"jean;QR;;;{make_active_client().reference};;;;;le soir", "--lenient")
        assert (code, report["errors"][0]["column"]) == (2, "Horaires")

    def test_it_refuses_a_client_without_an_e_mail(self, tmp_path: Path) -> None:
        client = make_active_client(email="")
        assert self.row(tmp_path, f"jean;QR;;;{client.reference};;;;;")[1]["errors"][0]["column"] == "Client"

    @pytest.mark.parametrize(
        ("text", "column"),
        [
            ("pris;QR;;;{client};;;;;", "Nom d’utilisateur"),
            ("jean;Badge;12345678;;{client};;;;;", "N° de badge"),
            ("jean;Badge;;;{client};;;;;", "N° de badge"),
            ("jean;Badge;4,5E+12;;{client};;;;;", "N° de badge"),
            ("jean;QR;;court;{client};;;;;", "Code QR"),
            ("jean;QR;;;{client};Peut-être;;;;", "Statut"),
            ("jean;Clé;;;{client};;;;;", "Type"),
            ("jean;QR;;;{client};;31/12/2026;01/01/2026;;", "Valable au"),
            ("jean valjean;QR;;;{client};;;;;", "Nom d’utilisateur"),
        ],
    )
    def test_it_refuses_what_is_taken_or_makes_no_sense(self, tmp_path: Path, text: str, column: str) -> None:
        make_card(username="Pris", kind="badge", badge_number="0012345678")
        code, report = self.row(tmp_path, text.format(client=make_active_client().reference))
        assert (code, report["errors"][0]["column"]) == (2, column)

    def test_it_takes_a_number_in_hexadecimal_that_looks_like_a_power_of_ten(self, tmp_path: Path) -> None:
        self.row(tmp_path, f"jean;Badge;12E34567;;{make_active_client().reference};;;;;")
        assert AccessCard.objects.get().badge_number == "12E34567"

    def test_it_is_taken_back_whole(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        text = f"jean;QR;;;{card.client.reference};Perdue;;;;\nmarie;QR;;FXL-OLD-CODE;{card.client.reference};;;;Cave;"
        _code, report = self.row(tmp_path, text)
        assert (report["created"], report["updated"]) == (1, 1)
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        [left] = AccessCard.objects.all()
        assert (left.username, left.status, left.valid_until) == ("jean", "active", card.valid_until)
        assert Client.objects.get().last_card_day == card.valid_until

    def test_it_gives_the_code_back_that_it_replaced(self, tmp_path: Path) -> None:
        card, qr = make_card(username="jean")
        badge, _none = make_card(card.client, username="marie", kind="badge", badge_number="12")
        text = f"jean;QR;;FXL-NEW-CODE;{card.client.reference};;;;\nmarie;QR;;FXL-2ND-CODE;{card.client.reference};;;;"
        _code, report = self.row(tmp_path, text)
        assert report["updated"] == 2
        old, new = card.secrets.get(secret_hash=digest(qr)), card.secrets.get(revoked_at=None)
        assert (old.revoked_at is not None, new.secret_hash) == (True, digest("FXL-NEW-CODE"))
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        assert card.secrets.get() == old
        assert card.secrets.get().revoked_at is None
        assert not badge.secrets.exists()

    def test_it_lets_no_new_code_be_lost_by_taking_it_back(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        _code, report = self.row(tmp_path, f"jean;QR;;FXL-NEW-CODE;{card.client.reference};;;;")
        issued = reissue_card(card, by=None)
        with pytest.raises(CommandError):
            call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        assert card.secrets.get(revoked_at=None).secret_hash == digest(issued.qr_value)

    @pytest.mark.parametrize("row", ["jean;QR;;;{client};Active;;;", "jean;QR;;FXL-NEW-CODE;{client};;;;"])
    def test_it_revives_no_revoked_card(self, tmp_path: Path, row: str) -> None:
        card, _qr = make_card(username="jean")
        change_card_status(card, "revoked", by=None)
        code, report = self.row(tmp_path, row.format(client=card.client.reference))
        assert (code, report["refused"]) == (2, 1)
        assert "révoquée" in report["errors"][0]["message"]
        assert self.row(tmp_path, f"jean;QR;;;{card.client.reference};Révoquée;01/01/2020;;")[1]["updated"] == 1

    @pytest.mark.parametrize(("before", "to"), [("lost", "Suspendue"), ("revoked", "Perdue"), ("revoked", "Suspendue")])
    def test_it_knows_no_other_moves_than_people(self, tmp_path: Path, before: str, to: str) -> None:
        card, _qr = make_card(username="jean")
        change_card_status(card, before, by=None)
        code, report = self.row(tmp_path, f"jean;QR;;;{card.client.reference};{to};;;")
        assert (code, report["errors"][0]["column"], AccessCard.objects.get().status) == (2, "Statut", before)

    def test_it_gives_way_to_who_was_quicker(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        text = f"{self.HEADER}\njean;QR;;;{card.client.reference};Suspendue;;;;\n"

        def revoke(done: int, total: int) -> None:
            change_card_status(card, "revoked", by=None)

        with pytest.raises(ImportFailed):
            run_import(CardImporter(Options()), write(tmp_path / "c.csv", text), timezone.now(), revoke)
        assert AccessCard.objects.get().status == "revoked"

    def test_it_tells_what_became_of_cards(self, tmp_path: Path) -> None:
        tag = Tag.objects.create(name="VIP")
        card, _qr = make_card(username="jean", tags=[tag])
        make_card(card.client, username="marie", valid_until=None)
        client = card.client.reference
        text = "Nom d’utilisateur;Client;Statut;Motif du statut;Valable au;Code QR;Horaires\n"
        rows = [
            f"jean;{client};Suspendue;impayé;31/12/2099;FXL-NEW-CODE;",
            f"marie;{client};;;;;lun-ven 8h-18h",
            f"lea;{client};Perdue;au parc;;;",
        ]
        known = set(Event.objects.values_list("pk", flat=True))
        _code, report = run("import_cards", write(tmp_path / "c.csv", text + "\n".join(rows)))
        assert (report["created"], report["updated"]) == (1, 2)

        def told(username: str) -> list[str]:
            events = Event.objects.exclude(pk__in=known).filter(card__username=username, kind="card").order_by("pk")
            return [event.text for event in events]

        status = "Carte suspendue\xa0: impayé"
        until = "Carte valable jusqu’au 31/12/2099"
        assert told("jean") == [status, "Nouveau code QR, l’ancien est révoqué", until]
        assert told("marie") == ["Carte modifiée"]
        assert told("lea") == ["Carte émise", "Carte perdue\xa0: au parc"]
        assert list(Event.objects.get(text=status).tags.all()) == [tag]
        known |= set(Event.objects.values_list("pk", flat=True))
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        active, former = told("jean")
        assert active.startswith("Carte active\xa0: Annulation")
        assert former == f"Carte valable jusqu’au {card.valid_until:%d/%m/%Y}"
        assert Event.objects.get(text="Carte émise", card=None, client=card.client).pk in known

    def test_it_drops_the_reason_of_the_status_that_was(self, tmp_path: Path, admin_client: Any) -> None:
        card, _qr = make_card(username="jean")
        change_card_status(card, "suspended", reason="impayé", by=None)

        def free(row: dict[str, Any]) -> None:
            row["Statut"].value = "Active"

        run("import_cards", exported(admin_client, "/access/cards/export/", tmp_path, free))
        assert (AccessCard.objects.get().status, AccessCard.objects.get().status_reason) == ("active", "")
        assert Event.objects.filter(card=card).order_by("pk").last().text == "Carte active"

    def test_it_leaves_the_day_of_a_status_that_stays(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        _code, report = self.row(tmp_path, f"jean;QR;;;{card.client.reference};Active;;31/12/2099;")
        assert (report["updated"], AccessCard.objects.get().status_at) == (1, card.status_at)

    def test_many_rows_take_no_more_queries_than_few(self, tmp_path: Path) -> None:
        client, counts = make_active_client(), []
        for count in (2, 12):
            for number in range(count // 2):
                make_card(client, username=f"old-{count}-{number}")
            old, new = (
                [
                    f"{name}-{count}-{number};QR;;FXL-{name}-{count}-{number};{client.reference};Suspendue;;31/12/2099;"
                    for number in range(count // 2)
                ]
                for name in ("old", "new")
            )
            with CaptureQueriesContext(connection) as queries:
                assert self.row(tmp_path, "\n".join([*old, *new]))[0] == 0
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_it_leaves_a_badge_a_badge(self, tmp_path: Path) -> None:
        card, _none = make_card(username="jean", kind="badge", badge_number="12")
        assert self.row(tmp_path, f"jean;;;;{card.client.reference};Perdue;;;")[1]["updated"] == 1
        assert (AccessCard.objects.get().kind, AccessCard.objects.get().badge_number) == ("badge", "12")

    @pytest.mark.parametrize(("days", "column"), [("01/01/2099;", "Valable du"), (";01/01/2001", "Valable au")])
    def test_it_refuses_a_day_that_does_not_go_with_the_other(self, tmp_path: Path, days: str, column: str) -> None:
        card, _qr = make_card(username="jean")
        code, report = self.row(tmp_path, f"jean;QR;;;{card.client.reference};;{days};")
        assert (code, report["refused"]) == (2, 1)
        assert "avant le premier" in report["errors"][0]["message"]
        assert report["errors"][0]["column"] == column

    def test_it_says_since_when_a_card_has_its_status(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        _code, report = self.row(tmp_path, f"jean;QR;;;{card.client.reference};Perdue;;;")
        since = AccessCard.objects.get().status_at
        assert since > card.status_at
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        assert AccessCard.objects.get().status_at == card.status_at


class TestEntries:
    """A history makes last visits and presence right."""

    HEADER = "Client;Carte;Véhicule;Zone;Entrée le;Sortie le;Entrée par;Montant dû;Payé;Note"

    def row(self, tmp_path: Path, text: str, *options: str) -> tuple[int, dict[str, Any]]:
        return run("import_entries", write(tmp_path / "e.csv", f"{self.HEADER}\n{text}\n"), *options)

    def test_it_closes_an_entry_within_its_minute(self, tmp_path: Path) -> None:
        client = make_active_client()
        entered = datetime.fromisoformat("2026-11-03T08:00:30+01:00")
        Entry.objects.create(client=client, zone=make_zone("Parking"), entered_at=entered)
        row = f"{client.reference};;;Parking;03/11/2026 08:00;03/11/2026 08:00;;;;"
        assert self.row(tmp_path, row)[1]["updated"] == 1
        assert Entry.objects.get().exited_at == entered

    def test_it_counts_them_as_passages_of_their_cards(self, tmp_path: Path) -> None:
        (card, _qr), (other, _other) = make_card(username="jean"), make_card(username="marie")
        AccessCard.objects.filter(pk=other.pk).update(use_count=3, last_used_at=timezone.now())
        rows = [
            f"{card.client.reference};jean;;Parking;03/11/2026 08:00;03/11/2026 18:30;;;;",
            f"{card.client.reference};jean;;Parking;04/11/2026 08:00;;;;;",
            f"{other.client.reference};marie;;Parking;03/11/2026 08:00;03/11/2026 18:30;;;;",
        ]
        _code, first = self.row(tmp_path, "\n".join(rows))
        left = f"{card.client.reference};jean;;Parking;04/11/2026 08:00;04/11/2026 9:00;;;;"
        _code, second = self.row(tmp_path, left)

        def uses() -> tuple[int, str]:
            card.refresh_from_db()
            return card.use_count, f"{timezone.localtime(card.last_used_at):%d/%m %H:%M}"

        assert uses() == (4, "04/11 09:00")
        assert AccessCard.objects.get(pk=other.pk).use_count == 5
        call_command("undo_import", str(second["batch"]), stdout=io.StringIO())
        assert uses() == (3, "04/11 08:00")
        call_command("undo_import", str(first["batch"]), stdout=io.StringIO())
        assert (uses()[0], card.was_used) == (0, False)

    def test_it_keeps_stays_with_their_money(self, tmp_path: Path) -> None:
        zone, (card, _qr) = make_zone("Parking"), make_card(username="jean")
        vehicle, (device, _token) = make_vehicle(card.client), make_device(zone, name="Borne")
        reference = card.client.reference
        code, report = self.row(
            tmp_path,
            f"{reference};jean;;Parking;03/11/2026 08:00;03/11/2026 18:30;Borne;12,50;12,50;ok\n"
            f"{reference};;AB-123-CD;Parking;04/11/2026 09:15;;;5;;",
        )
        assert (code, report["created"]) == (0, 2)
        past, present = Entry.objects.order_by("entered_at")
        assert (past.card, past.zone, past.device_in, past.payment_status) == (card, zone, device, "paid")
        assert past.exited_at == timezone.make_aware(datetime(2026, 11, 3, 18, 30))  # noqa: DTZ001
        assert (present.vehicle, present.is_open, present.balance) == (vehicle, True, Decimal(5))
        assert Payment.objects.get().amount == Decimal("12.50")
        client = Client.objects.get()
        assert client.last_visit_at == client.inside_since == present.entered_at

    def test_it_changes_nothing_the_second_time_and_closes_what_was_open(self, tmp_path: Path) -> None:
        client = make_active_client()
        text = f"{client.reference};;;Cave;03/11/2026 08:00;;;;;"
        assert self.row(tmp_path, text)[1]["created"] == 1
        assert self.row(tmp_path, text)[1]["unchanged"] == 1
        report = self.row(tmp_path, f"{client.reference};;;Cave;03/11/2026 08:00;03/11/2026 09:00;;;;")[1]
        assert (report["updated"], Entry.objects.open().count()) == (1, 0)
        assert Client.objects.get().inside_since is None

    def test_it_knows_an_entry_of_the_gate_to_the_minute(self, tmp_path: Path) -> None:
        client, zone = make_active_client(), make_zone("Cave")
        moment = timezone.make_aware(datetime(2026, 11, 3, 8, 0, 42))  # noqa: DTZ001
        Entry.objects.create(client=client, zone=zone, entered_at=moment, exited_at=moment)
        report = self.row(tmp_path, f"{client.reference};;;Cave;03/11/2026 08:00;03/11/2026 08:00;;;;")[1]
        assert report["unchanged"] == 1

    @pytest.mark.parametrize(
        ("text", "column"),
        [
            (";;;Cave;03/11/2026 08:00;;;;;", "Client"),
            ("{client};;;;03/11/2026 08:00;;;;;", "Zone"),
            ("{client};;;Cave;;;;;;", "Entrée le"),
            ("{client};;;Cave;hier;;;;;", "Entrée le"),
            ("{client};;;Cave;03/11/2096 08:00;;;;;", "Entrée le"),
            ("{client};;;Cave;03/11/2026 08:00;02/11/2026 08:00;;;;", "Sortie le"),
            ("{client};;;Cave;03/11/2026 08:00;31/12/9999 23:59;;;;", "Sortie le"),
            ("{client};d’un autre;;Cave;03/11/2026 08:00;;;;;", "Carte"),
            ("{client};;ZZ-999-ZZ;Cave;03/11/2026 08:00;;;;;", "Véhicule"),
            ("{client};;;Cave;03/11/2026 08:00;;;cher;;", "Montant dû"),
            ("{client};;;Cave;03/11/2026 08:00;;;-5;;", "Montant dû"),
            ("{client};;;Cave;03/11/2026 08:00;;;5;6;", "Payé"),
        ],
    )
    def test_it_refuses_what_makes_no_sense(self, tmp_path: Path, text: str, column: str) -> None:
        code, report = self.row(tmp_path, text.format(client=make_active_client().reference))
        assert (code, report["errors"][0]["column"], Zone.objects.count()) == (2, column, 0)

    def test_it_says_what_it_cannot_change(self, tmp_path: Path, admin_client: Any) -> None:
        zone, (card, _qr) = make_zone("Parking"), make_card(username="jean")
        make_device(zone, name="Borne")
        entry = make_entry(card, zone, entered_at=at("2026-11-03T08:00:30Z"), exited_at=at("2026-11-03T09:00:30Z"))
        kept = Entry.objects.filter(pk=entry.pk).values().get()

        def change(row: dict[str, Any]) -> None:
            row["Sortie le"].value = datetime(2026, 11, 3, 12, 30)  # noqa: DTZ001
            row["Entrée par"].value, row["Sortie par"].value, row["Payé"].value = "Borne", "Borne", 5

        file = exported(admin_client, "/access/entries/export/", tmp_path, change)
        code, report = run("import_entries", file)
        assert (code, report["unchanged"]) == (0, 1)
        warned = {issue["column"]: issue for issue in report["warnings"]}
        assert set(warned) == {"Sortie le", "Entrée par", "Sortie par", "Payé"}
        assert (warned["Payé"]["value"], "remboursement" in warned["Payé"]["message"]) == ("5", True)
        assert "03/11/2026 10:00" in warned["Sortie le"]["message"]
        assert Entry.objects.filter(pk=entry.pk).values().get() == kept

    def test_it_keeps_the_seconds_of_an_exit_when_something_else_changes(
        self, tmp_path: Path, admin_client: Any
    ) -> None:
        card, _qr = make_card(username="jean")
        exited = at("2026-11-03T09:00:30.5Z")
        make_entry(card, entered_at=at("2026-11-03T08:00:30.2Z"), exited_at=exited)

        def change(row: dict[str, Any]) -> None:
            row["Note"].value = "Livraison"

        code, report = run("import_entries", exported(admin_client, "/access/entries/export/", tmp_path, change))
        assert (code, report["updated"], report["warnings"]) == (0, 1, [])
        assert (Entry.objects.get().note, Entry.objects.get().exited_at) == ("Livraison", exited)

    def test_it_keeps_by_which_device_somebody_left(self, tmp_path: Path) -> None:
        zone = make_zone("Parking")
        device, _token = make_device(zone, "out", name="Portail")
        card, _qr = make_card(username="jean")
        entry = make_entry(card, zone, entered_at=at("2026-11-03T08:00:30Z"))
        text = "Client;Carte;Zone;Entrée le;Sortie le;Sortie par\n"
        text += f"{card.client.reference};jean;Parking;03/11/2026 09:00;03/11/2026 10:00;Portail\n"
        _code, report = run("import_entries", write(tmp_path / "e.csv", text))
        entry.refresh_from_db()
        assert (report["updated"], report["warnings"], entry.device_out) == (1, [], device)
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        entry.refresh_from_db()
        assert (entry.exited_at, entry.device_out) == (None, None)

    def test_it_sets_no_amount_below_what_was_paid(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        exited = at("2026-11-03T09:00:00Z")
        entry = make_entry(card, make_zone("Parking"), entered_at=exited, exited_at=exited, amount_due=Decimal(20))
        payment = Payment(entry=entry, amount=Decimal(20), method="cash", paid_on=date(2026, 11, 3))
        record_payment(payment, by=None)
        row = f"{card.client.reference};jean;;Parking;03/11/2026 10:00;03/11/2026 10:00;;%s;;"
        code, report = self.row(tmp_path, row % "5")
        assert (code, report["errors"][0]["column"]) == (2, "Montant dû")
        assert "remboursez" in report["errors"][0]["message"]
        code, report = self.row(tmp_path, row % "25")
        assert (code, report["updated"], Entry.objects.get().balance) == (0, 1, Decimal(5))
        assert [event.text for event in entry.events.filter(kind="note")] == ["Montant dû\xa0: 25,00\xa0€"]
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        told = entry.events.filter(kind="note").order_by("pk").last()
        assert (Entry.objects.get().amount_due, "20,00" in told.text) == (Decimal(20), True)

    def test_it_takes_no_longer_note_than_a_column_holds(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        make_zone("Parking")
        row = f"{card.client.reference};jean;;Parking;03/11/2026 10:00;03/11/2026 10:00;;;;%s"
        code, report = self.row(tmp_path, row % ("x" * 201))
        assert (code, report["errors"][0]["column"]) == (2, "Note")
        assert self.row(tmp_path, row % ("x" * 200))[0] == 0

    def test_it_takes_no_amount_that_no_column_holds(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        make_zone("Parking")
        row = f"{card.client.reference};jean;;Parking;03/11/2026 10:00;03/11/2026 10:00;;%s;;"
        code, report = self.row(tmp_path, row % "99999999,99")
        assert (code, report["errors"][0]["column"]) == (2, "Montant dû")
        assert not Entry.objects.exists()

    def test_it_gives_way_to_who_was_quicker(self, tmp_path: Path) -> None:
        moment = at("2026-11-03T08:00:00Z")
        entry = make_entry(zone=make_zone("Parking"), entered_at=moment, exited_at=moment, amount_due=Decimal(20))
        row = f"{entry.client.reference};{entry.card};;Parking;03/11/2026 09:00;;;5;;"

        def pay(done: int, total: int) -> None:
            if not entry.payments.exists():
                payment = Payment(entry=entry, amount=Decimal(20), method="cash", paid_on=date(2026, 11, 3))
                record_payment(payment, by=None)

        path = write(tmp_path / "e.csv", f"{self.HEADER}\n{row}\n")
        with pytest.raises(ImportFailed):
            run_import(EntryImporter(Options()), path, timezone.now(), pay)
        assert Entry.objects.get().amount_due == Decimal(20)

    def test_it_lets_nobody_be_inside_twice(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        first, second = (f"{card.client.reference};jean;;Cave;0{day}/11/2026 08:00;;;;;" for day in (3, 4))
        assert self.row(tmp_path, first)[1]["created"] == 1
        _code, report = self.row(tmp_path, second)
        assert report["errors"][0]["column"] == "Sortie le"
        twice = f"{card.client.reference};jean;;Parking;03/11/2026 08:00;;;;;"
        assert self.row(tmp_path, f"{twice}\n{twice}")[1]["errors"][0]["row"] == 3

    def test_it_is_taken_back_whole(self, tmp_path: Path) -> None:
        client = make_active_client()
        text = f"{client.reference};;;Cave;03/11/2026 08:00;03/11/2026 09:00;;10;10;"
        _code, report = self.row(tmp_path, text)
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        # Its payment stays, with the opposite that answers it, and so does the entry, for which nothing is due.
        paid = [[payment.kind, payment.amount] for payment in Payment.objects.all()]
        assert paid == [["payment", 10], ["correction", -10]]
        entry = Entry.objects.get()
        assert [entry.amount_due, entry.paid_amount, entry.payment_status] == [0, 0, "none"]
        _code, report = self.row(tmp_path, text.replace(";10;10;", ";;;").replace("08:00", "07:00"))
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        assert Entry.objects.get() == entry

    def test_taken_back_it_leaves_nobody_inside(self, tmp_path: Path) -> None:
        """An open entry that stays because of its payment is void, as one that somebody takes back on its page."""
        card, _qr = make_card(username="jean")
        today = f"{timezone.localtime():%d/%m/%Y} 00:00"
        _code, report = self.row(tmp_path, f"{card.client.reference};jean;;Cave;{today};;;10;10;")
        card.client.refresh_from_db()
        assert card.client.inside_since is not None
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        entry = Entry.objects.get()
        card.refresh_from_db()
        card.client.refresh_from_db()
        assert entry.exited_at == entry.entered_at
        assert not Client.objects.exclude(inside_since=None).exists()
        assert card.use_count == 0
        assert entry.voided_at is not None
        told = Event.objects.get(entry=entry, kind="correction")
        assert told.text == entry.note != ""


class TestExportedEntries:
    """What an export of entries holds is known again as what it is, whatever has become of cars and clocks."""

    def unchanged(self, browser: Browser, folder: Path) -> int:
        """How many rows of the exported list are what they were; no other entry is made, nor anything said."""
        stays = list(Entry.objects.order_by("pk").values())
        code, report = run("import_entries", exported(browser, "/access/entries/export/", folder))
        assert (code, report["errors"], report["warnings"]) == (0, [], [])
        assert list(Entry.objects.order_by("pk").values()) == stays
        return int(report["unchanged"])

    @pytest.mark.parametrize("seconds", [(10, 40), (0, 40), (10, 10)])
    def test_two_stays_within_a_minute(self, seconds: tuple[int, int], tmp_path: Path, admin_client: Any) -> None:
        zone, (card, _qr) = make_zone("Parking"), make_card()
        first, second = (at(f"2026-11-03T08:00:{second:02}.{rank}00Z") for rank, second in enumerate(seconds, 1))
        make_entry(card, zone, entered_at=first, exited_at=second)
        make_entry(card, zone, entered_at=second)
        assert self.unchanged(admin_client, tmp_path) == 2

        def close(row: dict[str, Any]) -> None:
            row["Sortie le"].value = row["Sortie le"].value or datetime(2026, 11, 3, 9, 30)  # noqa: DTZ001

        _code, report = run("import_entries", exported(admin_client, "/access/entries/export/", tmp_path, close))
        assert (report["updated"], report["unchanged"]) == (1, 1)
        assert list(Entry.objects.order_by("pk").values_list("exited_at", flat=True)) == [
            second,
            at("2026-11-03T08:30:00Z"),
        ]

    def test_two_stays_of_a_file_that_holds_minutes(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        zone = make_zone("Parking")
        make_entry(card, zone, entered_at=at("2026-11-03T08:00:10Z"), exited_at=at("2026-11-03T08:00:40Z"))
        make_entry(card, zone, entered_at=at("2026-11-03T08:00:50Z"))
        row = f"{card.client.reference};jean;Parking;03/11/2026 09:00;"
        path = write(tmp_path / "e.csv", f"Client;Carte;Zone;Entrée le;Sortie le\n{row}\n{row}03/11/2026 09:00\n")
        assert run("import_entries", path)[1]["unchanged"] == 2
        path = write(tmp_path / "e.csv", f"Client;Carte;Zone;Entrée le;Sortie le\n{row}\n{row}\n{row}\n")
        assert run("import_entries", path, "--on-error=skip")[1]["errors"][0]["row"] == 4

    def test_a_car_that_was_sold(self, tmp_path: Path, admin_client: Any) -> None:
        vehicle, buyer = make_vehicle(), make_active_client()
        moment = at("2026-11-03T08:00:10Z")
        Entry.objects.create(client=vehicle.client, vehicle=vehicle, zone=make_zone(), entered_at=moment)
        vehicle.client = buyer
        update_vehicle(vehicle, by=None)
        assert self.unchanged(admin_client, tmp_path) == 1

    def test_no_car_is_another_than_the_one_named(self, tmp_path: Path) -> None:
        entry = make_entry(entered_at=at("2026-11-03T08:00:10Z"))
        text = f"{entry.client.reference};{entry.card};ZZ-999-ZZ;{entry.zone};03/11/2026 09:00;Livraison"
        path = write(tmp_path / "e.csv", f"Client;Carte;Véhicule;Zone;Entrée le;Note\n{text}\n")
        assert run("import_entries", path)[1]["errors"][0]["column"] == "Véhicule"

    def test_two_cars_of_one_plate(self, tmp_path: Path, admin_client: Any) -> None:
        old = make_vehicle(is_active=False)
        new, zone, moment = make_vehicle(old.client), make_zone(), at("2026-11-03T08:00:10Z")
        Entry.objects.create(client=old.client, vehicle=old, zone=zone, entered_at=moment, exited_at=moment)
        Entry.objects.create(client=old.client, vehicle=new, zone=zone, entered_at=moment)
        assert self.unchanged(admin_client, tmp_path) == 2

    def test_the_hour_that_comes_twice(self, tmp_path: Path, admin_client: Any) -> None:
        zone = make_zone()
        for entered, exited in (("01:30:10", "01:50:00"), ("00:50:10", "01:20:00"), ("00:30:10", "00:40:00")):
            card, _qr = make_card()
            stay = {"entered_at": at(f"2026-10-25T{entered}Z"), "exited_at": at(f"2026-10-25T{exited}Z")}
            make_entry(card, zone, **stay)
            make_entry(card, make_zone(), **stay | {"exited_at": None})
        assert self.unchanged(admin_client, tmp_path) == 6

    def test_a_stay_over_the_hour_that_comes_twice_is_taken(self, tmp_path: Path) -> None:
        reference = make_active_client().reference
        text = f"Client;Zone;Entrée le;Sortie le\n{reference};Cave;25/10/2026 02:50;25/10/2026 02:20\n"
        assert run("import_entries", write(tmp_path / "e.csv", text))[1]["created"] == 1
        entry = Entry.objects.get()
        assert (entry.entered_at, entry.exited_at) == (at("2026-10-25T00:50Z"), at("2026-10-25T01:20Z"))

    def test_many_rows_take_no_more_queries_than_few(self, tmp_path: Path, admin_client: Any) -> None:
        counts = []
        for number in (1, 12):
            for _ in range(number):
                make_entry(entered_at=timezone.now() - timedelta(hours=1), exited_at=timezone.now())

            def remark(row: dict[str, Any], number: int = number) -> None:
                row["Note"].value, row["Montant dû"].value = f"note {number}", number

            file = exported(admin_client, "/access/entries/export/", tmp_path, remark)
            with CaptureQueriesContext(connection) as queries:
                assert run("import_entries", file)[0] == 0
            counts.append(len(queries))
        assert counts[0] == counts[1]


@pytest.mark.parametrize("path", ["/access/vehicles/export/", "/access/cards/export/", "/access/entries/export/"])
def test_it_takes_an_export_back_as_unchanged(path: str, tmp_path: Path, admin_client: Any) -> None:
    zone = make_zone("Parking")
    card, _qr = make_card(username="jean", zones=[zone], hours=parse_hours("lun-ven 08:00-18:00"), valid_until=None)
    vehicle = make_vehicle(card.client, make="Saab", model="9-3", year=2004, color="Bleu")
    moment = timezone.now()
    Entry.objects.create(client=card.client, card=card, zone=zone, entered_at=moment, amount_due=Decimal("12.50"))
    Entry.objects.create(client=card.client, vehicle=vehicle, zone=zone, entered_at=moment, exited_at=moment)
    response = admin_client.get(path)
    if response.status_code != 200:
        pytest.skip("this list has no page yet")
    file = tmp_path / "export.xlsx"
    file.write_bytes(b"".join(response.streaming_content))
    code, report = run(f"import_{path.split('/')[2]}", file)
    assert (code, report["errors"], report["warnings"]) == (0, [], [])
    assert (report["created"], report["updated"]) == (0, 0)


def test_taking_back_gives_tags_and_zones_back(tmp_path: Path) -> None:
    pmr, vip = Tag.objects.create(name="PMR"), Tag.objects.create(name="VIP")
    park, shop = make_zone("Parking"), make_zone("Atelier")
    tagged, bare = make_card(username="jean", zones=[park], tags=[pmr])[0], make_card(username="lea")[0]
    vehicle = make_vehicle(tagged.client, "AB-123-CD")
    vehicle.tags.set([pmr])
    text = "Nom d’utilisateur;Client;Zones;Tags\n"
    text += f"jean;{tagged.client.reference};Atelier;VIP\nlea;{bare.client.reference};Parking;VIP\n"
    _code, cards = run("import_cards", write(tmp_path / "c.csv", text))
    text = f"Immatriculation;Client;Tags\nAB-123-CD;{tagged.client.reference};VIP\n"
    _code, vehicles = run("import_vehicles", write(tmp_path / "v.csv", text))
    assert (list(tagged.zones.all()), list(tagged.tags.all()), list(vehicle.tags.all())) == ([shop], [vip], [vip])
    for report in (cards, vehicles):
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
    assert (list(tagged.zones.all()), list(tagged.tags.all()), list(vehicle.tags.all())) == ([park], [pmr], [pmr])
    assert (list(bare.zones.all()), list(bare.tags.all())) == ([], [])
    bare.refresh_from_db()
    assert bare.everywhere


def test_taking_back_leaves_out_a_tag_that_is_no_more(tmp_path: Path) -> None:
    tag = Tag.objects.create(name="PMR")
    vehicle = make_vehicle(plate="AB-123-CD")
    vehicle.tags.set([tag])
    text = f"Immatriculation;Client;Tags\nAB-123-CD;{vehicle.client.reference};VIP\n"
    _code, report = run("import_vehicles", write(tmp_path / "v.csv", text))
    tag.delete()
    call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
    assert not vehicle.tags.exists()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", ["vehicle", "card", "entry"])
def test_its_empty_spreadsheet_explains_itself_and_imports_as_it_is(kind: str, language: str, tmp_path: Path) -> None:
    client = make_active_client()
    make_device(make_zone("Parking"), name="Borne")
    path = tmp_path / "vide.xlsx"
    with override(language):
        call_command("import_template", kind, str(path), stdout=io.StringIO())
    book = load_workbook(path)
    sheet, lists = book.worksheets[0], book.worksheets[-1]
    headings = [str(cell.value) for cell in sheet[1]]
    assert all(cell.comment for cell in sheet[1])
    assert len(sheet.data_validations.dataValidation) == {"vehicle": 2, "card": 3, "entry": 4}[kind]
    command = {"vehicle": "import_vehicles", "card": "import_cards", "entry": "import_entries"}[kind]
    # The examples of its help, with the first of each list.
    examples = {str(row[0]): row[2] for row in book.worksheets[1].iter_rows(min_row=2, values_only=True)}
    offered = {str(column[0]): column[1] for column in lists.iter_cols(values_only=True)}
    filled = examples | offered | {"Client": client.reference, "Carte": None, "Pays": examples.get("Pays")}
    sheet.append([filled[heading] for heading in headings])
    book.save(path)
    code, report = run(command, path)
    assert (code, report["created"], report["errors"]) == (0, 1, [])


def test_a_visitor_s_pass_comes_in_as_it_goes_out(tmp_path: Path, admin_client: Browser) -> None:
    host, zone = make_active_client(email=""), make_zone("Parking")
    text = "Nom d’utilisateur;Client;Zones;Visiteur;Valable de;Valable jusqu’à;Visites au plus\n"
    text += f"visite-1;{host.reference};Parking;Paul Visiteur;31/12/2030 09:00;31/12/2030 18:00;2\n"
    code, report = run("import_cards", write(tmp_path / "c.csv", text))
    assert (code, report["created"]) == (0, 1), report["errors"]
    card = AccessCard.objects.get()
    assert (card.visitor, card.max_visits, card.everywhere, list(card.zones.all())) == (
        "Paul Visiteur",
        2,
        False,
        [zone],
    )
    assert f"{timezone.localtime(card.ends_at):%Y-%m-%d %H:%M}" == "2030-12-31 18:00"
    assert (card.valid_from, card.valid_until) == (date(2030, 12, 31), date(2030, 12, 31))
    code, report = run("import_cards", exported(admin_client, "/access/cards/export/", tmp_path))
    assert (code, report["unchanged"], report["errors"]) == (0, 1, [])
    later = text.replace("31/12/2030 18:00", "02/01/2031 18:00")
    code, report = run("import_cards", write(tmp_path / "c.csv", later))
    card.refresh_from_db()
    assert (report["updated"], card.valid_until) == (1, date(2031, 1, 2))
    call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
    card.refresh_from_db()
    assert f"{timezone.localtime(card.ends_at):%Y-%m-%d %H:%M}" == "2030-12-31 18:00"


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("Valable de", {"Paul Visiteur": ""}),
        ("Valable jusqu’à", {"31/12/2030 18:00": ""}),
        ("Valable jusqu’à", {"31/12/2030 18:00": "31/12/2030 08:00"}),
        ("Zones", {"Parking": ""}),
        ("Visites au plus", {";2\n": ";0\n"}),
    ],
)
def test_a_pass_in_a_file_follows_the_rules_of_its_form(tmp_path: Path, column: str, change: dict[str, str]) -> None:
    host = make_active_client()
    make_zone("Parking")
    text = "Nom d’utilisateur;Client;Zones;Visiteur;Valable de;Valable jusqu’à;Visites au plus\n"
    text += f"visite-1;{host.reference};Parking;Paul Visiteur;31/12/2030 09:00;31/12/2030 18:00;2\n"
    for old, new in change.items():
        text = text.replace(old, new)
    _code, report = run("import_cards", write(tmp_path / "c.csv", text))
    assert [error["column"] for error in report["errors"]] == [column]
    assert not AccessCard.objects.exists()
