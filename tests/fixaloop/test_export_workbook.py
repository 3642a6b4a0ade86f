"""The spreadsheet itself: types, text that can never run, names and limits."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from fixaloop.exports.workbook import write_workbook
from fixaloop.files.columns import FileColumn


def write(value: Any, *, text: bool = False, title: str = "Clients") -> Worksheet:
    file = BytesIO()
    columns = [FileColumn("Valeur", lambda row, at: row, text=text), FileColumn("Suite", lambda row, at: row)]
    assert write_workbook(file, title, columns, [[value, "fin"]], [("Exporté par", "=odile")]) == 1
    book = load_workbook(file)
    assert book.sheetnames[1] == "Provenance"
    sheet = book.worksheets[0]
    assert isinstance(sheet, Worksheet)
    return sheet


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+33199001234",
        "-5",
        "@SUM(A1)",
        '=HYPERLINK("http://x")',
        "#N/A",
        "#REF!",
        "=",
        "\t=1",
        "0612",
        "1e5",
        "TRUE",
    ],
)
def test_it_writes_text_as_text_whatever_it_looks_like(text: str) -> None:
    cell = write(text)["A2"]
    assert (cell.data_type, cell.value) == ("s", text)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x"])
def test_it_keeps_what_would_run_as_text_when_edited(text: str) -> None:
    assert write(text)["A2"].quotePrefix


@pytest.mark.parametrize("text", ["<b>a & b</b>", "]]>", "&amp;", 'dit "oui"', "  deux  ", "un\ndeux", "\u2028", "é😀"])
def test_it_writes_text_as_it_is(text: str) -> None:
    assert write(text)["A2"].value == text


def test_it_keeps_the_zeros_of_digits_that_are_no_number() -> None:
    cell = write("01000", text=True)["A2"]
    assert (cell.data_type, cell.value, cell.number_format) == ("s", "01000", "@")


def test_it_writes_numbers_and_dates_as_such() -> None:
    amount = write(Decimal("12.50"))["A2"]
    assert (amount.value, amount.number_format) == (12.5, "#,##0.00")
    assert write(3)["A2"].value == 3
    assert write(date(2026, 2, 1))["A2"].value == datetime(2026, 2, 1)  # noqa: DTZ001
    moment = write(datetime(2026, 7, 1, 12, 0, tzinfo=UTC))["A2"]
    assert moment.value == datetime(2026, 7, 1, 14, 0)  # noqa: DTZ001
    assert moment.number_format == "dd/mm/yyyy hh:mm"
    assert write(None)["A2"].value is None
    assert write("")["A2"].value is None


def test_it_leaves_out_what_no_file_holds_and_cuts_what_no_cell_holds() -> None:
    assert write("a\x00b\x0bc\nd\ud800e")["A2"].value == "abc\nde"
    assert len(write("é" * 40_000)["A2"].value) == 32_767


def test_it_freezes_the_heading_filters_and_names_the_sheet() -> None:
    sheet = write("x", title="Membres : [tous] / 2026 et encore bien d’autres mots")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:B2")
    assert len(sheet.title) <= 31
    assert sheet["A1"].font.bold


@pytest.mark.parametrize(("count", "sheets"), [(0, [0]), (2, [2]), (3, [2, 1]), (4, [2, 2]), (5, [2, 2, 1])])
def test_it_goes_on_in_another_sheet_when_one_is_full(
    monkeypatch: pytest.MonkeyPatch, count: int, sheets: list[int]
) -> None:
    monkeypatch.setattr("fixaloop.exports.workbook.SHEET_LIMIT", 2)
    file = BytesIO()
    rows = [[number] for number in range(count)]
    assert write_workbook(file, "Événements", [FileColumn("Valeur", lambda row, at: row)], rows, []) == count
    book = load_workbook(file)
    data = [sheet for sheet in book.worksheets if sheet.title != "Provenance"]
    assert book.sheetnames[:2] == ["Événements", "Provenance"]
    assert [sheet.max_row - 1 for sheet in data] == sheets
    assert [row[0] for sheet in data for row in sheet.iter_rows(min_row=2, values_only=True)] == list(range(count))
    assert book["Provenance"]["B1"].value == str(count)
