"""All payments in one list, and the day's closing: what was counted against what was recorded."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client as Browser
from django.utils import timezone

from fixaloop.records.refusal import Stale
from interventions.till.closing import close_day, recorded
from interventions.till.models import Closing, ClosingLine, Method
from tests.access.factories import make_entry
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import make_intervention, oppose, pay
from tests.interventions.test_chain import execute, pay_entry
from tests.interventions.test_parallel import at_once
from tests.pages import field_errors, records, rows, said, values

pytestmark = pytest.mark.django_db
SEE_JOBS, SEE_ENTRIES = "interventions.view_interventionpayment", "access.view_payment"
NOTHING = dict.fromkeys(Method.values, Decimal(0))


@pytest.fixture
def paid() -> Any:
    """Payments of a job and an entry: 1 and 2 of today, 3 of yesterday, 4 which rejects 2."""
    job = make_intervention(make_client(first_name="Marie", last_name="Curie"), labor_amount=100)
    pay(job, "40", "deposit", method="cash", note="à la livraison")
    cheque = pay(job, "25,5".replace(",", "."), method="cheque")
    entry = make_entry(amount_due=Decimal(50))
    pay_entry("12", entry, method="cash", paid_on=timezone.localdate() - timedelta(days=1), reference="TPE 7")
    oppose(cheque, "rejection", reason="sans provision")
    return job


def numbers(response: Any) -> list[int]:
    return [row.pk for row in response.context["list"].pager.page.rows]


def test_it_lists_payments_of_jobs_and_entries(paid: Any, desk: Browser) -> None:
    page = desk.get("/payments/")
    assert numbers(page) == [4, 3, 2, 1]
    shown = said(page)
    # A plain space stands for each no-break one.
    assert "4 paiements : 52,00 € (Espèces 52,00 €, Chèque 0,00 €)" in shown
    assert all(text in shown for text in ("INT-001", "Marie Curie", "TPE 7", "sans provision", "rejeté"))
    today, yesterday = timezone.localdate(), timezone.localdate() - timedelta(days=1)
    for query, found in {
        f"after={today}": [4, 2, 1],
        f"before={yesterday}": [3],
        "method=cheque": [4, 2],
        "source=entry": [3],
        "kind=rejection": [4],
        "client=CLT-001": [4, 2, 1],
        "client=CLT-002": [3],
        "sort=paid": [3, 1, 2, 4],
        "by=1&q=": [],
    }.items():
        assert numbers(desk.get(f"/payments/?{query}")) == found, query
    assert "1 paiement : 12,00 € (Espèces 12,00 €)" in said(desk.get("/payments/?source=entry"))
    line = records(desk.get("/payments/export/?method=cheque&sort=number"))[0]
    assert (line["N°"], line["Origine"], line["Montant"], line["Réponse"]) == (2, "INT-001", 25.5, "Rejet")


def test_nobody_sees_what_they_may_not(paid: Any, sign_in: SignIn) -> None:
    assert numbers(sign_in(SEE_JOBS).get("/payments/")) == [4, 2, 1]
    of_entries = sign_in(SEE_ENTRIES).get("/payments/?source=intervention")
    assert rows(of_entries) == []
    assert "Marie" not in said(sign_in(SEE_JOBS).get("/payments/"))
    assert "Marie" in said(sign_in(SEE_JOBS, "clients.view_client").get("/payments/"))
    assert "Le filtre « client »" in said(sign_in(SEE_JOBS).get("/payments/?client=CLT-001"))
    export = "interventions.export_ledgerpayment"
    assert [record["N°"] for record in records(sign_in(SEE_ENTRIES, export).get("/payments/export/"))] == [3]
    for rights, url in (((), "/payments/"), ((SEE_JOBS,), "/payments/export/"), ((export,), "/payments/export/")):
        assert sign_in(*rights).get(url).status_code == 403
    assert "Paiements" in said(sign_in(SEE_ENTRIES).get("/"))
    assert "Paiements" not in said(sign_in("access.view_entry").get("/"))


def test_a_day_is_counted_and_closed(paid: Any, desk: Browser) -> None:
    """A difference takes its reason, a day is closed once, and what is typed later is shown as such."""
    url, today = "/payments/closing/", timezone.localdate()
    form = values(desk.get(url)) | {"counted_cash": "38,00", "counted_cheque": "0"}
    refused = desk.post(url, form)
    assert refused.status_code == 422
    assert list(field_errors(refused)) == ["reason_cash"]
    assert values(refused)["counted_cash"] == "38,00"
    form |= {"reason_cash": "rendu 2 € de trop"}
    closed = desk.post(url, form)
    assert closed["Location"] == f"/payments/closing/{today}/"
    assert desk.post(url, form)["Location"] == closed["Location"]
    page = said(desk.get(closed["Location"]))
    assert all(text in page for text in ("40,00 €", "38,00 €", "-2,00 €", "rendu 2 € de trop", "Odile Durand"))
    assert "Saisis après la clôture" not in page
    assert "est clôturé" in said(desk.get(url))
    pay(paid, "5", method="cash")
    assert "n° 5 : 5,00 €" in said(desk.get(closed["Location"]))
    assert said(desk.get("/payments/")).count("saisi après la clôture") == 1
    again = desk.post(url, form | {"submission": "", "reason_cash": "autre"})
    assert again.status_code == 409
    assert "est déjà clôturé" in said(again)
    assert Closing.objects.count() == 1


def test_a_payment_that_comes_between_is_told(paid: Any, desk: Browser) -> None:
    url = "/payments/closing/"
    form = values(desk.get(url)) | {"counted_cash": "40", "counted_cheque": "0"}
    pay(paid, "10", method="cash")
    told = desk.post(url, form)
    assert told.status_code == 409
    assert "50,00 €" in said(told)
    assert desk.post(url, values(told) | {"counted_cash": "50"}).status_code == 302


def test_a_day_that_makes_no_sense_is_refused(desk: Browser) -> None:
    for day in ("2999-01-01", "jadis"):
        for response in (desk.get("/payments/closing/", {"day": day}), desk.post("/payments/closing/", {"day": day})):
            assert response.status_code == 422
    assert desk.get("/payments/closing/2026-02-31/").status_code == 404
    assert desk.get("/payments/closing/2026-01-31/").status_code == 404
    blank = values(desk.get("/payments/closing/")) | {"counted_cash": "", "counted_card": "beaucoup"}
    assert list(field_errors(desk.post("/payments/closing/", blank))) == ["counted_cash", "counted_card"]
    too_much = values(desk.get("/payments/closing/")) | {"counted_cash": "99 999 999 999 999,00"}
    assert "dépasse le maximum" in str(field_errors(desk.post("/payments/closing/", too_much))["counted_cash"])


def test_a_closed_day_is_kept_as_it_is(desk: Browser) -> None:
    close_day(timezone.localdate(), NOTHING, {}, seen=NOTHING, by=None)
    with pytest.raises(Stale):
        close_day(timezone.localdate() - timedelta(days=1), NOTHING, {}, seen=NOTHING | {"cash": Decimal(1)}, by=None)
    connection.check_constraints()
    for attempt in (
        lambda: ClosingLine.objects.update(counted=1, reason="x"),
        lambda: Closing.objects.all()._raw_delete(using="default"),
        lambda: execute("UPDATE interventions_closing SET last_number = 9"),
        lambda: Closing.objects.create(day=timezone.localdate(), last_number=0),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()


def test_only_who_may_closes_a_day(paid: Any, sign_in: SignIn) -> None:
    see = (SEE_JOBS, SEE_ENTRIES, "interventions.view_closing")
    assert sign_in(*see).post("/payments/closing/", {}).status_code == 403
    assert "Clôturer la journée" not in said(sign_in(*see).get("/payments/closing/"))
    for rights in ((SEE_JOBS, SEE_ENTRIES), (SEE_JOBS, "interventions.view_closing", "interventions.add_closing")):
        browser = sign_in(*rights)
        for url in ("/payments/closing/", "/payments/closings/", f"/payments/closing/{timezone.localdate()}/"):
            assert browser.get(url).status_code == 403
    assert sign_in(group="Accueil").get("/payments/closing/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_day_is_closed_once_by_two_people() -> None:
    today = timezone.localdate()
    assert at_once(lambda number: close_day(today, NOTHING, {}, seen=recorded(today), by=None), 3) == {
        "done": 1,
        "Refused": 2,
    }
