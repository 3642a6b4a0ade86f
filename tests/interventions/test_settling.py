"""“Terminer et encaisser”: one sheet that finishes, prices, takes the payment, closes and prints."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from interventions.models import Intervention, InterventionPayment
from tests.conftest import SignIn
from tests.interventions.factories import in_state, make_intervention, pay
from tests.pages import field_errors, said, values

pytestmark = pytest.mark.django_db
SHEET = "/interventions/INT-001/finish/"
TYPED = {"report": "Serrure changée", "parts_amount": "20", "labor_amount": "60,50"}
SEEING = ("interventions.view_intervention", "interventions.change_intervention")


def filled(browser: Browser, **typed: Any) -> dict[str, Any]:
    return values(browser.get(SHEET)) | TYPED | typed


def test_one_sending_finishes_takes_all_that_is_left_closes_and_prints(desk: Browser) -> None:
    pay(in_state("in_progress"), "30", "deposit")
    sent = filled(desk, pay="1", method="cheque")
    for _time in range(2):
        assert desk.post(SHEET, sent).headers["Location"] == "/interventions/INT-001/sheet/?print=now"
    job = Intervention.objects.get()
    assert (job.state, job.report, job.amount_due, job.balance) == (
        "closed",
        "Serrure changée",
        Decimal("80.50"),
        Decimal(0),
    )
    told = list(InterventionPayment.objects.order_by("number").values_list("amount", "kind", "method"))
    assert told == [(Decimal("30.00"), "deposit", "card"), (Decimal("50.50"), "balance", "cheque")]


def test_it_finishes_without_a_payment_or_with_a_part_of_it(desk: Browser) -> None:
    in_state("in_progress")
    sent = filled(desk, pay="")
    sent.pop("prints")
    answer = desk.post(SHEET, sent, follow=True)
    assert "INT-001 est terminée. Reste à payer : 80,50 €." in said(answer)
    assert not InterventionPayment.objects.exists()
    in_state("on_hold")
    second = SHEET.replace("001", "002")
    desk.post(second, values(desk.get(second)) | TYPED | {"pay": "1", "amount": "50"})
    job = Intervention.objects.get(number=2)
    assert (job.state, job.balance) == ("done", Decimal("30.50"))


def test_a_job_nobody_started_is_started_and_finished_at_its_times(desk: Browser) -> None:
    made = make_intervention(at=timezone.now() - timedelta(days=1))
    begun, ended = (timezone.localtime() - timedelta(hours=hours) for hours in (3, 1))
    times = {"started_at": f"{begun:%Y-%m-%dT%H:%M}", "finished_at": f"{ended:%Y-%m-%dT%H:%M}"}
    assert desk.post(SHEET, filled(desk, pay="1", **times)).status_code == 302
    job = Intervention.objects.get(pk=made.pk)
    assert job.state == "closed"
    assert job.started_at
    assert job.finished_at
    assert job.finished_at - job.started_at == timedelta(hours=2)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"report": ""}, "report"),
        ({"amount": "beaucoup"}, "amount"),
        ({"parts_amount": "", "labor_amount": ""}, "labor_amount"),
        ({"finished_at": "2001-01-01T10:00"}, "finished_at"),
    ],
)
def test_what_is_refused_writes_nothing_and_keeps_what_was_typed(
    typed: dict[str, str], field: str, desk: Browser
) -> None:
    in_state("in_progress")
    answer = desk.post(SHEET, filled(desk, pay="1", **typed))
    assert (answer.status_code, set(field_errors(answer))) == (422, {field})
    assert values(answer)["parts_amount"] == (TYPED | typed)["parts_amount"]
    assert Intervention.objects.get().state == "in_progress"
    assert not InterventionPayment.objects.exists()


def test_a_payment_that_is_refused_leaves_the_work_unfinished(desk: Browser) -> None:
    in_state("in_progress")
    answer = desk.post(
        SHEET, filled(desk, pay="1", amount="99999999,99", method="cash") | {"labor_amount": "99999999,99"}
    )
    assert answer.status_code == 422
    assert Intervention.objects.get().state == "in_progress"


def test_a_stale_sheet_keeps_what_was_typed(desk: Browser) -> None:
    in_state("in_progress")
    sent = filled(desk, pay="1")
    desk.post("/interventions/INT-001/transition/", {"to": "on_hold", "reason": "pièces"})
    answer = desk.post(SHEET, sent)
    assert (answer.status_code, values(answer)["report"]) == (409, "Serrure changée")
    assert not InterventionPayment.objects.exists()


def test_each_part_takes_its_right(sign_in: SignIn) -> None:
    in_state("in_progress")
    sent = {"report": "Serrure changée", "labor_amount": "60", "pay": "1", "method": "cash", "closes": "on"}
    browser = sign_in(*SEEING)
    page = values(browser.get(SHEET))
    assert not {"parts_amount", "labor_amount", "amount", "method"} & set(page)
    browser.post(SHEET, sent)
    job = Intervention.objects.get()
    assert (job.amount_due, job.paid_amount) == (Decimal(0), Decimal(0))
    in_state("in_progress")
    own = sign_in("interventions.view_intervention", "interventions.change_own_intervention")
    assert own.post(SHEET.replace("001", "002"), sent).status_code == 403


def test_more_paid_in_advance_than_is_due_is_told(desk: Browser) -> None:
    pay(in_state("in_progress"), "100", "deposit")
    sent = filled(desk, pay="1")
    sent.pop("prints")
    assert "À rendre au client : 19,50 €." in said(desk.post(SHEET, sent, follow=True))
    assert Intervention.objects.get().state == "done"
