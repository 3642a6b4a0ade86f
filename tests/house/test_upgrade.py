"""From the last release to today: its database, migrated with what a firm kept in it, loses nothing and goes on."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import F
from django.test import Client as Browser, override_settings
from pytest_django import DjangoDbBlocker

from interventions.models import Intervention
from tests.house.release import AT, PASSWORD, scan
from tests.pages import read, records, said, values

RELEASE = json.loads(Path(__file__).with_name("release.json").read_text(encoding="utf-8"))
# What migrations since that release change on purpose: “app.Model” or “app.Model.column”, and why.
CHANGED: dict[str, str] = {
    "auth.Permission": "nobody may change or delete a payment",
    "auth.Group_permissions": "nobody may change or delete a payment",
    "access.HistoricalPayment": "payments are never changed",
    "interventions.HistoricalInterventionPayment": "payments are never changed",
    "access.Payment.note": "beside the payment, so that it can be forgotten",
    "access.Payment.reference": "beside the payment, so that it can be forgotten",
    "interventions.InterventionPayment.note": "beside the payment, so that it can be forgotten",
    "clients.Client.name_key": "compared by its letters alone",
    "clients.Client.search_text": "all spellings of names, towns and further contacts",
    "interventions.InterventionPayment.amount": "negative for a refund",
}


@pytest.fixture
def empty_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path: Path) -> Iterator[None]:
    """Another database than the tests’, without a table."""
    settings = connection.settings_dict
    usual, name = settings["NAME"], str(tmp_path / "release.sqlite3")
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            name = f"{usual}_release"
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{name}"')
        connection.close()
        settings["NAME"] = name
        ContentType.objects.clear_cache()
        try:
            yield
        finally:
            connection.close()
            settings["NAME"] = usual
            ContentType.objects.clear_cache()
            if connection.vendor == "postgresql":
                with connection._nodb_cursor() as cursor:
                    cursor.execute(f'DROP DATABASE "{name}"')


def load_release() -> None:
    """The tables of the release, and its rows in them."""
    executor = MigrationExecutor(connection)
    leaves = [(app, name) for app, name in RELEASE["leaves"] if app in apps.app_configs]
    state = executor.migrate(leaves)
    models = {model._meta.label: model for model in state.apps.get_models(include_auto_created=True)}
    with transaction.atomic():
        for model in models.values():
            model._base_manager.all()._raw_delete(connection.alias)
        for label, table in RELEASE["rows"].items():
            for row in table["rows"]:
                kept = zip(table["columns"], row, strict=True)
                models[label](**dict(kept)).save_base(raw=True, force_insert=True)
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(models.values())):
                cursor.execute(statement)


def lost() -> list[str]:
    """What is no longer as the release kept it, row by row."""
    found = []
    for label, table in RELEASE["rows"].items():
        if label in CHANGED:
            continue
        model = apps.get_model(label)
        fields = {field.attname: field for field in model._meta.concrete_fields}
        asked = [name for name in table["columns"] if f"{label}.{name}" not in CHANGED]
        found += [f"{label}.{name}: gone" for name in asked if name not in fields]
        asked = [name for name in asked if name in fields]
        stored = {
            row[0]: dict(zip(asked, row[1:], strict=True)) for row in model._base_manager.values_list("pk", *asked)
        }
        for row in table["rows"]:
            kept = dict(zip(table["columns"], row, strict=True))
            was = {name: fields[name].to_python(kept[name]) for name in asked}
            now = stored.get(was[model._meta.pk.attname])
            if now != was:
                found.append(f"{label}: {was} became {now}")
    return found


@pytest.mark.long
def test_a_firm_goes_on_where_the_last_release_left_it(empty_database: None, tmp_path: Path) -> None:
    with time_machine.travel(AT, tick=False) as clock:
        load_release()
        call_command("migrate", verbosity=0)
        assert lost() == []
        odile = Browser()
        django_hashers = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
        with override_settings(PASSWORD_HASHERS=django_hashers):
            assert odile.post("/accounts/login/", {"username": "odile", "password": PASSWORD}).status_code == 302
        the_pages_show_it(odile)
        the_readers_know_it()
        clock.shift(timedelta(minutes=1))
        work_goes_on(odile)
        assert any(line.startswith("clients.Client: ") for line in lost())
        nights_find_nothing_to_mend()


def the_pages_show_it(odile: Browser) -> None:
    lists = ("/clients/", "/interventions/", "/access/entries/", "/access/events/", "/access/vehicles/")
    for url in (*lists, "/access/cards/", "/access/zones/", "/access/devices/", "/access/tags/", "/clients/templates/"):
        assert odile.get(url).status_code == 200, url
    names = {record["Identifiant"] for record in records(odile.get("/clients/export/"))}
    assert names == {f"CLT-00{number}" for number in (1, 2, 3, 4, 5, 7, 8, 9)}
    for number in (1, 2, 3, 4, 5, 7):
        for tab in ("", "interventions/", "events/", "vehicles/", "cards/", "entries/", "history/"):
            assert odile.get(f"/clients/CLT-00{number}/{tab}").status_code == 200
    assert odile.get("/clients/CLT-006/")["Location"] == "/clients/CLT-005/"
    assert "anonymisé" in said(odile.get("/clients/CLT-007/"))
    closed = said(odile.get("/interventions/INT-003/"))
    assert all(text in closed for text in ("Clôturée", "120,00", "-20,00", "trop perçu"))
    verified = StringIO()
    call_command("verify_payments", stdout=verified)
    assert verified.getvalue().strip() == "4 paiements, tous intacts."
    # It was put on hold 41 seconds after it began, on the day before.
    assert "Temps travaillé0 min Temps d’attente" in said(odile.get("/interventions/INT-002/"))
    held = Intervention.objects.filter(waiting_since=F("started_at") + timedelta(seconds=41, microseconds=21_000))
    assert held.get().number == 2
    for url in ("/access/entries/1/", "/access/events/1/", "/access/cards/1/", "/access/vehicles/1/", "/imports/"):
        assert odile.get(url).status_code == 200, url
    read(odile.get("/interventions/export/"))


def the_readers_know_it() -> None:
    secrets = RELEASE["secrets"]
    answers = {nonce: answer for _pk, _device, nonce, _hash, answer, *_at in RELEASE["rows"]["access.Read"]["rows"]}
    assert scan(secrets["token"], "n1", secrets["marie"]) == answers["n1"]
    assert scan(secrets["way_out"], "n5", secrets["marie"])["decision"] == "granted"
    assert scan(secrets["token"], "n6", secrets["deux"])["client"] == "CLT-005"
    assert scan(secrets["token"], "n7", "nobody's")["reason"] == "unknown_credential"


def work_goes_on(odile: Browser) -> None:
    form = values(odile.get("/clients/new/")) | {"first_name": "Dix", "last_name": "Deux", "kind": "individual"}
    assert odile.post("/clients/new/", form)["Location"] == "/clients/CLT-010/"
    sheet = values(odile.get("/clients/CLT-003/edit/")) | {"city": "Palaiseau"}
    assert odile.post("/clients/CLT-003/edit/", sheet).status_code == 302
    assert odile.post("/interventions/INT-001/transition/", {"to": "in_progress"}).status_code == 302
    call_command("undo_import", "1", stdout=StringIO())
    assert odile.get("/clients/CLT-008/").status_code == 404


def nights_find_nothing_to_mend() -> None:
    output = StringIO()
    call_command("nightly", stdout=output)
    counted = [line for line in output.getvalue().splitlines() if ":" in line]
    assert counted
    # The first night writes the last contact of everybody.
    mended = (line for line in counted if "Derniers contacts" not in line)
    assert [line for line in mended if not line.endswith(": 0")] == []
