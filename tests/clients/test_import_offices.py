"""Files as offices and their former programs make them: each value arrives, is refused or is told."""

import contextlib
import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from clients.models import Client

pytestmark = pytest.mark.django_db


def run(folder: Path, content: str | bytes, *options: str) -> dict[str, Any]:
    path = folder / "clients.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    output = io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("import_clients", str(path), "--format=json", "--on-error=skip", *options, stdout=output)
    report: dict[str, Any] = json.loads(output.getvalue())
    return report


def run_workbook(folder: Path, rows: Sequence[Sequence[Any]], shape: Callable[[Worksheet], object]) -> dict[str, Any]:
    """Import a workbook with these rows, once `shape` has done to its sheet what an office does."""
    book = Workbook()
    sheet: Worksheet = book.worksheets[0]
    for row in rows:
        sheet.append(list(row))
    shape(sheet)
    file = io.BytesIO()
    book.save(file)
    return run(folder, file.getvalue())


def values(*names: str) -> Sequence[Any]:
    rows = [tuple(str(getattr(client, name)) for name in names) for client in Client.objects.order_by("number")]
    return [row[0] for row in rows] if len(names) == 1 else rows


def told(report: dict[str, Any], row: int) -> str:
    issues = [*report["errors"], *report["warnings"]]
    return " ".join(f"{issue['column']} {issue['value']} {issue['message']}" for issue in issues if issue["row"] == row)


NAMES = ("kind", "first_name", "last_name", "company_name")


@pytest.mark.parametrize("dash", ["-", "--", "—", "/", ".", "…", "?", "_", "néant", "Aucune", "inconnu", "NC", "n.c."])
def test_a_dash_is_no_value(tmp_path: Path, dash: str) -> None:
    text = "Nom;Prénom;Société;Tél;Mail;SIRET;Adresse;Complément;CP;Ville;Pays;Commentaire\n"
    report = run(tmp_path, text + f"Dupont;Marie{f';{dash}' * 7};Lyon;;{dash}\nDurand;Paul{f';{dash}' * 7};{dash};;\n")
    assert report["errors"] == []
    assert values(*NAMES) == [("individual", "Marie", "Dupont", ""), ("individual", "Paul", "Durand", "")]
    assert values("street", "street_extra", "city", "description") == [("", "", "Lyon", ""), ("", "", "", "")]
    assert dash in told(report, 2)


def test_a_dash_is_no_name(tmp_path: Path) -> None:
    report = run(tmp_path, "Nom;Prénom;Ville\nDupont;-;Lyon\nDurand;.;Lyon\n")
    assert [(issue["row"], issue["column"]) for issue in report["errors"]] == [(2, "Prénom"), (3, "Prénom")]


def test_new_caledonia_is_a_country(tmp_path: Path) -> None:
    run(tmp_path, "Nom;Prénom;Pays;CP;Ville\nDupont;Marie;NC;98800;Nouméa\n")
    assert values("country", "postal_code") == [("NC", "98800")]


@pytest.mark.parametrize("name", ["Particulier", "particuliers", "Privé"])
def test_a_private_person_has_no_company(tmp_path: Path, name: str) -> None:
    report = run(tmp_path, f"Nom;Prénom;Société\nDupont;Marie;{name}\nDurand;Paul;{name}\n")
    assert values(*NAMES) == [("individual", "Marie", "Dupont", ""), ("individual", "Paul", "Durand", "")]
    assert name in told(report, 2)


FOOTERS = (
    "Édité le 03/03/2025", "Page 1/3", "Page 2 sur 3", "Nombre de clients : 2", "Nombre d'enregistrements : 2",
    "2 enregistrements", "2 clients", "Fin du document", "Fin de liste", "Moyenne", "Liste exportée le 03/03/2025",
    "Imprimé par Marie", "Total clients : 2",
)  # fmt: skip


@pytest.mark.parametrize("place", ["{};;", ";{};", ";;{}"])
def test_what_stands_below_a_list_is_no_client(tmp_path: Path, place: str) -> None:
    lines = "\n".join(map(place.format, FOOTERS))
    report = run(tmp_path, f"Raison sociale;Ville;Téléphone\nGarage A;Lyon;0199001234\n{lines}\n")
    assert (values("company_name"), report["errors"]) == (["Garage A"], [])
    assert (report["ignored"], report["created"]) == (len(FOOTERS), 1)
    for row, line in enumerate(FOOTERS, start=3):
        assert line in told(report, row)


def test_a_company_may_be_called_like_a_count(tmp_path: Path) -> None:
    run(tmp_path, "Raison sociale;Ville\n2 Clients;Lyon\n1600;\nPage Blanche;\n37;\n")
    assert values("company_name") == ["2 Clients", "1600", "Page Blanche", "37"]


def test_numbers_stuck_to_headings_are_understood(tmp_path: Path) -> None:
    text = "Nom;Prénom;Tel1;Tel2;Mobile1;Mail1;Mail2;Adresse1;Adresse2;CP\n"
    report = run(
        tmp_path, text + "Dupont;Marie;0199001234;0199001235;0639980001;a@example.org;b@example.org;1 rue;B;1000\n"
    )
    assert values("phone", "email", "street", "street_extra") == [("+33199001234", "a@example.org", "1 rue", "B")]
    others = {line.split("\t")[0] for line in Client.objects.get().other_contacts.split("\n")}
    assert others == {"+33199001235", "+33639980001", "b@example.org"}
    assert [issue["column"] for issue in report["warnings"]] == ["CP"]


@pytest.mark.parametrize("lost", ["?", "\ufffd", "??"])
def test_headings_that_lost_their_accents_are_understood(tmp_path: Path, lost: str) -> None:
    headings = "Pr?nom;Nom;T?l?phone;N? de portable;Compl?ment;Soci?t?;Adresse\n".replace("?", lost)
    report = run(tmp_path, headings + "Marie;Dupont;0199001234;0639980001;Bât B;Garage du Port;1 quai\n")
    assert values(*NAMES, "phone", "street_extra") == [
        ("company", "Marie", "Dupont", "Garage du Port", "+33199001234", "Bât B")
    ]
    assert report["warnings"] == []


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Adresse (n° et rue)", "street"), ("Nom d'usage", "last_name"), ("NOM (en majuscules)", "last_name"),
        ("Code postal (5 chiffres)", "postal_code"), ("Téléphone *obligatoire", "phone"),
    ],
)  # fmt: skip
def test_remarks_in_headings_are_no_part_of_them(tmp_path: Path, heading: str, field: str) -> None:
    others = {"last_name": "Durand", "first_name": "Marie", "street": "2 rue B", "postal_code": "69001"}
    sample = others | {"phone": "+33199001234"}
    names = {"last_name": "Nom", "first_name": "Prénom", "street": "Adresse", "postal_code": "CP", "phone": "Tél"}
    headings = ";".join(heading if name == field else names[name] for name in sample)
    run(tmp_path, f"{headings}\n{';'.join(sample.values())}\n")
    assert values(field) == [sample[field]]


def test_a_second_telephone_is_not_called_a_mobile(tmp_path: Path) -> None:
    run(tmp_path, "Raison sociale;Tel contact;Tel société\nGarage;0639980001;0199001234\n")
    assert values("phone", "other_contacts") == [("+33639980001", "+33199001234")]


def test_outlook_in_german(tmp_path: Path) -> None:
    text = (
        '"Anrede","Vorname","Nachname","Firma","Straße geschäftlich","Ort geschäftlich","Postleitzahl geschäftlich",'
        '"Land/Region geschäftlich","Telefon geschäftlich","Mobiltelefon","E-Mail-Adresse"\n'
        '"Frau","Anna","Müller","","Hauptstr. 1","Kehl","77694","Deutschland","+49 7851 123456","","anna@example.org"\n'
    )
    run(tmp_path, text.encode("cp1252"))
    found = values("first_name", "last_name", "street", "postal_code", "country", "phone", "email")
    assert found == [("Anna", "Müller", "Hauptstr. 1", "77694", "DE", "+497851123456", "anna@example.org")]


def test_a_comma_puts_the_last_name_first(tmp_path: Path) -> None:
    text = 'Nom complet\n"Dupont, Marie"\n"Le Goff, M. Yann"\n"DE LA TOUR, Jean-Pierre"\nPetit (Luc)\n'
    report = run(tmp_path, text)
    names = [("Marie", "Dupont"), ("Yann", "Le Goff"), ("Jean-Pierre", "DE LA TOUR"), ("Luc", "Petit")]
    assert values("first_name", "last_name") == names
    assert [issue["row"] for issue in report["warnings"]] == [5]


def test_initials_at_the_end_are_the_first_name(tmp_path: Path) -> None:
    run(tmp_path, "Nom et prénom\nDupont J.-P.\nJ. Durand\n")
    assert values("first_name", "last_name") == [("J.-P.", "Dupont"), ("J.", "Durand")]


def test_a_company_before_a_comma_is_the_one_of_the_person(tmp_path: Path) -> None:
    text = 'Nom complet,Est une société\nGarage du Port,TRUE\n"Garage du Port, Marie Durand",FALSE\n'
    report = run(tmp_path, text)
    assert values(*NAMES) == [("company", "", "", "Garage du Port"), ("individual", "Marie", "Durand", "")]
    assert values("company")[1].endswith("Garage du Port")
    assert "à vérifier" in told(report, 3)


def test_a_company_and_a_person_in_one_name_are_doubtful(tmp_path: Path) -> None:
    report = run(tmp_path, 'Nom complet\n"Garage du Port, Marie Durand"\n"SCP Martin, Petit et Associés"\n')
    assert [issue["row"] for issue in report["warnings"]] == [2]


def test_a_family_has_no_first_name(tmp_path: Path) -> None:
    text = "Nom;Tél\nFamille Martin;0639980001\nVve Dupont;\nM. et Mme Durand;\nFamille Jean Petit;\n"
    report = run(tmp_path, text)
    assert values("first_name", "last_name") == [("Jean", "Petit")]
    assert [issue["row"] for issue in report["errors"]] == [2, 3, 4]


def test_a_file_in_two_encodings_is_repaired_cell_by_cell(tmp_path: Path) -> None:
    lines = [
        "Prénom;Nom;Ville\nZoé;Lefèvre;Châlons\nJürgen;Müller;Köln\n".encode(),
        "Noé;Péret;Évry\n".encode("cp1252"),
    ]
    run(tmp_path, b"".join(lines))
    assert values("first_name", "last_name", "city") == [
        ("Zoé", "Lefèvre", "Châlons"), ("Jürgen", "Müller", "Köln"), ("Noé", "Péret", "Évry"),
    ]  # fmt: skip


def test_what_makes_excel_keep_a_text_is_no_part_of_it(tmp_path: Path) -> None:
    quoted = '"=""Durand""";"=""Paul""";"=""01000""";"=""0639980002"""\n'
    run(tmp_path, f'Nom;Prénom;CP;Tél\n="Dupont";="Marie";="01000";="0639980001"\n{quoted}')
    assert values("last_name", "postal_code", "phone") == [
        ("Dupont", "01000", "+33639980001"), ("Durand", "01000", "+33639980002"),
    ]  # fmt: skip


@pytest.mark.parametrize("heading", ["'Nom';'Prénom';'Ville'", "Nom;Prénom;Ville"])
def test_apostrophes_may_stand_around_cells(tmp_path: Path, heading: str) -> None:
    run(tmp_path, f"{heading}\n'Dupont';'Marie';'L''Isle; la neuve'\n'D''Arcy';'Paul';'Lyon'\n")
    assert values("last_name", "city") == [("Dupont", "L'Isle; la neuve"), ("D'Arcy", "Lyon")]


def test_apostrophes_inside_names_are_no_quotes(tmp_path: Path) -> None:
    run(tmp_path, "Nom;Prénom;Ville\n'T Hooft;Jan;'s-Hertogenbosch\nD'Arcy;Zoé;L'Isle\n")
    assert values("last_name", "city") == [("'T Hooft", "'s-Hertogenbosch"), ("D'Arcy", "L'Isle")]


def test_letters_that_were_half_misread_are_told(tmp_path: Path) -> None:
    report = run(tmp_path, "Raison sociale;Adresse;Ville\nL’Ã‰toile;1 rue de l’Ã‰glise;Zoé-sur-Mer\n")
    assert [issue["column"] for issue in report["warnings"]] == ["Raison sociale", "Adresse"]
    report = run(tmp_path, "Raison sociale;Ville\nSÃO PAULO Café;L’ÉTÉ’S\n")
    assert report["warnings"] == []


def test_an_hour_that_comes_twice_is_told_once(tmp_path: Path) -> None:
    report = run(tmp_path, "Nom;Prénom;Date création\nDupont;Marie;31/10/2021 02:30\n")
    assert [issue["column"] for issue in report["warnings"]] == ["Date création"]


def test_a_code_and_a_town_in_one_cell_are_told_apart(tmp_path: Path) -> None:
    text = "Nom;Prénom;CP;Ville\nA;B;69001 LYON;\nC;D;;69001 Lyon\nE;F;69001;69001 - Lyon\nG;H;75012;69001 Lyon\n"
    report = run(tmp_path, text)
    assert values("postal_code", "city") == [
        ("69001", "LYON"),
        ("69001", "Lyon"),
        ("69001", "Lyon"),
        ("75012", "69001 Lyon"),
    ]
    assert [issue["row"] for issue in report["warnings"]] == [2, 3, 4]
    run(tmp_path, "Nom complet;CP;Ville\nMarie Curie;;5 rue\nPaul Curie;;75012 Paris 12e\n")
    assert values("postal_code", "city")[4:] == [("", "5 rue"), ("75012", "Paris 12e")]


def test_letters_between_the_rows_are_no_clients(tmp_path: Path) -> None:
    report = run(tmp_path, "Raison sociale;Ville;Téléphone\nA;;\nAbc;Lyon;0199001234\nB;;\nBus;Lyon;0199001235\n")
    assert values("company_name") == ["Abc", "Bus"]
    assert [issue["row"] for issue in report["warnings"]] == [2, 4]


def test_the_name_of_the_salesman_is_not_the_one_of_the_company(tmp_path: Path) -> None:
    report = run(tmp_path, "Client;Nom du commercial;Téléphone\nGarage du Port;Luc Petit;0199001234\n")
    assert values("company_name") == ["Garage du Port"]
    assert "Luc Petit" in told(report, 2)


def test_a_second_name_of_a_company_is_kept_and_told(tmp_path: Path) -> None:
    report = run(tmp_path, "Client;Raison sociale;Téléphone\nLe Port;Garage du Port;0199001234\nHôtel X;Hôtel X;\n")
    assert values("company_name", "description") == [("Garage du Port", "Nom\u00a0: Le Port"), ("Hôtel X", "")]
    assert {issue["row"] for issue in report["warnings"]} == {2}
    assert "Le Port" in told(report, 2)


def test_british_headings_and_codes_of_languages(tmp_path: Path) -> None:
    text = "Surname,Forename,Title,Mobile number,Landline,Post code,Address line 1,Town/City,Language\n"
    run(tmp_path, f"{text}Dupont,Marie,Mrs,0639980001,0199001234,69001,1 rue A,Lyon,en-GB\n")
    found = values("first_name", "last_name", "phone", "postal_code", "street", "city", "language")
    assert found == [("Marie", "Dupont", "+33199001234", "69001", "1 rue A", "Lyon", "en")]


def test_names_in_each_other_s_column_are_told_once(tmp_path: Path) -> None:
    rows = "DUPONT;Marie\nDURAND;Jean-Paul\nLE GOFF;Anne\n"
    report = run(tmp_path, f"Prénom;Nom\n{rows}")
    assert [(issue["row"], issue["column"]) for issue in report["warnings"]] == [(2, "Nom")]
    report = run(tmp_path, "Prénom;Nom\nMarie;Bernard\nJean-Paul;Laurent\nMohammed;Robert\n")
    assert report["warnings"] == []


@pytest.mark.parametrize("cells", [("Oui", "Non"), ("1042", "1043"), ("x", "x")])
def test_a_column_called_client_may_hold_no_name(tmp_path: Path, cells: tuple[str, str]) -> None:
    report = run(tmp_path, f"Nom;Prénom;Client ?\nDupont;Marie;{cells[0]}\nDurand;Paul;{cells[1]}\n")
    assert values(*NAMES) == [("individual", "Marie", "Dupont", ""), ("individual", "Paul", "Durand", "")]
    assert [(issue["row"], issue["column"]) for issue in report["warnings"]] == [(2, "Client ?")]


def test_a_code_in_place_of_a_company_is_doubtful(tmp_path: Path) -> None:
    report = run(tmp_path, "Client;Nom;Prénom\nC1042;Dupont;Marie\nC1043;Durand;Paul\n")
    assert [(issue["row"], issue["column"]) for issue in report["warnings"]] == [(2, "Client"), (3, "Client")]


def hide(*rows: int, columns: str = "") -> Callable[[Worksheet], None]:
    def shape(sheet: Worksheet) -> None:
        for row in rows:
            sheet.row_dimensions[row].hidden = True
        for column in columns:
            sheet.column_dimensions[column].hidden = True

    return shape


PEOPLE = [("Nom", "Prénom", "Ville", "Couleur"), ("Dupont", "Marie", "Lyon", ""), ("Durand", "Paul", "Metz", "rouge")]


def test_rows_that_a_filter_hides_are_read_and_said(tmp_path: Path) -> None:
    report = run_workbook(tmp_path, [*PEOPLE, ("Roy", "Léa", "Nice", "")], hide(3, 4))
    assert values("last_name") == ["Dupont", "Durand", "Roy"]
    assert "lues aussi : 2, à partir de celle-ci" in told(report, 3).replace("\u00a0", " ")


def test_hidden_columns_that_are_read_are_said(tmp_path: Path) -> None:
    report = run_workbook(tmp_path, PEOPLE, hide(columns="CD"))
    assert values("city") == ["Lyon", "Metz"]
    said = [(issue["row"], issue["column"]) for issue in report["warnings"] if "masquée" in issue["message"]]
    assert said == [(1, "Ville")]


def test_nothing_is_said_of_rows_that_are_shown(tmp_path: Path) -> None:
    report = run_workbook(tmp_path, PEOPLE, hide(columns=""))
    assert not [issue for issue in report["warnings"] if "masqué" in issue["message"]]


def test_a_number_that_the_workbook_has_shortened_is_refused(tmp_path: Path) -> None:
    head = ("Nom", "Prénom", "Téléphone", "Référence externe")
    lost = ("Bonnet", "Zoé", 1e15, 98765432109876543210.0)
    report = run_workbook(tmp_path, [head, ("Aubry", "Léo", "", 987654321098765), lost], lambda sheet: None)
    assert values("last_name", "external_reference") == [("Aubry", "987654321098765")]
    assert {(issue["row"], issue["column"]) for issue in report["errors"]} == {
        (3, "Téléphone"),
        (3, "Référence externe"),
    }
    assert "9,87654321098765E+19" in told(report, 3)


def test_what_is_merged_over_several_rows_counts_for_each(tmp_path: Path) -> None:
    rows = [("Nom", "Prénom", "Ville"), ("Aubry", "Léo", "Dijon"), ("Bonnet", "Zoé", ""), ("Colin", "Guy", "")]
    report = run_workbook(tmp_path, rows, lambda sheet: sheet.merge_cells("C2:C3"))
    assert values("city") == ["Dijon", "Dijon", ""]
    said = [(issue["row"], issue["column"]) for issue in report["warnings"] if "fusionnées" in issue["message"]]
    assert said == [(3, "Ville")]


@pytest.mark.parametrize("word", ["Total", "TOTAL GÉNÉRAL", "Grand total", "Sous-total Dijon", "À reporter", "Totaux"])
def test_a_line_of_many_sums_is_no_client(tmp_path: Path, word: str) -> None:
    head = "Raison sociale;Ville;Code postal;Avril;Mai;Juin;Solde\n"
    report = run(tmp_path, f"{head}Forge du Lac;Dijon;21000;10;20;30;60\n{word};;;10;20;30,50;60 €\n")
    assert values("company_name") == ["Forge du Lac"]
    assert "total" in told(report, 3)


def test_a_company_called_total_has_what_a_sum_has_not(tmp_path: Path) -> None:
    head = "Raison sociale;Adresse;Code postal;Tél;Avril;Mai\n"
    rows = "Total;;21000;;10;20\nTotal;;;380112233;;\nTotal;2 rue du Lac;;;10;20\n"
    run(tmp_path, f"{head}{rows}Total Énergies;;;;10;20\nTotal;;;;10;20\n")
    assert values("company_name", "postal_code", "phone", "street") == [
        ("Total", "21000", "", ""),
        ("Total", "", "+33380112233", ""),
        ("Total", "", "", "2 rue du Lac"),
        ("Total Énergies", "", "", ""),
    ]


@pytest.mark.parametrize(
    "title", ["Clients de Lyon", "CLIENTS DU RHÔNE", "Secteur : Nord", "Tournée 3", "Contacts à Metz"]
)
def test_the_title_of_a_group_is_no_client(tmp_path: Path, title: str) -> None:
    report = run(tmp_path, f"Société;Ville;Tél\n{title};;\nGarage du Port;Lyon;0639980001\n")
    assert values("company_name") == ["Garage du Port"]
    assert title in told(report, 2)


def test_a_name_alone_may_be_a_title(tmp_path: Path) -> None:
    report = run(tmp_path, "Société;Ville;Tél\nAgence de Lyon;;\nGarage du Port;Lyon;\n")
    assert values("company_name") == ["Agence de Lyon", "Garage du Port"]
    assert "titre d’un groupe" in told(report, 2)
    assert not told(report, 3)


def test_names_alone_in_a_list_of_names_are_clients(tmp_path: Path) -> None:
    report = run(tmp_path, "Société;Ville\nAgence de Lyon;\nGarage du Port;\n")
    assert (values("company_name"), report["warnings"]) == (["Agence de Lyon", "Garage du Port"], [])


def test_days_are_doubted_where_the_month_comes_first(tmp_path: Path) -> None:
    text = "Nom;Prénom;Créé le\nA;Zoé;04/02/2026\nB;Zoé;03/25/2026\nC;Zoé;05/05/2026\nD;Zoé;13/02/2026\n"
    report = run(tmp_path, text)
    assert [issue["row"] for issue in report["errors"]] == [3]
    assert [(issue["row"], issue["value"]) for issue in report["warnings"]] == [(2, "04/02/2026")]


def test_days_that_the_spreadsheet_took_are_doubted_too(tmp_path: Path) -> None:
    rows = [("Nom", "Prénom", "Créé le"), ("A", "Zoé", datetime(2026, 2, 4)), ("B", "Zoé", "03/25/2026")]  # noqa: DTZ001
    report = run_workbook(tmp_path, rows, hide())
    assert [issue["row"] for issue in report["warnings"]] == [2]


def test_days_are_not_doubted_without_a_sign(tmp_path: Path) -> None:
    report = run(tmp_path, "Nom;Prénom;Créé le;Tél\nA;Zoé;04/02/2026;06 39 98 00 01\nB;Zoé;25/03/2026;\n")
    assert report["warnings"] == []
