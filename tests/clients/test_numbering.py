"""References: given once, in order, whoever asks at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from clients import services
from clients.models import Client
from fixaloop.models import Counter, NumbersAside
from fixaloop.records.numbering import Numbers, allot
from tests.factories import make_client

pytestmark = pytest.mark.each_database


@pytest.mark.django_db
def test_it_numbers_clients_from_one() -> None:
    assert [make_client().reference, make_client().reference] == ["CLT-001", "CLT-002"]


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "reference"), [(7, "CLT-007"), (999, "CLT-999"), (1000, "CLT-1000")])
def test_it_shows_at_least_three_digits(number: int, reference: str) -> None:
    Counter.objects.filter(pk="client").update(value=number - 1)
    client = make_client()
    assert client.reference == reference
    assert client.get_absolute_url() == f"/clients/{reference}/"


@pytest.mark.django_db
def test_it_never_gives_a_number_again() -> None:
    first, last = make_client(), make_client()
    services.delete_client(last, by=None)
    assert make_client().number == last.number + 1
    assert first.number == 1


@pytest.mark.django_db
def test_it_keeps_the_number_of_a_creation_that_fails() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_client(first_name="")
    assert make_client().reference == "CLT-001"


@pytest.mark.django_db
def test_it_gives_numbers_in_a_row_to_an_import() -> None:
    assert list(allot("client", 3)) == [1, 2, 3]
    assert list(allot("client")) == [4]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not connection.features.has_select_for_update, reason="one writer at a time: nothing is put aside")
def test_it_loses_no_number_of_an_import_that_fails() -> None:
    def colleague() -> int:
        try:
            return make_client().number
        finally:
            connection.close()

    failing, again = Numbers("client"), Numbers("client")
    failing.put_aside(10)
    with ThreadPoolExecutor() as threads, transaction.atomic():
        failing.hold(10, simulated=False)
        assert failing.give([None] * 4) == [1, 2, 3, 4]
        assert threads.submit(colleague).result() == 11, "who waits for nobody and takes nothing of it"
        transaction.set_rollback(True)
    again.put_aside(6)
    assert make_client().number == 12
    with transaction.atomic():
        again.hold(6, simulated=False)
        assert again.give([None] * 6) == [1, 2, 3, 4, 5, 6]
    again.put_aside(6)
    with transaction.atomic():
        again.hold(6, simulated=False)
        assert again.give([None] * 6) == [7, 8, 9, 10, 13, 14]
    again.put_aside(5)
    assert make_client().number == 15, "an import that never began to write gives all back"
    with transaction.atomic():
        again.hold(5, simulated=False)
        assert again.give([None] * 5) == [16, 17, 18, 19, 20]
    assert list(allot("client", 1, above=100)) == [101]
    assert not NumbersAside.objects.exists()


@pytest.mark.django_db
def test_it_refuses_a_series_that_no_migration_opened() -> None:
    with pytest.raises(Counter.DoesNotExist):
        allot("unknown")


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["CLT-001", "clt-001", "CLT-1", "clt1", "CLT001", "CLT-0001"])
def test_it_takes_a_reference_as_people_type_it(typed: str) -> None:
    assert reverse("clients:detail", args=[1]) == "/clients/CLT-001/"
    assert reverse("clients:detail", args=["CLT-001"]) == "/clients/CLT-001/"
    converter = Client.objects.filter(number=1)
    make_client()
    assert converter.exists()


@pytest.mark.django_db(transaction=True)
def test_it_numbers_fifty_clients_created_at_once() -> None:
    def create(index: int) -> int:
        try:
            return make_client(last_name=f"Nombre {index}").number
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=16) as threads:
        numbers = sorted(threads.map(create, range(50)))
    assert numbers == list(range(1, 51))
    assert Client.objects.count() == 50
    assert Client.history.count() == 50
