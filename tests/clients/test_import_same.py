"""Who a row is: the same person, the same firm, the same file again after people have corrected their clients."""

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from clients.declared import nightly
from clients.models import Client, ForgottenRow, FormerKey, ImportedRow
from clients.privacy import anonymize_client
from clients.search import matching
from clients.services import update_client
from clients.services.merging import merge_clients
from fixaloop.imports.undo import Irreversible, undo_batch
from fixaloop.models import ImportBatch
from tests.factories import make_client
from tests.tables import everything

pytestmark = pytest.mark.django_db

SIRET = "40125156601475"


def run(folder: Path, text: str, *options: str) -> dict[str, Any]:
    path = folder / "clients.csv"
    path.write_text(text, encoding="utf-8")
    output = io.StringIO()
    try:
        call_command("import_clients", str(path), "--format=json", *options, stdout=output)
    except SystemExit as stop:
        return json.loads(output.getvalue()) | {"code": stop.code}
    return json.loads(output.getvalue()) | {"code": 0}


def told(report: dict[str, Any], of: str = "warnings") -> str:
    texts = (f"{issue['row']} {issue['column']} {issue['message']}" for issue in report[of])
    return " ".join(texts).replace("\xa0", " ")


def change(client: Client, **values: Any) -> None:
    client.refresh_from_db()
    for name, value in values.items():
        setattr(client, name, value)
    update_client(client, by=None)


# The rules of the form


def test_it_warns_of_a_second_client_with_the_siret_of_one(tmp_path: Path) -> None:
    make_client(company_name="Garage du Port", siret=SIRET)
    report = run(tmp_path, f"Raison sociale;SIRET\nSARL GARAGE DU PORT DE LYON;{SIRET}\nAtelier Zed;{SIRET}\n")
    assert "CLT-001 Garage du Port a déjà ce SIRET" in told(report)
    assert {issue["row"] for issue in report["warnings"]} == {2, 3}
    # The same name written otherwise is the same firm.
    again = run(tmp_path, f"Raison sociale;SIRET;Ville\nS.A.R.L. garage du port;{SIRET};Lyon\n")
    assert (again["created"], again["updated"]) == (0, 1)


def test_it_warns_of_a_siret_that_two_rows_of_a_file_have(tmp_path: Path) -> None:
    report = run(tmp_path, f"Raison sociale;SIRET\nGarage du Port;{SIRET}\nAtelier Zed;{SIRET}\n")
    assert report["created"] == 2
    assert [issue["row"] for issue in report["warnings"]] == [3]
    assert "ligne 2" in told(report)


def test_it_warns_of_the_phone_and_of_the_name_of_another_client(tmp_path: Path) -> None:
    make_client(first_name="Léa", last_name="Durand", phone="+33639980001", postal_code="69001")
    report = run(tmp_path, "Prénom;Nom;Téléphone;Code postal;Ville\nLéa;Durand;;69001;Lyon\nLEA;DURAND;0639980001;;\n")
    assert report["created"] == 2
    assert "2 Code postal CLT-001 Léa Durand porte le même nom" in told(report)
    assert "3 Téléphone CLT-001 Léa Durand a le même numéro" in told(report)


def test_it_refuses_another_person_under_a_known_e_mail(tmp_path: Path) -> None:
    make_client(first_name="Marie", last_name="Curie", email="curie@example.org")
    before = everything()
    report = run(tmp_path, "Nom;Prénom;E-mail\nJoliot;Irène;curie@example.org\n")
    assert report["code"] == 2
    assert "2 E-mail" in told(report, "errors")
    assert "CLT-001 Marie Curie" in told(report, "errors")
    assert everything() == before


@pytest.mark.parametrize(
    ("stored", "typed", "same"),
    [
        (("Marie", "Dupont"), ("MARIE", "DUPONT"), True),
        (("Jean-Pierre", "Le Goff"), ("jean pierre", "LEGOFF"), True),
        (("Marie", "Dupont"), ("Dupont", "Marie"), True),
        (("Marie", "Dupont"), ("Marie", "Dupont-Martin"), True),
        (("Marie", "Martin Dupont"), ("Marie", "Dupont Martin"), True),
        (("Jean", "Durand"), ("J.", "Durand"), True),
        (("Léa", "Lefèvre"), ("Lea", "Lefevbre"), True),
        (("Louis", "Durand"), ("Louise", "Durand"), False),
        (("Pierre", "Durand"), ("Marie", "Durand"), False),
        (("Marie", "Durand"), ("Marie", "Bernard"), False),
        (("Marie", "Rey"), ("Marie", "Roy"), False),
    ],
)
def test_it_knows_another_name_from_another_spelling(
    stored: tuple[str, str], typed: tuple[str, str], same: bool, tmp_path: Path
) -> None:
    make_client(first_name=stored[0], last_name=stored[1], email="m@example.org")
    report = run(tmp_path, f"Prénom;Nom;E-mail;Ville\n{typed[0]};{typed[1]};m@example.org;Lyon\n")
    assert (report["updated"], report["refused"]) == ((1, 0) if same else (0, 1))


def test_it_tells_of_a_client_that_a_chosen_key_renames(tmp_path: Path) -> None:
    make_client(first_name="Marie", last_name="Curie", email="curie@example.org")
    report = run(tmp_path, "Nom;Prénom;E-mail\nJoliot;Irène;curie@example.org\n", "--key=email")
    assert report["updated"] == 1
    assert "CLT-001 Marie Curie devient « Irène Joliot »" in told(report)


# Contacts of one company

CONTACTS = """Prénom;Nom;Société;E-mail
Marie;Dupont;Garage du Port;marie@example.org
Paul;Durand;GARAGE DU PORT;paul@example.org
Léa;Petit;Atelier Zed;lea@example.org
"""


def test_it_attaches_the_contacts_of_one_company_to_it(tmp_path: Path) -> None:
    report = run(tmp_path, CONTACTS)
    company = Client.objects.get(name_key="garageduport")
    assert company.is_company
    assert set(company.members.values_list("first_name", flat=True)) == {"Marie", "Paul"}
    assert Client.objects.get(email="lea@example.org").is_company
    assert report["created"] == 4
    assert "Garage du Port" in told(report)
    again = run(tmp_path, CONTACTS)
    assert (again["created"], again["updated"], again["refused"]) == (0, 0, 0)
    undo_batch(ImportBatch.objects.get(), by=None, at=company.created_at)
    assert not Client.objects.exists()


def test_it_attaches_a_contact_to_a_company_that_is_a_client(tmp_path: Path) -> None:
    company = make_client(company_name="Garage du Port", first_name="Marie", last_name="Dupont")
    run(tmp_path, "Prénom;Nom;Société;E-mail\nZoé;Roy;Garage du Port;zoe@example.org\n")
    assert list(company.members.values_list("first_name", "email")) == [("Zoé", "zoe@example.org")]
    # Its own contact is the company itself.
    run(tmp_path, "Prénom;Nom;Société;Ville\nMarie;Dupont;Garage du Port;Lyon\n")
    assert company.members.count() == 1


# The same file again

PERSON = "Nom;Prénom;Téléphone;Adresse;Code postal;Ville\nDupont;Marie;{};1 rue X;69001;{}\n"


@pytest.mark.parametrize(
    "corrected",
    [
        {"phone": "+33639980001"},
        {"last_name": "Martin"},
        {"street": "2 rue Y", "postal_code": "75001", "city": "Paris"},
        {"email": "marie@example.org", "first_name": "Maria", "phone": "+33639980009"},
    ],
)
def test_it_knows_its_rows_again_after_people_corrected_their_clients(
    corrected: dict[str, str], tmp_path: Path
) -> None:
    text = PERSON.format("", "Lyon")
    run(tmp_path, text)
    client = Client.objects.get()
    change(client, **corrected)
    before = everything()
    report = run(tmp_path, text)
    assert (report["created"], report["updated"], report["unchanged"], report["refused"]) == (0, 0, 1, 0)
    assert everything() == before


@pytest.mark.parametrize("beside", ["", "Zoé;Roy;;Nice\n"])
def test_it_knows_rows_again_that_changed_nothing_the_first_time(beside: str, tmp_path: Path) -> None:
    client = make_client(first_name="Marie", last_name="Dupont", email="marie@example.org", city="Lyon")
    text = f"Prénom;Nom;E-mail;Ville\nMarie;Dupont;marie@example.org;Lyon\n{beside}"
    assert run(tmp_path, text)["unchanged"] == 1
    change(client, email="m.dupont@example.org", city="Paris")
    before = everything()
    report = run(tmp_path, text)
    assert (report["created"], report["updated"], report["refused"]) == (0, 0, 0)
    assert everything() == before


def test_it_takes_what_the_file_says_anew(tmp_path: Path) -> None:
    """A value that the file changed, and changed back, is news each time."""
    for phone in ("0639980001", "0639980002", "0639980001"):
        run(tmp_path, f"Code client;Nom;Prénom;Téléphone\nA1;Dupont;Marie;{phone}\n")
        assert Client.objects.get().phone == f"+33{phone[1:]}"


def test_it_changes_a_corrected_client_where_it_is_asked_to(tmp_path: Path) -> None:
    text = PERSON.format("0639980001", "Lyon")
    run(tmp_path, text)
    change(Client.objects.get(), city="Paris")
    assert run(tmp_path, text, "--mode=update")["updated"] == 1
    assert Client.objects.get().city == "Lyon"


def test_an_undone_import_leaves_no_trace_of_its_rows(tmp_path: Path) -> None:
    text = PERSON.format("", "Lyon")
    kept = run(tmp_path, text)["batch"]
    rows = list(ImportedRow.objects.values_list())
    later = run(tmp_path, PERSON.format("", "Lyon").replace("Téléphone", "E-mail").replace(";;", ";m@example.org;"))
    for number in (later["batch"], kept):
        if number == kept:
            assert list(ImportedRow.objects.values_list()) == rows
        undo_batch(ImportBatch.objects.get(pk=number), by=None, at=ImportBatch.objects.get(pk=kept).created_at)
    assert not ImportedRow.objects.exists()
    assert run(tmp_path, text)["created"] == 1


@pytest.mark.parametrize("fields", [{"other_contacts": "old@example.org"}, {"email": "beside@example.org"}])
def test_an_undone_import_gives_back_no_email_that_is_elsewhere(fields: dict[str, str], tmp_path: Path) -> None:
    client = make_client(first_name="Marie", email="old@example.org", other_contacts="beside@example.org")
    head = "Identifiant;E-mail;Autres e-mails\n"
    number = run(tmp_path, f"{head}{client.reference};new@example.org;new2@example.org\n", "--mode=update")["batch"]
    other = make_client(first_name="Luc", **fields)
    before = everything()
    with pytest.raises(Irreversible) as refusal:
        undo_batch(ImportBatch.objects.get(pk=number), by=None, at=client.created_at)
    assert len(refusal.value.obstacles) == 1
    assert other.reference in refusal.value.obstacles[0]
    assert everything() == before


MERGED = """Code client;Nom;Prénom;E-mail;Téléphone;Code postal;Ville;Notes
A1;Dupont;Marie;marie@example.org;0639980001;69001;Lyon;Aime les tulipes
A2;DUPONT;Marie-Anne;ma.dupont@example.net;0639980002;69002;Lyon;Allergique aux chats
"""


def test_after_a_merge_it_finds_the_client_kept(tmp_path: Path) -> None:
    run(tmp_path, MERGED)
    first, second = Client.objects.order_by("number")
    merge_clients(first, second, by=None)
    before = everything()
    report = run(tmp_path, MERGED)
    assert (report["created"], report["updated"], report["refused"], report["unchanged"]) == (0, 0, 0, 2)
    assert everything() == before
    for typed in ("ma.dupont@example.net", "MA.Dupont@example.net", "A2"):
        assert list(Client.objects.filter(matching(typed))) == [first], typed
    # What the former program says of the merged client since then is told, and changes nobody.
    report = run(tmp_path, MERGED.replace("0639980002", "0639980003"))
    assert (report["created"], report["updated"], report["refused"]) == (0, 0, 0)
    assert "fusionné" in told(report)
    only_email = "Nom;Prénom;E-mail\nDupont;Marie-Anne;ma.dupont@example.net\n"
    assert run(tmp_path, only_email)["created"] == 0


def test_files_of_other_things_find_the_client_kept(tmp_path: Path) -> None:
    kept, lost = make_client(email="a@example.org"), make_client(email="b@example.org", external_reference="B7")
    change(kept, external_reference="A7")
    merge_clients(Client.objects.get(pk=kept.pk), lost, by=None)
    path = tmp_path / "vehicles.csv"
    path.write_text("Immatriculation;Client\nAB-123-CD;B7\nAB-124-CD;B@example.org\n", encoding="utf-8")
    call_command("import_vehicles", str(path), stdout=io.StringIO())
    assert kept.vehicles.count() == 2


def test_a_merge_remembers_what_the_client_kept_gives_up() -> None:
    kept, lost = make_client(email="a@example.org"), make_client(email="b@example.org", external_reference="B7")
    merge_clients(kept, lost, by=None)
    # The reference is the kept one’s own now.
    assert list(FormerKey.objects.values_list("kind", "value", "client")) == [("email", "b@example.org", kept.pk)]
    third = make_client(email="c@example.org")
    merge_clients(third, Client.objects.get(pk=kept.pk), by=None)
    assert set(FormerKey.objects.values_list("value", "client")) == {
        ("a@example.org", third.pk),
        ("b@example.org", third.pk),
    }


def test_an_anonymised_client_is_known_by_nothing_any_more(tmp_path: Path) -> None:
    run(tmp_path, MERGED)
    first, second = Client.objects.order_by("number")
    merge_clients(first, second, by=None)
    anonymize_client(first, by=None)
    assert not FormerKey.objects.exists()
    assert not ImportedRow.objects.exists()
    report = run(tmp_path, MERGED, "--on-error", "skip")
    assert (report["created"], report["refused"]) == (0, 2)
    assert "Client oublié le" in told(report, "errors")
    report = run(tmp_path, MERGED, "--take-forgotten")
    assert report["created"] == 2


def test_a_forgotten_client_is_known_in_another_file_and_by_a_row_without_email(tmp_path: Path) -> None:
    alone = "Prénom;Nom;Ville\nLéa;Petit;Lyon\n"
    run(tmp_path, "Prénom;Nom;E-mail\nZoé;Roux;zoe@example.org\n")
    run(tmp_path, alone)
    for client in Client.objects.all():
        anonymize_client(client, by=None)
    kept = json.dumps(list(ForgottenRow.objects.values_list("mark", flat=True)))
    assert "zoe" not in kept
    assert run(tmp_path, "Prénom;Nom;E-mail;Ville\nZoé;Roux;ZOE@example.org;Metz\n")["code"] == 2
    assert run(tmp_path, alone)["code"] == 2
    # A namesake elsewhere is somebody else.
    assert run(tmp_path, "Prénom;Nom;Ville\nLéa;Petit;Metz\n")["created"] == 1
    nightly.run(timezone.now() + timedelta(days=1200))
    assert run(tmp_path, alone)["created"] == 1


# Rows of one file


def test_a_refused_row_leaves_its_email_and_reference_to_the_next(tmp_path: Path) -> None:
    make_client(last_name="Verne", email="port@example.org")
    text = (
        "Prénom;Nom;E-mail;Code postal;Référence externe\n"
        "Léa;Petit;lea@example.org;ABC;A1\n"
        "Léa;Petit;lea@example.org;69001;A1\n"
        "Léa;Petit;lea@example.org;69001;A1\n"
        "Zoé;Roux;port@example.org;69001;B1\n"
        "Zoé;Roux;zoe@example.org;69001;B1\n"
    )
    report = run(tmp_path, text, "--on-error", "skip")
    assert (report["created"], {issue["row"] for issue in report["errors"]}) == (2, {2, 4, 5})


def test_it_warns_of_rows_that_look_alike(tmp_path: Path) -> None:
    text = (
        "Prénom;Nom;Code postal;Téléphone\n"
        "Jean;Dupont;69001;0639980001\n"
        "JEAN;DUPONT;69001;\n"
        "Léa;Petit;69002;06 39 98 00 01\n"
        "Zoé;Roux;69002;0639980002\n"
    )
    report = run(tmp_path, text)
    assert (report["created"], {issue["row"] for issue in report["warnings"]}) == (4, {3, 4})
    assert "Même nom et même code postal qu’à la ligne 2" in told(report)
    assert "Même téléphone qu’à la ligne 2" in told(report)


def test_a_name_written_otherwise_is_told(tmp_path: Path) -> None:
    make_client(first_name="Jean", last_name="Dupont", email="jean@example.org")
    report = run(tmp_path, "Prénom;Nom;E-mail\nJEAN;DUPONT;jean@example.org\n")
    assert (report["updated"], "s’écrira « JEAN DUPONT »" in told(report)) == (1, True)


def test_a_family_name_alone_makes_no_company(tmp_path: Path) -> None:
    report = run(tmp_path, "Nom de famille;Ville\nDupont;Lyon\nMarie Martin;Lyon\n", "--on-error", "skip")
    assert (report["created"], [issue["row"] for issue in report["errors"]]) == (1, [2])
    assert Client.objects.get().kind == "individual"
