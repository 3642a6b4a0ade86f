"""Further phones and e-mails of a client, on rows of their own with a label."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client as Browser

from clients import services
from clients.models import Client, OtherContact
from clients.privacy import anonymize_client
from clients.services.merging import merge_clients
from tests.factories import company, make_client, person
from tests.pages import field_errors, links, parse, records, rows, said, text, values

SECOND, THIRD = "06 39 98 00 02", "06 39 98 00 03"


def kept(number: int = 1) -> list[tuple[str, str, str]]:
    found = OtherContact.objects.filter(client__number=number).order_by("position")
    return list(found.values_list("kind", "value", "label"))


def typed(**fields: Any) -> dict[str, Any]:
    """A person with two further contacts."""
    contacts = {"other_contacts": [SECOND, "Paul@Example.org"], "other_contacts_label": ["bureau", "conjoint"]}
    return person(phone="06 39 98 00 01", email="marie@example.org") | contacts | fields


KEPT = [("phone", "+33639980002", "bureau"), ("email", "paul@example.org", "conjoint")]


def test_only_what_differs_is_told_to_who_saves_a_stale_form(desk: Browser) -> None:
    """The blank row under the contacts is none of them."""
    assert desk.post("/clients/new/", typed()).status_code == 302
    contacts = {"other_contacts": [SECOND, "paul@example.org", ""], "other_contacts_label": ["bureau", "conjoint", ""]}
    form: dict[str, Any] = values(desk.get("/clients/CLT-001/edit/")) | contacts
    assert desk.post("/clients/CLT-001/edit/", form | {"city": "Metz"}).status_code == 302
    stale = desk.post("/clients/CLT-001/edit/", form | {"city": "Lyon"})
    assert stale.status_code == 409
    assert [text(cell) for cell in parse(stale).iter("th") if cell.get("scope") == "row"] == ["Ville"]


def test_it_keeps_them_in_order(desk: Browser) -> None:
    assert desk.post("/clients/new/", typed()).status_code == 302
    assert kept() == KEPT
    page = desk.get("/clients/CLT-001/")
    shown = links(page)
    assert shown[SECOND] == "tel:+33639980002"
    assert shown["paul@example.org"] == "mailto:paul@example.org"
    assert "bureau" in said(page)


def test_it_shows_them_in_the_form_and_changes_nothing_when_saved_again(desk: Browser) -> None:
    desk.post("/clients/new/", typed())
    form = values(desk.get("/clients/CLT-001/edit/"))
    # A script that knows nothing of rows leaves them as they are.
    assert desk.post("/clients/CLT-001/edit/", person(version=str(form["version"]))).status_code == 302
    assert kept() == KEPT


def test_it_tells_the_change_in_the_history(desk: Browser) -> None:
    desk.post("/clients/new/", typed())
    desk.post("/clients/CLT-001/edit/", typed(version="1", other_contacts=[THIRD], other_contacts_label=[""]))
    assert kept() == [("phone", "+33639980003", "")]
    told = said(desk.get("/clients/CLT-001/history/"))
    assert "06 39 98 00 02 (bureau) ; paul@example.org (conjoint)" in told.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("value", "label", "sentence"),
    [
        ("06 39", "", "Ligne 2"),
        ("paul@", "", "Ligne 2"),
        ("", "bureau", "indiquez aussi"),
        (THIRD, "x" * 61, "61 caractères"),
    ],
)
def test_it_names_the_row_that_is_wrong_and_keeps_it(value: str, label: str, sentence: str, desk: Browser) -> None:
    sent = typed(other_contacts=[SECOND, value], other_contacts_label=["bureau", label])
    response = desk.post("/clients/new/", sent)
    assert response.status_code == 422
    assert sentence in field_errors(response)["other_contacts"]
    assert (value or label) in response.content.decode()
    assert not Client.objects.exists()


def test_it_keeps_each_only_once_and_takes_the_text_after_a_phone_for_its_label(desk: Browser) -> None:
    twice = ["06 39 98 00 01", SECOND, "+33 6 39 98 00 02", f"{THIRD} atelier"]
    desk.post("/clients/new/", typed(other_contacts=twice, other_contacts_label=["", "", "bureau", ""]))
    assert kept() == [("phone", "+33639980002", "bureau"), ("phone", "+33639980003", "atelier")]


# Buttons of the rows, without JavaScript


@pytest.mark.parametrize(
    ("button", "phone", "others"),
    [
        ("add", "06 39 98 00 01", [SECOND, "Paul@Example.org", ""]),
        ("up-1", "06 39 98 00 01", ["Paul@Example.org", SECOND, ""]),
        ("remove-0", "06 39 98 00 01", ["Paul@Example.org", ""]),
        ("main-0", SECOND, ["06 39 98 00 01", "Paul@Example.org", ""]),
        ("up-99", "06 39 98 00 01", [SECOND, "Paul@Example.org", ""]),
        ("up-²", "06 39 98 00 01", [SECOND, "Paul@Example.org", ""]),
    ],
)
def test_a_button_arranges_the_rows_and_saves_nothing(
    button: str, phone: str, others: list[str], desk: Browser
) -> None:
    response = desk.post("/clients/new/", typed(contacts=button, first_name="Ada"))
    assert response.status_code == 200
    shown = values(response)
    assert (shown["phone"], shown["first_name"]) == (phone, "Ada")
    assert texts(response) == others
    assert not Client.objects.exists()


def texts(response: Any) -> list[str]:
    """What the rows of a form hold."""
    return [node.get("value", "") for node in parse(response).iter("input") if node.get("name") == "other_contacts"]


# Whose they are


def test_an_e_mail_belongs_to_one_client_wherever_it_stands(desk: Browser) -> None:
    make_client(email="main@example.org", other_contacts="other@example.org\tbureau")
    for fields in (
        {"email": "OTHER@example.org"},
        {"other_contacts": ["Main@example.org"]},
        {"other_contacts": ["Other@example.org"]},
    ):
        response = desk.post("/clients/new/", person(**fields))
        assert response.status_code == 422, fields
        assert "CLT-001" in str(field_errors(response)), fields
    assert Client.objects.count() == 1


def test_a_member_may_have_the_main_e_mail_of_its_company(desk: Browser) -> None:
    make_client(company_name="Garage du Port", email="garage@example.org")
    sent = person(company="CLT-001", other_contacts=["garage@example.org"])
    assert desk.post("/clients/new/", sent).status_code == 302
    assert kept(2) == [("email", "garage@example.org", "")]


def test_the_database_refuses_an_e_mail_of_two_clients(db: None) -> None:
    make_client(other_contacts="paul@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_client(other_contacts="paul@example.org")


def test_a_phone_of_somebody_else_is_told_while_typing(desk: Browser) -> None:
    make_client(other_contacts="+33639980002\tbureau")
    for fields in ({"phone": SECOND}, {"other_contacts": [THIRD, SECOND]}):
        response = desk.post("/clients/check/", person(**fields))
        assert "CLT-001" in said(response), fields


# What follows a client


def test_they_are_found(desk: Browser) -> None:
    make_client(other_contacts="+33639980002\tbureau\npaul@example.org")
    for query in ("06 39 98 00 02", "+33639980002", "paul@example.org", "paul@ex", "39 98 00 02"):
        assert rows(desk.get("/clients/", {"q": query})) == ["Camille Martin"], query


def test_a_merge_keeps_those_of_both(db: None) -> None:
    first = make_client(phone="+33639980001", email="a@example.org", other_contacts="+33639980003\tbureau")
    second = make_client(phone="+33639980002", email="b@example.org", other_contacts="c@example.org\tconjoint")
    merge_clients(first, second, by=None)
    assert kept() == [
        ("phone", "+33639980003", "bureau"),
        ("phone", "+33639980002", ""),
        ("email", "b@example.org", ""),
        ("email", "c@example.org", "conjoint"),
    ]


def test_anonymising_and_deleting_take_them_away(db: None) -> None:
    first, second = make_client(other_contacts="+33639980002"), make_client(other_contacts="c@example.org")
    anonymize_client(first, by=None)
    assert kept() == []
    services.delete_client(second, by=None)
    assert not OtherContact.objects.exists()


def test_the_admin_takes_them_too(admin_client: Browser) -> None:
    sent = company(status_mode="automatic", other_contacts=[SECOND], other_contacts_label=["bureau"])
    response = admin_client.post("/admin/clients/client/add/", sent)
    assert response.status_code == 302, response.content.decode()[:3000]
    assert kept() == [("phone", "+33639980002", "bureau")]


# Files


def load(folder: Path, text: str, *options: str) -> dict[str, Any]:
    path, output = folder / "clients.csv", io.StringIO()
    path.write_text(text, encoding="utf-8")
    with contextlib.suppress(SystemExit):
        call_command("import_clients", str(path), "--format=json", *options, stdout=output)
    report: dict[str, Any] = json.loads(output.getvalue())
    return report


@pytest.mark.parametrize(
    ("headings", "cells", "others"),
    [
        ("Téléphone;Téléphone 2", f"06 39 98 00 01;{SECOND}", [("phone", "+33639980002", "")]),
        ("Téléphone;Mobile", f"06 39 98 00 01;{SECOND}", [("phone", "+33639980002", "portable")]),
        ("Téléphone;E-mail;E-mail 2", "06 39 98 00 01;a@b.fr;C@D.fr", [("email", "c@d.fr", "")]),
        ("Téléphone;E-mail", "06 39 98 00 01;a@b.fr, c@d.fr", [("email", "c@d.fr", "")]),
        ("Téléphone", f"06 39 98 00 01 / {SECOND}", [("phone", "+33639980002", "")]),
        ("Téléphone", f"06 39 98 00 01 - {SECOND}", [("phone", "+33639980002", "")]),
        ("Téléphone", f"06 39 98 00 01, {SECOND}", [("phone", "+33639980002", "")]),
        ("Téléphone", f'"06 39 98 00 01\n{SECOND} bureau"', [("phone", "+33639980002", "bureau")]),
        ("Téléphone", "06/39/98/00/01", []),
        (
            "Téléphone;Autres téléphones;Autres e-mails",
            f'06 39 98 00 01;"{SECOND} (bureau) ; {THIRD}";x@example.org (atelier)',
            [("phone", "+33639980002", "bureau"), ("phone", "+33639980003", ""), ("email", "x@example.org", "atelier")],
        ),
    ],
)
def test_a_file_brings_them(
    headings: str, cells: str, others: list[tuple[str, str, str]], db: None, tmp_path: Path
) -> None:
    text = f"Prénom;Nom;{headings}\nMarie;Curie;{cells}\n"
    assert load(tmp_path, text)["created"] == 1
    client = Client.objects.get()
    assert (client.phone, kept(), client.description) == ("+33639980001", others, "")
    again = load(tmp_path, text)
    assert (again["unchanged"], again["updated"]) == (1, 0), again


def test_a_file_of_ours_comes_back_as_it_was(desk: Browser, tmp_path: Path) -> None:
    desk.post("/clients/new/", typed())
    [row] = records(desk.get("/clients/export/"))
    assert (row["Autres téléphones"], row["Autres e-mails"]) == (f"{SECOND} (bureau)", "paul@example.org (conjoint)")
    row = {name: row[name] or "" for name in ("Identifiant", "Téléphone", "Autres téléphones", "Autres e-mails")}
    text = f"{';'.join(row)}\n" + ";".join(f'"{value}"' for value in row.values())
    assert load(tmp_path, text)["unchanged"] == 1
    assert load(tmp_path, text.replace(f"{SECOND} (bureau)", THIRD))["updated"] == 1
    assert kept() == [("phone", "+33639980003", ""), ("email", "paul@example.org", "conjoint")]
    # A blank cell never erases.
    assert load(tmp_path, text.replace(f"{SECOND} (bureau)", ""))["unchanged"] == 1


def test_a_wrong_one_is_refused_by_its_column(db: None, tmp_path: Path) -> None:
    report = load(tmp_path, "Prénom;Nom;Autres téléphones;Autres e-mails\nMarie;Curie;06 39;06 39 98 00 02\n")
    assert {error["column"] for error in report["errors"]} == {"Autres téléphones", "Autres e-mails"}
    assert not Client.objects.exists()


def test_a_file_leaves_an_e_mail_of_somebody_else_to_them(db: None, tmp_path: Path) -> None:
    make_client(email="a@example.org", other_contacts="b@example.org")
    header = "Prénom;Nom;E-mail;E-mail 2\n"
    for second in ("a@example.org", "b@example.org"):
        assert load(tmp_path, f"{header}Marie;Curie;marie@example.org;{second}\n")["warnings"], second
    marie = Client.objects.get(last_name="Curie")
    assert marie.other_contacts == ""
    assert "a@example.org" in marie.description
    assert "b@example.org" in marie.description
    report = load(tmp_path, f"{header}Irène;Joliot;b@example.org;\n")
    assert "CLT-001" in report["errors"][0]["message"]
    twice = f"{header}Ada;A;ada@example.org;home@example.org\nBea;B;bea@example.org;home@example.org\n"
    report = load(tmp_path, twice)
    assert (report["created"], len(report["warnings"])) == (2, 1)


def test_a_merged_client_is_known_by_the_e_mails_of_both(db: None, tmp_path: Path) -> None:
    first, second = make_client(email="a@example.org"), make_client(email="b@example.org")
    merge_clients(first, second, by=None)
    text = "Prénom;Nom;E-mail\nCamille;Martin;a@example.org\n"
    assert load(tmp_path, text)["unchanged"] == 1
    assert load(tmp_path, text.replace("a@", "b@"))["unchanged"] == 1


def test_undoing_an_import_brings_back_the_contacts(db: None, tmp_path: Path) -> None:
    make_client(email="a@example.org", other_contacts="+33639980003\tbureau")
    batch = load(
        tmp_path, f"Prénom;Nom;E-mail;Téléphone;Mobile\nCamille;Martin;a@example.org;06 39 98 00 01;{SECOND}\n"
    )
    assert [value for _kind, value, _label in kept()] == ["+33639980003", "+33639980002"]
    call_command("undo_import", str(batch["batch"]), stdout=io.StringIO())
    assert kept() == [("phone", "+33639980003", "bureau")]
    new = load(tmp_path, f"Prénom;Nom;Téléphone;Mobile\nAda;Lovelace;06 39 98 00 01;{SECOND}\n")
    call_command("undo_import", str(new["batch"]), stdout=io.StringIO())
    assert Client.objects.count() == OtherContact.objects.count() == 1


def test_nightly_puts_right_what_was_changed_behind_the_program(db: None) -> None:
    make_client(last_name="Avant", other_contacts="+33639980002")
    Client.objects.update(last_name="O'Connor", other_contacts="+33639980003")
    call_command("nightly", stdout=io.StringIO())
    client = Client.objects.get()
    assert ("oconnor" in client.search_text, client.name_key) == (True, "oconnorcamille")
    assert kept() == [("phone", "+33639980003", "")]
