"""The navigation shows where one may go, and where one is."""

from typing import Any

from django.test import Client as Browser

from tests.conftest import SignIn
from tests.factories import make_client


def items(response: Any) -> dict[str, bool]:
    """The places shown, and whether one is there."""
    return {str(item.label): item.current for group in response.context["nav"] for item in group.items}


def test_it_shows_where_one_is(desk: Browser) -> None:
    make_client()
    assert items(desk.get("/"))["Clients"] is False
    for url in ("/clients/", "/clients/?q=x", "/clients/CLT-001/", "/clients/CLT-001/history/", "/clients/new/"):
        assert [label for label, current in items(desk.get(url)).items() if current] == ["Clients"]


def test_it_shows_one_place_where_one_lies_within_another(desk: Browser) -> None:
    shown = items(desk.get("/clients/templates/"))
    assert [label for label, current in shown.items() if current] == ["Modèles de clients"]


def test_it_shows_no_place_one_may_not_go_to(sign_in: SignIn) -> None:
    assert "Clients" in items(sign_in("clients.view_client").get("/"))
    assert "Clients" not in items(sign_in().get("/"))


def test_it_shows_nothing_to_strangers() -> None:
    assert items(Browser().get("/accounts/login/")) == {}
