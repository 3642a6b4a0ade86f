"""People who are away or have left: their jobs are told, marked on the planning, and nothing is silently lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client as Browser

from interventions import services
from interventions.models import Absence, Intervention
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention, make_technician
from tests.pages import field_errors, find, links, parse, said, text, values

# A Wednesday.
NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
NEW = "/interventions/planning/absences/new/"
COMING = "/interventions/planning/absences/"


@pytest.fixture(autouse=True)
def at_a_fixed_time(db: None) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def tess() -> User:
    return make_technician(username="tess", first_name="Tess", last_name="Wagner")


def plan(technician: User, start: datetime = NOW + HOUR, **fields: Any) -> Intervention:
    return in_state("planned", technician=technician, planned_start=start, planned_end=start + HOUR, **fields)


def away(technician: User, **typed: str) -> dict[str, str]:
    days = {"first_day": "2026-11-18", "last_day": "2026-11-20"}
    return {"technician": str(technician.pk), "kind": "sick"} | days | typed


def cards(browser: Browser, query: str = "") -> dict[str, list[str]]:
    page = parse(browser.get(f"/interventions/planning/{query}"))
    found = {cell.get("data-day", ""): cell for cell in page.iter("td") if cell.get("data-day")}
    shown = ("slot", "off ")
    return {
        day: [text(card) for card in cell.iter("div") if card.get("class", "")[:4] in shown]
        for day, cell in found.items()
    }


def test_an_absence_is_kept_once_and_stands_on_the_planning(desk: Browser, tess: User) -> None:
    form = values(desk.get(NEW)) | away(tess, note="jusqu’à vendredi", next=COMING)
    for _time in range(2):
        assert desk.post(NEW, form)["Location"] == COMING
    absence = Absence.objects.get()
    assert (absence.starts_at, absence.ends_at) == (
        datetime(2026, 11, 17, 23, tzinfo=UTC),
        datetime(2026, 11, 20, 23, tzinfo=UTC),
    )
    shown = cards(desk)
    assert [day for day, found in shown.items() if found == ["Arrêt de travail"]] == [
        "2026-11-18",
        "2026-11-19",
        "2026-11-20",
    ]
    assert "Tess Wagner du 18 nov. au 20 nov. Arrêt de travail" in said(desk.get(COMING))


def test_only_who_may_see_absences_learns_why(sign_in: SignIn, desk: Browser, tess: User) -> None:
    desk.post(NEW, away(tess, start_hour="14:00", last_day="2026-11-18"))
    colleague, one = sign_in(group="Technicien"), Absence.objects.get().get_absolute_url()
    assert cards(colleague)["2026-11-18"] == ["Absence 14 h–0 h"]
    assert "Arrêt" not in said(colleague.get("/interventions/planning/"))
    for name, status in {"Accueil": 200, "Technicien": 403, "Gardien": 403, "Lecture seule": 403}.items():
        browser = sign_in(group=name)
        for url in (COMING, NEW, one):
            assert browser.get(url).status_code == status
    assert colleague.post(f"{one}delete/").status_code == 403


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"last_day": "2026-11-17"}, "last_day", "avant de commencer"),
        ({"last_day": "2036-11-17"}, "last_day", "vérifiez l’année"),
        ({"last_day": ""}, "last_day", "Il manque"),
        ({"last_day": "2026-11-18", "start_hour": "14:00", "end_hour": "12:00"}, "last_day", "avant de commencer"),
        ({"start_hour": "midi"}, "start_hour", "par exemple 14:00"),
        ({"technician": "999999"}, "technician", "n’existe pas"),
        ({"kind": "grève"}, "kind", ""),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(
    typed: dict[str, str], field: str, sentence: str, desk: Browser, tess: User
) -> None:
    response = desk.post(NEW, away(tess) | typed)
    assert response.status_code == 422
    assert sentence in field_errors(response)[field]
    assert not Absence.objects.exists()


def test_an_absence_is_changed_and_removed_by_one_at_a_time(desk: Browser, tess: User) -> None:
    desk.post(NEW, away(tess, start_hour="14:00"))
    one = f"{COMING}{Absence.objects.get().pk}/"
    form = values(desk.get(one))
    assert (form["first_day"], form["start_hour"], form["last_day"], form["end_hour"]) == (
        *("2026-11-18", "14:00", "2026-11-20", ""),
    )
    longer = form | {"last_day": "2026-11-25"}
    assert [desk.post(one, longer).status_code for _time in range(2)] == [302, 302]
    stale = desk.post(one, form | {"last_day": "2026-11-30"})
    assert stale.status_code == 409
    assert values(stale)["last_day"] == "2026-11-30"
    assert "Au (compris)30/11/202625/11/2026" in said(stale)
    assert desk.post(one, values(stale)).status_code == 302
    assert Absence.objects.get().version == 3
    assert desk.post(f"{one}delete/")["Location"] == COMING
    assert desk.get(one).status_code == 404
    assert desk.post(f"{one}delete/").status_code == 404


def test_a_job_in_an_absence_is_told_from_both_sides(desk: Browser, tess: User) -> None:
    plan(tess, title="Le portail")
    page = said(desk.post(NEW, away(tess), follow=True))
    assert "Déjà planifié pour Tess Wagner pendant cette absence : INT-001 Le portail" in page
    assert any("Pendant une absence" in card for card in cards(desk)["2026-11-18"])
    make_intervention(make_client(last_name="Autre"))
    sent = {"technician": str(tess.pk), "planned_start": "2026-11-19T09:00", "planned_end": "2026-11-19T10:00"}
    page = said(desk.post("/interventions/INT-002/slot/", sent, follow=True))
    assert "Tess Wagner est en absence à ce moment : du 18 nov. au 20 nov." in page
    typed = {"client": "CLT-002", "title": "Autre", "to": "planned"} | sent
    assert "est en absence à ce moment" in said(desk.post("/interventions/new/", typed, follow=True))


def test_only_the_hours_of_an_absence_count(desk: Browser, tess: User) -> None:
    desk.post(NEW, away(tess, start_hour="14:00", last_day="2026-11-19", end_hour="9h30"))
    plan(tess, NOW + HOUR)
    plan(tess, datetime(2026, 11, 19, 9, tzinfo=UTC))
    # Three mornings of 8 to 9: the second one is within the absence.
    services.plan(
        make_intervention(),
        technician=tess,
        planned_start=datetime(2026, 11, 18, 7, tzinfo=UTC),
        planned_end=datetime(2026, 11, 20, 8, tzinfo=UTC),
        by=None,
    )
    marked = [day for day, found in cards(desk).items() for card in found if "Pendant une absence" in card]
    assert marked == ["2026-11-19"]


def test_closing_an_account_lists_what_is_left_to_do(sign_in: SignIn, tess: User) -> None:
    plan(tess, title="Le portail")
    in_state("done", technician=tess, title="Fait")
    admin = sign_in(is_superuser=True, is_staff=True)
    page = f"/admin/auth/user/{tess.pk}/change/"
    left_out = ("is_active", "groups", "user_permissions")
    form = {name: value for name, value in values(admin.get(page)).items() if name not in left_out}
    answer = admin.post(page, form, follow=True)
    assert not User.objects.get(pk=tess.pk).is_active
    assert "1 intervention ouverte reste à son nom, à confier à quelqu’un d’autre : INT-001 Le portail" in said(answer)
    shown = said(admin.get(links(answer)["Tout voir"]))
    assert "Le portail" in shown
    assert "Tess Wagner (parti)" in shown
    assert "reste à son nom" not in said(admin.post(page, form, follow=True))


def test_what_somebody_who_left_should_have_done_is_marked_and_found(desk: Browser, tess: User) -> None:
    plan(tess, title="Le portail")
    in_state("done", technician=tess, planned_start=NOW, planned_end=NOW + HOUR, title="Fait")
    plan(make_technician(), title="Le sien")
    assert "technicien parti" not in said(desk.get("/"))
    User.objects.filter(pk=tess.pk).update(is_active=False)
    page = said(desk.get("/interventions/?technician=gone&state=open"))
    assert ("Le portail" in page, "Le sien" in page, "Fait" in page) == (True, False, False)
    assert "est à un technicien parti : Le portail" in said(desk.get("/"))
    planning = desk.get("/interventions/planning/")
    assert "Tess Wagner (parti)" in said(planning)
    found = [text(card) for card in parse(planning).iter("div") if card.get("class", "").startswith("slot ")]
    assert {card.split(" Serrurerie")[0][-10:] for card in found if "Technicien parti" in card} == {"Le portail"}
    assert find(planning, "href", COMING) is not None
