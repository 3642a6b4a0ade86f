"""Values of real exports that came in as something else without a word: each arrives as it was meant, or is told."""

import io
import json
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from django.core.management import call_command
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from clients.models import Client
from clients.values.parsing import parse_country

pytestmark = pytest.mark.django_db


def run(folder: Path, text: str) -> dict[str, Any]:
    path = folder / "clients.csv"
    path.write_text(text, encoding="utf-8")
    output = io.StringIO()
    try:
        call_command("import_clients", str(path), "--format=json", "--on-error=skip", stdout=output)
    except SystemExit as stop:
        return json.loads(output.getvalue()) | {"code": stop.code}
    return json.loads(output.getvalue()) | {"code": 0}


def told(report: dict[str, Any], kind: str = "warnings") -> list[tuple[int, str]]:
    return [(issue["row"], issue["column"]) for issue in report[kind]]


@pytest.mark.parametrize(
    ("country", "phones", "expected"),
    [
        ("Suisse", "021 123 45 67;079 123 45 67", ("+41211234567", "+41791234567\tportable")),
        ("Sénégal", "33 821 00 00;77 123 45 67", ("+221338210000", "+221771234567\tportable")),
        ("Belgique", "0470/12.34.56;02 512 34 56", ("+32470123456", "+3225123456\tportable")),
        ("Canada", "514-555-0123;", ("+15145550123", "")),
    ],
)
def test_it_reads_every_phone_as_people_of_the_country_write_it(
    tmp_path: Path, country: str, phones: str, expected: tuple[str, str]
) -> None:
    assert run(tmp_path, f"Nom;Prénom;Pays;Téléphone;Portable\nBlanc;Éric;{country};{phones}\n")["created"] == 1
    assert Client.objects.values_list("phone", "other_contacts").get() == expected


def test_it_reads_the_phones_of_every_country_in_its_own_form(tmp_path: Path) -> None:
    kinds = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
    examples = {
        code: [phonenumbers.example_number_for_type(code, kind) for kind in kinds]
        for code in (
            "BE",
            "CH",
            "LU",
            "DE",
            "ES",
            "IT",
            "GB",
            "US",
            "PT",
            "NL",
            "MA",
            "SN",
            "CI",
            "PF",
            "PL",
            "CN",
            "TR",
        )
    }
    text = "Nom;Prénom;Pays;Téléphone;Portable\n"
    for code, numbers in examples.items():
        shown = ";".join(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL) for number in numbers)
        text += f"Nom{code};Ana;{code};{shown}\n"
    assert run(tmp_path, text)["errors"] == []
    for code, numbers in examples.items():
        client = Client.objects.get(last_name=f"Nom{code}")
        kept = {client.phone, *client.other_contacts.replace("\t", "\n").split("\n")}
        assert {phonenumbers.format_number(number, PhoneNumberFormat.E164) for number in numbers} <= kept, code


@pytest.mark.parametrize(
    ("said", "code"),
    [("United States", "US"), ("Czech Republic", "CZ"), ("Île Maurice", "MU"), ("Holland", "NL"), ("Québec", "CA")],
)
def test_it_knows_countries_by_the_names_that_programs_give_them(said: str, code: str) -> None:
    assert parse_country(said).value == code


def test_it_keeps_and_tells_a_whole_name_that_is_not_the_person_of_the_row(tmp_path: Path) -> None:
    text = "Civilité;Nom complet;Prénom;Nom de famille\nMme;PETIT Léa;Odile;Lemaire\nM.;ROY Paul;Paul;Roy\n"
    assert told(run(tmp_path, text)) == [(2, "Nom complet")]
    assert dict(Client.objects.values_list("last_name", "description")) == {
        "Lemaire": "Nom\u00a0: PETIT Léa",
        "Roy": "",
    }


def test_it_tells_of_a_last_name_that_holds_the_first_one(tmp_path: Path) -> None:
    text = "Nom;Prénom\nDUPONT Marie;Marie\nÉloïse N'Guyen;Éloïse\nMartin Dupont;Léa\n"
    assert told(run(tmp_path, text)) == [(2, "Nom"), (3, "Nom")]


def test_it_takes_a_maiden_name_for_no_first_name(tmp_path: Path) -> None:
    report = run(tmp_path, "Nom du client;Ville\nMme Vve LEROUX née PETIT;Sète\nMme LEROUX Anne;Sète\n")
    assert (told(report, "errors"), report["created"]) == ([(2, "Nom du client")], 1)


def test_it_takes_no_particle_for_a_first_name(tmp_path: Path) -> None:
    report = run(tmp_path, "Nom du client;Ville\nMme Le Goff;Brest\nMme LE GOFF Anne;Brest\n")
    assert (told(report, "errors"), Client.objects.get().last_name) == ([(2, "Nom du client")], "LE GOFF")


def test_it_doubts_which_of_two_words_in_capitals_is_the_first_name(tmp_path: Path) -> None:
    report = run(tmp_path, "Nom du client;Ville\nMLLE O'NEILL SINEAD;Sète\nMLLE DUPONT JEANNE;Sète\n")
    assert (told(report), report["created"]) == ([(2, "Nom du client")], 2)


def test_it_tells_of_letters_that_were_lost_in_towns_and_streets_too(tmp_path: Path) -> None:
    report = run(tmp_path, "Prénom;Nom;Adresse;Ville\nAna;Dupr?;rue de l'?glise;N?mes\nTom;Roy;;\u00a0OrlÃ©ans\u00a0\n")
    assert told(report) == [(2, "Nom"), (2, "Adresse"), (2, "Ville"), (3, "Ville")]
    assert "rétablis" in report["warnings"][-1]["message"]
    assert Client.objects.get(last_name="Roy").city == "Orléans"


def test_it_reads_a_customer_number_as_one(tmp_path: Path) -> None:
    text = "Customer #,Full Name,Street Address 1,City,Customer Since\nA-1,Marie Martin,12 Main St,Boston,2021-03-25\n"
    assert run(tmp_path, text)["created"] == 1
    client = Client.objects.get()
    assert (client.external_reference, client.first_name, client.street) == ("A-1", "Marie", "12 Main St")


def test_it_understands_how_people_say_a_channel_and_programs_a_language(tmp_path: Path) -> None:
    text = "Prénom;Nom;Canal préféré;Ne veut pas de messages;Langue\n"
    text += "Ana;Roy;SMS;oui;English (US)\nTom;Rey;mail;;French / Français\n"
    assert run(tmp_path, text)["code"] == 0
    kept = list(Client.objects.order_by("pk").values_list("channel", "no_messages", "language"))
    assert kept == [("phone", True, "en"), ("email", False, "fr")]


def test_it_leaves_out_what_is_owed_in_all(tmp_path: Path) -> None:
    text = "Nom du tiers;Email\nAna Kahn;ana@example.org\nTotal encours;1 234,56\nTOTAL ENERGIES;te@example.org\n"
    report = run(tmp_path, text)
    assert (told(report), report["created"], report["ignored"]) == ([(3, "")], 2, 1)


def test_it_knows_the_customers_of_ebp(tmp_path: Path) -> None:
    text = (
        "Code (tiers);Civilité;Nom;Nom (contact) (facturation);Prénom (facturation);E-mail (facturation);"
        "Adresse 1 (facturation);Code postal (facturation);Ville (facturation);Adresse 1 (livraison)\n"
        "C1;SARL;MOIZYK;MOIZYK;Sylvain;sylvain@example.org;50 route de Borny;57070;METZ;ZI Nord\n"
        "C2;Madame;PETIT Léa;;;lea@example.org;1 allée X;71850;CHARNAY-LES-MACON;\n"
    )
    report = run(tmp_path, text)
    assert (report["code"], report["understood"][1]) == (0, "Fichier reconnu\u00a0: EBP")
    company, person = Client.objects.order_by("pk")
    assert (company.company_name, company.contact, company.city) == ("SARL MOIZYK", "Sylvain MOIZYK", "METZ")
    assert "ZI Nord" in company.description
    assert (person.first_name, person.last_name, person.external_reference) == ("Léa", "PETIT", "C2")


def test_it_takes_the_people_of_pipedrive_for_people(tmp_path: Path) -> None:
    text = "Personne - ID,Personne - Nom,Personne - E-mail - Bureau,Personne - Organisation\n"
    text += "7,Tom Roy,t@example.org,Roy SARL\n"
    assert told(run(tmp_path, text)) == [(2, "Personne - Organisation")]
    client = Client.objects.get()
    assert (client.first_name, client.last_name, client.email) == ("Tom", "Roy", "t@example.org")


def test_it_leaves_aside_identifiers_that_are_not_ours_where_the_code_of_the_client_is_there(tmp_path: Path) -> None:
    text = "Id,Nom du tiers (s.nom),Code client (s.code_client),Id. prof. 2 (SIRET) (s.siret),Email (s.email)\n"
    text += "12,GARAGE DU PORT,CU2401-0001,40125156601475,port@example.org\n13,SARL Roy,CU2401-0002,,roy@example.org\n"
    report = run(tmp_path, text)
    assert (report["created"], told(report)) == (2, [(2, "Id")])
    kept = list(Client.objects.order_by("pk").values_list("external_reference", "siret"))
    assert kept == [("CU2401-0001", "40125156601475"), ("CU2401-0002", "")]


def test_it_takes_the_country_off_the_end_of_an_address(tmp_path: Path) -> None:
    text = "Prénom;Nom;Adresse\nTom;Kahn;3 rue X - 69002 LYON - France\nAn;Peeters;1 rue Y 1000 Bruxelles (Belgique)\n"
    run(tmp_path, text + "Léo;Roy;12 chemin du Bois - Jolie\n")
    kept = list(Client.objects.order_by("pk").values_list("street", "postal_code", "city", "country"))
    assert kept == [
        ("3 rue X", "69002", "LYON", "FR"),
        ("1 rue Y", "1000", "Bruxelles", "BE"),
        ("12 chemin du Bois - Jolie", "", "", "FR"),
    ]


def test_it_takes_no_belgian_for_a_frenchman_by_a_phone_that_may_be_both(tmp_path: Path) -> None:
    text = "Nom;Prénom;Tél;CP;Ville\nMaes;An;0470/12.34.56;1000;Bruxelles\n"
    text += "Durand;Léa;04 74 12 34 56;1000;Bourg en Bresse\n"
    report = run(tmp_path, text)
    assert (told(report, "errors"), Client.objects.get().last_name) == ([(2, "CP")], "Durand")


def test_it_takes_the_country_from_a_foreign_code_beside_its_town(tmp_path: Path) -> None:
    run(tmp_path, "Nom;Prénom;CP Ville\nMaes;An;B-1000 Bruxelles\nRoy;Léa;F-75012 Paris\n")
    kept = list(Client.objects.order_by("pk").values_list("postal_code", "city", "country"))
    assert kept == [("1000", "Bruxelles", "BE"), ("75012", "Paris", "FR")]


def test_it_takes_the_country_from_a_foreign_code(tmp_path: Path) -> None:
    text = "Nom;Prénom;Tél;CP;Ville\nMaes;An;0470/12.34.56;B-1000;Bruxelles\nRoy;Léa;;F-75012;Paris\n"
    assert told(run(tmp_path, text)) == [(2, "CP")]
    kept = list(Client.objects.order_by("pk").values_list("phone", "postal_code", "country"))
    assert kept == [("+32470123456", "1000", "BE"), ("", "75012", "FR")]


@pytest.mark.parametrize(
    ("heading", "name", "first", "is_told"),
    [
        ("Nom du client", "Mme Sinead Thomas", "Thomas", True),
        ("Nom du client", "Mme Thomas Mohamed", "Thomas", True),
        ("Nom du client", "Mme Dupont Léa", "Léa", False),
        ("Nom du client", "Mme de La Tour Aymar", "Aymar", True),
        ("Nom du client", "Mme Oğuz Yılmaz", "Oğuz", True),
        ("Prénom et nom", "Oğuz Yılmaz", "Oğuz", False),
        ("Prénom et nom", "Wei Bernard", "Bernard", True),
        ("Nom et prénom", "Thomas Aymar", "Thomas", True),
        ("Nom et prénom", "Aymar Thomas", "Thomas", False),
    ],
)
def test_it_doubts_a_first_name_that_may_be_the_last_one(
    heading: str, name: str, first: str, is_told: bool, tmp_path: Path
) -> None:
    assert bool(told(run(tmp_path, f"{heading};Ville\n{name};Sète\n"))) is is_told
    assert Client.objects.get().first_name == first
