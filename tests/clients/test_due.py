"""Clients without contact for years: named, and forgotten at once by a command."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from access.models import Entry
from clients.models import Client, ForgettingJob
from clients.pages.forgetting import run_forgetting
from clients.privacy import anonymize_client
from clients.services import update_client
from clients.services.due import due, refresh
from interventions.models import Intervention
from tests.access.factories import make_card, make_entry, make_event
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import in_state
from tests.pages import parse, rows, said, values
from tests.tables import left_of

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LONG_AGO = NOW - timedelta(days=4 * 365)


def old(**fields: Any) -> Client:
    client = make_client(at=LONG_AGO, **fields)
    quieten(client)
    return client


def quieten(*clients: Client) -> None:
    """As if nobody had touched them for four years."""
    keys = [client.pk for client in clients]
    Client.objects.filter(pk__in=keys).update(created_at=LONG_AGO, updated_at=LONG_AGO, touched_at=LONG_AGO)
    refresh(Client.objects.all())


def test_nobody_is_due_who_is_in_touch_active_or_owed() -> None:
    forgotten = old(last_name="Zorglub")
    make_client()
    old(status_mode="active", status_reason="parking")
    employer = old(company_name="Garage du Port")
    make_client(company=employer)
    inside, noted, visited, owing, working = (old(email=f"c{number}@example.org") for number in range(5))
    make_entry(make_card(inside)[0], client=inside, entered_at=LONG_AGO)
    make_event(noted)
    make_entry(make_card(visited)[0], client=visited, entered_at=NOW - timedelta(hours=1), exited_at=NOW)
    stay = make_entry(make_card(owing)[0], client=owing, entered_at=LONG_AGO, exited_at=LONG_AGO)
    Entry.objects.filter(pk=stay.pk).update(balance=Decimal(5), amount_due=Decimal(5), payment_status="unpaid")
    in_state("planned", working)
    quieten(inside, visited, owing, working)
    assert list(due(NOW)) == [forgotten]


def test_who_was_worked_for_is_due_once_that_is_long_ago() -> None:
    client = old()
    job = in_state("done", client)
    assert not due(NOW).exists()
    moments = {"created_at": LONG_AGO, "updated_at": LONG_AGO, "started_at": LONG_AGO, "finished_at": LONG_AGO}
    Intervention.objects.filter(pk=job.pk).update(**moments)
    quieten(client)
    Client.objects.filter(pk=client.pk).update(active_until=LONG_AGO)
    client.events.all()._raw_delete("default")  # type: ignore[attr-defined]
    refresh(Client.objects.all())
    assert list(due(NOW)) == [client]
    Intervention.objects.filter(pk=job.pk).update(balance=-5)
    assert not due(NOW).exists()


def test_the_command_names_them_then_forgets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    old(last_name="Zorglub"), old(last_name="Zorglub", email="zorglub@example.org"), make_client()
    output = StringIO()
    call_command("anonymize_due_clients", "--dry-run", stdout=output)
    assert "CLT-002 Camille Zorglub" in output.getvalue()
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(CommandError, match="--yes"):
        call_command("anonymize_due_clients", stdout=StringIO())
    assert left_of(("zorglub",))
    call_command("anonymize_due_clients", "--yes", stdout=output)
    assert output.getvalue().rstrip().endswith("2")
    assert left_of(("zorglub",)) == []
    assert not due(NOW).exists()


@pytest.fixture
def boss(sign_in: SignIn) -> Browser:
    return sign_in("clients.view_client", "clients.forget_client")


def chosen(boss: Browser, query: str = "", **sent: Any) -> str:
    """The address of the question about rows that are ticked, or about all that the filters find."""
    page = boss.get(f"/clients/due/{query}")
    answer = boss.post("/clients/due/forget/", {"action": "forget", "list": values(page)["list"]} | sent)
    return str(answer["Location"])


def confirmed(boss: Browser, url: str) -> Any:
    """The answer to the question, sent twice; then the worker."""
    sent = values(boss.get(url))
    job = boss.post(url, sent)["Location"]
    assert boss.post(url, sent)["Location"] == job
    assert ForgettingJob.objects.count() == 1
    run_forgetting.call(ForgettingJob.objects.get().pk)
    assert boss.post(url, sent)["Location"] == job
    return boss.get(job)


def test_the_page_lists_them_with_what_stands_in_the_way(boss: Browser) -> None:
    old(last_name="Zorglub"), make_client(last_name="Récent")
    old(last_name="Actif", status_mode="active", status_reason="parking")
    page = boss.get("/clients/due/")
    assert len(rows(page)) == 2
    assert "Aucun obstacle" in said(page)
    assert "Statut actif" in said(page)
    boxes = [node.get("value") for node in parse(page).iter("input") if node.get("name") == "row"]
    assert boxes == [str(Client.objects.get(number=1).pk)]
    assert len(rows(boss.get("/clients/due/?ready=true"))) == 1


def test_the_button_for_those_ticked_comes_with_a_box_to_tick(boss: Browser) -> None:
    button = "Anonymiser…"
    assert button not in said(boss.get("/clients/due/"))
    old(last_name="Actif", status_mode="active", status_reason="parking")
    assert button not in said(boss.get("/clients/due/"))
    old(last_name="Zorglub")
    assert button in said(boss.get("/clients/due/"))
    for query, is_shown in (("zorglub", True), ("personne", False)):
        assert (button in said(boss.get(f"/clients/due/?q={query}", headers={"HX-Request": "true"}))) is is_shown


def test_those_ticked_are_forgotten_once_and_the_others_are_not(boss: Browser) -> None:
    one, other, third = old(last_name="Zorglub"), old(last_name="Bulgroz"), old(last_name="Gardé")
    url = chosen(boss, row=[one.pk, other.pk])
    assert url == f"/clients/due/forget/?client={one.reference}&client={other.reference}"
    Client.objects.filter(pk=other.pk).update(touched_at=NOW)
    page = confirmed(boss, url)
    assert "1 client anonymisé" in said(page)
    assert "CLT-002 Il y a eu un contact depuis." in said(page)
    assert left_of(("zorglub",)) == []
    assert set(Client.objects.filter(anonymized_at=None)) == {other, third}


def test_the_question_names_those_who_will_be_refused(boss: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.pages.due.SHOWN", 1)
    old(last_name="Zorglub"), old(last_name="Actif", status_mode="active", status_reason="parking")
    page = boss.get("/clients/due/forget/?client=CLT-001&client=CLT-002")
    assert "CLT-002 : Statut actif" in said(page)


def test_all_that_the_filters_find_are_forgotten(boss: Browser) -> None:
    old(last_name="Zorglub"), old(last_name="Gardé"), old(first_name="Zorglub", last_name="Deux")
    url = chosen(boss, "?q=zorglub", all="1")
    assert url == "/clients/due/forget/?q=zorglub&all=1"
    assert "2 clients anonymisés" in said(confirmed(boss, url))
    assert left_of(("zorglub",)) == []
    assert not Client.objects.get(number=2).anonymized_at


def test_a_search_as_long_as_may_be_is_kept_whole(boss: Browser) -> None:
    old(first_name="Éléa", last_name="Zorglub"), old(last_name="Gardé")
    url = f"/clients/due/forget/?all=1&q={quote(' '.join(['Éléa'] * 40))}"
    assert "1 client anonymisé" in said(confirmed(boss, url))


def test_who_lost_the_right_meanwhile_forgets_nobody(boss: Browser) -> None:
    client = old(last_name="Zorglub")
    url = f"/clients/due/forget/?client={client.reference}"
    boss.post(url, values(boss.get(url)))
    Group.objects.all().delete()
    job = ForgettingJob.objects.get()
    job.by.user_permissions.clear()
    run_forgetting.call(job.pk)
    assert due(NOW).get() == client
    assert boss.get(url).status_code == 403
    assert boss.post(url).status_code == 403
    assert boss.get("/clients/due/").status_code == 403
    assert boss.get(job.get_absolute_url()).status_code == 403


def test_a_file_is_no_contact(tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_text("Nom;Prénom;E-mail;Client depuis\nZorglub;Zoé;zoe@example.org;01/02/2019\n", encoding="utf-8")
    call_command("import_clients", str(path), stdout=StringIO())
    refresh(Client.objects.all())
    assert due(NOW).count() == 1
    path.write_text("Nom;Prénom;E-mail;Ville\nZorglub;Zoé;zoe@example.org;Brest\n", encoding="utf-8")
    call_command("import_clients", str(path), stdout=StringIO())
    client = Client.objects.get(city="Brest")
    assert not refresh(Client.objects.all())
    assert due(NOW).get() == client
    client.description = "A téléphoné"
    update_client(client, by=None)
    assert not due(NOW).exists()


def test_tracebacks_go_with_whoever_is_forgotten() -> None:
    run_forgetting.enqueue(0)
    DBTaskResult.objects.update(traceback="ValueError: Zorglub")
    assert "django_tasks_database_dbtaskresult.traceback" in left_of(("zorglub",))
    anonymize_client(make_client(last_name="Zorglub"), by=None)
    assert left_of(("zorglub",)) == []
