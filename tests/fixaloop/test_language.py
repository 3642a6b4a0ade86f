"""French unless the person chose another language, whatever the browser asks for."""

import pytest
from django.test import Client as Browser

from tests.pages import parse, said, values


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["en", "en-GB,en;q=0.9", "de", "*", "zz", ""])
def test_it_speaks_french_whatever_the_browser_asks(asked: str) -> None:
    response = Browser().get("/accounts/login/", headers={"accept-language": asked})
    assert "Se connecter" in said(response)
    assert response["Content-Language"] == "fr"
    assert "Accept-Language" not in response.get("Vary", "")


def test_it_speaks_the_language_one_chose(desk: Browser) -> None:
    response = desk.post("/accounts/language/", {"language": "en", "next": "/clients/?sort=name"})
    assert response["Location"] == "/clients/?sort=name"
    assert desk.get("/clients/")["Content-Language"] == "en"
    html = parse(desk.get("/clients/"))
    assert html.get("lang") == "en"
    desk.post("/accounts/language/", {"language": "fr"})
    assert desk.get("/clients/")["Content-Language"] == "fr"


def test_it_offers_the_other_language(desk: Browser) -> None:
    assert values(desk.get("/clients/"))["next"] == "/clients/"
    assert "English" in said(desk.get("/clients/"))


def test_it_leads_to_no_other_site(desk: Browser) -> None:
    response = desk.post("/accounts/language/", {"language": "en", "next": "https://elsewhere.example/"})
    assert response["Location"] == "/"


@pytest.mark.parametrize("language", ["zz", "", "fr-CA", "\x00"])
def test_it_keeps_french_for_a_language_it_does_not_have(language: str, desk: Browser) -> None:
    desk.post("/accounts/language/", {"language": language})
    assert desk.get("/")["Content-Language"] == "fr"
    desk.cookies["django_language"] = language.replace("\x00", "")
    assert desk.get("/")["Content-Language"] == "fr"
