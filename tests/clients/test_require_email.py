"""`REQUIRE_EMAIL`: a new client has an e-mail; who has none from before can still be changed."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from clients.models import Client
from tests.clients.test_import_clients import run, write
from tests.conftest import SignIn
from tests.factories import make_client, person
from tests.pages import field_errors, said, values

pytestmark = pytest.mark.django_db
SENTENCE = "Indiquez l’e-mail : il est obligatoire pour chaque client."
WARNING = "Ce client n’a pas d’e-mail, qui est obligatoire : demandez-le-lui."


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    settings.REQUIRE_EMAIL = True


def test_the_form_requires_it_of_a_new_client(desk: Browser) -> None:
    page = desk.post("/clients/new/", person())
    assert page.status_code == 422
    assert field_errors(page) == {"email": SENTENCE}
    assert desk.post("/clients/new/", person(email="marie@example.org")).status_code == 302


def test_nobody_loses_it(desk: Browser) -> None:
    client = make_client(email="marie@example.org")
    url = f"/clients/{client.reference}/edit/"
    sent = values(desk.get(url)) | {"email": ""}
    assert field_errors(desk.post(url, sent)) == {"email": SENTENCE}


def test_who_has_none_is_changed_otherwise_with_a_warning(desk: Browser) -> None:
    client = make_client()
    url = f"/clients/{client.reference}/edit/"
    sent = values(desk.get(url)) | {"city": "Lyon"}
    assert WARNING in said(desk.post(url, sent, follow=True))
    assert Client.objects.get().city == "Lyon"


def test_the_administration_requires_it_too(sign_in: SignIn) -> None:
    page = sign_in(is_superuser=True, is_staff=True).post("/admin/clients/client/add/", person())
    assert SENTENCE in said(page)
    assert not Client.objects.exists()


def test_a_file_makes_nobody_without_it_and_changes_who_has_none(tmp_path: Path) -> None:
    make_client()
    text = (
        "Identifiant;Prénom;Nom;E-mail;Ville\n"
        "CLT-001;Camille;Martin;;Lyon\n;Marie;Curie;;Paris\n;Paul;Langevin;p@example.org;Paris\n"
    )
    code, report = run(write(tmp_path / "a.csv", text), "--on-error", "skip")
    assert code == 1
    assert [(error["row"], error["column"]) for error in report["errors"]] == [(3, "E-mail")]
    assert report["errors"][0]["message"].replace("\u00a0", " ") == SENTENCE
    assert [warning["row"] for warning in report["warnings"] if warning["column"] == "E-mail"] == [2]
    assert Client.objects.get(last_name="Martin").city == "Lyon"
    assert set(Client.objects.values_list("last_name", flat=True)) == {"Martin", "Langevin"}
