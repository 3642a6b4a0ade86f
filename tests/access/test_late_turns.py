"""A door that serves both ways, where somebody stays longer than they should: what follows may go the other way."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from access.gate.credentials import Credential
from access.models import Entry, Event
from access.reader.reads import Scan, answer, answer_batch
from tests.access.factories import make_active_client, make_card, make_device, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.pages import said

pytestmark = pytest.mark.django_db


def at(day: int, hour: int) -> datetime:
    """A moment of a week in March 2026; the 2nd is a Monday."""
    return datetime(2026, 3, 1 + day, hour, tzinfo=timezone.get_default_timezone())


# They worked until eleven on Monday.
WEEK = [at(1, 8), at(1, 23), *(at(day, hour) for day in (2, 3, 4) for hour in (8, 17))]


def stays() -> list[tuple[datetime, datetime | None, bool]]:
    """Each with its beginning, its end and whether it is doubted."""
    found = Entry.objects.people().order_by("entered_at")
    return [(stay.entered_at, stay.exited_at, stay.to_check and stay.anomalies != []) for stay in found]


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize("type_", ["badge", "plate"])
def test_nobody_is_shown_outside_without_doubt_after_a_very_long_day(type_: str, offline: bool) -> None:
    device, _token = make_device(direction="both")
    client = make_active_client()
    make_card(client, kind="badge", badge_number="04A2B9C1", valid_from=at(0, 0).date(), valid_until=None)
    make_vehicle(client)
    value = {"badge": "04A2B9C1", "plate": "AB-123-CD"}[type_]
    scans = [Scan(f"t{number}", Credential(type_, value), moment) for number, moment in enumerate(WEEK)]
    if offline:
        answer_batch(device, at(5, 12), scans, at(5, 12))
    else:
        for scan, moment in zip(scans, WEEK, strict=True):
            answer(device, scan, moment)
    assert stays() == [
        (at(1, 8), at(1, 22), True),
        (at(1, 23), at(2, 8), True),
        (at(2, 17), at(3, 7), True),
        (at(3, 8), at(3, 17), True),
        (at(4, 8), at(4, 17), False),
    ]
    assert [stay.estimated for stay in Entry.objects.people().order_by("entered_at")] == [True] * 4 + [False]
    assert "late_turn" in Event.objects.get(at=at(2, 8), kind="exit").anomalies


def test_a_way_out_that_is_one_settles_it(sign_in: SignIn) -> None:
    zone = make_zone()
    device, gate = make_device(zone, "both")[0], make_device(zone, "out")[0]
    _card, qr = make_card(valid_from=at(0, 0).date(), valid_until=None)
    told: list[Any] = [answer(device, Scan(f"t{n}", Credential("qr", qr)), moment) for n, moment in enumerate(WEEK[:3])]
    assert ["late_turn" in each["anomalies"] for each in told] == [False, True, True]
    answer(gate, Scan("out", Credential("qr", qr)), at(2, 17))
    last = Entry.objects.latest("entered_at")
    assert (last.entered_at, last.exited_at, last.estimated) == (at(1, 23), at(2, 17), False)
    assert "late_turn" not in last.anomalies


def test_somebody_who_knows_settles_it(sign_in: SignIn) -> None:
    device, _token = make_device(direction="both")
    _card, qr = make_card(valid_from=at(0, 0).date(), valid_until=None)
    told: list[Any] = [answer(device, Scan(f"t{n}", Credential("qr", qr)), moment) for n, moment in enumerate(WEEK[:3])]
    last = Entry.objects.latest("entered_at")
    assert sign_in(group="Accueil").post(f"{last.get_absolute_url()}settle/").status_code == 302
    told.append(answer(device, Scan("next", Credential("qr", qr)), WEEK[3]))
    assert ["late_turn" in each["anomalies"] for each in told] == [False, True, True, False]


def test_who_comes_back_the_next_day_as_ever_is_not_doubted() -> None:
    device, _token = make_device(direction="both")
    _card, qr = make_card(valid_from=at(0, 0).date(), valid_until=None)
    for number, moment in enumerate((at(1, 8), at(2, 8), at(2, 17))):
        answer(device, Scan(f"t{number}", Credential("qr", qr)), moment)
    assert stays() == [(at(1, 8), at(1, 22), True), (at(2, 8), at(2, 17), False)]


@pytest.mark.parametrize("seen_back", [False, True])
def test_a_car_that_stands_there_alone_may_have_left_unseen(sign_in: SignIn, seen_back: bool) -> None:
    zone = make_zone()
    camera, door, gate = make_device(zone, "both")[0], make_device(zone)[0], make_device(zone, "out")[0]
    client = make_active_client(last_name="Garé")
    _card, qr = make_card(client)
    make_vehicle(client)
    now = timezone.now()
    steps = [(camera, "plate", 50), (gate, "qr", 48), *([(door, "qr", 2)] if seen_back else []), (camera, "plate", 1)]
    for number, (device, type_, hours) in enumerate(steps):
        credential = Credential(type_, {"plate": "AB-123-CD", "qr": qr}[type_])
        told = answer(device, Scan(f"p{number}", credential), now - timedelta(hours=hours))
    assert not Entry.objects.open().exists()
    assert ("late_turn" in told["anomalies"]) is not seen_back
    page = said(sign_in(group="Gardien").get("/access/occupancy/evacuation/"))
    assert ("Garé" in page.partition("Peut-être encore là")[2]) is not seen_back


def test_the_evacuation_list_names_who_may_have_turned_the_other_way(sign_in: SignIn) -> None:
    device, _token = make_device(direction="both")
    _card, qr = make_card(make_active_client(last_name="Tardif"))
    now = timezone.now()
    for number, hours in enumerate((25, 10, 1)):
        answer(device, Scan(f"t{number}", Credential("qr", qr)), now - timedelta(hours=hours))
    assert not Entry.objects.open().exists()
    page = said(sign_in(group="Gardien").get("/access/occupancy/evacuation/"))
    assert "Tardif" in page.partition("Peut-être encore là")[2]
