"""Towns suggested from a postal code, while typing."""

import pytest
from django.test import Client as Browser

from tests.conftest import SignIn
from tests.pages import parse


def towns(browser: Browser, **query: str) -> list[str]:
    return [option.get("value", "") for option in parse(browser.get("/clients/towns/", query)).iter("option")]


def test_it_names_the_towns_of_a_code(desk: Browser) -> None:
    assert towns(desk, postal_code="94240") == ["L'Haÿ-les-Roses"]
    assert len(towns(desk, postal_code="51300")) == 46
    assert "Bastia" in towns(desk, postal_code="20200")
    assert "Monaco" in towns(desk, postal_code="98000")


@pytest.mark.parametrize("code", ["", " ", "13616", "99999", "x", "\x00", "9" * 500, "é"])
def test_it_suggests_nothing_where_it_knows_nothing(code: str, desk: Browser) -> None:
    assert towns(desk, postal_code=code) == []


def test_it_names_the_codes_of_a_town(desk: Browser) -> None:
    codes = towns(desk, city="Metz", **{"for": "code"})
    assert codes[:3] == ["57000", "57050", "57070"]
    assert towns(desk, city="", **{"for": "code"}) == []


def test_it_suggests_no_more_than_a_list_can_show(desk: Browser) -> None:
    assert len(towns(desk, postal_code="1")) <= 50


def test_it_suggests_to_those_who_may_see_clients(sign_in: SignIn) -> None:
    assert sign_in().get("/clients/towns/?postal_code=94240").status_code == 403
