"""Payments are never changed or deleted: the database refuses, and what was done behind it is found and named."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client as Browser
from django.utils import timezone

from access import services as access
from access.models import Entry, Payment
from clients.privacy import anonymize_client
from fixaloop.models import PaymentHead
from fixaloop.records import chain
from fixaloop.records.frozen import thawed
from interventions import services
from interventions.models import Intervention, InterventionPayment
from tests.access.factories import make_entry
from tests.conftest import SignIn
from tests.interventions.factories import in_state, make_intervention, oppose, pay
from tests.interventions.test_parallel import at_once
from tests.pages import field_errors, said, values

pytestmark = pytest.mark.each_database

OF_JOBS, OF_ENTRIES = InterventionPayment._meta.db_table, Payment._meta.db_table
TODAY = "2026-11-02"


def pay_entry(amount: str, entry: Entry | None = None, **fields: Any) -> Payment:
    entry = entry or make_entry(amount_due=Decimal(50))
    fields = {"method": "cheque", "paid_on": timezone.localdate()} | fields
    return access.record_payment(Payment(entry=entry, amount=Decimal(amount), **fields), by=None)


def verify() -> tuple[int, str]:
    output = StringIO()
    try:
        call_command("verify_payments", stdout=output)
    except SystemExit as end:
        return int(str(end.code)), output.getvalue().strip()
    return 0, output.getvalue().strip()


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def paid(db: None) -> InterventionPayment:
    """Payments 1 to 5, of jobs and entries in turn."""
    job = make_intervention(labor_amount=100)
    first = pay(job, "10", note="chèque de Paul")
    pay_entry("20", reference="TPE 12")
    pay(job, "30")
    pay_entry("40", note="en retard")
    pay(job, "10", "refund", note="trop perçu")
    return first


def test_they_have_one_chain(paid: InterventionPayment) -> None:
    assert [*InterventionPayment.objects.values_list("number", flat=True)] == [1, 3, 5]
    assert [*Payment.objects.values_list("number", flat=True)] == [2, 4]
    assert verify() == (0, "5 paiements, tous intacts.")


COPY = "number, hash, kind, amount, method, paid_on, words_digest, created_at"


def copied(number: int, new: int) -> str:
    """A payment of an entry copied under another number."""
    kept = f"{new}, hash, kind, amount, method, paid_on, '', created_at"
    return (
        f"INSERT INTO {OF_ENTRIES} (entry_id, {COPY}) SELECT entry_id, {kept} FROM {OF_ENTRIES} WHERE number = {number}"
    )


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (f"UPDATE {OF_ENTRIES} SET amount = 21 WHERE number = 2", "Le paiement n° 2 a été modifié."),
        (f"UPDATE {OF_JOBS} SET paid_on = '2020-01-01' WHERE number = 3", "Le paiement n° 3 a été modifié."),
        (f"UPDATE {OF_JOBS} SET by_id = NULL, method = 'cash' WHERE number = 5", "Le paiement n° 5 a été modifié."),
        ("UPDATE fixaloop_paymentwords SET note = 'de Pierre' WHERE note <> ''", "Le paiement n° 1 a été modifié."),
        ("UPDATE fixaloop_paymentwords SET salt = ''", "Le paiement n° 1 a été modifié."),
        (f"DELETE FROM {OF_ENTRIES} WHERE number = 4", "Le paiement n° 4 a été supprimé."),
        (f"DELETE FROM {OF_JOBS} WHERE number = 5", "Le paiement n° 5 a été supprimé."),
        (f"DELETE FROM {OF_JOBS}", "Le paiement n° 1 a été supprimé."),
        (f"UPDATE {OF_ENTRIES} SET number = 60 WHERE number = 4", "Le paiement n° 4 porte à présent le n° 60."),
        (f"UPDATE {OF_ENTRIES} SET number = 0 WHERE number = 4", "Le paiement n° 4 porte à présent le n° 0."),
        (f"UPDATE {OF_JOBS} SET number = 6 WHERE number = 5", "Le paiement n° 5 porte à présent le n° 6."),
        (f"UPDATE {OF_ENTRIES} SET number = 3 WHERE number = 2", "Le paiement n° 2 porte à présent le n° 3."),
        (f"UPDATE {OF_JOBS} SET id = id + 900 WHERE number = 3", "Le paiement n° 3 a été modifié."),
        (f"UPDATE {OF_ENTRIES} SET id = id + 900 WHERE number = 4", "Le paiement n° 4 a été modifié."),
        (copied(2, 6), "Le paiement n° 6 a été ajouté."),
        (copied(2, 3), "Le paiement n° 3 est là deux fois : l’un des deux a été ajouté."),
        (
            "UPDATE fixaloop_paymenthead SET hash = ''",
            "Le paiement n° 5 n’est pas le dernier que Fixaloop a enregistré.",
        ),
    ],
)
def test_what_was_done_behind_the_program_is_named(sql: str, said: str, paid: InterventionPayment) -> None:
    with thawed(connection, [OF_JOBS, OF_ENTRIES]):
        execute(sql)
    assert verify() == (1, said)


def test_two_payments_that_changed_places_are_named(paid: InterventionPayment) -> None:
    with thawed(connection, [OF_JOBS, OF_ENTRIES]):
        for number, new in ((3, 90), (5, 3), (90, 5)):
            execute(f"UPDATE {OF_JOBS} SET number = {new} WHERE number = {number}")
    assert verify() == (1, "Le paiement n° 3 porte à présent le n° 5.")


def test_payments_from_before_their_keys_were_hashed_hold(db: None) -> None:
    kept = {"paid_on": timezone.localdate(), "created_at": timezone.now(), "words_digest": "", "words_id": None}
    row = {"number": 1, "kind": "payment", "amount": Decimal(20), "method": "cash", **kept}
    values = [row.get(name) for name in chain.HASHED]
    entry = make_entry(amount_due=Decimal(50), paid_amount=Decimal(20))
    row["hash"] = chain.digest("", 1, "access.payment", entry.pk, values)
    Payment.objects.bulk_create([Payment(entry=entry, **row)])
    PaymentHead.objects.update(number=1, hash=row["hash"])
    pay_entry("30", entry)
    assert verify() == (0, "2 paiements, tous intacts.")


def test_the_database_refuses_the_rest(paid: InterventionPayment) -> None:
    of_entry = Payment.objects.earliest("number")
    replacing = "TRUNCATE {0} CASCADE" if connection.vendor == "postgresql" else "REPLACE INTO {0} SELECT * FROM {0}"
    statements = [
        sql.format(table)
        for sql in ("UPDATE {0} SET method = 'cash'", "DELETE FROM {0} WHERE number < 3", replacing)
        for table in (OF_JOBS, OF_ENTRIES)
    ]
    attempts: list[Callable[[], Any]] = [
        paid.save,
        paid.delete,
        lambda: Payment.objects.update(amount=1),
        lambda: InterventionPayment.objects.filter(number=1).update(words=None, words_digest=""),
        lambda: Payment.objects.all()._raw_delete(using="default"),
        lambda: Payment.objects.bulk_update([of_entry], ["method"]),
        Payment(entry=of_entry.entry, kind="payment", amount=1, method="cash", paid_on=of_entry.paid_on).save,
        *(partial(execute, sql) for sql in statements),
    ]
    # PostgreSQL empties no table that has foreign keys to check.
    connection.check_constraints()
    for attempt in attempts:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
    assert verify() == (0, "5 paiements, tous intacts.")


def test_what_was_typed_is_forgotten_and_the_chain_holds(paid: InterventionPayment) -> None:
    client = paid.intervention.client
    services.cancel(paid.intervention, reason="doublon", by=None)
    anonymize_client(client, by=None)
    notes = [payment.note for payment in InterventionPayment.objects.select_related("words")]
    assert notes == ["anonymisé", "", "anonymisé"]
    assert verify() == (0, "5 paiements, tous intacts.")


def test_a_cheque_that_bounces_is_owed_again_whatever_the_state(desk: Browser) -> None:
    """It is in the list of what is unpaid, and may be paid once more."""
    job = in_state("done", labor_amount=30)
    cheque = pay(job, "30", method="cheque")
    services.close(Intervention.objects.get(), by=None)
    url = f"/interventions/INT-001/payments/{cheque.pk}/opposite/"
    form = values(desk.get(url))
    assert form["kind"] == "rejection"
    assert "note" in field_errors(desk.post(url, form | {"note": ""}))
    assert desk.post(url, form | {"note": "sans provision"})["Location"] == "/interventions/INT-001/"
    page = said(desk.get("/interventions/INT-001/"))
    assert "rejeté" in page
    assert "n° 2 : sans provision" in page
    assert "répond au n° 1" in page
    assert "Réparer la porte" in said(desk.get("/interventions/?unpaid=true"))
    # Sent twice, it is answered once; from another page that was open meanwhile, it is refused.
    assert desk.post(url, form | {"note": "sans provision"}).status_code == 302
    again = desk.post(url, values(desk.get(url)) | {"note": "encore"})
    assert again.status_code == 409
    assert "a déjà sa réponse, le n° 2" in said(again)
    assert InterventionPayment.objects.count() == 2
    paid = {"amount": "30", "kind": "balance", "method": "cash", "paid_on": TODAY}
    assert desk.post("/interventions/INT-001/payments/", paid | {"amount": "31"}).status_code == 422
    assert desk.post("/interventions/INT-001/payments/", paid).status_code == 302
    assert Intervention.objects.get().balance == 0


def test_a_cheque_for_an_entry_bounces_too(desk: Browser) -> None:
    payment = pay_entry("50")
    url = f"/access/entries/{payment.entry_id}/payments/{payment.pk}/opposite/"
    assert desk.post(url, values(desk.get(url)) | {"note": "sans provision"}).status_code == 302
    entry = Entry.objects.get()
    assert [entry.balance, entry.payment_status] == [50, "unpaid"]
    page = said(desk.get(entry.get_absolute_url()))
    assert "rejeté" in page
    assert "n° 2 : sans provision" in page
    assert "50,00" in said(desk.get("/access/entries/?payment=unpaid"))
    assert "Paiement rejeté : 50,00 € (chèque)" in said(desk.get(entry.get_absolute_url()))


def test_an_opposite_has_a_reason_and_makes_sense(db: None) -> None:
    job = make_intervention(labor_amount=30)
    cash = pay(job, "30", method="cash")
    for kind, told, name in (
        ("rejection", {}, "kind"),
        ("refund", {}, "kind"),
        ("correction", {"reason": ""}, "note"),
        ("correction", {"paid_on": timezone.localdate() - timedelta(days=1)}, "paid_on"),
        ("correction", {"paid_on": timezone.localdate() + timedelta(days=1)}, "paid_on"),
    ):
        with pytest.raises(ValidationError) as refusal:
            oppose(cash, kind, **told)
        assert list(refusal.value.message_dict) == [name]
    refund = pay(job, "30", "refund")
    with pytest.raises(services.Refused, match="Un remboursement dépend de ce paiement"):
        oppose(cash)
    oppose(refund)
    answer = oppose(cash)
    assert Intervention.objects.get().paid_amount == 0
    with pytest.raises(services.Refused, match="répond déjà"):
        oppose(answer)


def test_a_cheque_bounces_even_when_its_money_was_given_back(db: None) -> None:
    job = make_intervention(labor_amount=30)
    cheque = pay(job, "30", method="cheque")
    pay(job, "30", "refund", method="cash")
    oppose(cheque, "rejection", reason="sans provision")
    assert Intervention.objects.get().balance == 60


def test_only_who_takes_money_answers_a_payment(paid: InterventionPayment, sign_in: SignIn) -> None:
    of_entry = Payment.objects.earliest("number")
    urls = (
        f"/interventions/INT-001/payments/{paid.pk}/opposite/",
        f"/access/entries/{of_entry.entry_id}/payments/{of_entry.pk}/opposite/",
    )
    for group, status in (("Accueil", 200), ("Lecture seule", 403), ("Technicien", 403), ("Gardien", 403)):
        browser = sign_in(group=group, username=group)
        assert [browser.get(url).status_code for url in urls] == [status, status]
    assert browser.post(urls[0], {"kind": "correction", "note": "x", "paid_on": TODAY}).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_two_payments_at_once_have_two_numbers() -> None:
    jobs = [make_intervention(labor_amount=100) for _job in range(3)]
    entries = [make_entry(amount_due=Decimal(50)) for _entry in range(3)]

    def work(number: int) -> None:
        if number % 2:
            pay(Intervention.objects.get(pk=jobs[number // 2].pk), "1")
        else:
            pay_entry("1", entries[number // 2])

    assert at_once(work) == {"done": 6}
    assert verify() == (0, "6 paiements, tous intacts.")
