"""A search that finds nothing says where it would find something."""

import pytest
from django.test import Client as Browser

from tests.factories import make_client
from tests.pages import links

pytestmark = pytest.mark.django_db


def test_it_looks_among_the_inactive_too(desk: Browser) -> None:
    make_client(last_name="Curie")
    found = links(desk.get("/clients/?q=curie&status=active"))
    assert found["Chercher aussi parmi les inactifs"] == "/clients/?q=curie"


def test_it_looks_in_all_companies(desk: Browser) -> None:
    boss = make_client(company_name="Garage du Port")
    make_client(last_name="Curie")
    found = links(desk.get(f"/clients/?q=curie&company={boss.reference}"))
    assert found["Chercher dans toutes les entreprises"] == "/clients/?q=curie"
    found = links(desk.get(f"/clients/{boss.reference}/members/?q=curie"))
    assert found["Chercher dans toutes les entreprises"] == "/clients/?q=curie"
    assert "Chercher dans toutes les entreprises" not in links(desk.get(f"/clients/{boss.reference}/members/?q=zola"))


def test_it_looks_without_the_filters_where_one_less_is_not_enough(desk: Browser) -> None:
    make_client(last_name="Curie", city="Paris")
    found = links(desk.get("/clients/?q=curie&status=active&city=Lyon"))
    assert found["Chercher sans les filtres"] == "/clients/?q=curie"
