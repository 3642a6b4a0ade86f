"""Exports of entries that come back."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.models import Entry
from access.services import update_vehicle
from tests.access.factories import make_active_client, make_card, make_entry, make_vehicle, make_zone
from tests.access.importing import at, exported, run, write

pytestmark = pytest.mark.django_db


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
