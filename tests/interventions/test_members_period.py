"""The Membres tab of a company for a period: totals of each member, sorted, paged, and the same file."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from fixaloop.exports.jobs import run_export
from fixaloop.models import ExportJob
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import pay
from tests.interventions.test_statements import FEBRUARY, JANUARY, MARCH, done, stay
from tests.pages import links, records, rows, said

pytestmark = pytest.mark.django_db
URL = "/clients/CLT-001/members/"
JANUARY_ALONE = f"after={JANUARY}&before={FEBRUARY - timedelta(days=1)}"


@pytest.fixture
def firm() -> None:
    """Three members: one the company pays for since February, one who pays, one with nothing to tell."""
    firm = make_client(company_name="Zorglub SARL")
    ada = make_client(first_name="Ada", last_name="Lovelace", company=firm, payer_since=FEBRUARY)
    paul = make_client(first_name="Paul", last_name="Langevin", company=firm, payer="own")
    make_client(first_name="Rien", last_name="Jamais", company=firm)
    pay(done(ada, JANUARY, "100"), "30", paid_on=JANUARY)
    stay(ada, FEBRUARY, "10")
    done(paul, JANUARY, "250.50")
    done(firm, JANUARY, "9999")


def table(browser: Browser, query: str) -> list[tuple[Any, ...]]:
    page = browser.get(f"{URL}?{query}")
    accounts = [(row.first_name, account) for row, account in page.context["rows"]]
    return [(name, a.jobs, a.stays, a.due, a.paid, a.after) for name, a in [*accounts, ("", page.context["total"])]]


def test_it_tells_what_each_member_came_to_and_the_total(firm: None, desk: Browser) -> None:
    half = Decimal("250.50")
    assert table(desk, JANUARY_ALONE) == [
        ("Paul", 1, 0, half, 0, half),
        ("Ada", 1, 0, 100, 30, 70),
        ("", 2, 0, 100 + half, 30, 70 + half),
    ]
    assert table(desk, f"after={FEBRUARY}&payer=company") == [("Ada", 0, 1, 10, 0, 10), ("", 0, 1, 10, 0, 10)]
    assert [name for name, *_sums in table(desk, f"{JANUARY_ALONE}&payer=own&sort=due")] == ["Ada", "Paul", ""]
    assert [name for name, *_sums in table(desk, f"{JANUARY_ALONE}&sort=-paid")] == ["Ada", "Paul", ""]


def test_without_a_period_it_is_the_list_which_offers_some(firm: None, desk: Browser, sign_in: SignIn) -> None:
    page = desk.get(URL)
    assert sorted(rows(page)) == ["Ada Lovelace", "Paul Langevin", "Rien Jamais"]
    assert dict(parse_qsl(links(page)["Le mois dernier"][1:])).keys() == {"after", "before"}
    assert "Tous les membres" in links(desk.get(f"{URL}?{JANUARY_ALONE}"))
    reader = sign_in("clients.view_client")
    assert "Le mois dernier" not in links(reader.get(URL))
    for address in (f"{URL}?{JANUARY_ALONE}", f"{URL}period/export/?{JANUARY_ALONE}"):
        assert reader.get(address).status_code == 403


def test_its_file_is_the_page(firm: None, desk: Browser, settings: Any) -> None:
    query = f"{JANUARY_ALONE}&sort=-due"
    shown = table(desk, query)
    address = links(desk.get(f"{URL}?{query}"))["Exporter"]
    lines = records(desk.get(address))
    told = [[line[name] for name in ("Interventions", "Séjours", "Dû", "Payé", "Solde après")] for line in lines]
    assert told == [list(map(float, sums)) for _name, *sums in shown]
    assert lines[-1]["Nom du membre"] == "Total"
    assert desk.get(f"{URL}export/?{query}")["Location"] == f"{URL}period/export/?{query}"
    settings.EXPORT_BACKGROUND_ROWS = 1
    assert desk.get(address)["Location"] == "/exports/"
    job = ExportJob.objects.get()
    run_export.call(job.pk)
    assert len(records(desk.get(f"/exports/{job.pk}/download/"))) == 3


def test_what_makes_no_sense_is_told(firm: None, desk: Browser) -> None:
    for query, sentence in (
        (f"after={MARCH}&before={JANUARY}", "échangez les deux jours"),
        (f"{JANUARY_ALONE}&sort=age", "« age » n’existe pas"),
        (f"{JANUARY_ALONE}&payer=voisin", "voisin"),
        (f"{JANUARY_ALONE}&ville=Metz", "« ville » n’existe pas"),
        (f"{JANUARY_ALONE}&page=9", "« 9 » n’existe pas"),
    ):
        page = desk.get(f"{URL}?{query}")
        assert page.status_code == 200
        assert sentence in said(page)
    assert desk.get(f"{URL}period/export/?after={MARCH}&before={JANUARY}")["Location"].startswith(f"{URL}?after=")
    assert desk.get(f"/clients/CLT-002/members/?{JANUARY_ALONE}")["Location"] == "/clients/CLT-002/"


def test_pages_cost_the_same_however_many(desk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interventions.statements.members.SHOWN", 2)
    firm = make_client(company_name="Zorglub SARL")
    counted = []
    for name in ("Un", "Deux", "Trois"):
        done(make_client(first_name=name, last_name="Membre", company=firm), JANUARY, "10")
        with CaptureQueriesContext(connection) as queries:
            page = desk.get(f"{URL}?{JANUARY_ALONE}")
        counted.append(len(queries))
    assert len(set(counted[1:])) == 1
    assert page.context["total"].due == 30
    assert [row.first_name for row, _account in desk.get(f"{URL}{links(page)['Page suivante']}").context["rows"]] == [
        "Un"
    ]
