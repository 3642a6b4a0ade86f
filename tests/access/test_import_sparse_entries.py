"""Files of entries that say less than everything: what is determined is filled, what is unknown is kept and told."""

import contextlib
import io
import json
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from access.models import Entry
from tests.access.factories import make_active_client, make_card, make_device, make_vehicle, make_zone

pytestmark = pytest.mark.django_db


def run(folder: Path, text: str) -> dict[str, Any]:
    path = folder / "entries.csv"
    path.write_text(text, encoding="utf-8")
    output = io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("import_entries", str(path), "--format=json", "--on-error=skip", stdout=output)
    report: dict[str, Any] = json.loads(output.getvalue())
    return report


def local(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%d/%m %H:%M}" if moment else ""


def test_the_zone_follows_from_the_device_and_the_client_from_vehicle_or_card(tmp_path: Path) -> None:
    zone, (card, _qr) = make_zone("Parking"), make_card(username="jean")
    vehicle = make_vehicle(make_active_client(last_name="Autre"))
    make_device(zone, name="Borne")
    text = "Véhicule;Carte;Entrée le;Sortie le;Entrée par\n"
    text += f"{vehicle.plate_display};;03/11/2026 08:00;03/11/2026 09:00;Borne\n"
    text += ";jean;03/11/2026 08:00;03/11/2026 09:00;borne\n"
    assert run(tmp_path, text)["created"] == 2
    assert {(entry.client, entry.zone) for entry in Entry.objects.all()} == {
        (vehicle.client, zone),
        (card.client, zone),
    }
    assert run(tmp_path, text)["unchanged"] == 2


def test_an_unknown_device_is_told_and_kept_in_the_note(tmp_path: Path) -> None:
    client = make_active_client()
    text = "Client;Zone;Entrée le;Sortie le;Entrée par;Note\n"
    text += f"{client.reference};Parking;03/11/2026 08:00;03/11/2026 09:00;Vieille borne;Livraison\n"
    report = run(tmp_path, text)
    assert Entry.objects.get().note == "Livraison · Entrée par\u00a0: Vieille borne"
    assert ("Entrée par", "Vieille borne") in {(issue["column"], issue["value"]) for issue in report["warnings"]}
    assert run(tmp_path, text)["unchanged"] == 1


def test_a_stay_without_exit_ends_before_the_next_one_of_its_card(tmp_path: Path) -> None:
    (card, _qr), zone = make_card(username="jean"), make_zone("Parking")
    text = "Client;Carte;Zone;Entrée le;Sortie le\n"
    text += f"{card.client.reference};jean;Parking;05/11/2026 08:00;\n"
    text += f"{card.client.reference};jean;Parking;04/11/2026 08:00;\n"
    text += f"{card.client.reference};jean;PARKING;04/11/2026 11:00;04/11/2026 12:00\n"
    text += f"{card.client.reference};jean;Parking;03/11/2026 08:00;\n"
    report = run(tmp_path, text)
    assert (report["created"], [issue["row"] for issue in report["warnings"]]) == (4, [3, 5])
    stays = [(local(entry.exited_at), entry.estimated) for entry in Entry.objects.order_by("entered_at")]
    # The first one lapses before the next begins.
    assert stays == [("03/11 22:00", True), ("04/11 11:00", True), ("04/11 12:00", False), ("", False)]
    assert all(entry.zone == zone for entry in Entry.objects.all())
    assert run(tmp_path, text)["unchanged"] == 4


def test_a_stay_without_exit_ends_where_its_zone_is_empty_at_night(tmp_path: Path) -> None:
    make_zone("Parking", longest_stay=40, reset_at=time(3))
    (card, _qr), text = make_card(username="jean"), "Client;Carte;Zone;Entrée le;Sortie le\n"
    text += f"{card.client.reference};jean;Parking;03/11/2026 20:00;\n"
    text += f"{card.client.reference};jean;Parking;04/11/2026 08:00;04/11/2026 09:00\n"
    run(tmp_path, text)
    assert [local(entry.exited_at) for entry in Entry.objects.order_by("entered_at")] == ["04/11 03:00", "04/11 09:00"]


def test_hours_that_the_clock_skips_or_shows_twice_are_told(tmp_path: Path) -> None:
    client = make_active_client()
    text = "Client;Zone;Entrée le;Sortie le\n"
    text += f"{client.reference};Parking;29/03/2026 02:30;29/03/2026 09:00\n"
    text += f"{client.reference};Parking;25/10/2026 02:30;25/10/2026 09:00\n"
    report = run(tmp_path, text)
    assert [(issue["row"], issue["column"]) for issue in report["errors"]] == [(2, "Entrée le")]
    assert "n’existe pas" in report["errors"][0]["message"]
    assert (3, "Entrée le") in {(issue["row"], issue["column"]) for issue in report["warnings"]}


@pytest.mark.parametrize(
    ("headings", "row"),
    [
        ("Date entrée;Heure entrée;Date sortie;Heure sortie", "03/11/2026;08:15;04/11/2026;10h30"),
        ("Date;Heure d'arrivée;Heure de départ;Date de départ", "03/11/2026;08:15:00;10:30;04/11/2026"),
        ("Entrée le;Heure;Sortie le;Heure", "03/11/2026;8h15;04/11/2026;10:30"),
        ("Entrée le;Heure;Sortie le;Heure", "03/11/2026 08:15;09:00;04/11/2026 10:30;"),
    ],
)
def test_hours_may_stand_in_columns_of_their_own(tmp_path: Path, headings: str, row: str) -> None:
    client = make_active_client()
    run(tmp_path, f"Client;Zone;{headings}\n{client.reference};Parking;{row}\n")
    entry = Entry.objects.get()
    assert (local(entry.entered_at), local(entry.exited_at)) == ("03/11 08:15", "04/11 10:30")


def test_an_hour_alone_is_on_the_day_of_the_entry(tmp_path: Path) -> None:
    client = make_active_client()
    text = "Client;Zone;Date;Heure d'entrée;Heure de sortie\n"
    report = run(
        tmp_path, f"{text}{client.reference};Parking;03/11/2026;08:15;10:30\n{client.reference};P;03/11/2026;9h;8h\n"
    )
    entry = Entry.objects.get()
    assert (local(entry.entered_at), local(entry.exited_at)) == ("03/11 08:15", "03/11 10:30")
    assert [issue["row"] for issue in report["errors"]] == [3]


def test_an_hour_alone_before_the_entry_ends_a_night(tmp_path: Path) -> None:
    client = make_active_client()
    text = f"Client;Zone;Date;Heure d'entrée;Heure de sortie\n{client.reference};Parking;03/11/2026;22:15;06:30\n"
    report = run(tmp_path, text)
    entry = Entry.objects.get()
    assert (local(entry.entered_at), local(entry.exited_at)) == ("03/11 22:15", "04/11 06:30")
    assert "prise pour le lendemain, 04/11/2026" in report["warnings"][0]["message"]
    report = run(tmp_path, f"{text.replace('Date', 'Date;Date de sortie').replace('26;22', '26;03/11/2026;22')}")
    assert [issue["message"] for issue in report["errors"]] == ["La sortie est avant l’entrée."]


def test_a_dash_is_no_zone(tmp_path: Path) -> None:
    client = make_active_client()
    report = run(tmp_path, f"Client;Zone;Entrée;Sortie\n{client.reference};-;03/11/2026 08:15;03/11/2026 09:15\n")
    assert [(issue["row"], issue["column"]) for issue in report["errors"]] == [(2, "Zone")]
