"""Who owes a job or a stay of a member: one statement has each amount, whoever pays and whenever that changed."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.models import Entry
from clients.models import Client
from interventions.models import Intervention
from interventions.statements.pages import Statement
from interventions.statements.period import Period
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention, pay
from tests.interventions.test_chain import pay_entry
from tests.interventions.test_statements import (
    FEBRUARY,
    JANUARY,
    MARCH,
    SUMS,
    at,
    decimals,
    done,
    months,
    stay,
    sums,
)
from tests.pages import records, said

pytestmark = pytest.mark.django_db
DAYS = [JANUARY + timedelta(days=n) for n in range(90)]


def test_a_member_is_told_on_the_statement_of_who_pays(desk: Browser) -> None:
    firm = make_client(company_name="Zorglub SARL")
    member = make_client(first_name="Ada", last_name="Lovelace", company=firm, payer_since=FEBRUARY)
    alone = make_client(first_name="Paul", last_name="Langevin", company=firm, payer="own")
    job = done(member, JANUARY, "100")
    pay(job, "30", paid_on=MARCH)
    pay(done(member, MARCH, "7.50"), "2.50", paid_on=MARCH)
    pay_entry("4", stay(member, FEBRUARY, "10"), paid_on=FEBRUARY)
    done(alone, MARCH, "1000")
    assert [sums(desk, month) for month in months()[:3]] == [
        decimals("0", "0", "0", "0"),
        decimals("0", "10", "4", "6"),
        decimals("6", "7.50", "2.50", "11"),
    ]
    assert [sums(desk, month, "CLT-002") for month in months()[:3]] == [
        decimals("0", "100", "0", "100"),
        decimals("100", "0", "0", "100"),
        decimals("100", "0", "30", "70"),
    ]
    query = months()[2]
    own = said(desk.get(f"/clients/CLT-002/statement/?{query}"))
    assert "Qui paie : Son entreprise depuis le" in own
    assert "À la charge de Zorglub SARL et hors de ce relevé : dû 7,50 €, payé 2,50 €, solde 11,00 €" in own
    page = desk.get(f"/clients/CLT-001/statement/?{query}")
    assert [section.client for section in page.context["sections"]] == [member]
    assert [row for row, _account in page.context["others"]] == [alone, member]
    assert "2 membres, hors du solde" in said(page)
    lines = records(desk.get(f"/clients/CLT-001/statement/export/?{query}"))
    assert [(line["Nature"], line["Solde"]) for line in lines][-3:] == [
        ("Total", 11),
        ("Pour information", 1000),
        ("Pour information", 70),
    ]
    companies = records(desk.get(f"/payments/statements/export/?{query}"))
    assert [(line["Ligne"], line["Solde après"]) for line in companies] == [("Total", 11), ("Membre", 11)]


def test_what_is_under_way_is_told_to_who_will_owe_it_with_its_deposit(desk: Browser) -> None:
    firm = make_client(company_name="Zorglub SARL")
    member = make_client(company=firm)
    pay(make_intervention(member, labor_amount=300, at=at(JANUARY)), "40", "deposit", paid_on=MARCH)
    for reference, after in (("CLT-001", -40), ("CLT-002", 0)):
        page = desk.get(f"/clients/{reference}/statement/?after={MARCH}")
        assert page.context["statement"].total.after == after
        assert ("S’y ajouteront 300,00 €" in said(page)) is bool(after)


def owner(client: Client, *moments: datetime | None) -> int:
    """Who owes what arose at the first of these moments, told without the database."""
    day = timezone.localdate(min(moment for moment in moments if moment))
    is_held = client.payer_since is None or client.payer_since <= day
    return client.company_id or client.pk if (client.payer == "company") is is_held else client.pk


def random_stay(chance: Random, client: Client) -> tuple[int, Decimal]:
    price, paid = Decimal(chance.randint(1, 9999)) / 100, Decimal("0.50")
    entry = stay(client, chance.choice(DAYS), str(price))
    pay_entry(str(paid), entry, paid_on=chance.choice(DAYS))
    return owner(client, entry.entered_at), price - paid


def random_job(chance: Random, client: Client) -> tuple[int, Decimal]:
    price, paid, entered = Decimal(chance.randint(1, 9999)) / 100, Decimal("0.25"), chance.choice(DAYS)
    began = entered + timedelta(days=chance.randint(-5, 20))
    times = {"created_at": at(entered, chance.choice([0, 23])), "started_at": at(began, 9), "finished_at": at(began)}
    job = in_state("done", client, labor_amount=price, report="fait", **times)
    pay(job, str(paid), paid_on=chance.choice(DAYS))
    return owner(client, job.created_at, job.started_at), price - paid


def test_all_statements_together_are_all_that_is_due_less_all_that_is_paid() -> None:
    chance = Random(8)
    group = make_client(company_name="Groupe")
    firms = [make_client(company_name=name, company=group) for name in ("Un", "Deux")]
    since = [None, *DAYS[20:70]]
    fields = [{"payer": chance.choice(["own", "company"]), "payer_since": chance.choice(since)} for _n in range(9)]
    members = [make_client(company=chance.choice([group, *firms]), **one) for one in fields]
    expected: dict[int, Decimal] = {}
    for _n in range(60):
        make = chance.choice([random_stay, random_job])
        payer, balance = make(chance, chance.choice([group, *firms, *members]))
        expected[payer] = expected.get(payer, Decimal()) + balance
    now = timezone.now()

    def told(client: Client, first: date, last: date) -> tuple[Decimal, ...]:
        total = Statement(client, Period(first, last), now).total
        return tuple(getattr(total, name) for name in SUMS)

    clients = list(Client.objects.order_by("pk"))
    first = JANUARY - timedelta(days=9)
    after = {client.pk: told(client, first, timezone.localdate())[3] for client in clients}
    assert {key: balance for key, balance in after.items() if balance} == expected
    assert sum(after.values()) == sum(row.balance for row in [*Intervention.objects.all(), *Entry.objects.all()])
    for client in clients:
        early, late = told(client, first, FEBRUARY), told(client, FEBRUARY + timedelta(days=1), timezone.localdate())
        assert (early[3], late[3]) == (late[0], after[client.pk])


def test_the_others_cost_the_same_however_many(desk: Browser) -> None:
    firm = make_client(company_name="Zorglub SARL")
    counted = []
    for name in ("Un", "Deux", "Trois"):
        done(make_client(first_name=name, last_name="Membre", company=firm, payer="own"), JANUARY, "10")
        with CaptureQueriesContext(connection) as queries:
            page = desk.get(f"/clients/CLT-001/statement/?after={JANUARY}&before={JANUARY}")
        counted.append(len(queries))
    assert len(set(counted)) == 1
    assert [account.due for _row, account in page.context["others"]] == [10, 10, 10]
