"""Who pays for a member of a company, and since when: kept by forms, files and merges, told in words."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Client
from clients.services.merging import merge_clients
from tests.clients.test_import_clients import run, write
from tests.conftest import SignIn
from tests.factories import make_client, person
from tests.pages import field_errors, records, rows, said, values

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)


def payer(number: int) -> tuple[str, date | None]:
    client = Client.objects.get(number=number)
    return client.payer, client.payer_since


@pytest.fixture
def firms() -> list[Client]:
    return [make_client(company_name=name) for name in ("Garage du Port", "Atelier")]


def edit(browser: Browser, number: int, **fields: Any) -> Any:
    url = f"/clients/CLT-{number:03d}/edit/"
    return browser.post(url, values(browser.get(url)) | fields)


def test_the_form_keeps_them_and_asks_again_with_another_company(firms: list[Client], desk: Browser) -> None:
    desk.post("/clients/new/", person(company="CLT-001"))
    assert payer(3) == ("company", None)
    edit(desk, 3, payer="own", payer_since="01/03/2026")
    assert payer(3) == ("own", MARCH)
    assert "Lui-même depuis le 01/03/2026 ; son entreprise avant" in said(desk.get("/clients/CLT-003/"))
    assert "01/03/2026" in said(desk.get("/clients/CLT-003/history/"))
    edit(desk, 3, payer="company", payer_since="2026-03-01")
    url = "/clients/CLT-003/edit/"
    page = desk.post(url, values(desk.get(url)) | {"company": "CLT-002"}, follow=True)
    assert payer(3) == ("company", timezone.localdate())
    assert "Modifiez la fiche si c’est depuis un autre jour" in said(page)
    edit(desk, 3, company="CLT-001", payer_since="02/03/2026")
    assert payer(3) == ("company", date(2026, 3, 2))
    edit(desk, 3, company="")
    assert payer(3) == ("own", None)
    assert "payer_since" in field_errors(edit(desk, 3, company="CLT-001", payer_since="31/02/2026"))


def test_nobody_else_pays_for_whom_no_company_has(firms: list[Client], desk: Browser) -> None:
    desk.post("/clients/new/", person(payer="company", payer_since="01/03/2026"))
    assert payer(3) == ("own", None)
    for wrong in ({"payer": "company"}, {"payer_since": MARCH}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Client.objects.filter(number=3).update(**wrong)


def test_a_file_brings_them_even_before_the_company_itself(tmp_path: Path, desk: Browser) -> None:
    header = "Prénom;Nom;Raison sociale;Entreprise;Payeur;Payeur depuis\n"
    lines = (
        "Marie;Curie;;Garage du Port;Lui-même;01/03/2026\n",
        "Paul;Langevin;;Garage du Port;;\n",
        ";;Garage du Port;;;\n",
        "Irène;Joliot;;;Lui-même;\n",
    )
    assert run(write(tmp_path / "a.csv", header + "".join(lines)))[0] == 0
    found = {client.last_name: (client.payer, client.payer_since) for client in Client.objects.all()}
    assert found == {"Curie": ("own", MARCH), "Langevin": ("company", None), "": ("own", None), "Joliot": ("own", None)}
    exported = {row["Nom"]: row for row in records(desk.get("/clients/export/"))}
    curie = exported["Curie"]
    assert (curie["Payeur"], f"{curie['Payeur depuis']:%Y-%m-%d}") == ("Lui-même", "2026-03-01")
    assert (exported["Joliot"]["Payeur"], exported["Langevin"]["Payeur"]) == (None, "Son entreprise")
    update = "Identifiant;Payeur;Payeur depuis\n"
    reference = curie["Identifiant"]
    assert run(write(tmp_path / "b.csv", f"{update}{reference};Entreprise;15/04/2026\n"))[0] == 0
    assert payer(int(reference[4:])) == ("company", date(2026, 4, 15))
    code, report = run(write(tmp_path / "c.csv", f"{update}{exported['Joliot']['Identifiant']};Entreprise;\n"))
    assert (code, report["errors"][0]["column"]) == (2, "Payeur")
    for options in ((), ("--lenient",)):
        code, report = run(write(tmp_path / "d.csv", f"{update}{reference};Le voisin;demain\n"), *options)
        assert {error["column"] for error in report["errors"]} == {"Payeur", "Payeur depuis"}


def test_a_merge_takes_them_with_the_company(firms: list[Client]) -> None:
    kept, lost = make_client(), make_client(company=firms[0], payer="own", payer_since=MARCH)
    kept = merge_clients(kept, lost, by=None)
    assert (kept.company, payer(3)) == (firms[0], ("own", MARCH))
    other = make_client(company=firms[0])
    merge_clients(kept, other, chosen={"company": "lost"}, by=None)
    assert payer(3) == ("company", None)
    assert "CLT-001 (Lui-même depuis le 01/03/2026" in Client.objects.get(number=3).description
    branch = make_client(company_name="Branche", company=firms[1])
    merge_clients(branch, firms[1], by=None)
    assert (Client.objects.get(pk=branch.pk).company, payer(branch.number)) == (None, ("own", None))


def test_the_list_finds_members_by_who_pays_today(firms: list[Client], sign_in: SignIn) -> None:
    make_client(last_name="Seul")
    make_client(last_name="Paie", company=firms[0], payer="own")
    make_client(last_name="Pris", company=firms[0])
    make_client(last_name="Demain", company=firms[0], payer_since=date(timezone.localdate().year + 1, 1, 1))
    browser = sign_in("clients.view_client")
    found = {asked: "".join(rows(browser.get(f"/clients/?payer={asked}"))) for asked in ("own", "company")}
    assert [name in found["own"] for name in ("Paie", "Demain", "Pris", "Seul")] == [True, True, False, False]
    assert "Pris" in found["company"]
    assert "Demain" not in found["company"]
