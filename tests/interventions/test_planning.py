"""The week by technician: who does what, what overlaps, what is late, what is still to be placed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client as Browser

from interventions import services
from interventions.models import Absence, Intervention
from tests.access.factories import make_special_day
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention, make_technician, typed
from tests.pages import field_errors, find, links, parse, said, text, values

# A Wednesday.
NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def at_a_fixed_time(db: None) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def tess() -> User:
    return make_technician(username="tess", first_name="Tess", last_name="Wagner")


def week(browser: Browser, query: str = "") -> dict[str, list[str]]:
    """What stands in each day of the first technician's row, by date."""
    found = cells(browser.get(f"/interventions/planning/{query}"))
    return {day: [text(card) for card in slots(cell)] for day, cell in found.items()}


def cells(response: Any) -> dict[str, Element]:
    """The days of the last row."""
    return {day: cell for cell in parse(response).iter("td") if (day := cell.get("data-day"))}


def slots(cell: Element) -> list[Element]:
    return [node for node in cell.iter("div") if node.get("class", "").startswith("slot ")]


def plan(client: Any, technician: User, start: datetime, hours: int = 1, **fields: Any) -> Intervention:
    end = start + hours * HOUR
    return in_state("planned", client, technician=technician, planned_start=start, planned_end=end, **fields)


def test_it_shows_this_week_with_today_marked(desk: Browser, tess: User) -> None:
    client = make_client(company_name="Serrurerie <Lupin>")
    plan(client, tess, NOW + HOUR, title="Portail & rideau")
    plan(client, tess, NOW + timedelta(days=7), title="La semaine prochaine")
    response = desk.get("/interventions/planning/")
    assert "16 au 21 novembre 2026" in said(response)
    assert "Semaine 47" in said(response)
    assert "Tess Wagner" in said(response)
    [card] = week(desk)["2026-11-18"]
    assert card.startswith("12 h–13 h Portail & rideau Serrurerie <Lupin> Planifiée")
    assert sum(map(len, week(desk).values())) == 1
    [today] = [cell for cell in parse(response).iter("th") if cell.get("aria-current") == "date"]
    assert "mer. 18" in text(today)
    assert "La semaine prochaine" in said(desk.get("/interventions/planning/?week=2026-W48"))


@pytest.mark.parametrize("week", ["2025-W53", "2026-W54", "2026-W00", "2026", "nonsense"])
def test_it_says_that_there_is_no_such_week(week: str, desk: Browser) -> None:
    response = desk.get(f"/interventions/planning/?week={week}")
    assert response.status_code == 200
    assert f"« {week} »" in said(response)


def test_three_days_of_nine_to_five_are_three_days(desk: Browser, tess: User) -> None:
    plan(make_client(), tess, NOW - 2 * HOUR, hours=56, title="Le chantier")
    shown = week(desk)
    for day in ("2026-11-18", "2026-11-19", "2026-11-20"):
        assert "9 h–17 h" in shown[day][0]
    assert shown["2026-11-21"] == []
    assert "aujourd’hui → 20/11, 9 h – 17 h" in said(desk.get("/interventions/?state=planned"))


def test_a_job_through_the_night_stands_in_both_days(desk: Browser, tess: User) -> None:
    plan(make_client(), tess, NOW + 11 * HOUR, hours=8)
    shown = week(desk)
    assert "22 h–…" in shown["2026-11-18"][0]
    assert "…–6 h" in shown["2026-11-19"][0]


@pytest.mark.parametrize(
    ("start", "hours", "days"),
    [
        # The evening, the night and the early morning between days of 9 to 17; from 16:00 to 18:00 on the second day.
        (datetime(2026, 11, 19, 19, tzinfo=UTC), 2, []),
        (datetime(2026, 11, 18, 16, tzinfo=UTC), 16, []),
        (datetime(2026, 11, 19, 15, tzinfo=UTC), 2, ["2026-11-19"]),
        # Through the night until 10:00 on the third day.
        (datetime(2026, 11, 19, 21, tzinfo=UTC), 12, ["2026-11-20"]),
        # Mornings of 7 to 10, the first on the day before; evenings of 18 to 20.
        (datetime(2026, 11, 17, 6, tzinfo=UTC), 51, ["2026-11-18", "2026-11-19"]),
        (datetime(2026, 11, 18, 17, tzinfo=UTC), 26, []),
    ],
)
def test_only_hours_that_are_taken_overlap(
    start: datetime, hours: int, days: list[str], desk: Browser, tess: User
) -> None:
    plan(make_client(), tess, NOW - 2 * HOUR, hours=56, title="Le chantier")
    job = plan(make_client(last_name="Autre"), tess, start, hours=hours)
    overlapping = {day for day, cards in week(desk).items() for card in cards if "Chevauche" in card}
    assert sorted(overlapping) == days
    form = values(desk.get(f"{job.get_absolute_url()}slot/"))
    page = said(desk.post(f"{job.get_absolute_url()}slot/", form, follow=True))
    assert ("déjà un créneau à ce moment : INT-001 Le chantier" in page) == bool(days)


def test_days_of_work_around_a_change_of_hour(desk: Browser, tess: User) -> None:
    # Saturday to Monday, 9 to 17 by the clock, which is put back on Sunday.
    plan(make_client(), tess, datetime(2026, 10, 24, 7, tzinfo=UTC), hours=57, title="Le chantier")
    plan(make_client(last_name="Autre"), tess, datetime(2026, 10, 26, 16, tzinfo=UTC))
    plan(make_client(last_name="Autre"), tess, datetime(2026, 10, 25, 7, tzinfo=UTC))
    weeks = [week(desk, f"?week=2026-W{number}") for number in (43, 44)]
    assert "9 h–17 h" in weeks[0]["2026-10-25"][0]
    assert not [card for days in weeks for cards in days.values() for card in cards if "Chevauche" in card]


def test_a_job_that_ends_at_midnight_says_so_on_its_own_day(desk: Browser, tess: User) -> None:
    plan(make_client(), tess, datetime(2026, 11, 18, 19, tzinfo=UTC), hours=4)
    shown = week(desk)
    assert "20 h–0 h" in shown["2026-11-18"][0]
    assert shown["2026-11-19"] == []


def test_it_shows_what_overlaps_and_what_is_late(desk: Browser, tess: User) -> None:
    client = make_client()
    plan(client, tess, NOW, hours=3)
    plan(client, tess, NOW + 2 * HOUR)
    plan(client, tess, NOW + 3 * HOUR)
    plan(client, tess, NOW - timedelta(days=1))
    shown = week(desk)
    assert ["Chevauche" in card for card in shown["2026-11-18"]] == [True, True, False]
    assert "En retard" in shown["2026-11-17"][0]


def test_it_keeps_those_to_plan_beside(desk: Browser, tess: User) -> None:
    make_intervention(title="Sans place")
    page = parse(desk.get("/interventions/planning/"))
    [beside] = page.iter("aside")
    assert "Sans place" in text(beside)
    assert "Placer" in text(beside)


@pytest.mark.parametrize("asked", ["nonsense", "2026-W54", "0001-W01", "9999-W52", "2026-W", "\x00"])
def test_a_week_that_makes_no_sense_says_so_and_shows_this_one(asked: str, desk: Browser) -> None:
    response = desk.get("/interventions/planning/", {"week": asked})
    assert response.status_code == 200
    assert "n’est pas une semaine" in said(response)
    assert "Semaine 47" in said(response)


def test_what_is_to_be_planned_says_how_long_it_takes(desk: Browser, tess: User) -> None:
    sent = typed(client=make_client().reference, estimated="1h30")
    assert desk.post("/interventions/new/", sent).status_code == 302
    make_intervention(estimated=timedelta(minutes=45))
    make_intervention()
    [beside] = parse(desk.get("/interventions/planning/")).iter("aside")
    assert "À planifier3 2 h 15" in text(beside)
    assert "1 h 30 · INT-001" in text(beside)
    slot = {"technician": str(tess.pk), "planned_start": "2026-11-20T09:00", "planned_end": "", "version": "1"}
    assert desk.post("/interventions/INT-001/slot/", slot).status_code == 302
    assert Intervention.objects.get(number=1).planned_end == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert desk.post("/interventions/INT-003/slot/", slot).status_code == 422
    for wrong in ("0 min", "25 h", "longtemps"):
        response = desk.post("/interventions/new/", sent | {"estimated": wrong})
        assert "estimated" in field_errors(response), wrong


def test_placing_plans_and_comes_back_to_the_planning(desk: Browser, tess: User) -> None:
    make_intervention()
    sent = {
        "technician": str(tess.pk),
        "planned_start": "2026-11-20T09:00",
        "planned_end": "2026-11-20T10:00",
        "version": "1",
        "next": "/interventions/planning/?week=2026-W47",
    }
    response = desk.post("/interventions/INT-001/slot/", sent)
    assert response["Location"] == sent["next"]
    job = Intervention.objects.get()
    assert (job.state, job.technician, job.planned_start) == ("planned", tess, datetime(2026, 11, 20, 8, tzinfo=UTC))
    moved = sent | {"planned_start": "2026-11-19T09:00", "planned_end": "2026-11-19T10:00", "version": "2"}
    assert desk.post("/interventions/INT-001/slot/", moved).status_code == 302
    assert Intervention.objects.get().planned_start == datetime(2026, 11, 19, 8, tzinfo=UTC)
    assert desk.post("/interventions/INT-001/slot/", moved).status_code == 409
    away = sent | {"version": "3", "next": "https://example.com/"}
    assert desk.post("/interventions/INT-001/slot/", away)["Location"] == "/interventions/INT-001/"


def test_a_slot_over_another_is_taken_with_a_warning(desk: Browser, tess: User) -> None:
    plan(make_client(), tess, NOW + HOUR, title="Le premier")
    make_intervention()
    sent = {"technician": str(tess.pk), "planned_start": "2026-11-18T12:30", "planned_end": "2026-11-18T14:00"}
    page = said(desk.post("/interventions/INT-002/slot/", sent, follow=True))
    assert "Tess Wagner a déjà un créneau à ce moment" in page
    assert "INT-001 Le premier" in page


def test_a_slot_that_makes_no_sense_changes_nothing(desk: Browser, tess: User) -> None:
    plan(make_client(), tess, NOW + HOUR)
    for sent in ({}, {"technician": str(tess.pk), "planned_start": "2026-11-18T12:30", "planned_end": ""}):
        response = desk.post("/interventions/INT-001/slot/", sent | {"version": "1"})
        assert response.status_code == 422
    assert Intervention.objects.get().version == 1
    services.start(Intervention.objects.get(), by=None)
    services.finish(Intervention.objects.get(), report="Fait.", by=None)
    late = {"technician": str(tess.pk), "planned_start": "2026-11-18T12:30", "planned_end": "2026-11-18T14:00"}
    assert desk.post("/interventions/INT-001/slot/", late).status_code == 409


def test_a_technician_may_move_his_own_alone(sign_in: SignIn, tess: User) -> None:
    client = make_client()
    plan(client, tess, NOW + HOUR)
    plan(client, make_technician(username="jul"), NOW + HOUR)
    browser = Browser()
    browser.force_login(tess)
    page = browser.get("/interventions/planning/").content.decode()
    assert "/interventions/INT-001/slot/" in page
    assert "/interventions/INT-002/slot/" not in page


def test_the_dashboard_tells_each_what_matters_today(desk: Browser, tess: User) -> None:
    client = make_client(company_name="Serrurerie Lupin")
    plan(client, tess, NOW + HOUR, title="Le mien")
    plan(client, make_technician(username="jul"), NOW + 2 * HOUR, title="Le sien")
    plan(client, tess, NOW - timedelta(days=2), title="En souffrance")
    make_intervention(client, title="Sans place")
    ending = make_client(last_name="Zola")
    in_state("done", ending, started_at=None, finished_at=NOW - timedelta(days=86))
    page = said(desk.get("/"))
    for shown in ("Le mien", "Le sien", "En souffrance", "Sans place", "jusqu’au 22 nov., 90 jours après INT-005"):
        assert shown in page
    panels = {panel.title: [item.name for item in panel.items] for panel in desk.get("/").context["panels"]}
    assert panels["Devenus actifs depuis 7 jours"] == ["Serrurerie Lupin"]
    assert panels["Inactifs d’ici 7 jours"] == ["Camille Zola"]
    browser = Browser()
    browser.force_login(tess)
    own = said(browser.get("/"))
    assert "Le mien" in own
    assert "Le sien" not in own
    assert "Sans place" not in own
    assert "Serrurerie Lupin · Tess" not in own
    shown = said(browser.get(links(browser.get("/"))["Mes interventions"]))
    assert "Le mien" in shown
    assert "Le sien" not in shown


def test_who_keeps_the_gate_finds_it_first(sign_in: SignIn) -> None:
    actions = {group: sign_in(group=group).get("/").context["actions"] for group in ("Gardien", "Accueil")}
    assert [label for label, *_others in actions["Gardien"]] == ["Contrôle"]
    assert [label for label, *_others in actions["Accueil"]] == ["Nouveau client", "Nouvelle intervention"]


def test_a_slot_in_the_hour_that_the_clock_repeats_is_kept_as_it_is(desk: Browser, tess: User) -> None:
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    end = start + timedelta(minutes=15)
    job = in_state("planned", technician=tess, planned_start=start, planned_end=end)
    sent = typed(client=job.client.reference, technician="tess", version="1")
    sent |= {"planned_start": "2026-10-25T02:30", "planned_end": "2026-10-25T02:45"}
    assert desk.post(f"/interventions/{job.reference}/edit/", sent).status_code == 302
    assert Intervention.objects.get().version == 1


def drawn(cell: Element) -> list[tuple[str, ...]]:
    """Quarter, length, column and width of each slot."""
    return [tuple(slot.get("class", "").split()[1:5]) for slot in slots(cell)]


def test_slots_stand_at_their_hour_and_side_by_side_where_they_overlap(desk: Browser, tess: User) -> None:
    client, day = make_client(), datetime(2026, 11, 18, tzinfo=UTC)
    for start, length in ((8, 2), (9, 3), (11, 1), (13, 2)):
        plan(client, tess, day + start * HOUR, hours=length)
    # By the clock at 9, 10, 12 and 14: the first three hold together, and half an hour is drawn longer than it is.
    assert drawn(cells(desk.get("/interventions/planning/"))["2026-11-18"]) == [
        ("q5", "n8", "c1", "w6"),
        ("q9", "n12", "c7", "w6"),
        ("q17", "n5", "c1", "w6"),
        ("q25", "n8", "c1", "w12"),
    ]


def test_short_ones_are_drawn_long_enough_to_read_and_share_the_width(desk: Browser, tess: User) -> None:
    for minute in (0, 30):
        start = datetime(2026, 11, 18, 8, minute, tzinfo=UTC)
        in_state("planned", technician=tess, planned_start=start, planned_end=start + HOUR / 2)
    shown = cells(desk.get("/interventions/planning/"))["2026-11-18"]
    assert drawn(shown) == [("q5", "n5", "c1", "w6"), ("q7", "n5", "c7", "w6")]
    assert "Chevauche" not in text(shown)


def test_the_axis_grows_with_what_lies_outside(desk: Browser, tess: User) -> None:
    assert find(desk.get("/interventions/planning/"), "class", "hours n40 r1") is not None
    plan(make_client(), tess, datetime(2026, 11, 19, 5, 30, tzinfo=UTC))
    plan(make_client(last_name="Autre"), tess, datetime(2026, 11, 20, 18, tzinfo=UTC))
    page = desk.get("/interventions/planning/")
    # From 6 to 20 o’clock.
    assert find(page, "class", "hours n56 r1") is not None
    assert drawn(cells(page)["2026-11-19"]) == [("q3", "n5", "c1", "w12")]


def test_hours_placed_stand_over_those_available(desk: Browser, tess: User) -> None:
    client, day = make_client(), datetime(2026, 11, 18, 7, tzinfo=UTC)
    alone = f"/interventions/planning/?technician={tess.pk}"
    plan(client, tess, day, hours=6)
    page = desk.get(alone)
    assert "Tess Wagner6 h sur 40 h" in text(find(page, "id", f"p{tess.pk}"))
    assert "6 h / 8 h" in text(find(page, "id", "d2026-11-18"))
    plan(client, tess, day + timedelta(days=3), hours=2)
    plan(client, tess, day + 6 * HOUR, hours=3)
    page = desk.get(alone)
    assert "9 h / 8 h 1 h de trop" in text(find(page, "id", "d2026-11-18"))
    assert "hors horaires" in text(find(page, "id", "d2026-11-21"))
    assert "de trop" not in text(find(page, "id", f"p{tess.pk}"))
    # Absent on Monday from noon on, and on Tuesday.
    for start, hours in (((2026, 11, 16, 11), 12), ((2026, 11, 16, 23), 24)):
        begins = datetime(*start, tzinfo=UTC)
        services.keep_absence(Absence(technician=tess, starts_at=begins, ends_at=begins + hours * HOUR))
    make_special_day(None, date(2026, 11, 19), date(2026, 11, 20), reason="Congés")
    page = desk.get(alone)
    assert "11 h sur 12 h" in text(find(page, "id", f"p{tess.pk}"))
    assert "/ 4 h" in text(find(page, "id", "d2026-11-16"))
    assert text(find(page, "id", f"c{tess.pk}-2026-11-19")) == "Congés"
    assert "de trop" in text(
        find(desk.get(f"/interventions/planning/day/?day=2026-11-18&technician={tess.pk}"), "id", f"p{tess.pk}")
    )


@pytest.mark.parametrize(("today", "shown"), [("2026-11-20", 47), ("2026-11-21", 48), ("2026-11-22", 48)])
def test_at_a_weekend_it_opens_the_coming_week(today: str, shown: int, desk: Browser, tess: User) -> None:
    with time_machine.travel(datetime.fromisoformat(f"{today}T10:00:00+00:00"), tick=False):
        assert f"Semaine {shown}" in said(desk.get("/interventions/planning/"))


def test_a_sunday_is_shown_if_somebody_works(desk: Browser, tess: User) -> None:
    assert "2026-11-22" not in week(desk)
    plan(make_client(), tess, datetime(2026, 11, 22, 9, tzinfo=UTC))
    assert len(week(desk)["2026-11-22"]) == 1


def test_one_day_has_its_hours_across(desk: Browser, tess: User) -> None:
    client = make_client()
    plan(client, tess, NOW, hours=2)
    plan(client, tess, NOW + HOUR)
    page = desk.get("/interventions/planning/day/?day=2026-11-18")
    assert "Mercredi 18 novembre 2026" in said(page)
    assert [slot.get("class", "").split()[5] for slot in slots(cells(page)["2026-11-18"])] == ["r1", "r2"]
    day = datetime(2026, 11, 17, 23, tzinfo=UTC)
    services.keep_absence(Absence(technician=tess, starts_at=day, ends_at=day + timedelta(days=3)))
    page = desk.get("/interventions/planning/day/?day=2026-11-18")
    [words] = [node for node in parse(page).iter("div") if "off--said" in node.get("class", "")]
    # Said in the hours that no slot covers, from a quarter past one on.
    assert (text(words), words.get("class")) == ("Congé jusqu’au 20 nov.", "off off--said q22 n19")
    wrong = desk.get("/interventions/planning/day/?day=2026-02-30")
    assert "« 2026-02-30 » n’est pas un jour" in said(wrong)
    assert "Mercredi 18 novembre 2026" in said(wrong)


def test_one_person_alone_is_shown_from_view_to_view(sign_in: SignIn, desk: Browser, tess: User) -> None:
    plan(make_client(), tess, NOW)
    other = make_technician(username="jul", first_name="Jul", last_name="Muller")
    plan(make_client(last_name="Autre"), other, NOW)
    page = desk.get(f"/interventions/planning/?week=2026-W47&technician={other.pk}")
    assert find(page, "id", f"p{other.pk}") is not None
    assert find(page, "id", f"p{tess.pk}") is None
    assert links(page)["Jour"] == f"/interventions/planning/day/?day=2026-11-18&technician={other.pk}"
    browser = Browser()
    browser.force_login(tess)
    assert links(browser.get("/interventions/planning/"))["Tess Wagner (moi)"].endswith("technician=me")
    assert find(browser.get("/interventions/planning/?technician=me"), "id", f"p{other.pk}") is None


def test_a_phone_has_the_days_on_top_and_one_of_them_below(desk: Browser, tess: User) -> None:
    page = desk.get("/interventions/planning/?week=2026-W47")
    days = {text(node): node.get("href") for node in parse(page).iter("a") if "/day/" in node.get("href", "")}
    assert days["jeu.19"] == "/interventions/planning/day/?day=2026-11-19"
    [shown] = {cell.get("data-day") for cell in parse(page).iter("td") if cell.get("data-shown") is not None}
    assert shown == "2026-11-18"


def test_a_month_counts_the_jobs_and_hours_of_each_day(desk: Browser, tess: User) -> None:
    client = make_client()
    plan(client, tess, NOW, hours=4)
    plan(client, tess, NOW + HOUR)
    plan(client, tess, datetime(2026, 12, 3, 9, tzinfo=UTC), hours=9)
    make_special_day(None, date(2026, 11, 20), reason="Congés")
    day = datetime(2026, 11, 18, 23, tzinfo=UTC)
    services.keep_absence(Absence(technician=tess, starts_at=day, ends_at=day + timedelta(days=1)))
    page = desk.get(f"/interventions/planning/month/?month=2026-11&technician={tess.pk}")
    assert "Novembre 2026" in said(page)
    assert text(find(page, "id", "m2026-11-18")) == "18 2 interventions5 h / 8 h"
    assert text(find(page, "id", "m2026-11-19")) == "19Absence : Tess Wagner"
    assert text(find(page, "id", "m2026-11-20")) == "20Congés"
    # The week that November ends in, whole.
    assert "1 h de trop" in text(find(page, "id", "m2026-12-03"))
    assert find(page, "id", "m2026-12-07") is None
    assert links(page)["18"] == f"/interventions/planning/day/?day=2026-11-18&technician={tess.pk}"
    assert links(page)["47"] == f"/interventions/planning/?week=2026-W47&technician={tess.pk}"
    wrong = desk.get("/interventions/planning/month/?month=2026-13")
    assert "« 2026-13 » n’est pas un mois" in said(wrong)


@pytest.mark.parametrize("scale", ["", "day/", "month/"])
def test_it_costs_the_same_with_many(scale: str, desk: Browser, tess: User, django_assert_max_num_queries: Any) -> None:
    client = make_client()
    for number in range(12):
        plan(client, tess, NOW + number * HOUR)
    desk.get(f"/interventions/planning/{scale}")
    with django_assert_max_num_queries(9):
        desk.get(f"/interventions/planning/{scale}")
