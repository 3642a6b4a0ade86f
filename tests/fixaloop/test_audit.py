"""The journal: what leaves a line, who reads it, and that nobody takes one back."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser, override_settings
from django.utils import timezone

from fixaloop.audit.models import AuditEntry
from tests.access.factories import make_device, make_zone
from tests.conftest import SignIn
from tests.factories import make_client, make_user
from tests.pages import read, said, values

pytestmark = pytest.mark.django_db
Kind = AuditEntry.Kind


@pytest.fixture(autouse=True)
def opened_is_noted(settings: Any) -> None:
    settings.AUDIT_OPENED = True


def lines(*kinds: AuditEntry.Kind) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(kind__in=kinds).order_by("pk"))


def only(kind: AuditEntry.Kind) -> AuditEntry:
    (line,) = lines(kind)
    return line


def test_the_database_refuses_to_change_a_line_or_to_delete_a_young_one() -> None:
    old = AuditEntry.objects.create(at=timezone.now() - timedelta(days=400), kind=Kind.EXPORT)
    young = AuditEntry.objects.create(at=timezone.now(), kind=Kind.EXPORT)
    for attempt in (
        lambda: AuditEntry.objects.filter(pk=old.pk).update(login="nobody"),
        lambda: AuditEntry.objects.filter(pk=young.pk).delete(),
        lambda: connection.cursor().execute("DELETE FROM fixaloop_auditentry"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    call_command("nightly")
    assert [line.pk for line in lines(Kind.EXPORT)] == [young.pk]


def test_who_takes_data_out_leaves_what_and_how_much(sign_in: SignIn) -> None:
    make_client(company_name="Serrurerie Lupin")
    direction = sign_in(group="Direction")
    read(direction.get("/clients/export/?kind=company&q=Lupin"))
    export = only(Kind.EXPORT)
    assert (export.subject, export.values["rows"]) == ("/clients/", 1)
    assert export.values["filters"] == {"kind": ["company"], "q": "…"}
    assert (export.user, export.address) == (User.objects.get(), "127.0.0.1")
    read(direction.get("/clients/CLT-001/data/"))
    assert only(Kind.ARCHIVE).subject == "CLT-001"
    direction.post("/clients/CLT-001/anonymize/")
    assert (only(Kind.ANONYMISED).subject, only(Kind.ANONYMISED).user) == ("CLT-001", User.objects.get())


def test_who_opened_whose_file_is_one_line_for_a_visit(sign_in: SignIn) -> None:
    make_client(), make_client()
    desk = sign_in(group="Accueil")
    for page in ("/clients/CLT-001/", "/clients/CLT-001/history/", "/clients/CLT-002/", "/clients/CLT-001/"):
        read(desk.get(page))
    assert [line.subject for line in lines(Kind.OPENED)] == ["CLT-001", "CLT-002"]
    with override_settings(AUDIT_OPENED=False):
        read(sign_in(group="Accueil").get("/clients/CLT-001/"))
    assert len(lines(Kind.OPENED)) == 2


def test_a_page_that_is_refused_leaves_the_right_that_lacked(sign_in: SignIn) -> None:
    reader = sign_in(group="Lecture seule")
    for _time in range(2):
        assert reader.get("/accounts/").status_code == 403
    assert (only(Kind.REFUSED).subject, only(Kind.REFUSED).values) == ("/accounts/", {"rights": ["auth.change_user"]})


def given(line: AuditEntry) -> tuple[Any, Any, Any]:
    return line.subject, line.values.get("given"), line.values.get("taken")


def test_rights_leave_what_was_given_and_taken(sign_in: SignIn) -> None:
    direction = sign_in(group="Direction")
    rose = make_user(username="rose", group="Gardien", first_name="Rose", last_name="Roi")
    form = values(direction.get(f"/accounts/{rose.pk}/"))
    direction.post(f"/accounts/{rose.pk}/", form | {"group": str(Group.objects.get(name="Accueil").pk)})
    assert given(only(Kind.RIGHTS)) == ("rose", ["Accueil"], ["Gardien"])
    direction.post(f"/accounts/{rose.pk}/activate/", {"to": "closed"})
    assert only(Kind.ACCOUNT_CLOSED).subject == "rose"
    admin = sign_in(is_staff=True, is_superuser=True)
    page = f"/admin/auth/user/{rose.pk}/change/"
    sent = {name: value for name, value in values(admin.get(page)).items() if value}
    admin.post(page, sent | {"is_superuser": "on"})
    guard = Group.objects.get(name="Gardien")
    page = f"/admin/auth/group/{guard.pk}/change/"
    more = Permission.objects.get(codename="delete_client")
    kept = [str(key) for key in guard.permissions.values_list("pk", flat=True)]
    admin.post(page, values(admin.get(page)) | {"permissions": [*kept, str(more.pk)]})
    assert [given(line) for line in lines(Kind.RIGHTS)[1:]] == [
        ("rose", ["is_superuser"], None),
        ("Gardien", ["clients.delete_client"], None),
    ]


def test_nobody_deletes_an_account_or_makes_rights_he_has_not(sign_in: SignIn) -> None:
    rose = make_user(username="rose")
    admin = sign_in(is_staff=True, is_superuser=True)
    assert admin.post(f"/admin/auth/user/{rose.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in admin.get("/admin/auth/user/").content.decode()
    every = Permission.objects.filter(content_type__app_label="auth")
    staff = make_user(username="staff", is_staff=True)
    staff.user_permissions.set(every)
    browser = Browser()
    browser.force_login(staff)
    guard = Group.objects.get(name="Gardien")
    for page in (f"/admin/auth/group/{guard.pk}/change/", "/admin/auth/group/add/"):
        assert browser.post(page, {"name": "Tout", "permissions": [every[0].pk]}).status_code == 403
    assert User.objects.filter(username="rose").exists()


def test_imports_tokens_and_settings_leave_a_line(sign_in: SignIn, tmp_path: Path) -> None:
    direction = sign_in(group="Direction")
    device, _token = make_device(zone=make_zone())
    direction.post(f"/access/devices/{device.pk}/token/")
    assert [line.user is None for line in lines(Kind.TOKEN)] == [True, False]
    form = values(direction.get("/firm/"))
    direction.post("/firm/", form | {"name": "Serrurerie Lupin"})
    assert only(Kind.SETTINGS).values == {"changed": ["name"]}
    file = tmp_path / "clients.csv"
    file.write_text("Type;Nom de l’entreprise\nEntreprise;Lupin\n", encoding="utf-8")
    call_command("import_clients", str(file))
    assert only(Kind.IMPORT).values == {"what": "client", "created": 1, "updated": 0, "refused": 0}


def test_it_is_read_in_words(sign_in: SignIn, tmp_path: Path) -> None:
    direction = sign_in(group="Direction")
    read(direction.get("/clients/export/?kind=company&q=Lupin"))
    direction.post("/firm/", values(direction.get("/firm/")) | {"name": "Serrurerie Lupin"})
    file = tmp_path / "clients.csv"
    file.write_text("Type;Nom de l’entreprise\nEntreprise;Lupin\n", encoding="utf-8")
    call_command("import_clients", str(file))
    page = said(direction.get("/journal/")).replace("\xa0", " ")
    for words in ("filtres : Recherche : …, Type : Entreprise", "modifié : nom", "quoi : Clients · créés : 1"):
        assert words in page


def test_direction_reads_and_exports_it(sign_in: SignIn) -> None:
    make_client()
    read(sign_in(group="Accueil").get("/clients/CLT-001/"))
    direction = sign_in(group="Direction")
    page = said(direction.get("/journal/?subject=CLT-001"))
    assert "Fiche ouverte" in page
    assert read(direction.get("/journal/export/")).startswith(b"PK")
