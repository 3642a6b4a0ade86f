"""Public holidays and closures of the firm: shown on the planning, told where a job is planned on one."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client as Browser

from tests.access.factories import make_special_day, make_zone
from tests.conftest import SignIn
from tests.interventions.factories import in_state, make_intervention, make_technician
from tests.pages import parse, said, text, values

# A Thursday. The week of Christmas is 2026-W52.
NOW = datetime(2026, 12, 10, 10, tzinfo=UTC)
CHRISTMAS = datetime(2026, 12, 25, 9, tzinfo=UTC)
WEEK = "/interventions/planning/?week=2026-W52"


@pytest.fixture(autouse=True)
def at_a_fixed_time(db: None) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def tess() -> User:
    return make_technician(username="tess", first_name="Tess", last_name="Wagner")


def headings(browser: Browser) -> list[str]:
    page = parse(browser.get(WEEK))
    return [text(heading) for heading in page.iter("th") if heading.get("id", "").startswith("d2")]


def marked(browser: Browser) -> list[str]:
    """The days with a slot on a closed day."""
    cells = [cell for cell in parse(browser.get(WEEK)).iter("td") if cell.get("data-day")]
    return [cell.get("data-day", "") for cell in cells if "Jour férié ou fermeture" in text(cell)]


def test_the_planning_names_holidays_and_closures(desk: Browser, sign_in: SignIn, tess: User) -> None:
    shop = make_zone("Atelier")
    make_special_day(None, date(2026, 12, 23), date(2026, 12, 24), reason="Congés")
    make_special_day(shop, date(2026, 12, 22), reason="Inventaire")
    make_special_day(shop, date(2026, 12, 21), hours="9h-12h", reason="Marché")
    days = headings(desk)
    assert [("Congés" in day, "Noël" in day, "Atelier" in day) for day in days] == [
        *((False, False, False), (False, False, True), (True, False, False), (True, False, False)),
        *((False, True, False), (False, False, False)),
    ]
    assert days[1].endswith("Atelier fermé : Inventaire")
    # Whoever may not see the calendar learns when the firm is closed, and nothing of its zones.
    own = headings(sign_in(group="Technicien"))
    assert "Congés" in own[2]
    assert "Atelier" not in own[1]


def test_a_slot_on_a_closed_day_is_marked_while_it_is_open(desk: Browser, tess: User) -> None:
    for state, days in (("planned", 0), ("done", 0), ("planned", -1)):
        start = CHRISTMAS + timedelta(days=days)
        in_state(state, technician=tess, planned_start=start, planned_end=start + timedelta(hours=1))
    assert marked(desk) == ["2026-12-25"]
    make_special_day(None, date(2026, 12, 25), hours="8h-12h", reason="Dépannages")
    assert marked(desk) == []
    make_special_day(None, date(2026, 12, 24), reason="Congés")
    assert marked(desk) == ["2026-12-24"]


def test_planning_a_job_on_a_closed_day_is_told(desk: Browser, tess: User) -> None:
    make_special_day(None, date(2026, 12, 26), reason="Congés")
    job = make_intervention()
    url = f"/interventions/{job.reference}/slot/"
    sent = values(desk.get(url)) | {"technician": str(tess.pk)}
    free = {"planned_start": "2026-12-22T09:00", "planned_end": "2026-12-22T10:00"}
    assert "fermeture" not in said(desk.post(url, sent | free, follow=True))
    sent = values(desk.get(url))
    page = desk.post(url, sent | {"planned_start": "2026-12-24T09:00", "planned_end": "2026-12-26T17:00"}, follow=True)
    assert "Ce créneau tombe un jour de fermeture : 25 déc. (Noël), 26 déc. (Congés)." in said(page)
    job.refresh_from_db()
    assert job.state == "planned"
