"""The statement of a client, and of a company with its members: what a period came to, to the cent."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import Sum
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

import access.services.corrections as stays
from access.models import Entry
from access.services.old_stays import forget_stays
from clients.models import Client
from fixaloop.exports.jobs import run_export
from fixaloop.models import ExportJob
from fixaloop.words.dates import start_of
from interventions import services
from interventions.models import Intervention
from interventions.statements import file
from tests.access.factories import make_card, make_entry, make_zone
from tests.conftest import SignIn
from tests.factories import make_client, make_user
from tests.interventions.factories import in_state, make_intervention, oppose, pay
from tests.interventions.test_chain import pay_entry
from tests.pages import field_errors, links, read, records, said, workbook

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY, MARCH = (date(timezone.localdate().year - 1, month, 1) for month in (1, 2, 3))
SUMS = ("before", "due", "paid", "after")


def at(day: date, hour: int = 12) -> datetime:
    return start_of(day) + timedelta(hours=hour)


def done(client: Client, day: date, price: str, **fields: Any) -> Intervention:
    times = {"started_at": at(day, 9), "finished_at": at(day, 10)}
    return in_state("done", client, **times, labor_amount=Decimal(price), report="fait", **fields)


def cancel(job: Intervention, day: date, fee: str) -> None:
    with time_machine.travel(at(day), tick=False):
        services.cancel(job, reason="absent", cancellation_fee=Decimal(fee), by=None)


def stay(client: Client, day: date, due: str) -> Entry:
    times = {"entered_at": at(day, 8), "exited_at": at(day, 18)}
    # A card needs an e-mail.
    client.email = client.email or f"{client.pk}@example.org"
    client.save()
    return make_entry(make_card(client)[0], make_zone(), client=client, amount_due=Decimal(due), **times)


@pytest.fixture
def camille() -> Client:
    """Jobs, stays and payments from January to March of last year, and some under way."""
    camille = make_client(first_name="Camille", last_name="Zorglub")
    job = done(camille, JANUARY, "100.10")
    pay(job, "30.05", "deposit", paid_on=JANUARY)
    cheque = pay(job, "50", paid_on=FEBRUARY, method="cheque")
    oppose(cheque, "rejection", paid_on=MARCH, reason="sans provision")
    entry = stay(camille, FEBRUARY, "10")
    pay_entry("10", entry, paid_on=FEBRUARY)
    pay_entry("-2.67", entry, paid_on=MARCH, note="trop perçu")
    voided = stay(camille, FEBRUARY, "5")
    stays.void(voided, reason="erreur", by=make_user())
    cancelled = make_intervention(camille, labor_amount=999, at=at(JANUARY))
    cancel(cancelled, FEBRUARY, "20")
    opened = make_intervention(camille, labor_amount=300, at=at(JANUARY))
    pay(opened, "40", "deposit", paid_on=MARCH)
    return camille


def sums(browser: Browser, query: str = "", reference: str = "CLT-001") -> tuple[Decimal, ...]:
    total = browser.get(f"/clients/{reference}/statement/?{query}").context["statement"].total
    return tuple(getattr(total, name) for name in SUMS)


def months() -> list[str]:
    """The queries of January, February and March of last year, and of all since."""
    firsts = [JANUARY, FEBRUARY, MARCH, date(JANUARY.year, 4, 1)]
    lasts = [*(first - timedelta(days=1) for first in firsts[1:]), timezone.localdate()]
    return [f"after={first}&before={last}" for first, last in zip(firsts, lasts, strict=True)]


def decimals(*texts: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, texts))


def test_it_adds_up_to_the_cent_month_after_month_and_to_the_balances_shown_elsewhere(
    camille: Client, desk: Browser
) -> None:
    told = [sums(desk, month) for month in months()]
    assert told[:3] == [
        decimals("0", "100.10", "30.05", "70.05"),
        decimals("70.05", "30", "60", "40.05"),
        decimals("40.05", "0", "-12.67", "52.72"),
    ]
    assert all(before + due - paid == after for before, due, paid, after in told)
    assert [before for before, *_rest in told[1:]] == [after for *_rest, after in told[:-1]]
    elsewhere = [rows.objects.aggregate(sum=Sum("balance"))["sum"] for rows in (Intervention, Entry)]
    page = desk.get("/clients/CLT-001/statement/")
    assert page.context["statement"].total.after + page.context["statement"].not_yet_due == sum(elsewhere)
    assert "S’y ajouteront 300,00 €" in said(page)


def test_it_tells_each_line_with_the_balance_after_it(camille: Client, desk: Browser) -> None:
    query = f"after={JANUARY}&before={MARCH + timedelta(days=30)}"
    shown = said(desk.get(f"/clients/CLT-001/statement/?{query}"))
    assert all(
        text in shown for text in ("INT-001 Réparer la porte", "Frais d’annulation", "Séjour", "Rejet", "rejeté")
    )
    assert shown.count("Séjour") == 1
    assert "999" not in shown
    lines = records(desk.get(f"/clients/CLT-001/statement/export/?{query}"))
    assert [(line["Nature"], line["Dû"], line["Payé"], line["Solde"]) for line in lines] == [
        ("Solde avant", None, None, 0),
        ("Intervention", 100.1, None, 100.1),
        ("Acompte", None, 30.05, 70.05),
        ("Frais d’annulation", 20, None, 90.05),
        ("Séjour", 10, None, 100.05),
        ("Paiement partiel", None, 50, 50.05),
        ("Paiement", None, 10, 40.05),
        ("Rejet", None, -50, 90.05),
        ("Remboursement", None, -2.67, 92.72),
        ("Acompte", None, 40, 52.72),
        ("Solde après", 130.1, 77.38, 52.72),
    ]
    about = workbook(desk.get(f"/clients/CLT-001/statement/export/?{query}")).worksheets[1]
    assert ("Client", "CLT-001 Camille Zorglub") in about.iter_rows(values_only=True)


def test_a_job_that_was_reopened_counts_as_before_and_a_fee_on_the_last_cancellation(desk: Browser) -> None:
    client = make_client()
    services.reopen(done(client, JANUARY, "10"), reason="bruit", by=None)
    job = make_intervention(client, at=at(JANUARY))
    cancel(job, JANUARY, "5")
    with time_machine.travel(at(FEBRUARY), tick=False):
        services.reopen(job, reason="revenu", by=None)
    cancel(job, MARCH, "8")
    told = [sums(desk, month)[1] for month in months()[:3]]
    assert told == [10, 0, 8]


def test_a_company_is_told_with_its_members_one_by_one(camille: Client, desk: Browser) -> None:
    firm = make_client(company_name="Zorglub SARL")
    Client.objects.filter(pk=camille.pk).update(company=firm, payer="company")
    member = make_client(first_name="Ada", last_name="Lovelace", company=firm)
    make_client(first_name="Rien", last_name="Jamais", company=firm)
    done(make_client(first_name="Autre", last_name="Client"), JANUARY, "1000")
    done(firm, JANUARY, "500")
    done(member, FEBRUARY, "1.01")
    query = f"after={FEBRUARY}&before={MARCH - timedelta(days=1)}"
    page = desk.get(f"/clients/CLT-002/statement/?{query}")
    sections = [
        (section.client.name, section.account.due, section.account.after) for section in page.context["sections"]
    ]
    assert sections == [
        ("Zorglub SARL", 0, 500),
        ("Ada Lovelace", Decimal("1.01"), Decimal("1.01")),
        ("Camille Zorglub", 30, Decimal("40.05")),
    ]
    assert sums(desk, query, "CLT-002") == decimals("570.05", "31.01", "60", "541.06")
    assert links(page)["Ada Lovelace"] == "#CLT-003"
    lines = records(desk.get(f"/clients/CLT-002/statement/export/?{query}"))
    assert lines[-1]["Nature"] == "Total"
    assert lines[-1]["Solde"] == 541.06


def test_members_are_paged_and_cost_the_same_however_many(desk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interventions.statements.pages.SHOWN", 2)
    firm = make_client(company_name="Zorglub SARL")
    counted = []
    for name in ("Un", "Deux", "Trois"):
        done(make_client(first_name=name, last_name="Membre", company=firm), JANUARY, "10")
        with CaptureQueriesContext(connection) as queries:
            page = desk.get(f"/clients/CLT-001/statement/?after={JANUARY}&before={JANUARY}")
        counted.append(len(queries))
    assert len(set(counted[1:])) == 1
    assert [section.client.first_name for section in page.context["sections"]] == ["Deux", "Trois"]
    assert page.context["statement"].total.due == 30
    following = desk.get(f"/clients/CLT-001/statement/{links(page)['Page suivante']}")
    assert [section.client.first_name for section in following.context["sections"]] == ["Un"]


def test_it_refuses_a_period_that_makes_no_sense(camille: Client, desk: Browser) -> None:
    for query, name, sentence in (
        (f"after={MARCH}&before={JANUARY}", "after", "échangez les deux jours"),
        ("after=31/02/2026", "after", "n’existe pas dans le calendrier"),
        ("before=1999-01-01", "before", "vérifiez l’année"),
        (f"before={timezone.localdate().year + 9}-01-01", "before", "trop loin"),
    ):
        page = desk.get(f"/clients/CLT-001/statement/?{query}")
        assert page.status_code == 200
        assert sentence in field_errors(page)[name]
        assert "statement" not in page.context
        assert desk.get(f"/clients/CLT-001/statement/export/?{query}")["Location"].endswith(f"/statement/?{query}")
    assert "« mois » n’existe pas" in said(desk.get("/clients/CLT-001/statement/?mois=3"))


def test_forgotten_stays_leave_the_balance_of_today_as_it_was(desk: Browser, settings: Any) -> None:
    settings.ENTRY_RETENTION_DAYS = 30
    client = make_client()
    pay_entry("7", stay(client, JANUARY, "7"), paid_on=FEBRUARY)
    stay(client, MARCH, "9")
    before = sums(desk, f"before={timezone.localdate()}")
    forget_stays(timezone.now())
    assert before == decimals("0", "16", "7", "9")
    assert sums(desk, f"before={timezone.localdate()}") == decimals("0", "9", "0", "9")
    assert "sont oubliés" in said(desk.get(f"/clients/CLT-001/statement/?before={timezone.localdate()}"))


def test_it_takes_a_right_of_its_own_on_screen_and_in_the_file(camille: Client, sign_in: SignIn) -> None:
    for browser, status in (
        (sign_in("clients.view_client", "interventions.view_interventionpayment", "clients.export_client"), 403),
        (sign_in("clients.view_statement"), 403),
        (sign_in("clients.view_client", "clients.view_statement"), 200),
    ):
        for address in ("statement/", "statement/export/", "statement/pdf/"):
            answer = browser.get(f"/clients/CLT-001/{address}")
            read(answer)
            assert answer.status_code == status
    assert "Relevé" in links(browser.get("/clients/CLT-001/"))


def test_one_file_tells_all_companies_with_their_totals_and_members(
    desk: Browser, sign_in: SignIn, settings: Any
) -> None:
    settings.EXPORT_BACKGROUND_ROWS = 0
    group, other = make_client(company_name="Zorglub SA"), make_client(company_name="Abeille")
    branch = make_client(company_name="Branche", company=group)
    member = make_client(first_name="Ada", last_name="Lovelace", company=branch)
    make_client(company_name="Silence")
    for client, price in ((branch, "1"), (member, "20.50"), (other, "300"), (make_client(), "4000")):
        pay(done(client, JANUARY, price), "0.25", paid_on=FEBRUARY)
    page = desk.get("/payments/statements/")
    assert "Relevés des entreprises" in links(desk.get("/payments/"))
    assert links(page)["Préparer le fichier"].startswith("/payments/statements/export/?after=")
    query = f"after={JANUARY}&before={FEBRUARY - timedelta(days=1)}"
    assert desk.get(f"/payments/statements/export/?{query}")["Location"] == "/exports/"
    job = ExportJob.objects.get()
    run_export.call(job.pk)
    lines = records(desk.get(f"/exports/{job.pk}/download/"))
    assert [(line["Nom de l’entreprise"], line["Ligne"], line["Client"], line["Solde après"]) for line in lines] == [
        ("Abeille", "Total", "CLT-002", 300),
        ("Abeille", "Entreprise", "CLT-002", 300),
        ("Branche", "Total", "CLT-003", 20.5),
        ("Branche", "Membre", "CLT-004", 20.5),
        ("Zorglub SA", "Total", "CLT-001", 1),
        ("Zorglub SA", "Membre", "CLT-003", 1),
    ]
    told = [desk.get(f"/clients/{line['Client']}/statement/?{query}") for line in lines if line["Ligne"] == "Total"]
    assert [page.context["statement"].total.after for page in told] == [300, Decimal("20.5"), 1]
    assert sign_in("clients.view_client", "clients.view_statement").get("/payments/statements/").status_code == 403


def test_a_long_file_is_written_by_the_worker(camille: Client, sign_in: SignIn, settings: Any) -> None:
    settings.EXPORT_BACKGROUND_ROWS = 3
    desk = sign_in("clients.view_client", "clients.view_statement")
    query = f"after={JANUARY}&before={MARCH + timedelta(days=30)}"
    assert desk.get(f"/clients/CLT-001/statement/export/?{query}")["Location"] == "/exports/"
    job = ExportJob.objects.get()
    run_export.call(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 11, 11)
    assert len(records(desk.get(f"/exports/{job.pk}/download/"))) == 11


def paper_of(response: Any) -> list[str]:
    """The text of each page of a PDF, with single spaces; all pages are A4."""
    pages = PdfReader(BytesIO(read(response))).pages
    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in pages} == {(595, 842)}
    return [" ".join(page.extract_text().split()) for page in pages]


def test_it_is_a_pdf_with_the_same_sums_and_every_letter(camille: Client, desk: Browser) -> None:
    Client.objects.filter(pk=camille.pk).update(last_name="Łukasiewicz-Œuvrard")
    query = f"after={JANUARY}&before={MARCH + timedelta(days=30)}"
    response = desk.get(f"/clients/CLT-001/statement/pdf/?{query}")
    assert response["Content-Type"] == "application/pdf"
    [told] = paper_of(response)
    for text in ("Łukasiewicz-Œuvrard (CLT-001)", "INT-001 Réparer la porte", "100,10 €", "Solde après", "52,72 €"):
        assert text in told
    assert "Page 1 sur 1" in told


def test_a_long_pdf_has_its_headings_on_each_page_and_a_longer_one_is_a_file(
    desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client()
    for number in range(45):
        in_state("done", client, title=f"Réparation {number} " + "très longue " * 9, labor_amount=Decimal(1))
    pages = paper_of(desk.get("/clients/CLT-001/statement/pdf/"))
    assert len(pages) > 2
    assert all("Libellé" in page for page in pages)
    assert all(any(f"Réparation {number} très" in page for page in pages) for number in range(45))
    monkeypatch.setattr(file, "MOST_LINES", 10)
    assert "trop long pour un PDF" in said(desk.get("/clients/CLT-001/statement/pdf/", follow=True))


def test_a_pdf_of_no_period_is_the_page_that_says_so(desk: Browser) -> None:
    make_client()
    page = desk.get("/clients/CLT-001/statement/pdf/?after=hier", follow=True)
    assert page.redirect_chain[0][0].startswith("/clients/CLT-001/statement/?")
