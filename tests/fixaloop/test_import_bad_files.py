"""Files nobody can read: a French sentence with the cure, exit code 2, nothing written, no traceback."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from clients.models import Client
from fixaloop.models import ImportBatch

pytestmark = pytest.mark.django_db

GOOD = "Prénom;Nom;E-mail\nLéa;Durand;lea@example.org\nLéo;Petit;leo@example.org\n"


def workbook(path: Path, rows: list[list[str]]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(path)
    return path


def bad_files(folder: Path) -> dict[str, Path]:
    """Each case of the brief, by name."""
    whole = workbook(folder / "whole.xlsx", [["Prénom", "Nom"], ["Léa", "Durand"]]).read_bytes()
    contents: dict[str, bytes] = {
        "empty.csv": b"",
        "header.csv": "Prénom;Nom\n".encode(),
        "bom.csv": b"\xef\xbb\xbf",
        "truncated.xlsx": whole[: len(whole) // 2],
        "encrypted.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "html.xlsx": b"<html><table><tr><td>Nom</td></tr></table></html>",
        "text.xlsx": GOOD.encode(),
        "nul.csv": b"Pr\x00nom;Nom\nL\x00a;Durand\n",
        "quote.csv": 'Prénom;Nom\nLéa;"Durand\nLéo;Petit\n'.encode(),
        "long.csv": b"Nom;Ville\n" + b"x" * 200_000 + b";Lyon\n",
        "headings.csv": b"Alpha;Beta\nun;deux\n",
        "pdf.csv": b"%PDF-1.7 nothing",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    with zipfile.ZipFile(folder / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        for part in range(5):
            archive.writestr(f"xl/worksheets/sheet{part}.xml", b"0" * (100 * 1024**2))
    return {name: folder / name for name in (*contents, "bomb.xlsx")} | {"missing.csv": folder / "missing.csv"}


def test_it_refuses_what_it_cannot_read_with_the_cure(tmp_path: Path) -> None:
    for name, path in bad_files(tmp_path).items():
        with pytest.raises(CommandError) as refusal:
            call_command("import_clients", str(path), stdout=io.StringIO())
        assert refusal.value.returncode == 2, name
        assert len(str(refusal.value)) > 20, name
        assert "Traceback" not in str(refusal.value)
    assert not Client.objects.exists()
    assert not ImportBatch.objects.exists()


def test_it_says_so_to_programs_too(tmp_path: Path) -> None:
    output = io.StringIO()
    with pytest.raises(CommandError):
        call_command("import_clients", str(tmp_path / "missing.csv"), "--format=json", stdout=output)
    report = json.loads(output.getvalue())
    assert (report["batch"], report["read"], report["created"], report["refused"]) == (None, 0, 0, 0)
    assert ["introuvable" in issue["message"] for issue in report["errors"]] == [True]


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode("utf-16"),
        GOOD.encode("utf-16-le"),
        GOOD.encode("utf-8-sig"),
        GOOD.encode("cp1252"),
        GOOD.encode("cp850"),
        GOOD.encode("mac_roman"),
        GOOD.replace("Prénom", "PRÉNOM").encode("cp850"),
        GOOD.replace("\n", "\r").encode(),
        GOOD.replace("\n", "\r\n").encode(),
        f"sep=;\n{GOOD}".encode(),
        GOOD.replace(";", "\t").encode(),
        GOOD.replace(";", ",").encode(),
    ],
)
def test_it_reads_text_however_it_was_written(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clients.csv"
    path.write_bytes(content)
    call_command("import_clients", str(path), stdout=io.StringIO())
    assert set(Client.objects.values_list("first_name", flat=True)) == {"Léa", "Léo"}


def test_it_reads_ragged_rows_and_repeated_headings(tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_text("Prénom;Nom;Ville;Ville\nLéa;Durand\nLéo;Petit;Metz;\n", encoding="utf-8")
    output = io.StringIO()
    call_command("import_clients", str(path), "--format=json", stdout=output)
    assert json.loads(output.getvalue())["created"] == 2
    assert Client.objects.get(first_name="Léo").city == "Metz"


def test_it_reads_a_sheet_that_claims_a_million_empty_rows(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Prénom", "Nom"])
    sheet.append(["Léa", "Durand"])
    sheet["A1048576"].number_format = "@"
    book.save(tmp_path / "far.xlsx")
    call_command("import_clients", str(tmp_path / "far.xlsx"), stdout=io.StringIO())
    assert Client.objects.count() == 1


def test_it_reports_ten_thousand_bad_rows(tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_text("Prénom;Nom\n" + "Léa;\n" * 10_000, encoding="utf-8")
    output = io.StringIO()
    report = tmp_path / "refused.xlsx"
    with pytest.raises(SystemExit) as stop:
        call_command("import_clients", str(path), "--format=json", f"--report={report}", stdout=output)
    assert stop.value.code == 2
    assert json.loads(output.getvalue())["refused"] == 10_000
    assert report.stat().st_size > 10_000


def test_it_says_that_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "clients.csv"
    path.write_text(GOOD, encoding="utf-8")

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fixaloop.files.disk.pickle.dump", full)
    with pytest.raises(CommandError) as refusal:
        call_command("import_clients", str(path), stdout=io.StringIO())
    assert refusal.value.returncode == 2
    assert "Rien n’est enregistré" in str(refusal.value)
    assert not Client.objects.exists()


def test_it_never_says_that_nothing_is_written_when_the_good_rows_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "clients.csv"
    path.write_text(f"{GOOD}Zoé;;\n", encoding="utf-8")
    options = (str(path), "--on-error=skip")
    with pytest.raises(CommandError) as refusal:
        call_command("import_clients", *options, f"--report={tmp_path}/absent/r.xlsx", stdout=io.StringIO())
    assert refusal.value.returncode == 2
    assert not Client.objects.exists()

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fixaloop.imports.spreadsheets.write_workbook", full)
    output, errors = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("import_clients", *options, f"--report={tmp_path}/r.xlsx", stdout=output, stderr=errors)
    assert (stop.value.code, Client.objects.count()) == (1, 2)
    assert "Enregistré" in output.getvalue()
    assert "n’a pas pu être écrit" in errors.getvalue()
    assert [found.name for found in tmp_path.iterdir()] == ["clients.csv"]


def test_it_refuses_bad_arguments(tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_text(GOOD, encoding="utf-8")
    for option in (
        "--map=Absente=city",
        "--map=Nom=absent",
        "--template=Absent",
        "--encoding=absent",
        "--delimiter=;;",
    ):
        with pytest.raises(CommandError) as refusal:
            call_command("import_clients", str(path), option, stdout=io.StringIO())
        assert refusal.value.returncode == 2, option
    assert not Client.objects.exists()
