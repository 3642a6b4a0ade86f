"""Real times: given when they are typed late, put right later, kept by a reopening, waits told apart from work."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client as Browser

from clients.models import Client
from clients.status import explain
from interventions import activity, services
from interventions.models import Intervention
from interventions.times import waiting, warranty_until, worked
from tests.conftest import SignIn
from tests.interventions.factories import in_state, make_intervention, make_technician, slot
from tests.pages import field_errors, find, parse, records, said, text, values

# A Monday, 10:00 in Paris; the Friday before; and what was done 200 days ago.
NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 13, 8, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=200)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ONE = "/interventions/INT-001/"


@pytest.fixture(autouse=True)
def at_a_fixed_time(db: None) -> Any:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def status(client: Client, at: datetime = NOW) -> tuple[bool, str]:
    """What is said of a client, once it is clear that the night would change nothing of it."""
    assert activity.repair(Client.objects.all(), at) == 0
    said_of = explain(Client.objects.get(pk=client.pk), at)
    return said_of.is_active, said_of.reason


def done_long_ago(**fields: Any) -> Intervention:
    return in_state("done", started_at=LONG_AGO - HOUR, finished_at=LONG_AGO, report="Fait.", **fields)


# --- given when starting or finishing


def test_friday_s_work_is_typed_on_monday(desk: Browser) -> None:
    job = make_intervention(at=FRIDAY - DAY)
    client = job.client
    desk.post(f"{ONE}transition/", {"to": "in_progress", "started_at": "2026-11-13T09:00"})
    sent = {"to": "done", "report": "Fait.", "finished_at": "13/11/2026 11:30"}
    page = desk.post(f"{ONE}transition/", sent, follow=True)
    job.refresh_from_db()
    assert (job.started_at, job.finished_at) == (FRIDAY, FRIDAY + 2.5 * HOUR)
    assert status(client) == (True, "jusqu’au 11 févr. 2027, 90 jours après INT-001")
    assert "Temps travaillé2 h 30" in said(page)


def test_a_start_stamped_by_mistake_is_put_right_when_finishing(desk: Browser) -> None:
    services.start(make_intervention(), by=None)
    form = values(desk.get(f"{ONE}transition/?to=done"))
    assert (form["started_at"], form["finished_at"]) == ("2026-11-16T10:00", "")
    form |= {"report": "Fait.", "started_at": "2026-11-13T09:00", "finished_at": "2026-11-13T10:00"}
    assert desk.post(f"{ONE}transition/", form).status_code == 302
    job = Intervention.objects.get()
    assert (job.started_at, job.finished_at) == (FRIDAY, FRIDAY + HOUR)


@pytest.mark.parametrize(
    ("sent", "field", "sentence"),
    [
        ({"finished_at": "2026-11-16T10:01"}, "finished_at", "dans le futur"),
        ({"started_at": "2026-11-17T09:00"}, "started_at", "dans le futur"),
        ({"finished_at": "2026-11-13T08:59"}, "finished_at", "après le début réel"),
        ({"started_at": "2026-11-14T09:00", "finished_at": "2026-11-13T10:00"}, "finished_at", "après le début réel"),
        ({"started_at": "2016-11-13T09:00"}, "started_at", "vérifiez l’année"),
        ({"finished_at": "2026-03-29T02:30"}, "finished_at", "heure d’été"),
        ({"finished_at": "vendredi"}, "finished_at", "n’est pas une date"),
    ],
)
def test_a_time_that_cannot_be_is_said_beside_its_field(
    sent: dict[str, str], field: str, sentence: str, desk: Browser
) -> None:
    services.start(make_intervention(), by=None, started_at=FRIDAY)
    response = desk.post(f"{ONE}transition/", {"to": "done", "report": "Fait."} | sent)
    assert response.status_code == 422
    assert sentence in field_errors(response)[field]
    assert values(response)[field] == sent[field]
    assert Intervention.objects.get().version == 2


def test_a_time_to_the_minute_agrees_with_a_stamp_to_the_second(at_a_fixed_time: Any, desk: Browser) -> None:
    at_a_fixed_time.shift(30)
    services.start(make_intervention(), by=None)
    at_a_fixed_time.shift(20)
    form = values(desk.get(f"{ONE}transition/?to=done")) | {"report": "Fait.", "finished_at": "2026-11-16T10:00"}
    assert desk.post(f"{ONE}transition/", form).status_code == 302
    job = Intervention.objects.get()
    assert job.started_at == job.finished_at == NOW + timedelta(seconds=30)


def test_the_night_the_clock_is_put_back_has_an_hour_more(desk: Browser) -> None:
    services.start(make_intervention(), by=None)
    night = {"started_at": "2026-10-25T00:00", "finished_at": "2026-10-25T06:00"}
    desk.post(f"{ONE}transition/", {"to": "done", "report": "Fait."} | night)
    assert worked(Intervention.objects.get(), NOW) == 7 * HOUR


# --- reopening


@pytest.mark.parametrize("path", [(), ("hold",), ("hold", "cancel", "reopen"), ("cancel", "reopen")])
def test_reopening_grants_nothing(path: tuple[str, ...], desk: Browser) -> None:
    job = done_long_ago(warranty_months=6)
    client = job.client
    was = status(client)
    assert not was[0]
    services.reopen(job, reason="par erreur", by=None)
    assert status(client) == was
    for verb in path:
        getattr(services, verb)(job, reason="par erreur", by=None)
        assert not status(client)[0]
        assert not status(client, NOW + 400 * DAY)[0]


@pytest.mark.parametrize("held", [False, True])
def test_what_is_finished_again_keeps_its_real_end(held: bool, desk: Browser) -> None:
    job = done_long_ago(warranty_months=6)
    client = job.client
    was = status(client)
    desk.post(f"{ONE}transition/", {"to": "in_progress", "reason": "par erreur"})
    if held:
        desk.post(f"{ONE}transition/", {"to": "on_hold", "reason": "par erreur"})
    form = values(desk.get(f"{ONE}transition/?to=done"))
    assert form["finished_at"] == "2026-04-30T11:00"
    assert desk.post(f"{ONE}transition/", form).status_code == 302
    job.refresh_from_db()
    assert (job.state, job.finished_at, worked(job, NOW), job.waited) == ("done", LONG_AGO, HOUR, timedelta(0))
    assert warranty_until(job) == LONG_AGO.date().replace(month=10)
    assert status(client) == was


def test_a_reopened_one_counts_as_before_it_is_taken_up_again() -> None:
    job = in_state("done", started_at=None, finished_at=NOW - 80 * DAY, report="Fait.")
    client = job.client
    services.reopen(job, by=None)
    assert status(client) == (True, "jusqu’au 26 nov., 90 jours après INT-001")
    assert status(client, NOW + 10 * DAY) == (False, "dernière intervention terminée le 28 août")
    assert Client.objects.get().open_interventions == 1


def test_what_is_cancelled_and_reopened_is_asked_for_again_once_it_is_planned() -> None:
    job = in_state("planned")
    client = job.client
    services.cancel(job, reason="doublon", by=None)
    services.reopen(job, by=None)
    assert status(client) == (False, "aucune intervention")
    services.plan(job, technician=make_technician(), **slot(NOW - DAY), by=None)
    assert not status(client)[0]
    services.schedule(job, technician=make_technician(), **slot(NOW + DAY), by=None)
    assert status(client) == (True, "INT-001 planifiée")


def test_work_that_really_goes_on_makes_active_and_ends_anew(desk: Browser) -> None:
    job = done_long_ago()
    client = job.client
    refused = desk.post(f"{ONE}transition/", {"to": "in_progress", "reason": "SAV", "resumed_at": "2026-04-30T10:59"})
    assert "avant" in field_errors(refused)["resumed_at"]
    desk.post(f"{ONE}transition/", {"to": "in_progress", "reason": "SAV", "resumed_at": "2026-11-13T09:00"})
    assert status(client) == (True, "INT-001 en cours")
    services.finish(Intervention.objects.get(), by=None)
    job.refresh_from_db()
    assert (job.finished_at, worked(job, NOW)) == (NOW, HOUR + (NOW - FRIDAY))
    assert status(client) == (True, "jusqu’au 14 févr. 2027, 90 jours après INT-001")


def test_a_slot_to_come_takes_it_up_again_and_one_that_is_over_does_not() -> None:
    job = done_long_ago()
    client, technician = job.client, make_technician()
    services.reopen(job, by=None)
    services.schedule(job, technician=technician, **slot(NOW - DAY), by=None)
    assert not status(client)[0]
    services.schedule(job, technician=technician, **slot(NOW + DAY), by=None)
    assert status(client) == (True, "INT-001 en cours")
    with time_machine.travel(NOW + DAY + HOUR, tick=False):
        services.finish(job, by=None)
    assert worked(job, NOW) == 2 * HOUR


def test_a_new_end_is_given_to_what_was_reopened() -> None:
    job = done_long_ago()
    services.reopen(job, by=None)
    services.finish(job, finished_at=FRIDAY, by=None)
    assert status(job.client)[1] == "jusqu’au 11 févr. 2027, 90 jours après INT-001"


def test_its_page_says_that_it_grants_nothing_yet(desk: Browser) -> None:
    services.reopen(done_long_ago(), reason="par erreur", by=None)
    page = said(desk.get(ONE))
    assert "Rouverte le 16 nov. sans reprise du travail" in page
    assert "En retard" not in page


# --- waiting


def test_the_time_on_hold_is_not_time_worked(at_a_fixed_time: Any) -> None:
    job = services.start(make_intervention(), by=None)
    at_a_fixed_time.shift(HOUR)
    services.hold(job, reason="pièces", by=None)
    at_a_fixed_time.shift(2 * DAY)
    assert (worked(job, NOW + HOUR + 2 * DAY), waiting(job, NOW + HOUR + 2 * DAY)) == (HOUR, 2 * DAY)
    services.resume(job, by=None)
    at_a_fixed_time.shift(2 * HOUR)
    services.hold(job, reason="client", by=None)
    at_a_fixed_time.shift(DAY)
    services.finish(job, report="Fait.", by=None)
    later = NOW + 40 * DAY
    assert (worked(job, later), waiting(job, later)) == (3 * HOUR, 3 * DAY)


def test_a_wait_is_typed_late_too(desk: Browser) -> None:
    services.start(make_intervention(), by=None, started_at=FRIDAY)
    early = {"to": "on_hold", "reason": "pièces", "waiting_since": "2026-11-13T08:00"}
    assert "avant" in field_errors(desk.post(f"{ONE}transition/", early))["waiting_since"]
    desk.post(f"{ONE}transition/", early | {"waiting_since": "2026-11-13T10:00"})
    before = {"to": "in_progress", "resumed_at": "2026-11-13T09:30"}
    assert "avant" in field_errors(desk.post(f"{ONE}transition/", before))["resumed_at"]
    desk.post(f"{ONE}transition/", before | {"resumed_at": "2026-11-16T09:00"})
    job = Intervention.objects.get()
    assert (worked(job, NOW), job.waited) == (2 * HOUR, NOW - 2 * HOUR - FRIDAY)


def test_work_cancelled_and_taken_up_again_did_not_go_on_meanwhile(at_a_fixed_time: Any) -> None:
    job = services.start(make_intervention(), by=None)
    at_a_fixed_time.shift(HOUR)
    services.cancel(job, reason="doublon", by=None)
    at_a_fixed_time.shift(10 * DAY)
    services.start(services.reopen(job, by=None), by=None)
    at_a_fixed_time.shift(HOUR)
    services.finish(job, report="Fait.", by=None)
    assert (job.started_at, worked(job, NOW), job.waited) == (NOW, 2 * HOUR, 10 * DAY)


# --- put right later


def test_times_are_put_right_with_a_reason_and_the_status_follows(desk: Browser) -> None:
    job = in_state("done", started_at=NOW - 2 * HOUR, finished_at=NOW - HOUR, warranty_months=3)
    assert status(job.client)[0]
    form = values(desk.get(f"{ONE}times/"))
    assert (form["started_at"], form["finished_at"]) == ("2026-11-16T08:00", "2026-11-16T09:00")
    form |= {"started_at": "2026-04-30T10:00", "finished_at": "2026-04-30T11:00"}
    assert "reason" in field_errors(desk.post(f"{ONE}times/", form))
    form["reason"] = "saisie tardive"
    assert desk.post(f"{ONE}times/", form)["Location"] == ONE
    assert desk.post(f"{ONE}times/", form)["Location"] == ONE
    job.refresh_from_db()
    assert (job.finished_at, str(warranty_until(job)), job.version) == (LONG_AGO, "2026-07-30", 2)
    assert status(job.client) == (False, "dernière intervention terminée le 30 avr.")
    page = said(desk.get(ONE, {"told": "changes"}))
    assert "fin réelleAvant : 16 nov. 2026 à 9 h → Après : 30 avr. 2026 à 11 h" in page
    assert "Heures corrigées : saisie tardive" in page
    assert "Garantie3 mois, jusqu’au 30/07/2026" in page


def test_what_is_not_touched_keeps_its_seconds(desk: Browser) -> None:
    odd = timedelta(seconds=17, microseconds=4)
    in_state(
        "done", started_at=NOW - 2 * HOUR + odd, finished_at=NOW - HOUR + odd, waited=timedelta(minutes=3, seconds=9)
    )
    form = values(desk.get(f"{ONE}times/"))
    assert form["waited"] == "3 min"
    desk.post(f"{ONE}times/", form | {"reason": "rien", "finished_at": "2026-11-16T09:30"})
    job = Intervention.objects.get()
    assert (job.started_at, job.waited) == (NOW - 2 * HOUR + odd, timedelta(minutes=3, seconds=9))


def test_a_wait_is_put_right(desk: Browser) -> None:
    in_state("done", started_at=FRIDAY, finished_at=FRIDAY + 8 * HOUR)
    form = values(desk.get(f"{ONE}times/")) | {"reason": "pièces attendues"}
    for typed, sentence in {"9 h": "plus longue", "longtemps": "n’est pas une durée"}.items():
        assert sentence in field_errors(desk.post(f"{ONE}times/", form | {"waited": typed}))["waited"]
    desk.post(f"{ONE}times/", form | {"waited": "2 h 30"})
    assert worked(Intervention.objects.get(), NOW) == 5.5 * HOUR


def test_putting_right_refuses_what_cannot_be(desk: Browser) -> None:
    in_state("done", started_at=FRIDAY, finished_at=FRIDAY + HOUR)
    form = values(desk.get(f"{ONE}times/")) | {"reason": "essai"}
    for field, typed in {"finished_at": "", "started_at": "2026-11-13T11:00"}.items():
        response = desk.post(f"{ONE}times/", form | {field: typed})
        assert response.status_code == 422
        assert field_errors(response)
    assert Intervention.objects.get().version == 1


def test_a_stale_page_of_times_keeps_what_was_typed(desk: Browser) -> None:
    job = in_state("done", started_at=FRIDAY, finished_at=FRIDAY + HOUR)
    form = values(desk.get(f"{ONE}times/")) | {"reason": "essai", "finished_at": "2026-11-13T11:00"}
    job.title = "Autre"
    services.update(job, by=None)
    response = desk.post(f"{ONE}times/", form)
    assert response.status_code == 409
    assert values(response)["finished_at"] == "2026-11-13T11:00"
    assert desk.post(f"{ONE}times/", values(response)).status_code == 302


def test_who_may_put_times_right(sign_in: SignIn) -> None:
    tess = make_technician(username="tess")
    in_state("done", technician=tess)
    in_state("closed", technician=tess)
    own = Browser()
    own.force_login(tess)
    for browser, answers in (
        (own, (200, 403)),
        (sign_in(group="Technicien"), (403, 403)),
        (sign_in(group="Accueil"), (200, 403)),
        (sign_in(group="Direction"), (200, 200)),
        (sign_in(group="Lecture seule"), (403, 403)),
    ):
        assert tuple(browser.get(f"/interventions/INT-00{number}/times/").status_code for number in (1, 2)) == answers


def test_there_is_nothing_to_put_right_before_it_begins(desk: Browser) -> None:
    make_intervention()
    assert desk.get(f"{ONE}times/")["Location"] == ONE
    with pytest.raises(ValidationError):
        services.correct_times(Intervention.objects.get(), started_at=FRIDAY, reason="essai", by=None)


def test_a_step_made_now_takes_one_click_and_another_time_a_page(desk: Browser) -> None:
    make_intervention()
    page = desk.get(ONE)
    later = find(page, "href", f"{ONE}transition/?to=in_progress")
    assert text(later) == "Démarrer à une autre heure"
    assert [button.get("value") for button in parse(page).iter("button") if button.get("name") == "to"] == [
        "in_progress"
    ]


# --- on hold, the slot over


@pytest.fixture
def held(at_a_fixed_time: Any) -> Intervention:
    """On hold since Friday for a part, its slot over; beside one that is late."""
    technician = make_technician(username="tess")
    over = {"technician": technician, "planned_start": FRIDAY, "planned_end": FRIDAY + HOUR}
    in_state("in_progress", started_at=FRIDAY, title="En souffrance", **over)
    return in_state("on_hold", started_at=FRIDAY, waiting_since=FRIDAY + HOUR, title="Attend sa pièce", **over)


def test_what_waits_for_a_part_is_not_late(held: Intervention, desk: Browser) -> None:
    titles = ("Attend sa pièce", "En souffrance")
    for query, shown in {"late=true": (False, True), "late=waiting": (True, False)}.items():
        page = said(desk.get(f"/interventions/?{query}"))
        assert tuple(title in page for title in titles) == shown
    page = said(desk.get("/interventions/?state=on_hold"))
    assert "Créneau passé" in page
    assert "1 h 00" in page
    assert "En retard" not in said(desk.get(held.get_absolute_url()))
    [line] = records(desk.get("/interventions/export/?state=on_hold"))
    assert (line["En retard"], line["Temps travaillé (h)"], line["Temps d’attente (h)"]) == ("non", 1, 72)


def test_the_dashboard_and_the_planning_tell_it_apart(held: Intervention, desk: Browser) -> None:
    told = [task.sentence for task in desk.get("/").context["tasks"]]
    assert [sentence.split(" ", 1)[1] for sentence in told] == [
        "est en retard : En souffrance",
        "attend (pièces) : Attend sa pièce",
    ]
    page = parse(desk.get("/interventions/planning/?week=2026-W46"))
    cards = [text(card) for card in page.iter("div") if card.get("class", "").startswith("slot ")]
    for title, mark in {"Attend sa pièce": "Créneau passé", "En souffrance": "En retard"}.items():
        [card] = [card for card in cards if title in card]
        assert [word for word in ("Créneau passé", "En retard") if word in card] == [mark]


def test_a_client_s_figures_count_work_without_waits(desk: Browser) -> None:
    job = in_state("done", started_at=FRIDAY, finished_at=FRIDAY + 5 * HOUR, waited=2 * HOUR)
    in_state("closed", job.client, started_at=FRIDAY, finished_at=FRIDAY + HOUR)
    assert "Temps travaillé4 h 00" in said(desk.get(job.client.get_absolute_url()))


@pytest.mark.parametrize("state", ["in_progress", "on_hold"])
def test_a_start_that_leaves_no_room_for_the_wait_is_refused(desk: Browser, state: str) -> None:
    job = in_state(state, started_at=NOW - 8 * HOUR, waited=5 * HOUR)
    form = values(desk.get(f"{ONE}times/")) | {"reason": "erreur", "started_at": "2026-11-16T09:00"}
    refused = desk.post(f"{ONE}times/", form)
    assert refused.status_code == 422
    assert "corrigez-la aussi" in field_errors(refused)["waited"]
    fitting = values(refused) | {"started_at": "2026-11-16T09:00", "waited": "10 min", "reason": "erreur"}
    assert desk.post(f"{ONE}times/", fitting).status_code == 302
    job.refresh_from_db()
    assert job.waited == timedelta(minutes=10)
