"""`manage.py nightly`: what is periodic, done as often as one likes."""

import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from clients.models import NEVER, Client, ClientQuerySet
from fixaloop.accounts.models import Guesses, KnownPlace
from fixaloop.accounts.sessions import OpenSession
from fixaloop.declared import nightly as housekeeping
from fixaloop.models import Submission
from interventions import activity
from interventions.declared import nightly as statuses
from tests.factories import make_client, make_user


def nightly() -> str:
    out = StringIO()
    call_command("nightly", stdout=out)
    return out.getvalue()


def test_it_deletes_what_has_served_and_keeps_the_rest(db: None) -> None:
    now, user = timezone.now(), make_user()
    for days in (6, 8):
        token = Submission.objects.create(token=uuid.uuid4(), user=user)
        Submission.objects.filter(pk=token.pk).update(created_at=now - timedelta(days=days))
    opened = {"started_at": now, "seen_at": now}
    for hours in (-1, 1):
        OpenSession.objects.create(session_key=f"clé{hours}", expire_date=now + timedelta(hours=hours), **opened)
    for days in (6, 8):
        Guesses.objects.create(key=f"{days}", at=now - timedelta(days=days))
    for days in (179, 181):
        KnownPlace.objects.create(user=user, place=f"{days}", at=now - timedelta(days=days))
    for days in (29, 31):
        finished = now - timedelta(days=days)
        DBTaskResult.objects.create(
            task_path="x", args_kwargs={}, status="SUCCESSFUL", finished_at=finished, run_after=finished
        )
    lines = housekeeping.run(now)
    kept = (Submission, OpenSession, Guesses, KnownPlace, DBTaskResult)
    assert [model.objects.count() for model in kept] == [1, 1, 1, 1, 1]
    assert "Sessions expirées effacées : 1" in lines
    assert all(line.endswith(" : 0") for line in housekeeping.run(now))


def test_it_repairs_a_status_that_the_facts_contradict_and_says_how_many(db: None) -> None:
    wrong, right = make_client(status_mode="active", status_reason="Parking"), make_client()
    Client.objects.filter(pk=wrong.pk).update(active_until=NEVER)
    assert "réparés : 1" in nightly()
    wrong.refresh_from_db()
    assert wrong.active_until == activity.ALWAYS
    assert (right.active_until, Client.objects.get(pk=right.pk).version) == (NEVER, 1)
    assert "réparés : 0" in nightly()


def test_it_gives_the_automatic_status_back_after_a_forced_period(db: None) -> None:
    now = timezone.now()
    client = make_client()
    facts = {"status_mode": "inactive", "status_until": now - timedelta(hours=1), "status_reason": "Fermé"}
    kept = {"resumes_at": now - timedelta(hours=1), "resumes_until": now + timedelta(days=9)}
    Client.objects.filter(pk=client.pk).update(**facts, **kept)
    assert "redevenu automatique : 1" in nightly()
    client.refresh_from_db()
    assert (client.resumes_at, client.resumes_until) == (None, None)
    assert "redevenu automatique : 0" in nightly()


def test_it_goes_through_all_clients_some_at_a_time(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ClientQuerySet.batches, "__defaults__", (2,))
    for number in range(5):
        make_client(last_name=f"Martin {number}")
    Client.objects.update(active_until=activity.ALWAYS)
    with CaptureQueriesContext(connection) as queries:
        lines = statuses.run(timezone.now())
    assert any(line.endswith("réparés : 5") for line in lines)
    assert sum(query["sql"].startswith("UPDATE") for query in queries) >= 3


def test_it_goes_on_after_a_part_that_fails_and_tells(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    client = make_client(status_mode="active", status_reason="Parking")
    Client.objects.filter(pk=client.pk).update(active_until=NEVER)

    def fail(at: object) -> list[str]:
        raise RuntimeError("disque plein")

    monkeypatch.setattr(housekeeping, "run", fail)
    with pytest.raises(CommandError, match="Échec : Fixaloop"):
        nightly()
    client.refresh_from_db()
    assert client.active_until == activity.ALWAYS
