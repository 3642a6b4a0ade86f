"""Clients without contact for years: named, and forgotten at once by a command."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from access.models import Entry
from clients.models import Client
from clients.services.due import due
from interventions.models import Intervention
from tests.access.factories import make_card, make_entry, make_event
from tests.factories import make_client
from tests.interventions.factories import in_state
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
    Client.objects.filter(pk__in=keys).update(created_at=LONG_AGO, updated_at=LONG_AGO)


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
