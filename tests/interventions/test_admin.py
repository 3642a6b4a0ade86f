"""Interventions in Django's admin: the rules of the pages, the state never typed."""

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser

from clients.models import Client
from interventions.models import Intervention
from tests.conftest import SignIn
from tests.factories import make_client
from tests.interventions.factories import in_state, make_intervention, pay
from tests.pages import said, values

LIST = "/admin/interventions/intervention/"


@pytest.fixture
def staff(sign_in: SignIn) -> Browser:
    return sign_in(is_staff=True, is_superuser=True, username="camille")


def test_it_creates_through_the_service(staff: Browser) -> None:
    client = make_client()
    form = values(staff.get(f"{LIST}add/")) | {"client": str(client.pk), "title": "Réparer", "state": "closed"}
    assert staff.post(f"{LIST}add/", form).status_code == 302
    job = Intervention.objects.get()
    assert (job.number, job.state) == (1, "to_plan")
    assert job.history.get().history_user == User.objects.get(username="camille")
    assert Client.objects.get().open_interventions == 1


def test_it_creates_once_when_sent_twice(staff: Browser) -> None:
    client = make_client()
    form = values(staff.get(f"{LIST}add/")) | {"client": str(client.pk), "title": "Réparer"}
    assert [staff.post(f"{LIST}add/", form).status_code for _time in range(2)] == [302, 302]
    assert Intervention.objects.count() == 1


def test_it_changes_and_says_what_cannot_be(staff: Browser) -> None:
    job = make_intervention()
    address = f"{LIST}{job.pk}/change/"
    form = values(staff.get(address))
    refused = staff.post(address, form | {"labor_amount": "-5"})
    assert "jamais négatif" in said(refused)
    assert staff.post(address, form | {"labor_amount": "5,50"}).status_code == 302
    assert str(Intervention.objects.get().balance) == "5.50"
    assert "entre-temps" in said(staff.post(address, form | {"title": "Autre"}))
    assert Intervention.objects.get().title == "Réparer la porte"


def test_a_closed_one_is_only_shown(staff: Browser) -> None:
    job = in_state("closed")
    assert staff.post(f"{LIST}{job.pk}/change/", {"title": "Autre"}).status_code == 403
    assert "Clôturée" in said(staff.get(f"{LIST}{job.pk}/change/"))


def test_it_deletes_through_the_service(staff: Browser) -> None:
    job, paid = make_intervention(), make_intervention(labor_amount=10)
    pay(paid, "10")
    assert staff.post(f"{LIST}{job.pk}/delete/", {"post": "yes"}).status_code == 302
    assert "Des paiements" in said(staff.get(f"{LIST}{paid.pk}/delete/"))
    assert list(Client.objects.order_by("pk").values_list("open_interventions", flat=True)) == [0, 1]


def test_it_searches_and_lists(staff: Browser) -> None:
    pay(make_intervention(title="Portail", labor_amount=10), "10")
    assert "INT-001" in said(staff.get(f"{LIST}?q=portail+lupin"))
    assert "INT-001" not in said(staff.get(f"{LIST}?q=moteur"))
    assert "Portail" in said(staff.get("/admin/interventions/interventionpayment/"))
