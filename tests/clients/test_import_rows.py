"""What a row of clients may hold, in layouts nobody has seen before."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from clients.declared.nightly import repair
from clients.imports.vocabulary import BY_NAME, COLUMNS, LAYOUTS
from clients.models import Client
from clients.values.parsing import split_name
from tests.factories import make_client

pytestmark = pytest.mark.django_db


def run(folder: Path, text: str, *options: str) -> dict[str, Any]:
    path = folder / "clients.csv"
    path.write_text(text, encoding="utf-8")
    output = io.StringIO()
    try:
        call_command("import_clients", str(path), "--format=json", *options, stdout=output)
    except SystemExit as stop:
        report: dict[str, Any] = json.loads(output.getvalue())
        return report | {"code": stop.code}
    return json.loads(output.getvalue()) | {"code": 0}


def test_what_it_computes_is_what_the_night_computes(tmp_path: Path) -> None:
    text = "Raison sociale;CP;Ville;Date de création\nMairie;06700;Saint-Laurent-du-Var;\n"
    text += "Garage du Port;69001;Lyon;05/03/2019\n"
    assert run(tmp_path, text)["created"] == 2
    assert repair(Client.objects.all()) == 0


def test_it_never_takes_a_belgian_postal_code_for_a_french_one(tmp_path: Path) -> None:
    text = "Raison sociale;Code postal;Ville\nFédération;1049;Bruxelles\nMairie;1000;Bourg-en-Bresse\n"
    text += "Autre;1000;Bruxelles\n"
    report = run(tmp_path, text, "--on-error=skip")
    assert [(issue["row"], issue["column"]) for issue in report["errors"]] == [(2, "Code postal"), (4, "Code postal")]
    assert Client.objects.get().postal_code == "01000"
    report = run(tmp_path, text, "--lenient")
    assert set(Client.objects.values_list("postal_code", flat=True)) == {"01000", ""}


def test_it_takes_a_belgian_postal_code_with_its_country(tmp_path: Path) -> None:
    assert run(tmp_path, "Raison sociale;CP;Ville;Pays\nFédération;1049;Bruxelles;Belgique\n")["code"] == 0
    assert (Client.objects.get().postal_code, Client.objects.get().country.code) == ("1049", "BE")


def test_it_restores_the_zero_of_a_french_postal_code_and_says_so(tmp_path: Path) -> None:
    report = run(tmp_path, "Raison sociale;CP;Ville\nPréfecture;2016;Laon Cedex\nMairie;6704;Saint-Laurent-du-Var\n")
    assert set(Client.objects.values_list("postal_code", flat=True)) == {"02016", "06704"}
    assert [issue["row"] for issue in report["warnings"]] == [2, 3]


def test_it_tells_the_values_that_no_heading_names(tmp_path: Path) -> None:
    report = run(tmp_path, "Prénom;Nom;;Ville\nLéa;Durand;VIP;Lyon\nLéo;Petit;;Metz\n")
    assert (report["code"], report["created"]) == (0, 2)
    assert [(issue["row"], issue["column"], issue["value"]) for issue in report["warnings"]] == [
        (2, "colonne 3", "VIP")
    ]


def test_it_refuses_a_row_that_a_separator_too_many_has_shifted(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        "Prénom;Nom;Adresse;Ville\nLéa;Durand;12 rue X; bât B;Lyon\nLéo;Petit;1 rue Y;Metz\n",
        "--on-error=skip",
    )
    assert [issue["row"] for issue in report["errors"]] == [2]
    assert Client.objects.get().last_name == "Petit"


def test_it_updates_by_a_key_without_any_name(tmp_path: Path) -> None:
    make_client(first_name="Léa", last_name="Durand", email="lea@example.org", city="Lyon")
    report = run(tmp_path, "E-mail;Ville\nlea@example.org;Metz\nautre@example.org;Paris\n", "--on-error=skip")
    assert (report["updated"], report["refused"]) == (1, 1)
    assert "Ni nom ni raison sociale" in report["errors"][0]["message"]
    assert Client.objects.get().city == "Metz"


def test_it_refuses_the_same_person_twice_even_when_lenient(tmp_path: Path) -> None:
    text = "Prénom;Nom;E-mail\nLéa;Durand;lea@example.org\nLÉA;Durand;LEA@example.org\n"
    report = run(tmp_path, text, "--lenient", "--on-error=skip")
    assert (report["created"], report["refused"]) == (1, 1)


UNSEEN = {
    "HubSpot": (
        "Record ID,First Name,Last Name,Email,Mobile Phone Number,Company Name,Street Address,City,Postal Code,"
        "Country/Region,Create Date\n"
        "101,Léa,Durand,lea@example.org,06 39 98 12 34,,3 rue X,Lyon,69002,France,2024-03-05 10:22\n"
    ),
    "EBP": (
        "Code (tiers)\tNom (tiers)\tNom (contact) (Facturation)\tPrénom (contact) (Facturation)\t"
        "Adresse 1 (Facturation)\tCode postal (Facturation)\tVille (Facturation)\t"
        "Téléphone portable (contact) (Facturation)\tE-mail (contact) (Facturation)\n"
        "101\tDurand Léa\tDurand\tLéa\t3 rue X\t69002\tLyon\t06 39 98 12 34\tlea@example.org\n"
    ),
    "iCloud": (
        "First name,Last name,Organization,Email (home),Phone (mobile),Address (home) Street,Address (home) City,"
        "Address (home) Postal Code,Code client\n"
        "Léa,Durand,,lea@example.org,06 39 98 12 34,3 rue X,Lyon,69002,101\n"
    ),
    "a plumber": (
        "Fichier clients;;;;;\n;;;;;\nNom du client;Portable;Mail;Adresse chantier;CP Ville;Code\n"
        "M. et Mme DURAND Léa;06 39 98 12 34;lea@example.org;3 rue X;69002 Lyon;101\n"
    ),
    "a form": (
        "Nom du client;Prénom du client;Adresse du client;Code postal du client;Ville du client;Email du client;"
        "Téléphone du client;N° client\n"
        "Durand;Léa;3 rue X;69002;Lyon;lea@example.org;06 39 98 12 34;101\n"
    ),
}


@pytest.mark.parametrize("text", UNSEEN.values(), ids=UNSEEN)
def test_it_understands_layouts_that_nobody_described(tmp_path: Path, text: str) -> None:
    assert run(tmp_path, text)["code"] == 0
    client = Client.objects.get()
    assert (client.kind, client.first_name, client.last_name.title()) == ("individual", "Léa", "Durand")
    assert (client.email, client.phone) == ("lea@example.org", "+33639981234")
    assert (client.street, client.postal_code, client.city) == ("3 rue X", "69002", "Lyon")
    assert client.external_reference == "101"


def test_it_reads_no_more_of_a_known_program_than_is_known(tmp_path: Path) -> None:
    headings = "Code;Nom;Société;Forme juridique;Famille clients;Société du contact\n"
    report = run(tmp_path, headings + "411;DURAND Léa;DURAND Léa;;;Garage\n")
    assert any("Société du contact" in line for line in report["understood"] if line.startswith("Colonnes laissées"))
    assert Client.objects.get().company_name == "DURAND Léa"


def test_it_takes_a_whole_name_beside_its_contact_for_a_company(tmp_path: Path) -> None:
    text = "Customer Name,Contact First Name,Contact Last Name\nGarage Morel,Jean,Morel\n"
    assert run(tmp_path, text)["created"] == 1
    assert (Client.objects.get().company_name, Client.objects.get().contact) == ("Garage Morel", "Jean Morel")


def test_it_leaves_a_column_aside_when_told_to(tmp_path: Path) -> None:
    run(tmp_path, "Prénom;Nom;E-mail\nLéa;Durand;lea@example.org\n", "--map=E-mail=")
    assert Client.objects.get().email == ""


def test_it_says_which_columns_were_not_read_when_no_row_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_text("Appellation;E-mail\nDurand;lea@example.org\n", encoding="utf-8")
    output = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("import_clients", str(path), stdout=output)
    assert '--map "Appellation=" --map "E-mail="' in output.getvalue()


def test_it_never_makes_one_client_of_two_by_their_name(tmp_path: Path) -> None:
    """Another e-mail or another number in the system one comes from is somebody else, in whatever file it comes."""
    run(tmp_path, "Prénom;Nom;E-mail;Code client;Ville\nJean;Martin;jean@example.org;;Lyon\nLéa;Roux;;411A;Metz\n")
    report = run(
        tmp_path, "Prénom;Nom;E-mail;Code client;Ville\nJean;Martin;j2@example.org;;Lyon\nLéa;Roux;;411B;Metz\n"
    )
    assert (report["created"], report["updated"]) == (2, 0)
    same = "Prénom;Nom;Téléphone;E-mail;Ville\nLéo;Petit;01 99 00 12 34;{};Lyon\n"
    run(tmp_path, same.format("leo@example.org"))
    assert run(tmp_path, same.format("leo.petit@example.org"))["updated"] == 1


def test_it_reads_few_clients_however_many_have_the_name(tmp_path: Path, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        make_client(first_name="Jean", last_name="Martin", phone=f"+3319900{number:04d}")
    path = tmp_path / "clients.csv"
    path.write_text("Prénom;Nom;Téléphone\nJean;Martin;01 99 00 00 07\n", encoding="utf-8")
    with django_assert_max_num_queries(30) as queries:
        call_command("import_clients", str(path), stdout=io.StringIO())
    assert Client.objects.count() == 30
    [query] = [query["sql"] for query in queries if "WITH wanted" in query["sql"]]
    if connection.vendor == "sqlite":
        # Without statistics it would rather read all clients that have no SIRET or no phone.
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query}")
            assert any("client_by_name_key" in str(step) for step in cursor.fetchall())


def test_it_keeps_a_vat_number_and_says_that_it_is_no_siret(tmp_path: Path) -> None:
    report = run(tmp_path, "Raison sociale;N° TVA intracommunautaire\nGarage;FR 40 303 265 045\n")
    client = Client.objects.get()
    assert (client.siret, client.description) == ("", "N° TVA\xa0: FR 40 303 265 045")
    assert [(issue["row"], issue["value"]) for issue in report["warnings"]] == [(2, "FR 40 303 265 045")]


def test_it_refuses_a_siret_on_a_person(tmp_path: Path) -> None:
    report = run(tmp_path, "Type;Prénom;Nom;SIRET\nParticulier;Léa;Durand;73282932000074\n")
    assert [issue["column"] for issue in report["errors"]] == ["SIRET"]


def test_it_links_a_row_to_a_company_later_in_the_file(tmp_path: Path) -> None:
    many = "".join(f"Particulier;Léa;Durand {number};;\n" for number in range(1200))
    text = "Type;Prénom;Nom;Raison sociale;Entreprise\nParticulier;Zoé;Petit;;Garage du Port\n"
    text += f"{many}Entreprise;;;GARAGE DU PORT SARL;\n"
    assert run(tmp_path, text)["created"] == 1202
    assert Client.objects.get(last_name="Petit").company == Client.objects.get(kind="company")
    assert run(tmp_path, text)["unchanged"] == 1202


def test_it_tells_a_company_that_was_refused(tmp_path: Path) -> None:
    text = "Type;Prénom;Nom;Raison sociale;SIRET;Entreprise\nParticulier;Zoé;Petit;;;Garage\nEntreprise;;;Garage;123;\n"
    report = run(tmp_path, text, "--on-error=skip")
    assert (report["created"], report["refused"]) == (1, 1)
    assert any("pas rattaché" in issue["message"] for issue in report["warnings"])


def test_it_keeps_an_identifier_that_is_not_ours_as_the_external_reference(tmp_path: Path) -> None:
    run(tmp_path, "Identifiant;Nom;Ville\nmairie-1;Mairie de Lyon;Lyon\n")
    client = Client.objects.get()
    assert (client.external_reference, client.company_name) == ("mairie-1", "Mairie de Lyon")


def test_it_keeps_since_when_somebody_is_a_client(tmp_path: Path) -> None:
    run(tmp_path, "Prénom;Nom;Client depuis\nLéa;Durand;45636\nLéo;Petit;16/01/25\nZoé;Blanc;\n")
    years = [client.created_at.year for client in Client.objects.order_by("number")[:2]]
    assert years == [2024, 2025]
    assert run(tmp_path, "Prénom;Nom;Client depuis\nMax;Roy;31/02/2025\n")["code"] == 2


def test_it_takes_the_first_usable_phone_and_keeps_the_others(tmp_path: Path) -> None:
    run(tmp_path, "Prénom;Nom;Tél;Portable;Tél 2\nLéa;Durand;0199;06 39 98 00 01;01 99 00 12 34\n")
    client = Client.objects.get()
    assert client.phone == "+33639980001"
    assert client.other_contacts == "+33199001234"
    # What is no phone stays where somebody reads it.
    assert "0199" in client.description


def test_it_says_that_a_spreadsheet_shows_an_error(tmp_path: Path) -> None:
    report = run(tmp_path, "Prénom;Nom;Ville\nLéa;#N/A;Lyon\nLéo;Petit;#REF!\n", "--lenient", "--on-error=skip")
    assert (report["errors"][0]["row"], report["errors"][0]["value"]) == (2, "#N/A")
    assert Client.objects.get().city == ""


@pytest.mark.parametrize("shown", ["#N/A", "NULL", "#FORMULE"])
def test_it_takes_no_cell_without_a_value_for_the_proof_that_a_column_is_another(shown: str, tmp_path: Path) -> None:
    report = run(tmp_path, f"Prénom;Nom;Code postal\nLéa;Durand;{shown}\nLéo;Petit;{shown}\n")
    told = [issue["message"] for issue in (*report["errors"], *report["warnings"])]
    assert told
    assert not any("colonne" in message for message in told)


def test_it_turns_a_company_into_a_person_only_when_nobody_belongs_to_it(tmp_path: Path) -> None:
    company = make_client(company_name="Garage", email="g@example.org", siret="73282932000074")
    text = "Type;Prénom;Nom;E-mail\nParticulier;Léa;Durand;g@example.org\n"
    make_client(company=company)
    assert run(tmp_path, text)["errors"][0]["column"] == "Type"
    Client.objects.filter(company=company).delete()
    assert run(tmp_path, text)["updated"] == 1
    company.refresh_from_db()
    assert (company.name, company.siret) == ("Léa Durand", "")


def test_it_says_what_a_company_loses_that_becomes_a_person(tmp_path: Path) -> None:
    make_client(company_name="Garage", email="g@example.org", siret="73282932000074")
    report = run(tmp_path, "Type;Prénom;Nom;E-mail\nParticulier;Léa;Durand;g@example.org\n")
    [warning] = report["warnings"]
    assert (warning["row"], warning["column"]) == (2, "Type")
    assert "sa raison sociale et son SIRET sont effacés" in warning["message"]


@pytest.mark.parametrize("header", ["E-mail", "Identifiant"])
def test_it_takes_a_name_beside_the_key_of_a_company_for_its_contact(header: str, tmp_path: Path) -> None:
    company = make_client(company_name="Garage", email="g@example.org", siret="73282932000074")
    key = company.email if header == "E-mail" else company.reference
    assert run(tmp_path, f"Prénom;Nom;{header}\nLéa;Durand;{key}\n")["updated"] == 1
    company.refresh_from_db()
    assert (company.kind, company.company_name, company.siret) == ("company", "Garage", "73282932000074")
    assert (company.first_name, company.last_name) == ("Léa", "Durand")


def test_it_makes_no_company_of_a_person_that_no_cell_calls_one(tmp_path: Path) -> None:
    person = make_client(first_name="Léa", last_name="Durand", email="lea@example.org")
    report = run(tmp_path, "E-mail;Raison sociale\nlea@example.org;Garage\n")
    person.refresh_from_db()
    assert (person.kind, person.name, person.company_name) == ("individual", "Léa Durand", "")
    assert person.description == "Raison sociale : Garage"
    assert [warning["column"] for warning in report["warnings"]] == ["Raison sociale"]


@pytest.mark.parametrize(
    ("heading", "value", "said"),
    [
        ("SIRET", "73282932000074", "Un particulier n’a pas de SIRET"),
        ("Entreprise", "CLT-001", "sa propre entreprise"),
    ],
)
def test_it_refuses_what_a_client_cannot_have(heading: str, value: str, said: str, tmp_path: Path) -> None:
    client = make_client() if heading == "SIRET" else make_client(company_name="Garage")
    text = f"Identifiant;{heading};Ville\n{client.reference};{value};Metz\n"
    [error] = run(tmp_path, text)["errors"]
    assert (error["row"], error["column"], error["value"]) == (2, heading, value)
    assert said in error["message"]
    [warning] = run(tmp_path, text, "--lenient")["warnings"]
    assert warning["message"].endswith("Valeur non reprise.")
    client.refresh_from_db()
    assert (client.siret, client.company, client.city) == ("", None, "Metz")


def test_it_belongs_to_no_company_of_its_own_name(tmp_path: Path) -> None:
    run(tmp_path, "Raison sociale;E-mail;Entreprise\nGarage;g@example.org;Garage\n")
    run(tmp_path, "Raison sociale;E-mail;Entreprise\nGarage;g@example.org;Garage\n")
    assert Client.objects.get().company is None


def test_it_tells_external_references_apart_by_their_capitals(tmp_path: Path) -> None:
    text = "Prénom;Nom;Référence externe\nLéa;Durand;a1\nLéo;Petit;A1\n"
    assert run(tmp_path, text)["created"] == 2
    assert run(tmp_path, text)["unchanged"] == 2


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Pierre Louÿs", "Pierre", "Louÿs"),
        ("Olympe de Gouges", "Olympe", "de Gouges"),
        ("Aliénor d’Aquitaine", "Aliénor", "d’Aquitaine"),
        ("DE CHATEAUBRIAND François-René", "François-René", "DE CHATEAUBRIAND"),
        ("VIGÉE LE BRUN Élisabeth", "Élisabeth", "VIGÉE LE BRUN"),
        ("Ô Jean", "Jean", "Ô"),
        ("Jacques CŒUR", "Jacques", "CŒUR"),
        ("M. Jean Dupont", "Jean", "Dupont"),
        ("Dupont", "", "Dupont"),
    ],
)
def test_it_tells_first_and_last_names_apart(text: str, first: str, last: str) -> None:
    assert split_name(text)[:2] == (first, last)


def test_it_knows_every_field_that_other_programs_fill() -> None:
    named = {field for layout in LAYOUTS for field in layout.columns.values() if field}
    assert named - BY_NAME.keys() == set()
    assert {column.spare for column in COLUMNS if column.spare} - BY_NAME.keys() == set()
    assert len(BY_NAME) == len(COLUMNS)


@pytest.mark.parametrize(
    ("heading", "name", "first", "last"),
    [
        ("Nom Prénom", "Dupont Jean", "Jean", "Dupont"),
        ("Nom et prénom", "Jean Dupont", "Jean", "Dupont"),
        ("Nom Prénom", "M. et Mme Szabo Ferenc", "Ferenc", "Szabo"),
        ("Prénom Nom", "Ferenc Szabo", "Ferenc", "Szabo"),
    ],
)
def test_it_tells_first_from_last_name_by_usual_ones_then_by_the_heading(
    heading: str, name: str, first: str, last: str, tmp_path: Path
) -> None:
    run(tmp_path, f"{heading};Ville\n{name};Lyon\n")
    assert (Client.objects.get().first_name, Client.objects.get().last_name) == (first, last)


def test_it_says_what_it_left_aside_because_of_its_values(tmp_path: Path) -> None:
    text = "Type;Statut;Nom;Prénom\nClient;Chaud;Dupont;Marie\nProspect;Froid;Durand;Paul\n"
    report = run(tmp_path, text)
    assert (report["created"], {issue["column"] for issue in report["warnings"]}) == (2, {"Type", "Statut"})


def test_it_reads_a_heading_in_two_rows(tmp_path: Path) -> None:
    text = "N°;Nom;Tél;Tél;Code;\nclient;;fixe;portable;postal;Ville\nA1;Dupont Marie;0199001234;;69001;Lyon\n"
    run(tmp_path, text)
    client = Client.objects.get()
    assert (client.external_reference, client.postal_code, client.city) == ("A1", "69001", "Lyon")


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("12 rue des Lilas, BP 45, 69002 LYON CEDEX 02", ("12 rue des Lilas, BP 45", "69002", "LYON CEDEX 02", "FR")),
        ("ZA du Port - CS 12345 - 44000 Nantes", ("ZA du Port - CS 12345", "44000", "Nantes", "FR")),
        ("1 rue X, F-13001 Marseille 01", ("1 rue X", "13001", "Marseille 01", "FR")),
        ("Rue de la Loi 16, 1000 Bruxelles, Belgique", ("Rue de la Loi 16", "1000", "Bruxelles", "BE")),
        ("10 Downing Street, London, United Kingdom", ("10 Downing Street, London", "", "", "GB")),
        ("97410 Saint-Pierre, 3 chemin Y", ("97410 Saint-Pierre, 3 chemin Y", "", "", "FR")),
        ("Résidence des Pins, 06000", ("Résidence des Pins, 06000", "", "", "FR")),
    ],
)
@pytest.mark.parametrize("heading", ["Adresse", "Adresse complète"])
def test_it_splits_a_whole_address_or_says_that_it_did_not(
    heading: str, whole: str, parts: tuple[str, ...], tmp_path: Path
) -> None:
    report = run(tmp_path, f"Nom;Prénom;{heading}\nDurand;Léa;{whole}\n")
    client = Client.objects.get()
    assert (client.street, client.postal_code, client.city, client.country.code) == parts
    assert [(issue["column"], issue["value"]) for issue in report["warnings"]] == [(heading, whole)]


def test_it_gives_an_overseas_postal_code_its_country_where_none_is_said(tmp_path: Path) -> None:
    run(tmp_path, "Nom;Prénom;CP;Pays\nA;M;97110;\nB;M;98800;\nC;M;97133;\nD;M;97400;France\nE;M;;Guyana\n")
    assert list(Client.objects.order_by("number").values_list("country", flat=True)) == ["GP", "NC", "BL", "FR", "GY"]


def test_it_leaves_aside_what_only_looks_like_a_known_heading(tmp_path: Path) -> None:
    report = run(tmp_path, "Nom;Prénom;Telefphone;County;SIREN\nA;M;0639980001;Kent;401251566\n")
    client = Client.objects.get()
    assert (str(client.phone), client.country.code, client.siret) == ("+33639980001", "FR", "")
    assert "401251566" in client.description
    assert "County" in {issue["column"] for issue in report["warnings"]}
