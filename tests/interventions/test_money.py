"""What is paid and what is left to pay follow from the payments, and the night puts right what does not."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from django.utils import timezone

from interventions import services
from interventions.declared import nightly
from interventions.models import Intervention, InterventionPayment
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention, make_technician, oppose, pay
from tests.pages import field_errors, rows, said, values

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


def test_it_adds_up_to_the_cent() -> None:
    job = make_intervention(parts_amount=Decimal("0.10"), labor_amount=Decimal("0.20"))
    assert (job.amount_due, job.balance) == (Decimal("0.30"), Decimal("0.30"))
    for amount in ("0.10", "0.10", "0.10"):
        pay(job, amount)
    stored = Intervention.objects.get()
    assert (stored.paid_amount, stored.balance) == (Decimal("0.30"), Decimal("0.00"))
    assert not Intervention.objects.unpaid().exists()
    pay(job, "0.10", "refund")
    assert Intervention.objects.unpaid().get().balance == Decimal("0.10")


def test_it_gives_back_no_more_than_it_received() -> None:
    job = make_intervention(labor_amount=10)
    pay(job, "5")
    with pytest.raises(ValidationError, match="ont été payés"):
        pay(job, "6", "refund")
    assert Intervention.objects.get().paid_amount == 5


def test_it_receives_no_more_in_all_than_can_be_kept(desk: Browser) -> None:
    job = make_intervention(labor_amount=10)
    sent = {"amount": "99999999,99", "kind": "deposit", "method": "card", "paid_on": "2026-01-05"}
    answers = [desk.post(f"/interventions/{job.reference}/payments/", sent) for _time in range(2)]
    assert [response.status_code for response in answers] == [302, 422]
    assert "seraient payés en tout" in said(answers[1])
    assert desk.get("/interventions/").status_code == 200
    pay(job, "5", "refund")
    pay(job, "5")
    refund = InterventionPayment.objects.get(kind="refund")
    with pytest.raises(services.Refused, match="en tout"):
        oppose(refund)
    assert Intervention.objects.get().paid_amount == Decimal("99999999.99")


def test_parts_and_labour_together_are_no_more_than_can_be_kept() -> None:
    with pytest.raises(ValidationError) as refusal:
        make_intervention(parts_amount=Decimal("99999999.99"), labor_amount=Decimal("0.01"))
    assert set(refusal.value.message_dict) == {"labor_amount"}
    make_intervention(parts_amount=Decimal("99999999.98"), labor_amount=Decimal("0.01"))


@pytest.mark.parametrize("days", [1, -365 * 40])
def test_a_payment_has_a_day_that_can_be(days: int) -> None:
    with pytest.raises(ValidationError):
        pay(make_intervention(labor_amount=10), "5", paid_on=timezone.localdate() + timedelta(days=days))


def test_an_amount_does_not_break_before_its_currency(desk: Browser) -> None:
    make_intervention(labor_amount=30)
    for url in ("/interventions/", "/interventions/INT-001/", "/interventions/INT-001/sheet/", "/clients/CLT-001/"):
        assert "30,00\N{NO-BREAK SPACE}€" in desk.get(url).content.decode()


@pytest.mark.parametrize("group", ["Technicien", "Direction"])
def test_its_history_tells_amounts_to_who_may_see_them_alone(group: str, sign_in: SignIn) -> None:
    tess = make_technician()
    job = make_intervention(technician=tess, labor_amount=Decimal("217.13"))
    payment = pay(job, "217.13")
    oppose(payment)
    browser = sign_in(group=group)
    page = " ".join(said(browser.get("/interventions/INT-001/", {"told": told})) for told in ("", "changes"))
    assert ("217,13" in page) == (group == "Direction")
    assert "Paiement" in page


@pytest.mark.parametrize("column", ["parts_amount", "labor_amount", "quote_amount"])
def test_the_database_takes_no_negative_amount(column: str) -> None:
    make_intervention()
    with pytest.raises(IntegrityError), transaction.atomic():
        Intervention.objects.update(**{column: -1})


def test_the_night_finds_nothing_in_a_healthy_house_and_repairs_what_is_not() -> None:
    job = make_intervention(parts_amount=Decimal("12.10"), labor_amount=Decimal("0.20"))
    pay(job, "12.30")
    in_state("closed", labor_amount=Decimal("70.70"))
    in_state("cancelled", labor_amount=9)
    make_intervention(labor_amount=Decimal("33.33"))
    now = timezone.now()
    assert services.repair_payments(now) == 0
    Intervention.objects.filter(pk=job.pk).update(paid_amount=Decimal("2.30"))
    Intervention.objects.filter(labor_amount=Decimal("33.33")).update(balance=1)
    assert any(line.startswith("Soldes") and line.endswith("2") for line in nightly.run(now))
    assert Intervention.objects.get(pk=job.pk).balance == 0
    assert services.repair_payments(now) == 0


def test_a_deposit_of_a_cancelled_job_is_found_to_be_given_back(desk: Browser, sign_in: SignIn) -> None:
    job = make_intervention(labor_amount=100)
    pay(job, "80", "deposit")
    pay(make_intervention(make_client(last_name="Dupont", first_name="Jean"), title="Autre", labor_amount=9), "5")
    for url in ("/interventions/", "/clients/"):
        assert len(rows(desk.get(f"{url}?credit=true"))) == 0
    services.cancel(Intervention.objects.get(pk=job.pk), reason="doublon", by=None)
    assert "Solde -80,00 €" in said(desk.get("/clients/CLT-001/"))
    for url in ("/interventions/", "/clients/", "/clients/CLT-001/interventions/"):
        assert len(rows(desk.get(f"{url}?credit=true"))) == 1, url
    assert "à rendre : 80,00 €" in said(desk.get("/interventions/?credit=true"))
    assert "Argent à rendre" in said(desk.get("/"))
    technician = sign_in(group="Technicien")
    assert "Argent à rendre" not in said(technician.get("/"))
    assert "Le filtre « credit » n’existe pas." in said(technician.get("/interventions/?credit=true"))


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_what_is_paid_beyond_what_an_ended_job_still_owes_is_said(state: str, desk: Browser) -> None:
    job = in_state("done", labor_amount=10) if state == "closed" else in_state(state, cancellation_fee=10)
    cheque = pay(job, "10", "balance", method="cheque")
    if state == "closed":
        services.close(Intervention.objects.get(), by=None)
    oppose(cheque, "rejection")
    sent = {"amount": "15", "kind": "balance", "method": "cash", "paid_on": f"{timezone.localdate()}"}
    response = desk.post(f"/interventions/{job.reference}/payments/", sent)
    assert response.status_code == 422
    assert "il reste 10,00 € à payer, pas davantage" in said(response)
    assert desk.post(f"/interventions/{job.reference}/payments/", sent | {"amount": "10"}).status_code == 302


def test_what_is_received_beyond_what_is_due_is_told_at_once(desk: Browser) -> None:
    job = in_state("done", labor_amount=10)
    sent = {"amount": "100", "kind": "balance", "method": "cash", "paid_on": f"{timezone.localdate()}"}
    answer = desk.post(f"/interventions/{job.reference}/payments/", sent, follow=True)
    assert "À rendre au client : 90,00 €." in said(answer)


def test_a_cancelled_job_may_have_a_fee(desk: Browser) -> None:
    job = make_intervention(labor_amount=100)
    pay(job, "80", "deposit")
    form = values(desk.get(f"{job.get_absolute_url()}edit/"))
    assert "cancellation_fee" not in form
    with pytest.raises(IntegrityError), transaction.atomic():
        Intervention.objects.update(cancellation_fee=1)
    services.cancel(Intervention.objects.get(), reason="client absent", by=None)
    form = values(desk.get(f"{job.get_absolute_url()}edit/"))
    assert desk.post(f"{job.get_absolute_url()}edit/", form | {"cancellation_fee": "30"}).status_code == 302
    stored = Intervention.objects.get()
    assert [stored.amount_due, stored.balance] == [30, -50]
    assert "À rendre50,00 €" in said(desk.get(job.get_absolute_url()))
    assert services.repair_payments(timezone.now()) == 0
    pay(stored, "80", "refund")
    sent = {"kind": "balance", "method": "card", "paid_on": "2026-01-05"}
    assert desk.post(f"{job.get_absolute_url()}payments/", sent | {"amount": "31"}).status_code == 422
    assert desk.post(f"{job.get_absolute_url()}payments/", sent | {"amount": "30"}).status_code == 302
    services.reopen(Intervention.objects.get(), by=None)
    assert [Intervention.objects.get().cancellation_fee, Intervention.objects.get().amount_due] == [0, 100]


def test_a_price_over_the_quote_is_said_until_the_client_agrees(desk: Browser, sign_in: SignIn) -> None:
    job = make_intervention(quote_amount=Decimal(200), labor_amount=Decimal(100))
    url, over = job.get_absolute_url(), "140,00 € de plus que le montant convenu (200,00 €)"
    assert "de plus que" not in said(desk.get(url))
    assert over in said(
        desk.post(f"{url}edit/", values(desk.get(f"{url}edit/")) | {"parts_amount": "240"}, follow=True)
    )
    services.start(Intervention.objects.get(), by=None)
    assert over in said(desk.get(f"{url}transition/?to=done"))
    finished = desk.post(f"{url}transition/", {"to": "done", "report": "Fait."}, follow=True)
    assert said(finished).count(over) == 2
    agreed = values(desk.get(f"{url}edit/")) | {"agreed_amount": "340"}
    assert set(field_errors(desk.post(f"{url}edit/", agreed))) == {"agreed_on", "agreed_how"}
    agreed |= {"agreed_on": "2026-01-05", "agreed_how": "phone"}
    page = said(desk.post(f"{url}edit/", agreed, follow=True))
    assert "de plus que" not in page
    assert "05/01/2026 · Téléphone" in page
    services.update(changed(Intervention.objects.get(), labor_amount=Decimal(150)), by=None)
    assert "50,00 € de plus que le montant convenu (340,00 €)" in said(desk.get(url))
    assert "de plus que" not in said(sign_in(group="Technicien").get(url))


def changed(job: Intervention, **fields: Decimal) -> Intervention:
    for name, value in fields.items():
        setattr(job, name, value)
    return job


def test_the_fee_is_offered_when_cancelling(desk: Browser, sign_in: SignIn) -> None:
    job = make_intervention(labor_amount=100)
    pay(job, "80", "deposit")
    page = f"/interventions/{job.reference}/transition/"
    shown = desk.get(page, {"to": "cancelled"})
    assert "Déjà payé : 80,00 €" in said(shown).replace("\xa0", " ")
    sent = values(shown) | {"reason": "client absent", "cancellation_fee": "-5"}
    assert "cancellation_fee" in field_errors(desk.post(page, sent))
    assert desk.post(page, sent | {"cancellation_fee": "30"}).status_code == 302
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert [job.cancellation_fee, job.balance] == [30, -50]
    other = make_intervention(labor_amount=100)
    page = f"/interventions/{other.reference}/transition/"
    worker = sign_in("interventions.change_intervention")
    assert "Frais d’annulation" not in said(worker.get(page, {"to": "cancelled"}))
    worker.post(page, {"to": "cancelled", "reason": "panne", "cancellation_fee": "30"})
    other.refresh_from_db()
    assert other.state == "cancelled"
    assert other.cancellation_fee == 0
