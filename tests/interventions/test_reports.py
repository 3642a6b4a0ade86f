"""The reports: what a period came to, agreeing with statements and lists, to whom it may be shown."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients.models import Client
from clients.services import force_status
from fixaloop.exports.jobs import run_export
from fixaloop.models import ExportJob
from fixaloop.words.dates import start_of
from interventions import services
from interventions.declared.nightly import run as nightly
from interventions.reports import sections
from tests.access.factories import make_card, make_entry, make_event, make_zone
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention, make_technician, oppose, pay
from tests.interventions.test_chain import pay_entry
from tests.pages import field_errors, find, links, parse, read, records, rows, said, text, workbook

pytestmark = pytest.mark.django_db
Tables = dict[str, dict[str, list[str]]]
JANUARY = "after=2025-01-01&before=2025-01-31"
YEAR = "after=2025-01-01&before=2025-12-31"


def at(day: date, hour: int = 12) -> datetime:
    return start_of(day) + timedelta(hours=hour)


def in_january(day: int, hour: int = 12) -> datetime:
    return at(date(2025, 1, day), hour)


def tables(response: Any) -> Tables:
    """The tables of a page: caption → label of the row → its values."""
    return {
        text(table.find("caption")): {
            text(row.find("th")): [text(cell) for cell in row.iter("td") if cell.get("class") == "num"]
            for row in table.iter("tr")
            if row.find("th") is not None and row.find("th").get("scope") == "row"
        }
        for table in parse(response).iter("table")
    }


def told(browser: Browser, query: str) -> Tables:
    response = browser.get(f"/reports/?{query}")
    assert response.status_code == 200
    return tables(response)


def happened(table: dict[str, list[str]]) -> dict[str, list[str]]:
    """Without the rows in which nothing happened."""
    return {label: values for label, values in table.items() if any(value[:1] not in ("0", "") for value in values)}


def done(client: Client, day: int, price: str = "0", **fields: Any) -> Any:
    times = {"started_at": in_january(day, 9), "finished_at": in_january(day, 12)}
    return in_state("done", client, **times, labor_amount=Decimal(price), report="fait", **fields)


def stay(client: Client, entered: datetime, due: str = "0", hours: int = 1) -> Any:
    # A card needs an e-mail.
    client.email = client.email or f"{client.pk}@example.org"
    client.save()
    times = {"entered_at": entered, "exited_at": entered + timedelta(hours=hours)}
    return make_entry(make_card(client)[0], make_zone(), client=client, amount_due=Decimal(due), **times)


@pytest.fixture
def lupin() -> Client:
    """A company, its member, and a stranger of the same town, all with something in January 2025."""
    with time_machine.travel(in_january(3), tick=False):
        lupin = make_client(company_name="Serrurerie Lupin", city="Étretat")
        member = make_client(last_name="Membre", company=lupin, city="Paris")
        stranger = make_client(last_name="Autre", city="Étretat")
    job = done(lupin, 10, "100.10", waited=timedelta(minutes=30))
    pay(job, "60", "deposit", paid_on=date(2025, 1, 9), method="cheque")
    oppose(pay(job, "10", paid_on=date(2025, 1, 11)), "correction", paid_on=date(2025, 1, 12))
    pay(done(member, 10, "50"), "50", paid_on=date(2025, 2, 1))
    done(stranger, 31, "7")
    with time_machine.travel(in_january(20), tick=False):
        services.cancel(make_intervention(member), reason="absent", cancellation_fee=Decimal(20), by=None)
    make_event(member, "refused", reasons=["client_inactive"], at=in_january(30))
    pay_entry("4", stay(member, in_january(31, 23), "4", hours=2), paid_on=date(2025, 1, 31))
    return lupin


def test_amounts_are_those_of_the_statement(lupin: Client, desk: Browser) -> None:
    found = told(desk, f"{JANUARY}&company=CLT-001")
    assert found["Facturé, payé, dû"] == {
        "Interventions": ["170,10 €", "60,00 €", "60,10 €"],
        "Entrées": ["0,00 €", "4,00 €", "0,00 €"],
        "Total": ["170,10 €", "64,00 €", "60,10 €"],
    }
    total = desk.get(f"/clients/CLT-001/statement/?{JANUARY}").context["statement"].total
    assert (total.due, total.paid) == (Decimal("170.10"), Decimal(64))
    assert found["Payé, par moyen"] == {
        "Carte bancaire": ["0,00 €"],
        "Chèque": ["64,00 €"],
        "Total": ["64,00 €"],
    }
    assert happened(found["Facturé et payé par jour"])["10 janv."] == ["150,10 €", "0,00 €"]


def test_jobs_are_told_by_state_and_by_how_long_they_took(lupin: Client, desk: Browser) -> None:
    found = told(desk, JANUARY)
    assert happened(found["Terminées par jour"]) == {
        "10 janv.": ["2", "5 h 30", "30 min"],
        "31 janv.": ["1", "3 h 00", "0 min"],
        "Total": ["3", "8 h 30", "30 min"],
    }
    assert found["Durées de celles qui se sont terminées"]["Travail"] == ["2 h 50", "8 h 30"]
    # Those were typed long after they ended; the cancelled one was made in January.
    assert found["Durées de celles qui se sont terminées"]["De la création à la fin"] == ["—", "0 min"]
    assert "3 interventions ont été saisies après leur fin" in said(desk.get(f"/reports/?{JANUARY}"))
    assert found["Créées pendant la période, par état d’aujourd’hui"] == {"Annulée": ["1"], "Total": ["1"]}


def test_filters_narrow_what_they_can(lupin: Client, desk: Browser) -> None:
    tess = make_technician(username="tess", first_name="Tess", last_name="Durand")
    town = told(desk, f"{JANUARY}&city=etretat")
    assert town["Facturé, payé, dû"]["Interventions"][0] == "107,10 €"
    assert town["Nouveaux clients par jour"]["Total"] == ["1", "1"]
    company = told(desk, f"{JANUARY}&company=CLT-001")
    assert happened(company["Visites par jour"]) == {"31 janv.": ["1"], "Total": ["1"]}
    assert company["Nouveaux clients par jour"]["Total"] == ["1", "1"]
    done(lupin, 15, "30", technician=tess)
    page = desk.get(f"/reports/?{JANUARY}&technician={tess.pk}")
    assert tables(page)["Facturé, payé, dû"] == {"Interventions": ["30,00 €", "0,00 €", "30,00 €"]}
    assert "Visites par jour" not in tables(page)
    assert "Un technicien ne fait pas de différence pour : Visites, Refus" in said(page)


def test_visits_count_by_the_clock_of_the_firm(desk: Browser) -> None:
    client = make_client()
    moments = (
        datetime(2025, 10, 25, 22, 30, tzinfo=UTC),  # 0:30 on the day with 25 hours
        datetime(2025, 10, 26, 0, 30, tzinfo=UTC),  # 2:30, for the first time
        datetime(2025, 10, 26, 1, 30, tzinfo=UTC),  # 2:30 again
        datetime(2025, 10, 26, 22, 59, tzinfo=UTC),  # 23:59
        datetime(2025, 10, 26, 23, 0, tzinfo=UTC),  # the next day
    )
    for moment in moments:
        stay(client, moment)
    found = told(desk, "after=2025-10-26&before=2025-10-26")
    assert found["Visites par jour"]["26 oct."] == ["4"]
    assert happened(found["Visites par heure d’arrivée"]) == {"0 h": ["1"], "2 h": ["2"], "23 h": ["1"]}
    for moment in (datetime(2025, 3, 29, 23, 30, tzinfo=UTC), datetime(2025, 3, 30, 1, 30, tzinfo=UTC)):
        stay(client, moment)
    found = told(desk, "after=2025-03-30&before=2025-03-30")
    assert happened(found["Visites par heure d’arrivée"]) == {"0 h": ["1"], "3 h": ["1"]}
    assert told(desk, YEAR)["Visites par mois"]["oct. 2025"] == ["5"]


def test_it_tells_who_was_active_when(desk: Browser) -> None:
    with time_machine.travel(in_january(1), tick=False):
        made = [make_client(last_name=f"Client{number}") for number in range(3)]
    for client, day in ((made[0], 5), (made[1], 10)):
        with time_machine.travel(in_january(day), tick=False):
            client.refresh_from_db()
            until = at(date(2025, 1, 20), 0) if day == 5 else None
            force_status(client, mode="active", until=until, reason="parking", by=None)
    with time_machine.travel(in_january(25), tick=False):
        table = "Actifs et inactifs à la fin de chaque jour"
        before = told(desk, JANUARY)[table]
        nightly(in_january(25))
        after = told(desk, JANUARY)[table]
    # The clock ended the first on the 20th, whether that is recorded or not.
    assert before == after
    days = {"5 janv.": ["1", "2"], "9 janv.": ["1", "2"], "10 janv.": ["2", "1"], "19 janv.": ["2", "1"]}
    assert after == after | days | {"20 janv.": ["1", "2"], "25 janv.": ["1", "2"]}
    assert {"4 janv.", "26 janv."}.isdisjoint(after)
    assert "Connu depuis le 05/01/2025" in said(desk.get(f"/reports/?{JANUARY}"))
    assert told(desk, "after=2025-01-01&before=2025-12-31")["Actifs et inactifs à la fin de chaque mois"][
        "janv. 2025"
    ] == ["1", "2"]


def test_refusals_are_told_by_their_first_reason(desk: Browser) -> None:
    for reasons in (["card_lost", "client_inactive"], ["client_inactive"], ["client_inactive"]):
        make_event(make_client(), "refused", reasons=reasons)
    found = told(desk, "")["Refus par motif"]
    assert found == {"Client inactif": ["2"], "Carte perdue": ["1"], "Total": ["3"]}


def test_a_period_without_anything_says_so(desk: Browser) -> None:
    assert said(desk.get("/reports/?after=2024-05-01&before=2024-05-31")).count("Rien pendant cette période.") == 6
    assert "Rien pendant cette période." not in said(desk.get("/reports/?after=bientôt"))


def test_figures_lead_to_the_lists_that_show_them(lupin: Client, desk: Browser) -> None:
    for query in (JANUARY, f"{JANUARY}&company=CLT-001"):
        page = desk.get(f"/reports/?{query}")
        counted = tables(page)
        listed = {label: url for label, url in links(page).items() if "created_after" in url}
        assert set(listed) == {"Annulée", "Total"}
        for url in listed.values():
            assert len(rows(desk.get(url))) == 1
    assert counted
    paid = links(desk.get(f"/reports/?{JANUARY}"))["Chèque"]
    assert "64,00 €" in said(desk.get(paid))


def test_mistakes_are_told_beside_the_filter(desk: Browser) -> None:
    page = desk.get("/reports/?after=2025-02-01&before=2025-01-01&company=CLT-099&technician=999&colour=red")
    errors = field_errors(page)
    assert "échangez les deux jours" in errors["after"]
    assert "CLT-099" in errors["company"]
    assert "999" in errors["technician"]
    assert "Le filtre « colour » n’existe pas." in said(page)
    assert desk.get("/reports/export/?company=CLT-099").status_code == 302


def may_read(response: Any) -> bool:
    read(response)
    return bool(response.status_code == 200)


def keys_of(page: Any) -> list[str]:
    """The sections that are on a page."""
    keys = [section.key for section in sections.SECTIONS]
    return [key for key in keys if find(page, "id", key) is not None]


SEEN_WITH = {
    "interventions.view_intervention": {"Interventions"},
    "interventions.view_interventionpayment": {"Montants"},
    "access.view_payment": {"Montants"},
    "access.view_entry": {"Visites"},
    "access.view_event": {"Refus"},
    "clients.view_client": {"Actifs et inactifs", "Nouveaux clients"},
}


def test_each_section_is_for_those_with_its_right(lupin: Client, sign_in: SignIn) -> None:
    assert sign_in("clients.export_reports").get("/reports/").status_code == 403
    for right, titles in SEEN_WITH.items():
        browser = sign_in(right)
        page = browser.get(f"/reports/?{JANUARY}")
        assert {text(find(page, "id", f"{key}-title")) for key in keys_of(page)} == titles
        assert not [url for url in links(page).values() if "export" in url]
        assert browser.get("/reports/export/").status_code == 403
        exporter = sign_in(right, "clients.export_reports")
        may = {
            section.key for section in sections.SECTIONS if may_read(exporter.get(f"/reports/{section.key}/export/"))
        }
        assert may == {section.key for section in sections.SECTIONS if section.title in titles}
        assert {line["Rapport"] for line in records(exporter.get(f"/reports/export/?{JANUARY}"))} == titles
    only_jobs = told(sign_in("interventions.view_interventionpayment"), JANUARY)
    assert list(only_jobs["Facturé, payé, dû"]) == ["Interventions"]


def test_the_file_holds_the_figures_of_the_page(lupin: Client, desk: Browser) -> None:
    query = f"{JANUARY}&company=CLT-001"
    shown = told(desk, query)
    lines = records(desk.get(f"/reports/export/?{query}"))
    found: dict[str, dict[str, list[Any]]] = {}
    for line in lines:
        found.setdefault(line["Tableau"], {}).setdefault(line["Ligne"], []).append(line["Valeur"])
    assert {title: list(labels) for title, labels in found.items()} == {
        title: list(labels) for title, labels in shown.items()
    }
    assert found["Facturé, payé, dû"]["Total"] == [170.1, 64, 60.1]
    assert found["Terminées par jour"]["10 janv."] == [2, 5.5, 0.5]
    [day] = [line for line in lines if line["Tableau"] == "Terminées par jour" and line["Ligne"] == "10 janv."][:1]
    assert (day["Du"].date(), day["Mesure"]) == (date(2025, 1, 10), "Terminées")
    one = records(desk.get(f"/reports/amounts/export/?{query}"))
    assert one == [line for line in lines if line["Rapport"] == "Montants"]
    about = list(workbook(desk.get(f"/reports/export/?{query}")).worksheets[1].iter_rows(values_only=True))
    assert ("Entreprise et ses membres", "CLT-001 Serrurerie Lupin") in about


def test_many_rows_are_told_section_by_section_and_exported_by_the_worker(
    lupin: Client, desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = told(desk, JANUARY)
    monkeypatch.setattr(sections, "MANY", 1)
    page = desk.get(f"/reports/?{JANUARY}")
    assert tables(page) == {}
    later = [node.get("data-hx-get", "") for node in parse(page).iter("section") if node.get("data-hx-get")]
    assert len(later) == 6
    parts = [tables(desk.get(url, headers={"HX-Request": "true"})) for url in later]
    assert {title: table for part in parts for title, table in part.items()} == whole
    # Without a script, the same address is a page with that section.
    assert "Montants" in said(desk.get(later[1]))
    assert list(tables(desk.get(later[1]))) == list(parts[1])
    assert desk.get(f"/reports/export/?{JANUARY}").status_code == 302
    job = ExportJob.objects.get()
    run_export.call(job.pk)
    assert len(records(desk.get(f"/exports/{job.pk}/download/"))) == sum(
        len(values) for table in whole.values() for values in table.values()
    )


def test_it_asks_as_many_queries_for_few_rows_as_for_more(lupin: Client, desk: Browser) -> None:
    counted = []
    for _more in range(2):
        with CaptureQueriesContext(connection) as queries:
            desk.get(f"/reports/?{YEAR}&company=CLT-001")
        counted.append(len(queries))
        for day in (5, 6, 7):
            client = make_client(company=lupin, last_name=f"Membre{day}")
            pay(done(client, day, "10"), "5", paid_on=date(2025, day, 1))
            stay(client, in_january(day), "4")
            make_event(client, "refused", reasons=["card_lost"], at=in_january(day))
    assert counted[1] <= counted[0] <= 40
