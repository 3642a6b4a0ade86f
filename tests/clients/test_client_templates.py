"""Models for similar clients: made in the browser, used by the form of a new client and by imports."""

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.utils import timezone

from access.models import CardDefaults
from clients.models import Client, ClientTemplate
from clients.status import is_active
from tests.access.factories import make_zone
from tests.conftest import SignIn
from tests.factories import company, make_client, person
from tests.pages import field_errors, links, said, values

pytestmark = pytest.mark.django_db


def make_template(**fields: object) -> ClientTemplate:
    return ClientTemplate.objects.create(**{"name": "Salariés"} | fields)


def test_it_makes_and_changes_a_model(desk: Browser) -> None:
    boss = make_client(company_name="Dupont SA")
    data = company(name="Salariés de Dupont", company=boss.reference, city="Rennes", postal_code="35000")
    assert desk.post("/clients/templates/new/", data | {"status_mode": "automatic"}).status_code == 302
    template = ClientTemplate.objects.get()
    assert (template.company, template.city) == (boss, "Rennes")
    page = desk.get("/clients/templates/")
    assert "Salariés de Dupont" in said(page)
    assert links(page)["Nouveau client"] == f"/clients/new/?template={template.pk}"
    url = f"/clients/templates/{template.pk}/"
    desk.post(f"{url}edit/", data | {"name": "Autres", "status_mode": "automatic"})
    assert ClientTemplate.objects.get().name == "Autres"
    desk.post(f"{url}delete/")
    assert not ClientTemplate.objects.exists()


def test_it_wants_a_reason_for_a_forced_status_and_a_postal_code_that_is_one(desk: Browser) -> None:
    data = person(name="Abonnés", status_mode="active", postal_code="abc")
    response = desk.post("/clients/templates/new/", data)
    assert response.status_code == 422
    assert set(field_errors(response)) == {"status_reason", "postal_code"}


def test_it_begins_a_new_client_from_a_model(desk: Browser) -> None:
    boss = make_client(company_name="Dupont SA")
    template = make_template(company=boss, city="Rennes", postal_code="35000", language="de", country="FR")
    page = desk.get(f"/clients/new/?template={template.pk}")
    filled = values(page)
    assert (filled["company"], filled["city"], filled["language"]) == (boss.reference, "Rennes", "de")
    assert "À partir de" in said(page)
    assert desk.get("/clients/new/?template=99").status_code == 200
    assert desk.get("/clients/new/?template=abc").status_code == 200


def test_it_knows_of_the_card_to_issue(desk: Browser) -> None:
    yard = make_zone("Cour")
    data = person(name="Abonnés", status_mode="automatic", card_days="30", card_zones=str(yard.pk))
    desk.post("/clients/templates/new/", data)
    template = ClientTemplate.objects.get()
    assert "Cour · 30 jours" in said(desk.get("/clients/templates/"))
    created = desk.post(f"/clients/new/?template={template.pk}", person(email="marie@example.org"), follow=True)
    url = links(created)["Émettre sa carte"]
    assert url == f"/access/cards/new/?client=CLT-001&template={template.pk}"
    form = desk.get(url).context["form"]
    today = timezone.localdate()
    assert form["valid_until"].value() == (today + timedelta(days=29)).isoformat()
    assert form["zones"].value() == [yard.pk]
    # Changed and emptied again.
    edit = f"/clients/templates/{template.pk}/edit/"
    assert values(desk.get(edit))["card_days"] == "30"
    desk.post(edit, person(name="Abonnés", status_mode="automatic", card_days=""))
    assert not CardDefaults.objects.exists()
    assert "Émettre sa carte" not in said(
        desk.post(f"/clients/new/?template={template.pk}", person(first_name="Irène"), follow=True)
    )
    assert "valid_until" in desk.get("/access/cards/new/?client=CLT-001&template=zzz").context["form"].initial


@pytest.mark.parametrize("days", ["0", "-3", "99999", "un mois"])
def test_it_refuses_a_validity_that_is_none(days: str, desk: Browser) -> None:
    response = desk.post("/clients/templates/new/", person(name="Abonnés", status_mode="automatic", card_days=days))
    assert response.status_code == 422
    assert set(field_errors(response)) == {"card_days"}


def test_it_fills_new_rows_of_an_import_and_never_those_that_exist(tmp_path: Path) -> None:
    boss = make_client(company_name="Dupont SA")
    make_client(first_name="Zoé", last_name="Blanc", email="zoe@example.org", city="Lyon")
    make_template(
        name="Abonnés", company=boss, city="Rennes", postal_code="35000", status_mode="active", status_reason="parking"
    )
    path = tmp_path / "clients.csv"
    path.write_text(
        "Prénom;Nom;E-mail;Ville\nLéa;Durand;lea@example.org;\nLéo;Petit;leo@example.org;Metz\nZoé;Blanc;zoe@example.org;\n",
        encoding="utf-8",
    )
    output = io.StringIO()
    call_command("import_clients", str(path), "--template=abonnés", "--format=json", stdout=output)
    assert (json.loads(output.getvalue())["created"], json.loads(output.getvalue())["unchanged"]) == (2, 1)
    lea, leo = (Client.objects.get(first_name=name) for name in ("Léa", "Léo"))
    assert (lea.company, lea.city, lea.postal_code) == (boss, "Rennes", "35000")
    assert (leo.company, leo.city, leo.postal_code) == (boss, "Metz", "")
    assert (lea.status_mode, lea.status_reason, lea.status_at) != ("active", "parking", None)
    assert is_active(lea, lea.created_at)
    assert Client.objects.get(first_name="Zoé").city == "Lyon"


def test_it_names_the_models_there_are(tmp_path: Path) -> None:
    make_template(name="Abonnés")
    path = tmp_path / "clients.csv"
    path.write_text("Prénom;Nom\nLéa;Durand\n", encoding="utf-8")
    with pytest.raises(CommandError, match="Abonnés") as refusal:
        call_command("import_clients", str(path), "--template=Absent")
    assert refusal.value.returncode == 2


def test_it_forces_no_status_for_who_may_not(sign_in: SignIn) -> None:
    template = make_template(status_mode="active", status_reason="parking")
    browser = sign_in("clients.add_client", "clients.add_clienttemplate", "clients.view_clienttemplate")
    assert "status_mode" not in values(browser.get(f"/clients/new/?template={template.pk}"))
    assert "status_mode" not in values(browser.get("/clients/templates/new/"))
