"""“Vouliez-vous dire…”: a name with one wrong letter is proposed where nothing is found."""

import pytest
from django.test import Client as Browser

from clients.models import Client
from clients.spelling import is_near, near_queries
from tests.factories import make_client
from tests.pages import links, rows, said

pytestmark = pytest.mark.each_database

WRONG = ("durnad", "duramd", "duurand", "duand", "dirand", "durzand", "DURNAD", "urannd")


@pytest.fixture(autouse=True)
def known(db: None) -> None:
    make_client(first_name="Zoé", last_name="Durand")
    make_client(company_name="O'Connor & Fils", city="Châlons")


@pytest.mark.parametrize("typed", WRONG)
def test_it_proposes_the_name_with_one_letter_put_right(typed: str, desk: Browser) -> None:
    response = desk.get("/clients/", {"q": typed})
    assert rows(response) == []
    if typed != "urannd":
        assert "Vouliez-vous dire durand" in said(response)
        assert rows(desk.get(links(response)["durand"])) == ["Zoé Durand"]
    else:
        assert "Vouliez-vous" not in said(response)


def test_it_puts_right_one_word_of_several(desk: Browser) -> None:
    shown = links(desk.get("/clients/", {"q": "zoé durnad", "kind": "individual"}))
    assert shown["zoe durand"] == "/clients/?kind=individual&q=zoe+durand"
    assert near_queries("anne durnad", Client.objects.all()) == []
    assert near_queries("oconor", Client.objects.all()) == ["oconnor"]
    assert near_queries("conor", Client.objects.all()) == ["connor"]
    assert near_queries("chalns", Client.objects.all()) == ["chalons"]


def test_it_proposes_nothing_for_what_is_found_or_no_name(desk: Browser) -> None:
    for query in ("durand", "durn", "0639980001", "a@b.fr", "x", "%%%%%", "CLT-999", "dur_nd", "x" * 200):
        assert "Vouliez-vous" not in said(desk.get("/clients/", {"q": query})), query


def test_it_proposes_only_clients_of_the_list(desk: Browser) -> None:
    make_client(company_name="Garage du Port")
    assert "Vouliez-vous" not in said(desk.get("/clients/CLT-003/members/", {"q": "durnad"}))


def test_the_picker_proposes_them_too(desk: Browser) -> None:
    assert "CLT-001" in desk.get("/clients/pick/", {"company": "durnad"}).content.decode()
    assert "CLT-001" not in desk.get("/clients/pick/", {"company": "durnad", "kind": "company"}).content.decode()


def test_one_letter_is_one_letter() -> None:
    assert is_near("martin", "martn")
    assert is_near("martin", "matrin")
    assert not is_near("martin", "martin")
    assert not is_near("martin", "matrim")
