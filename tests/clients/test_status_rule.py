"""The forced modes of the status, at every edge of the clock; what interventions add is tested beside them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from clients import services
from clients.models import NEVER, Client
from clients.status import active, explain, inactive, is_active
from interventions import activity
from tests.factories import make_client

pytestmark = pytest.mark.each_database

NOW = datetime(2026, 11, 21, 14, 32, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@dataclass(frozen=True)
class Case:
    """A mode and its end, an instant to look at, the status then and the words that say why."""

    mode: str
    until: datetime | None
    at: datetime
    active: bool
    reason: str


FORCED = "forcé le 21 nov. : parking"
# A day of the year it is told in is said without it.
FORCED_LONG_AGO = "forcé le 21 nov. 2026 : parking"
TABLE = (
    Case("automatic", None, NOW, False, "aucune intervention"),
    Case("automatic", None, NOW + 4000 * DAY, False, "aucune intervention"),
    Case("active", None, NOW, True, FORCED),
    Case("active", None, NOW + 4000 * DAY, True, FORCED_LONG_AGO),
    Case("active", NOW + DAY, NOW, True, "jusqu’au"),
    Case("active", NOW + DAY, NOW + DAY - SECOND, True, "jusqu’au"),
    Case("active", NOW + DAY, NOW + DAY, False, "aucune intervention"),
    Case("active", NOW + DAY, NOW + DAY + SECOND, False, "aucune intervention"),
    Case("inactive", None, NOW, False, FORCED),
    Case("inactive", None, NOW + 4000 * DAY, False, FORCED_LONG_AGO),
    Case("inactive", NOW + DAY, NOW, False, "jusqu’au"),
    Case("inactive", NOW + DAY, NOW + DAY - SECOND, False, "jusqu’au"),
    Case("inactive", NOW + DAY, NOW + DAY, False, "aucune intervention"),
    Case("inactive", NOW + DAY, NOW + DAY + SECOND, False, "aucune intervention"),
)


@pytest.mark.django_db
@pytest.mark.parametrize("case", TABLE, ids=lambda case: f"{case.mode}-{case.until}-{case.at}")
def test_it_follows_the_facts_and_the_clock(case: Case) -> None:
    reason = "parking" if case.mode != "automatic" else ""
    client = make_client(status_mode=case.mode, status_until=case.until, status_reason=reason, at=NOW)
    status = explain(client, case.at)
    assert is_active(client, case.at) is case.active
    assert status.is_active is case.active
    assert status.label == ("Actif" if case.active else "Inactif")
    assert case.reason in status.reason
    # The database says the same as Python, of all clients at once.
    assert Client.objects.filter(active(case.at)).exists() is case.active
    assert Client.objects.filter(inactive(case.at)).exists() is not case.active


@pytest.mark.django_db
def test_it_keeps_the_instants_that_lists_sort_by() -> None:
    end = NOW + DAY
    kept = {
        make_client(at=NOW).active_until,
        make_client(status_mode="inactive", status_reason="x", at=NOW).active_until,
    }
    assert kept == {NEVER}
    assert make_client(status_mode="active", status_reason="x", at=NOW).active_until == activity.ALWAYS
    assert make_client(status_mode="active", status_reason="x", status_until=end, at=NOW).active_until == end


@pytest.mark.django_db
def test_it_says_the_same_again_however_often_it_is_asked() -> None:
    for mode in ("automatic", "active", "inactive"):
        make_client(status_mode=mode, status_reason="" if mode == "automatic" else "x", at=NOW)
    before = list(Client.objects.values("pk", "active_until", "resumes_at", "resumes_until"))
    assert activity.refresh(Client.objects.all(), NOW) == 3
    assert list(Client.objects.values("pk", "active_until", "resumes_at", "resumes_until")) == before


@pytest.mark.django_db
def test_it_forgets_the_end_and_the_reason_of_an_automatic_status() -> None:
    client = make_client(status_mode="active", status_until=NOW + DAY, status_reason="x", at=NOW)
    services.force_status(client, mode="automatic", until=NOW, reason="y", by=None, at=NOW)
    assert (client.status_until, client.status_reason, client.active_until) == (None, "", NEVER)
