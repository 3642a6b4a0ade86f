"""What is done at once to cards, vehicles, clients and slots is taken back by the button beside its message."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.test import Client as Browser
from django.utils import timezone

from access.models import AccessCard, CardStatus, Entry
from clients.models import Client
from fixaloop.records.bulk import plain_of
from interventions.models import Absence, Intervention
from interventions.services.transitions import MOVED
from interventions.states import State
from tests.access.factories import make_active_client, make_card, make_entry, make_vehicle
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention, make_technician, slot
from tests.pages import find, said, take_back


def send(browser: Browser, address: str, **fields: Any) -> Any:
    return browser.post(address, fields, follow=True)


def test_a_card_gets_its_status_and_its_last_day_back(desk: Browser) -> None:
    last = timezone.localdate() + timedelta(days=9)
    card, _value = make_card(valid_until=last)
    for fields in ({"to": "suspended", "reason": "impayé"}, {"to": "lost"}):
        take_back(desk, send(desk, f"/access/cards/{card.pk}/status/", **fields))
        stored = AccessCard.objects.get()
        assert (stored.status, stored.status_reason) == (CardStatus.ACTIVE, "")
    version, later = AccessCard.objects.get().version, last + timedelta(days=30)
    extended = send(desk, f"/access/cards/{card.pk}/extend/", valid_until=later.isoformat(), version=version)
    assert AccessCard.objects.get().valid_until == later
    take_back(desk, extended)
    assert AccessCard.objects.get().valid_until == last


def test_a_card_that_is_revoked_for_good_offers_nothing_to_take_back(desk: Browser) -> None:
    card, _value = make_card()
    assert "pour toujours" in said(desk.get(f"/access/cards/{card.pk}/status/?to=revoked"))
    assert find(send(desk, f"/access/cards/{card.pk}/status/", to="revoked"), "data-undo", "") is None


def test_it_takes_the_right_of_what_it_takes_back_and_nothing_else_changed_since(
    desk: Browser, sign_in: SignIn
) -> None:
    card, _value = make_card()
    suspended = send(desk, f"/access/cards/{card.pk}/status/", to="suspended")
    send(desk, f"/access/cards/{card.pk}/status/", to="active")
    assert "rien n’est annulé" in said(take_back(desk, suspended))
    browser = sign_in("access.view_accesscard", "access.change_accesscard", username="bref")
    suspended = send(browser, f"/access/cards/{card.pk}/status/", to="suspended")
    User.objects.get(username="bref").user_permissions.clear()
    assert take_back(browser, suspended).status_code == 403
    assert AccessCard.objects.get().status == CardStatus.SUSPENDED


def test_a_vehicle_gets_back_on_the_road_and_a_driver_back_to_it(desk: Browser) -> None:
    vehicle, driver = make_vehicle(), make_client()
    take_back(desk, send(desk, f"/access/vehicles/{vehicle.pk}/circulation/", to="retired"))
    vehicle.refresh_from_db()
    assert vehicle.is_active
    send(desk, f"/access/vehicles/{vehicle.pk}/drivers/", client=driver.reference)
    removed = send(desk, f"/access/vehicles/{vehicle.pk}/drivers/", remove=driver.reference)
    assert not vehicle.drivers.exists()
    take_back(desk, removed)
    assert vehicle.drivers.get().client == driver


def test_a_client_gets_its_status_back(desk: Browser) -> None:
    client = make_client()
    fields = {"status_mode": "active", "status_reason": "parking", "version": client.version}
    forced = send(desk, f"/clients/{client.reference}/status/", **fields)
    assert Client.objects.get().status_mode == "active"
    take_back(desk, forced)
    assert Client.objects.get().status_mode == "automatic"


def test_an_intervention_gets_its_slot_back_and_waits_again_if_it_had_none(desk: Browser) -> None:
    job, tess = make_intervention(), make_technician(username="tess")
    when = slot(timezone.now() + timedelta(days=1))
    fields = {"technician": tess.pk, **{name: f"{timezone.localtime(at):%Y-%m-%dT%H:%M}" for name, at in when.items()}}
    planned = send(desk, f"/interventions/{job.reference}/slot/", **fields, version=job.version)
    assert Intervention.objects.get().state == State.PLANNED
    take_back(desk, planned)
    stored = Intervention.objects.get()
    assert (stored.state, stored.technician, stored.planned_start) == (State.TO_PLAN, None, None)
    assert "Changement annulé : à planifier" in said(desk.get(f"/clients/{job.client.reference}/events/"))
    planned = send(desk, f"/interventions/{job.reference}/transition/", to="planned", **fields, version=stored.version)
    take_back(desk, planned)
    assert Intervention.objects.get().state == State.TO_PLAN


def test_a_slot_that_is_moved_goes_back_to_where_it_was(desk: Browser) -> None:
    job = in_state(State.PLANNED)
    start = timezone.localtime(job.planned_start) + timedelta(days=2)
    fields = {
        "technician": job.technician_id,
        "planned_start": f"{start:%Y-%m-%dT%H:%M}",
        "planned_end": f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "version": job.version,
    }
    take_back(desk, send(desk, f"/interventions/{job.reference}/slot/", **fields))
    assert Intervention.objects.get().planned_start == job.planned_start


def test_an_absence_that_is_deleted_comes_back(desk: Browser) -> None:
    tess = make_technician(username="tess")
    day = timezone.now() + timedelta(days=3)
    absence = Absence.objects.create(technician=tess, starts_at=day, ends_at=day + timedelta(days=1), note="ski")
    take_back(desk, send(desk, f"/interventions/planning/absences/{absence.pk}/delete/"))
    restored = Absence.objects.get()
    assert (restored.technician, restored.starts_at, restored.note) == (tess, day, "ski")


MOVES = (
    ("to_plan", {"to": "in_progress"}),
    ("in_progress", {"to": "on_hold", "reason": "pièces"}),
    ("on_hold", {"to": "in_progress"}),
    ("in_progress", {"to": "done", "report": "Fait."}),
    ("done", {"to": "in_progress", "reason": "oubli"}),
    ("planned", {"to": "cancelled", "reason": "client absent", "cancellation_fee": "30"}),
    ("cancelled", {"to": "to_plan", "reason": "erreur"}),
)


def test_each_move_of_an_intervention_is_taken_back_but_for_its_closing(desk: Browser) -> None:
    for state, fields in MOVES:
        job = Intervention.objects.get(pk=in_state(state).pk)
        before = plain_of(job, MOVED)
        moved = send(desk, f"/interventions/{job.reference}/transition/", **fields, version=job.version)
        job.refresh_from_db()
        assert job.state == fields["to"]
        take_back(desk, moved)
        job.refresh_from_db()
        assert plain_of(job, MOVED) == before, fields
    closed = in_state("done")
    page = send(desk, f"/interventions/{closed.reference}/transition/", to="closed", version=closed.version)
    assert find(page, "data-undo", "") is None


def test_finishing_is_taken_back_where_nothing_was_paid(desk: Browser) -> None:
    for pay, state in (("", "in_progress"), ("1", "done")):
        job = in_state("in_progress", labor_amount=80)
        fields = {"report": "Fait.", "labor_amount": "80", "method": "card", "version": job.version, "pay": pay}
        finished = send(desk, f"/interventions/{job.reference}/finish/", **fields, amount="50" if pay else "")
        assert Intervention.objects.get(pk=job.pk).state == "done"
        if not pay:
            take_back(desk, finished)
        assert (find(finished, "data-undo", "") is None) == bool(pay)
        assert Intervention.objects.get(pk=job.pk).state == state


def test_a_stay_that_was_ended_or_voided_goes_on(desk: Browser) -> None:
    client = make_active_client()
    stay = make_entry(make_card(client)[0], entered_at=timezone.now() - timedelta(hours=2))
    for step, fields in (("exit", {"exited_at": said_minute(timedelta(hours=-1))}), ("void", {})):
        done = send(desk, f"/access/entries/{stay.pk}/{step}/", reason="erreur", **fields)
        assert Entry.objects.open().count() == 0
        take_back(desk, done)
        stay.refresh_from_db()
        client.refresh_from_db()
        assert (stay.exited_at, stay.voided_at, stay.anomalies) == (None, None, [])
        assert client.inside_since == stay.entered_at
    assert "Correction annulée" in said(desk.get(f"/clients/{client.reference}/events/"))


def test_a_stay_does_not_go_on_where_its_holder_came_in_again(desk: Browser) -> None:
    stay = make_entry(entered_at=timezone.now() - timedelta(hours=2))
    left = send(desk, f"/access/entries/{stay.pk}/exit/", reason="vu", exited_at=said_minute())
    make_entry(stay.card, stay.zone)
    assert "revenu depuis" in said(take_back(desk, left))
    stay.refresh_from_db()
    assert stay.exited_at


def test_a_stay_is_to_check_again(desk: Browser) -> None:
    now = timezone.now()
    stay = make_entry(entered_at=now, exited_at=now, to_check=True, estimated=True)
    settled = send(desk, f"/access/entries/{stay.pk}/settle/")
    assert not Entry.objects.get().to_check
    take_back(desk, settled)
    assert Entry.objects.get().to_check


def test_what_is_due_for_a_stay_is_as_before_and_a_tariff_still_applies(desk: Browser) -> None:
    stay = make_entry()
    priced = send(desk, f"/access/entries/{stay.pk}/amount/", amount_due="12")
    assert Entry.objects.get().amount_due == 12
    take_back(desk, priced)
    stored = Entry.objects.get()
    assert not stored.amount_due
    assert not stored.has_fixed_amount
    priced = send(desk, f"/access/entries/{stay.pk}/amount/", amount_due="12")
    send(desk, f"/access/entries/{stay.pk}/amount/", amount_due="15")
    assert "rien n’est annulé" in said(take_back(desk, priced))


def said_minute(later: timedelta = timedelta(0)) -> str:
    return f"{timezone.localtime() + later:%Y-%m-%dT%H:%M}"
