"""Files as firms really have them, read as records or refused with the cure."""

import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from fixaloop.tables import UNCOMPUTED, TableError, as_text, open_table

IMPORTS = Path(__file__).parents[3] / "shared" / "data" / "imports"
SHARED = sorted(path for path in IMPORTS.glob("*") if "attendu" not in path.name)
CLIENTS = "Prénom;Nom;Ville\nÉlise;Méliès;Orléans\nFrançois;Cœur;Besançon\n"
ROWS = [(2, ["Élise", "Méliès", "Orléans"]), (3, ["François", "Cœur", "Besançon"])]

Write = Callable[..., Path]
Book = tuple[Workbook, Worksheet, Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a small file and gives its path."""

    def write(content: str | bytes, name: str = "clients.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """A workbook, its sheet to fill, and where to save it."""
    workbook = Workbook()
    assert isinstance(workbook.active, Worksheet)
    return workbook, workbook.active, tmp_path / "clients.xlsx"


def refused(path: Path, **options: str) -> str:
    """The code of the refusal, once its sentence was found to be one."""
    with pytest.raises(TableError) as refusal:
        open_table(path, **options)
    assert str(refusal.value).endswith(".")
    assert "%" not in str(refusal.value)
    return refusal.value.code


# The shared files


@pytest.mark.skipif(not IMPORTS.exists(), reason="the shared data is not beside the repository")
@pytest.mark.parametrize("path", SHARED, ids=lambda path: path.name)
def test_it_finds_in_every_shared_file_what_a_person_sees(path: Path) -> None:
    table = open_table(path)
    answer = path.with_name(path.name + ".attendu.json")
    expected = json.loads(answer.read_text()) if answer.exists() else {}
    assert table.header_row == expected.get("ligne_entete", 1)
    if "encodage" in expected:
        assert table.encoding == {"utf-8 avec BOM": "utf-8-sig"}.get(expected["encodage"], expected["encodage"])
        assert table.delimiter == expected["separateur"].replace("tabulation", "\t")
    if "feuille" in expected:
        assert table.sheet == expected["feuille"].split(" ")[0]
    numbers = [number for number, _cells in table.rows]
    decided = {line["ligne"] for line in expected.get("lignes", [])}
    assert numbers == list(range(table.header_row + 1, table.last_row + 1))
    assert decided <= {*range(1, table.last_row + 1)}
    assert not decided or max(decided) == table.last_row


# Text


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp850", "mac_roman"]
)
def test_it_reads_text_in_the_encodings_people_have(write: Write, encoding: str) -> None:
    if encoding in {"cp850", "mac_roman"}:
        content = CLIENTS.replace("œ", "oe")
        expected = [(number, [cell.replace("œ", "oe") for cell in cells]) for number, cells in ROWS]
    else:
        content, expected = CLIENTS, ROWS
    table = open_table(write(content, encoding=encoding))
    assert list(table.rows) == expected
    assert table.headers == ("Prénom", "Nom", "Ville")


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_it_finds_the_separator_and_the_line_ends(write: Write, delimiter: str, line_end: str) -> None:
    table = open_table(write(CLIENTS.replace(";", delimiter).replace("\n", line_end)))
    assert table.delimiter == delimiter
    assert list(table.rows) == ROWS


def test_it_is_not_misled_by_other_separators_in_the_data(write: Write) -> None:
    table = open_table(write('Nom;Adresse\n"Cœur, Jacques";"1, rue A, B, C"\n"Zola, Émile";"2, rue D, E, F"\n'))
    assert (table.delimiter, table.headers) == (";", ("Nom", "Adresse"))


def test_it_obeys_the_separator_declared_on_the_first_line(write: Write) -> None:
    table = open_table(write("sep=|\nNom;ou raison|Ville;ou CEDEX\nCœur;x|Bourges;y\n"))
    assert (table.delimiter, table.header_row) == ("|", 1)
    assert list(table.rows) == [(2, ["Cœur;x", "Bourges;y"])]


def test_it_takes_what_it_is_told(write: Write) -> None:
    path = write(CLIENTS, encoding="cp1252")
    table = open_table(path, encoding="cp1252", delimiter=";")
    assert list(table.rows) == ROWS
    assert open_table(write("a\tb\n1\t2\n"), delimiter="tab").delimiter == "\t"
    assert open_table(write("\ufeff" + CLIENTS), encoding="UTF8").headers[0] == "Prénom"


def test_it_refuses_to_be_told_wrong(write: Write) -> None:
    path = write(CLIENTS, encoding="cp1252")
    assert refused(path, encoding="utf-8") == "encoding"
    assert refused(path, encoding="klingon") == "encoding"
    assert refused(path, encoding="rot13") == "encoding"
    assert refused(path, delimiter=";;") == "delimiter"


def test_it_counts_a_quoted_line_break_as_one_record(write: Write) -> None:
    table = open_table(write('Nom;Note\nA;"un\ndeux"\nB;"trois\r\nquatre"\nC;\n'))
    assert [(number, cells[0]) for number, cells in table.rows] == [(2, "A"), (3, "B"), (4, "C")]


def test_it_finds_the_header_under_titles_and_keeps_blank_records(write: Write) -> None:
    table = open_table(
        write("CLIENTS compta@example.org;;\n;;\nQui;;Où\nNom;Prénom;Ville;\nCœur;Jacques;Bourges\n;;\nTotal : 1;;\n")
    )
    assert (table.header_row, table.last_row, table.headers) == (4, 7, ("Nom", "Prénom", "Ville"))
    assert list(table.rows) == [
        (5, ["Cœur", "Jacques", "Bourges"]),
        (6, ["", "", ""]),
        (7, ["Total : 1", "", ""]),
    ]


def test_it_tells_repeated_headers_apart(write: Write) -> None:
    table = open_table(write("Titre,Nom,Titre,Titre,Fonction  du\xa0contact\nM.,A,B,C,D\n"))
    assert table.headers == ("Titre", "Nom", "Titre (2)", "Titre (3)", "Fonction du contact")


def test_it_evens_ragged_records_but_hides_nothing(write: Write) -> None:
    table = open_table(write("Nom;Ville\nA\nB;C;;\nD;E;F\n"))
    assert list(table.rows) == [(2, ["A", ""]), (3, ["B", "C"]), (4, ["D", "E", "F"])]


def test_it_reads_a_single_column(write: Write) -> None:
    table = open_table(write("E-mail\na@example.org\nb@example.org\n"))
    assert (table.headers, table.last_row) == (("E-mail",), 3)


def test_it_reads_rows_as_often_as_asked(write: Write) -> None:
    table = open_table(write(CLIENTS))
    assert list(table.rows) == list(table.rows) == ROWS


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "empty"),
        ("\ufeff", "empty"),
        (" \r\n\r\n", "empty"),
        (";;;\n;;;\n" * 2000, "empty"),
        ("Nom;Ville\n", "header_only"),
        ("Nom;Ville\n;\n\n", "header_only"),
        ("1;2\n3;4\n", "no_header"),
        ("Zola;0199001140;e.zola@example.org\nHugo;0199001141;\n", "no_header"),
        ('Nom;Ville\nA;"Bourges\nB;Tours\n', "quote"),
        ("Nom;Note\nA;" + "x" * 200_000 + "\n", "long"),
        ('Nom;Note\nA;"' + "B;C\n" * 50_000, "long"),
        ("<html><table><tr><td>Nom</td></tr></table></html>", "html"),
        ("\n <!DOCTYPE html>\n<html>", "html"),
        ('<?xml version="1.0"?><Workbook/>', "html"),
        ("%PDF-1.7\n", "pdf"),
        (b"Nom;Ville\nA\x00;B\n", "binary"),
        (b"Nom;Ville\nA;B\n" * 30_000 + b"\x00", "binary"),
        (bytes(range(256)) * 40, "binary"),
    ],
)
def test_it_refuses_text_it_cannot_read(write: Write, content: str | bytes, code: str) -> None:
    assert refused(write(content)) == code


def test_it_says_where_a_quote_was_left_open(write: Write) -> None:
    with pytest.raises(TableError, match="3"):
        open_table(write('Nom;Ville\nA;Tours\nB;"Bourges\nC;Lyon\n'))


@pytest.mark.parametrize(
    ("rows", "opened"),
    [
        ('Valin;Luc;"Brest\nMorel;Ana;Nice\nRossi;Éva;"Sète"\n', 2),
        # Twenty rows further a size in inches, which harms nobody on a line of its own.
        ('Abel;Zoé;x\nValin;Luc;"pouce 19\n' + "Morel;Ana;Nice\n" * 20 + 'Rossi;Éva;"pouce 21"\n', 3),
        ('Valin;Luc;"Brest\nRossi;Éva;du "coin\n', 2),
        # Properly closed, by the quote of another row.
        ('Valin;Luc;"pouce 19\nMorel;Ana;Nice\nRossi;Éva;pouce 21"\n', 2),
        ('Valin;"Luc;fils";"pouce 19\n\nRossi;Éva;pouce 21"\n', 2),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_quote_that_swallows_the_rows_below_is_refused(write: Write, rows: str, opened: int, line_end: str) -> None:
    with pytest.raises(TableError, match=rf"enregistrement {opened}\b") as refusal:
        open_table(write(f"Nom;Prénom;Ville\n{rows}".replace("\n", line_end)))
    assert refusal.value.code == "quote"


def test_a_quote_that_harms_its_own_line_alone_is_taken(write: Write) -> None:
    rows = '"pouce 19" plat;Ana;"un\ndeux" \n"C ""x""\ny";"d;e";"a;b\nc;d;e"\nG;"h\ni;j;k";l\n'
    assert [cells for _number, cells in open_table(write(f"Nom;Prénom;Ville\n{rows}")).rows] == [
        ["pouce 19 plat", "Ana", "un\ndeux "],
        ['C "x"\ny', "d;e", "a;b\nc;d;e"],
        ["G", "h\ni;j;k", "l"],
    ]


def test_it_refuses_what_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path / "absent.csv") == "missing"
    assert refused(tmp_path) == "missing"


# Workbooks


def test_it_reads_a_workbook_with_true_row_numbers_and_types(book: Book) -> None:
    workbook, sheet, path = book
    sheet.append([])
    sheet.append([])
    sheet.append([None, None, "Nom", "CP", "Depuis"])
    sheet.append([None, None, 1600, 1000, date(2025, 12, 31)])
    sheet.append([])
    sheet.append([None, None, "Cœur", 12.5, datetime(2025, 12, 31, 18, 5)])  # noqa: DTZ001
    workbook.save(path)
    table = open_table(path)
    assert (table.format, table.header_row, table.last_row) == ("xlsx", 3, 6)
    assert table.headers == ("Nom", "CP", "Depuis")
    assert list(table.rows) == [
        (4, [1600, 1000, date(2025, 12, 31)]),
        (5, ["", "", ""]),
        (6, ["Cœur", 12.5, datetime(2025, 12, 31, 18, 5)]),  # noqa: DTZ001
    ]


def test_it_finds_the_sheet_that_holds_the_data(book: Book) -> None:
    workbook, sheet, path = book
    sheet.title = "Lisez-moi"
    for line in range(60):
        sheet.append([f"Conseil {line}", "oui"])
    clients = workbook.create_sheet("Clients")
    clients.append(["CLIENTS DE LA MAISON"])
    clients.append(["Nom", "Prénom", "Ville"])
    clients.append(["Cœur", "Jacques", "Bourges"])
    hidden = workbook.create_sheet("Listes")
    hidden.append(["Un", "Deux", "Trois", "Quatre"])
    hidden.append(["a", "b", "c", "d"])
    hidden.sheet_state = "hidden"
    workbook.save(path)
    table = open_table(path)
    assert (table.sheet, table.header_row) == ("Clients", 2)
    assert table.sheets == ("Lisez-moi", "Clients", "Listes")
    assert open_table(path, sheet="listes").headers == ("Un", "Deux", "Trois", "Quatre")
    with pytest.raises(TableError, match="Lisez-moi, Clients, Listes"):
        open_table(path, sheet="Feuil1")


def test_it_reads_a_workbook_whatever_its_name(book: Book) -> None:
    workbook, sheet, path = book
    sheet.append(["Nom", "Ville"])
    sheet.append(["Cœur", "Bourges"])
    workbook.save(path)
    assert open_table(path.rename(path.with_suffix(".csv"))).format == "xlsx"


def test_it_is_not_impressed_by_a_million_empty_rows(book: Book) -> None:
    workbook, sheet, path = book
    sheet.append(["Nom", "Ville"])
    sheet.append(["Cœur", "Bourges"])
    sheet["XFD1048576"].font = Font(bold=True)
    workbook.save(path)
    assert [number for number, _cells in open_table(path).rows] == [2]


def test_it_refuses_a_cell_at_the_end_of_the_world(book: Book) -> None:
    workbook, sheet, path = book
    sheet.append(["Nom", "Ville"])
    sheet["XFD1048576"] = "perdu"
    workbook.save(path)
    assert refused(path) == "too_big"


@pytest.mark.parametrize(
    "cell",
    [
        '<x:c xmlns:x="u" r="XFD1048576"><x:v>1</x:v></x:c>',
        "<c  t='n'\n r = 'XFD1048576'><!-- --><v>1</v></c>",
        '<c t=">" r="XFD1048576"><v>1</v></c>',
        '<c r="&#88;FD1048576"><v>1</v></c>',
    ],
)
def test_it_refuses_that_cell_however_it_is_written(book: Book, cell: str) -> None:
    workbook, sheet, path = book
    sheet.append(["Nom", "Ville"])
    workbook.save(path)
    rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</row>", cell.encode() + b"</row>"))
    assert refused(path) == "too_big"


def test_it_refuses_a_small_file_that_unpacks_to_gigabytes(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    workbook, sheet, path = book
    sheet.append(["Nom", "Ville"])
    workbook.save(path)
    monkeypatch.setattr("fixaloop.tables.workbook._MOST_UNPACKED", 10 * 1024**2)
    rewrite(path, "xl/sharedStrings.xml", lambda xml: xml + b" " * 20 * 1024**2)
    assert path.stat().st_size < 100_000
    assert refused(path) == "too_big"


def test_it_refuses_an_archive_that_lies_about_its_size(book: Book) -> None:
    workbook, sheet, path = book
    sheet.append(["Nom", "Ville"])
    workbook.save(path)
    rewrite(path, "xl/sharedStrings.xml", lambda xml: xml + b" " * 1024**2)
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/sharedStrings.xml").file_size
    path.write_bytes(path.read_bytes().replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little")))
    assert refused(path) == "damaged"


def test_it_refuses_a_workbook_without_data(book: Book) -> None:
    workbook, sheet, path = book
    workbook.save(path)
    assert refused(path) == "empty"
    sheet.append(["Nom", "Ville"])
    workbook.save(path)
    assert refused(path) == "header_only"


def test_it_refuses_a_damaged_workbook(book: Book) -> None:
    workbook, sheet, path = book
    sheet.append(["Nom", "Ville"])
    sheet.append(["Cœur", "Bourges"])
    workbook.save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert refused(path) == "damaged"
    path.write_bytes(whole)
    rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: xml[: len(xml) // 2])
    assert refused(path) == "damaged"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("clients.xlsx", CLIENTS.encode(), "not_a_workbook"),
        ("clients.xlsx", b"<html><table></table></html>", "html"),
        ("clients.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_xls"),
        ("clients.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ("clients.xlsx", b"PK\x03\x04" + b"x" * 100, "damaged"),
        ("clients.xlsx", b"", "empty"),
    ],
)
def test_it_refuses_what_only_has_the_name_of_a_workbook(write: Write, name: str, content: bytes, code: str) -> None:
    assert refused(write(content, name)) == code


def test_it_refuses_another_archive(tmp_path: Path) -> None:
    path = tmp_path / "clients.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", "<office/>")
    assert refused(path) == "not_a_workbook"


def rewrite(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    """Changes one part of a workbook, or adds it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts.get(part, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


# Cells


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("1600", "1600"),
        (1600, "1600"),
        (21940038900108.0, "21940038900108"),
        (12.5, "12.5"),
        (12.1 * 3, "36.3"),
        (0.1 + 0.7, "0.8"),
        (8.000000000000002, "8"),
        (59.988, "59.988"),
        (999999999999999.9, "1,00000000000000E+15"),
        (123456789012345.0, "123456789012345"),
        (9876543210987650.0, "9,87654321098765E+15"),
        (98765432109876543000, "9,87654321098765E+19"),
        (1e15, "1,00000000000000E+15"),
        (True, "VRAI"),
        (False, "FAUX"),
        (date(2025, 12, 31), "31/12/2025"),
        (datetime(2025, 12, 31), "31/12/2025"),  # noqa: DTZ001
        (datetime(2025, 12, 31, 18, 5), "31/12/2025 18:05"),  # noqa: DTZ001
        (datetime(2025, 12, 31, 18, 5, 9), "31/12/2025 18:05:09"),  # noqa: DTZ001
        ("", ""),
    ],
)
def test_it_says_a_cell_as_a_person_reads_it(cell: str | float | date, text: str) -> None:
    assert as_text(cell) == text


# What programs do to files


def test_it_tells_latin_9_from_windows(write: Write) -> None:
    table = open_table(write("Nom;Prix\nCœur;12 €\n", encoding="iso8859-15"))
    assert (table.encoding, list(table.rows)) == ("iso8859-15", [(2, ["Cœur", "12 €"])])
    assert open_table(write("Nom;Taille\nÉlan;1½ pouce\n", encoding="cp1252")).encoding == "cp1252"


def test_it_reads_quotes_with_a_backslash_before_them(write: Write) -> None:
    table = open_table(write('"Nom";"Ville"\n"SARL \\"Le Paris\\"";"Lyon"\n"a \\"b\\" ""c""";"Metz"\n'))
    assert list(table.rows) == [(2, ['SARL "Le Paris"', "Lyon"]), (3, ['a "b" "c"', "Metz"])]
    assert list(open_table(write('"Nom";"Ville"\n"C:\\";"Lyon"\n')).rows) == [(2, ["C:\\", "Lyon"])]


def test_it_marks_formulas_whose_result_was_never_stored(book: Book) -> None:
    workbook, sheet, path = book
    for row in (("Nom", "E-mail", "Code"), ("Durand", '=LOWER(A2)&"@example.org"', "69001"), ("Petit", "", "")):
        sheet.append(row)
    workbook.save(path)
    table = open_table(path)
    assert [cells for _number, cells in table.rows] == [["Durand", UNCOMPUTED, "69001"], ["Petit", "", ""]]


def test_it_marks_the_errors_that_cells_show(book: Book) -> None:
    workbook, sheet, path = book
    for row in (("Nom", "E-mail", "Code"), ("Durand", "#N/A", "69001"), ("Petit", "", "#REF!")):
        sheet.append(row)
    workbook.save(path)
    assert [cells for _number, cells in open_table(path).rows] == [["Durand", "#N/A", "69001"], ["Petit", "", "#REF!"]]


def test_rows_show_what_is_merged_above_them(book: Book) -> None:
    workbook, sheet, path = book
    for row in (
        ("Carte", "Zones", "Note"),
        ("a", "Quai 4"),
        ("b",),
        ("c",),
        ("d", "Cour", "y"),
        ("", "", ""),
        ("e",),
    ):
        sheet.append(row)
    for merged in ("B2:C4", "A5:A6", "B5:B7", "C7:D7"):
        sheet.merge_cells(merged)
    workbook.save(path)
    table = open_table(path)
    # What is merged to the right stays; a record whose every cell takes two rows is one record.
    assert [cells for _number, cells in table.rows] == [
        ["a", "Quai 4", ""],
        ["b", "Quai 4", ""],
        ["c", "Quai 4", ""],
        ["d", "Cour", "y"],
        ["", "", ""],
        ["e", "Cour", ""],
    ]
    assert {index: [merged.rows for merged in found] for index, found in table.merged.items()} == {
        1: [range(3, 5), range(7, 8)]
    }


def test_it_is_not_impressed_by_a_merge_of_a_million_rows(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    workbook, sheet, path = book
    for row in (("Carte", "Zones"), ("a", "Cour"), ("b",)):
        sheet.append(row)
    sheet.merged_cells.add("B2:B1048576")
    sheet.merged_cells.add("C2:C3")
    workbook.save(path)
    assert list(open_table(path).rows) == [(2, ["a", "Cour"]), (3, ["b", "Cour"])]
    monkeypatch.setattr("fixaloop.tables.merged._MOST", 1)
    assert refused(path) == "too_big"


def test_it_names_the_other_sheets_that_hold_rows(book: Book) -> None:
    workbook, sheet, path = book
    for row in (("Nom", "Prénom"), ("Durand", "Léa")):
        sheet.append(row)
    # Nobody sees a hidden one; that of our own choices is nobody’s rows.
    for title in ("Autres", "Anciens", "Listes"):
        other = workbook.create_sheet(title)
        other.sheet_state = "visible" if title == "Autres" else "hidden"
        for name in ("Société", "Garage", "Dépôt"):
            other.append((name,))
    workbook.create_sheet("Vide")
    workbook.save(path)
    assert open_table(path).others == (("Autres", 2, False), ("Anciens", 2, True))


def test_it_joins_a_header_in_two_rows(write: Write) -> None:
    known = {"Code postal", "Tél fixe", "Tél portable", "Nom", "Ville"}
    table = open_table(write("Nom;Tél;;Code;Ville\n;fixe;portable;postal;\nDurand;1;2;3;4\n"), known=known)
    assert (table.header_row, table.headers) == (2, ("Nom", "Tél fixe", "Tél portable", "Code postal", "Ville"))


def test_it_says_of_an_address_book_what_to_do(write: Write) -> None:
    assert refused(write("BEGIN:VCARD\r\nFN:Léa\r\nEND:VCARD\r\n", "contacts.vcf")) == "vcard"


def test_a_picture_is_no_text(write: Write) -> None:
    with pytest.raises(TableError) as refusal:
        open_table(write(b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 50))
    assert refusal.value.code == "binary"


def test_a_file_with_thousands_of_columns_is_refused(write: Write) -> None:
    headings = ";".join(f"c{rank}" for rank in range(2_001))
    with pytest.raises(TableError) as refusal:
        open_table(write(f"{headings}\n{'x;' * 2_001}\n"))
    assert refusal.value.code == "wide"
