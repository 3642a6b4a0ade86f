"""What all files of vehicles, cards and entries have in common."""

import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import override
from openpyxl import load_workbook

from access.hours import parse_hours
from access.models import Entry, Tag, Zone
from access.services import save_zone
from tests.access.factories import make_active_client, make_card, make_device, make_vehicle, make_zone
from tests.access.importing import run, write
from tests.factories import make_client

pytestmark = pytest.mark.django_db


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


def test_taking_back_takes_away_the_zones_and_tags_made_for_it(tmp_path: Path) -> None:
    make_client()
    text = "Nom d’utilisateur;Client;Zones;Tags\njean;CLT-001;Nord|Sud|Est;VIP|PMR\n"
    _code, report = run("import_cards", write(tmp_path / "c.csv", text))
    make_card(username="lea", zones=[Zone.objects.get(name="Sud")], tags=[Tag.objects.get(name="PMR")])
    changed = Zone.objects.get(name="Est")
    changed.capacity = 12
    save_zone(changed, by=None)
    output = io.StringIO()
    call_command("undo_import", str(report["batch"]), stdout=output)
    assert list(Zone.objects.values_list("name", flat=True)) == ["Est", "Sud"]
    assert list(Tag.objects.values_list("name", flat=True)) == ["PMR"]
    said = output.getvalue()
    for sentence in (
        "Supprimé aussi : zone « Nord ».",
        "Supprimé aussi : tag « VIP ».",
        "Créé par cet import, gardé car il sert ou a changé depuis : zone « Sud ».",
        "Créé par cet import, gardé car il sert ou a changé depuis : zone « Est ».",
        "Créé par cet import, gardé car il sert ou a changé depuis : tag « PMR ».",
    ):
        assert sentence.replace(" :", "\u00a0:").replace("« ", "«\u00a0").replace(" »", "\u00a0»") in said


def test_taking_back_stays_takes_away_their_zone(tmp_path: Path) -> None:
    make_client()
    day = f"{timezone.localdate() - timedelta(days=9):%d/%m/%Y}"
    text = f"Client;Zone;Entrée le;Sortie le\nCLT-001;Quai;{day} 08:00;{day} 09:00\n"
    _code, report = run("import_entries", write(tmp_path / "e.csv", text))
    assert Zone.objects.get().name == "Quai"
    call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
    assert not Zone.objects.exists()
