"""Files of several machines in one bucket: private, found from each, left alone while written, and missed politely."""

import os
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import requests
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Client
from fixaloop import environment
from fixaloop.exports.jobs import delete_expired, run_export
from fixaloop.files import stored
from fixaloop.imports import opening
from fixaloop.imports.jobs import delete_old, open_file, run_job, start
from fixaloop.installation.checks import check_files, check_key
from fixaloop.models import ExportJob, ImportJob
from tests.bucket import LACKING, NAME, Server, kept_at, serving
from tests.factories import make_client
from tests.killed import PREAMBLE, environment as another_process
from tests.pages import field_errors, links, said, workbook
from tests.programs import run_program

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
TEXT = "Prénom;Nom;E-mail\nLéa;Durand;lea@example.org\nLéo;;leo@example.org\n"
# What a worker does when it is asked for something.
WORK = """
from fixaloop.models import ExportJob, ImportJob
from fixaloop.exports.jobs import run_export
from fixaloop.imports.jobs import run_job
run_job.call(ImportJob.objects.get().pk)
run_export.call(ExportJob.objects.get().pk)
"""
# Where Amazon’s library looks for keys: nothing of this machine’s.
NO_KEYS = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_DEFAULT_REGION": "eu-west-3",
}
LARGE = bytes(9 * 1024**2)
AWAY = "le stockage des fichiers ne répond pas"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    """Where each test keeps its files."""
    return str(request.node.name)


@pytest.fixture
def bucket(
    server: Server, settings: Any, tmp_path: Path, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """The bucket for all files: none may be kept on the disk, nor any copy of one."""
    (copies := tmp_path / "copies").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(copies))
    settings.EXPORT_BACKGROUND_ROWS = 0
    settings.MEDIA_ROOT = tmp_path / "media"
    with kept_at(server.url(prefix)):
        yield server
    assert (settings.MEDIA_ROOT.exists(), list(copies.iterdir())) == (False, [])


def send(browser: Browser, text: str = TEXT) -> Any:
    return browser.post("/imports/new/", {"kind": "client", "file": SimpleUploadedFile("clients.csv", text.encode())})


def cells(response: Any) -> str:
    return str([list(sheet.values) for sheet in workbook(response)])


def names() -> list[str]:
    return list(stored.all_names())


@pytest.mark.django_db(transaction=True)
def test_machines_that_share_no_disk_share_files(bucket: Server, desk: Browser, tmp_path: Path, prefix: str) -> None:
    make_client(company_name="Garage d’Été")
    url = str(send(desk)["Location"])
    desk.post(url, {"mode": "upsert", "action": "import", "skip": "on"})
    desk.get("/clients/export/")
    worker = another_process(tmp_path / "worker") | {"STORAGE_URL": bucket.url(prefix), "LOG_LEVEL": "WARNING"}
    assert run_program("-c", f"{PREAMBLE}{WORK}", **worker).stderr == ""
    assert Client.objects.filter(first_name="Léa").exists()
    assert "Léo" in cells(desk.get(links(desk.get(url))["Télécharger les lignes refusées"]))
    answer = desk.get(f"/exports/{ExportJob.objects.get().pk}/download/")
    assert (answer["Content-Disposition"][:10], "no-store" in answer["Cache-Control"]) == ("attachment", True)
    assert "Garage d’Été" in cells(answer)
    assert not [path for path in (tmp_path / "worker").rglob("*") if path.suffix in (".xlsx", ".csv")]


def test_nobody_reaches_a_file_but_through_its_page(
    bucket: Server, desk: Browser, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in NO_KEYS.items():
        monkeypatch.setenv(name, value)
    send(desk)
    [name] = names()
    assert len(Path(name).stem) == 32
    assert [message.id for message in check_key()] == ["fixaloop.W002"]
    assert requests.get(f"http://{bucket.where}/{NAME}/{prefix}/{name}", timeout=5).status_code == 403
    for url, told in (
        (bucket.url(prefix, secret="foreign"), "refuse notre clé"),
        (bucket.url(prefix, bucket=LACKING), "n’a pas d’espace « nobodys »"),
        (bucket.url(prefix, where="127.0.0.1:9"), AWAY),
        (f"s3://{NAME}/{prefix}", "refuse notre clé"),
    ):
        with kept_at(url):
            assert told in field_errors(send(desk))["file"]
            assert [told in message.msg.replace("\xa0", " ") for message in check_files()] == [True]
    assert (ImportJob.objects.count(), names()) == (1, [name])


def test_what_it_misses_it_says_and_nothing_is_lost(
    bucket: Server, desk: Browser, prefix: str, commits_at_once: None
) -> None:
    make_client(city="Metz")
    url = str(send(desk)["Location"])
    desk.get("/clients/export/")
    job, asked = ImportJob.objects.get(), ExportJob.objects.get()
    run_export.call(asked.pk)
    with kept_at(bucket.url(prefix, where="127.0.0.1:9")):
        page = desk.get(url)
        assert (page.status_code, AWAY in said(page)) == (503, True)
        gone = desk.get(f"/exports/{asked.pk}/download/")
        assert (gone.status_code, AWAY in said(gone)) == (503, True)
        start(job, {"mode": "upsert"}, timezone.now(), simulated=False)
        run_job.call(job.pk)
        desk.get("/clients/export/?city=metz")
        run_export.call(ExportJob.objects.latest("pk").pk)
        assert AWAY in said(desk.get("/exports/"))
        assert Browser().get("/readyz").json()["files"] == "unreachable"
        assert desk.get("/clients/").status_code == 200
        asked.delete()
        assert delete_expired(timezone.now() + timedelta(days=8)) == 1
    assert "Rien n’est enregistré" in said(desk.get(url))
    job.refresh_from_db()
    start(job, {"mode": "upsert", "skip": True}, timezone.now(), simulated=False)
    run_job.call(job.pk)
    assert Client.objects.filter(first_name="Léa").exists()


def test_the_night_deletes_what_no_row_names_and_nothing_else(
    bucket: Server, desk: Browser, prefix: str, commits_at_once: None
) -> None:
    send(desk)
    [named] = names()
    # Larger than one part of an upload.
    stray = stored.keep("imports", ".csv", ContentFile(LARGE))
    with stored.opened(stray) as file:
        assert file.read() == LARGE
    theirs = f"{prefix}-of-others/imports/a.csv"
    bucket.put(theirs)
    delete_old(timezone.now())
    assert sorted(names()) == sorted((named, stray))
    delete_old(timezone.now() + timedelta(hours=3))
    assert (names(), bucket.has(theirs)) == ([named], True)


def test_a_large_file_waits_for_a_storage_that_is_away(
    bucket: Server, desk: Browser, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "LIGHT", 20)
    url = str(send(desk)["Location"])
    with kept_at(bucket.url(prefix, where="127.0.0.1:9")):
        desk.get(url)
        open_file.call(ImportJob.objects.get().pk)
        assert AWAY in said(desk.get(url))
    monkeypatch.setattr(opening, "PAUSE", timedelta(0))
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert "il s’ouvre" in said(desk.get(url))
    open_file.call(ImportJob.objects.get().pk)
    assert "en-têtes à la ligne 1" in said(desk.get(url))


@pytest.mark.django_db(transaction=True)
def test_a_backup_holds_the_files_and_brings_them_back(
    bucket: Server, desk: Browser, tmp_path: Path, prefix: str
) -> None:
    send(desk)
    [name] = names()
    archive = tmp_path / "saved.tar"
    with kept_at(bucket.url(prefix, where="127.0.0.1:9")), pytest.raises(CommandError, match=AWAY):
        call_command("backup", str(archive))
    assert not archive.exists()
    call_command("backup", str(archive), stdout=StringIO())
    other = {"VAR_DIR": str(tmp_path / "other"), "STORAGE_URL": bucket.url("elsewhere")}
    restored = run_program("manage.py", "restore", str(archive), **other)
    assert restored.returncode == 0, restored.stderr
    assert bucket.has(f"elsewhere/{name}")


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("s3://fixaloop/site/", {"bucket_name": "fixaloop", "location": "site", "endpoint_url": None}),
        (
            "s3://K:a/b%40%25+c@minio.lan:9000/fixaloop?tls=0&region=fr-par",
            {"secret_key": "a/b@%+c", "endpoint_url": "http://minio.lan:9000", "region_name": "fr-par", "location": ""},
        ),
        ("s3://K:secret@minio.lan", None),
        ("s3://K:secret@minio.lan/Fix", None),
        ("s3://fixaloop?tls=2", None),
        ("https://fixaloop/site", None),
    ],
)
def test_it_reads_where_the_bucket_is(url: str, read: dict[str, Any] | None) -> None:
    if read is None:
        with pytest.raises(ImproperlyConfigured, match="s3://KEY:SECRET@host:port/bucket/prefix"):
            environment.bucket_at("STORAGE_URL", url)
    else:
        options = environment.bucket_at("STORAGE_URL", url)
        assert {name: options.get(name) for name in read} == read
