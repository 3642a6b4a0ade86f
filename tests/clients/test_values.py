"""The values of a client, as people write them."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings, strategies as st

from clients.values.keys import name_key
from clients.values.parsing import (
    parse_city,
    parse_country,
    parse_email,
    parse_name,
    parse_postal_code,
    parse_siret,
    parse_street,
    show_siret,
)
from clients.values.phones import parse_phone, show_phone
from fixaloop.forms.parsing import Value

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the shared data is not beside the repository")
NBSP = "\u00a0"


def refused(parse: Callable[..., Value], *typed: str) -> str:
    """The code of the refusal, once its sentence was found to name the value."""
    with pytest.raises(ValidationError) as refusal:
        parse(*typed)
    assert typed[0].strip()[:20] in refusal.value.messages[0]
    return str(refusal.value.code)


# Phones


@pytest.mark.parametrize(
    ("typed", "e164", "shown"),
    [
        ("01 99 00 12 34", "+33199001234", "01 99 00 12 34"),
        ("01.99.00.12.34.", "+33199001234", "01 99 00 12 34"),
        ("01/99/00/12/34", "+33199001234", "01 99 00 12 34"),
        ("01-99-00-12-34", "+33199001234", "01 99 00 12 34"),
        ("01\u202f99\u202f00\u202f12\u202f34", "+33199001234", "01 99 00 12 34"),
        ("(01) 99 00 12 34", "+33199001234", "01 99 00 12 34"),
        ("+33(0)1 99 00 12 34", "+33199001234", "01 99 00 12 34"),
        ("+33 (0)199001234", "+33199001234", "01 99 00 12 34"),
        ("(+33) 199001234", "+33199001234", "01 99 00 12 34"),
        ("0033199001234", "+33199001234", "01 99 00 12 34"),
        ("'0199001234", "+33199001234", "01 99 00 12 34"),
        ("07 67 00 00 00", "+33767000000", "07 67 00 00 00"),
        ("0811 36 36 00", "+33811363600", "08 11 36 36 00"),
        ("0 800 00 00 00", "+33800000000", "08 00 00 00 00"),
        ("+33 6 39 98 00 12", "+33639980012", "06 39 98 00 12"),
        ("06 39 98 00 12", "+33639980012", "06 39 98 00 12"),
        ("0590 41 14.20", "+590590411420", "05 90 41 14 20"),
        ("+590 5 90 80 40 40", "+590590804040", "05 90 80 40 40"),
        ("0690 00 00 01", "+590690000001", "06 90 00 00 01"),
        ("0594 29 79 10", "+594594297910", "05 94 29 79 10"),
        ("0694 00 00 01", "+594694000001", "06 94 00 00 01"),
        ("05 96 71 32 22", "+596596713222", "05 96 71 32 22"),
        ("0262 45 43 45", "+262262454345", "02 62 45 43 45"),
        ("0692 00 00 01", "+262692000001", "06 92 00 00 01"),
        ("0639 00 00 01", "+262639000001", "06 39 00 00 01"),
        ("0508 41 10 10", "+508411010", "05 08 41 10 10"),
        ("+689 40 50 60 70", "+68940506070", "+689 40 50 60 70"),
        ("+39 06 46991", "+390646991", "+39 06 46991"),
        ("", "", ""),
        (f" {NBSP}", "", ""),
    ],
)
def test_it_reads_a_phone_and_shows_it_as_dialled(typed: str, e164: str, shown: str) -> None:
    assert parse_phone(typed) == Value(e164)
    assert show_phone(e164) == shown


@pytest.mark.parametrize(
    ("typed", "e164", "note"),
    [
        ("199001234", "+33199001234", "zéro"),
        ("199001234.0", "+33199001234", "zéro"),
        ("261 911 077", "+33261911077", "zéro"),
        ("590851950", "+590590851950", "zéro"),
        ("33199001234", "+33199001234", "«\u00a0+\u00a0»"),
        ("+33590483030", "+590590483030", "+590"),
        ("+33 6 39 00 00 01", "+262639000001", "+262"),
    ],
)
def test_it_repairs_a_phone_where_that_is_certain_and_says_so(typed: str, e164: str, note: str) -> None:
    phone = parse_phone(typed)
    assert phone.value == e164
    assert note in " ".join(phone.notes)


@pytest.mark.parametrize(
    ("typed", "comment"),
    [
        ("01 99 00 12 34 (bureau)", "bureau"),
        ("01 99 00 12 34 poste 12", "poste 12"),
        ("01 99 00 12 34 / appeler le 17 en cas d’urgence", "appeler le 17 en cas d'urgence"),
        ("01 99 00 12 34 / 0,225 euro la minute", "0,225 euro la minute"),
        ("01 99 00 12 34 / 06 39 98 00 12", "06 39 98 00 12"),
        ("01 99 00 12 34/06 39 98 00 12", "06 39 98 00 12"),
        ("01 99 00 12 34 ::: 06 39 98 00 12", "06 39 98 00 12"),
    ],
)
def test_it_hands_back_what_follows_a_phone(typed: str, comment: str) -> None:
    phone = parse_phone(typed)
    assert (phone.value, phone.comment) == ("+33199001234", comment)
    assert comment in phone.notes[0]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("01 99 00 12 345", "invalid"),
        ("01 99 00 12 3", "invalid"),
        ("03 3 29 69 12 12", "invalid"),
        ("+590 85 19 50", "invalid"),
        ("+269 2 69 61 42 22", "invalid"),
        ("07 00 12 34 56", "machine"),
        ("3919", "short"),
        ("15", "short"),
        ("118 218", "short"),
        ("09 79 33 93 24 05 65 59 71 52", "several"),
        ("1,99001E+8", "scientific"),
        ("06 39 98 00 1O", "not_a_number"),
        ("-", "not_a_number"),
        ("+", "not_a_number"),
        ("néant", "not_a_number"),
    ],
)
def test_it_refuses_a_phone_that_reaches_nobody(typed: str, code: str) -> None:
    assert refused(parse_phone, typed) == code


@pytest.mark.parametrize(
    ("typed", "country", "e164"),
    [
        ("02 281 11 11", "BE", "+3222811111"),
        ("0475 82 22 22", "BE", "+32475822222"),
        ("030 182720", "DE", "+4930182720"),
        ("93 15 22 22", "MC", "+37793152222"),
        ("43 70 00", "NC", "+687437000"),
        ("41 10 10", "PM", "+508411010"),
        ("0692 00 00 01", "RE", "+262692000001"),
        ("01 99 00 12 34", "", "+33199001234"),
    ],
)
def test_it_reads_a_phone_with_the_habits_of_the_country(typed: str, country: str, e164: str) -> None:
    assert parse_phone(typed, country).value == e164
    assert parse_phone(show_phone(e164, country), country) == Value(e164)


def test_it_restores_no_zero_abroad() -> None:
    assert refused(parse_phone, "199001234", "BE") == "invalid"


OVERSEAS = frozenset(
    ["508", "590", "690", "691", "594", "694", "596", "696", "697", "262", "263", "269", "639", "692", "693"]
)


@settings(deadline=None)
@given(st.from_regex(r"0[1-9][0-9]{8}", fullmatch=True))
def test_it_agrees_with_the_numbering_plans(digits: str) -> None:
    try:
        phone = parse_phone(digits)
    except ValidationError:
        # Overseas numbers follow the plans of their own country codes, which are narrower.
        assert digits[1:4] in OVERSEAS or not phonenumbers.is_valid_number(phonenumbers.parse(digits, "FR"))
        return
    number = phonenumbers.parse(phone.value)
    assert phonenumbers.is_valid_number(number) or digits.startswith("063998")
    assert phone.value.endswith(digits[4:])
    assert parse_phone(show_phone(phone.value)) == phone


# SIRET


@pytest.mark.parametrize(
    ("typed", "siret"),
    [
        ("40125156601475", "40125156601475"),
        ("401 251 566 01475", "40125156601475"),
        (f"447903402{NBSP}00017", "44790340200017"),
        ("77769434000012.0", "77769434000012"),
        ("77768390500023,00", "77768390500023"),
        ('"77769832500019"', "77769832500019"),
        ("'77769832500019", "77769832500019"),
        ("٥٠١٥١٩٥٣٢٠٠٠١١", "50151953200011"),
        ("35600000022499", "35600000022499"),
        ("35600000000048", "35600000000048"),
        ("", ""),
    ],
)
def test_it_reads_a_siret(typed: str, siret: str) -> None:
    assert parse_siret(typed) == Value(siret)


def test_it_shows_a_siret_in_groups() -> None:
    assert show_siret("40125156601475") == "401 251 566 01475"
    assert show_siret("") == ""


def test_it_restores_the_zero_a_siret_lost_and_says_so() -> None:
    siret = parse_siret("1928108800013")
    assert siret.value == "01928108800013"
    assert "zéro" in siret.notes[0]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("508240017", "siren"),
        ("219 400 744", "siren"),
        ("3,92324E+13", "scientific"),
        ("4.43061841e+13", "scientific"),
        ("00000000000000", "zero"),
        ("0000000000000", "length"),
        ("12345678901234", "key"),
        ("34445638900018", "key"),
        ("35600000000014", "key"),
        ("777 698 325 00", "length"),
        ("3473816260014", "length"),
        ("néant", "not_digits"),
        ("N/A", "not_digits"),
    ],
)
def test_it_refuses_what_is_not_a_siret_with_its_own_reason(typed: str, code: str) -> None:
    assert refused(parse_siret, typed) == code


# E-mail


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        (" mairie.exemple@example.org ", "mairie.exemple@example.org"),
        ("SIMONE.WEIL@EXAMPLE.ORG", "simone.weil@example.org"),
        ("d'aubigne@example.org", "d'aubigne@example.org"),
        ("x" * 64 + "@example.org", "x" * 64 + "@example.org"),
        ("contact@" + "a" * 63 + ".org", "contact@" + "a" * 63 + ".org"),
        ("", ""),
    ],
)
def test_it_reads_an_email(typed: str, email: str) -> None:
    assert parse_email(typed) == Value(email)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("élise@example.org", "accents"),
        ("mairie.illartein@orange.r", "extension"),
        ("a@b@example.org", "invalid"),
        ("contact@example..org", "invalid"),
        ("contact @example.org", "invalid"),
        ("contact(at)example.org", "invalid"),
        ("bonheur@@example", "invalid"),
        ("contact@localhost", "invalid"),
        ("pas d'email", "invalid"),
        ("Secrétariat <contact@example.org>", "named"),
        ("a@example.org ; b@example.org", "several"),
        ("a@example.org ::: b@example.org", "several"),
        ("x" * 65 + "@example.org", "length"),
        ("a" * 250 + "@example.org", "length"),
    ],
)
def test_it_refuses_what_is_not_one_plain_address(typed: str, code: str) -> None:
    assert refused(parse_email, typed) == code


def test_it_gives_the_address_to_keep() -> None:
    with pytest.raises(ValidationError, match=r"gardez seulement contact@example\.org"):
        parse_email("Secrétariat 100 % <contact@example.org>")


# Addresses


@pytest.mark.parametrize(
    ("typed", "country", "code"),
    [
        ("35400", "FR", "35400"),
        ("01000.0", "FR", "01000"),
        ("F-35300", "FR", "35300"),
        ("FR 35300", "FR", "35300"),
        ("35 300", "FR", "35300"),
        ("13616", "FR", "13616"),
        ("20200", "FR", "20200"),
        ("97133", "BL", "97133"),
        ("98000", "MC", "98000"),
        ("00100", "FR", "00100"),
        ("1049", "BE", "1049"),
        ("10825.0", "DE", "10825"),
        ("SW1A 2AA", "GB", "SW1A 2AA"),
        ("1100-148", "PT", "1100-148"),
        ("AD500", "AD", "AD500"),
        ("35400", "", "35400"),
        ("", "FR", ""),
    ],
)
def test_it_reads_a_postal_code(typed: str, country: str, code: str) -> None:
    assert parse_postal_code(typed, country) == Value(code)


def test_it_restores_the_zero_of_a_french_code_and_says_so() -> None:
    code = parse_postal_code("1000")
    assert code.value == "01000"
    assert "zéro" in code.notes[0]


@pytest.mark.parametrize("typed", ["99999", "00000", "96000", "350000", "350", "2A004", "3,5E+4", "Rennes"])
def test_it_refuses_an_impossible_french_code(typed: str) -> None:
    assert refused(parse_postal_code, typed) == "postal_code"


def test_it_refuses_what_no_country_calls_a_code() -> None:
    assert refused(parse_postal_code, "<script>", "BE") == "postal_code"
    assert refused(parse_postal_code, "1" * 17, "BE") == "postal_code"


@pytest.mark.parametrize(
    ("typed", "city"),
    [
        ("VilleurbanneCEDEX", "Villeurbanne CEDEX"),
        ("Aix-en-Provence Cedex 1", "Aix-en-Provence Cedex 1"),
        ("RENNES CEDEX", "RENNES CEDEX"),
        ("L'Haÿ-les-Roses", "L'Haÿ-les-Roses"),
        ("Y", "Y"),
    ],
)
def test_it_reads_a_town(typed: str, city: str) -> None:
    assert parse_city(typed) == Value(city)


def test_it_keeps_the_lines_below_a_street_for_its_complement() -> None:
    street = parse_street("2 VOIE BOSSUET\r\nRESIDENCE SAINT PAUL\n CS 30278 ")
    assert (street.value, street.comment) == ("2 VOIE BOSSUET", "RESIDENCE SAINT PAUL, CS 30278")
    assert parse_street(" ") == Value("")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "FR"),
        ("FRANCE", "FR"),
        ("fr", "FR"),
        ("FRA", "FR"),
        ("Belgique", "BE"),
        ("Belgium", "BE"),
        ("allemagne", "DE"),
        ("Pays Bas", "NL"),
        ("Royaume-Uni", "GB"),
        ("UK", "GB"),
        ("États-Unis", "US"),
        ("La Réunion", "RE"),
        ("Monaco", "MC"),
        ("Andorre", "AD"),
    ],
)
def test_it_reads_a_country(typed: str, code: str) -> None:
    assert parse_country(typed) == Value(code)


def test_it_refuses_an_unknown_country() -> None:
    assert refused(parse_country, "Atlantide") == "country"


# Names


def test_it_notes_what_was_lost_or_repaired_in_a_name() -> None:
    assert parse_name("Curie née Sk?odowska").notes
    assert parse_name("Pied-de-B\x9cuf") == Value("Pied-de-Bœuf", ("caractères mal décodés à la source, rétablis",))
    assert parse_name("Qui ?") == Value("Qui ?")


def test_it_never_cuts_a_long_name() -> None:
    with pytest.raises(ValidationError, match="104"):
        parse_name("x" * 104, 100)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SARL D'ARGENTEAU", "D’Argenteau"),
        ("Garage Dupont S.A.R.L.", "garage dupont"),
        ("S.A.S. Légère & Fils", "LEGERE FILS SASU"),
        ("Association Cœur de Ville", "coeur-de-ville (assoc.)"),
        ("Mme Marie Curie", "Marie CURIE"),
        ("Dupont EI", "Dupont"),
    ],
)
def test_it_finds_one_name_under_two_spellings(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_it_keeps_a_name_made_of_a_legal_form() -> None:
    assert name_key("SA") == "sa"
    assert name_key("La Sarl du Port") == "lasarlduport"


# The shared data


def decide(kind: str, value: Any) -> tuple[str, ...]:
    """What is stored for one of the shared values."""
    match kind:
        case "noms_personnes":
            return tuple(parse_name(value[part]).value for part in ("prenom", "nom"))
        case "adresses":
            country = parse_country(value.get("pays", "")).value
            code = parse_postal_code(value["code_postal"], country).value
            return parse_street(value["adresse"]).value, code, parse_city(value["ville"]).value
        case "raisons_sociales":
            return (parse_name(value).value,)
        case "siret":
            return (parse_siret(value).value,)
        case "telephones":
            return (parse_phone(value).value,)
    return (parse_email(value).value,)


@needs_data
@pytest.mark.parametrize("kind", ["noms_personnes", "raisons_sociales", "siret", "telephones", "emails", "adresses"])
def test_it_decides_every_shared_value_as_expected(kind: str) -> None:
    for case in json.loads((DATA / "nasty_values.json").read_text())[kind]:
        expected = case.get("e164") or case.get("normalise")
        try:
            stored = decide(kind, case["valeur"])
        except ValidationError:
            assert case["attendu"].startswith(("refuser", "signaler")) or "octet nul" in case["note"], case
            continue
        assert "accepter" in case["attendu"] or "convertir" in case["attendu"] or case["attendu"] == "voir note", case
        assert "octet nul" not in case["note"]
        if expected:
            assert stored == (expected,), case


@needs_data
def test_it_reads_the_public_directory_as_expected() -> None:
    imports = DATA / "imports"
    with (imports / "annuaire_administrations.attendu.csv").open(newline="") as file:
        expected = {row["Identifiant"]: row for row in csv.DictReader(file)}
    with (imports / "annuaire_administrations.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            outcome = expected[row["Identifiant"]]
            assert parse_name(row["Nom"]).value == outcome["nom_attendu"]
            assert parse_postal_code(row["Code postal"]).value == outcome["code_postal_attendu"]
            assert parse_email(row["E-mail"]).value == row["E-mail"].lower()
            assert phone_outcome(row["Téléphone"]) == (outcome["telephone_statut"], outcome["telephone_e164"])


def phone_outcome(text: str) -> tuple[str, str]:
    try:
        phone = parse_phone(text).value
    except ValidationError as refusal:
        return ("court" if refusal.code == "short" else "invalide"), ""
    return ("ok" if phone else "vide"), phone


@needs_data
def test_it_takes_the_public_registers_and_refuses_their_eight_wrong_sirets() -> None:
    wrong = []
    with (DATA / "companies_sample.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            try:
                parse_siret(row["siret"])
            except ValidationError:
                wrong.append(row["siret"])
            assert phone_outcome(row["telephone"])[0] in {"ok", "vide"}
            parse_email(row["email"])
            parse_postal_code(row["code_postal"])
            parse_name(row["raison_sociale"])
    assert len(wrong) == 8
