"""The language of the account, else of the browser, else French."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from fixaloop.models import ExportJob
from tests.factories import make_client
from tests.pages import parse, said, values


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "spoken"), [("en-GB,en;q=0.9,fr;q=0.8", "en"), ("fr-CA", "fr"), ("de", "fr"), ("*", "fr"), ("", "fr")]
)
def test_it_speaks_what_the_browser_asks_for_where_nobody_chose(asked: str, spoken: str) -> None:
    response = Browser().get("/accounts/login/", headers={"accept-language": asked})
    assert response["Content-Language"] == spoken
    assert "Accept-Language" in response["Vary"]


@pytest.mark.django_db
def test_it_answers_readers_in_french() -> None:
    response = Browser().get("/api/v1/device", headers={"accept-language": "en"})
    assert response["Content-Language"] == "fr"


def test_it_keeps_the_choice_with_the_account(desk: Browser) -> None:
    response = desk.post("/accounts/language/", {"language": "en", "next": "/clients/?sort=name"})
    assert response["Location"] == "/clients/?sort=name"
    assert parse(desk.get("/clients/")).get("lang") == "en"
    elsewhere = Browser(headers={"accept-language": "fr"})
    elsewhere.force_login(User.objects.get(username="odile"))
    assert elsewhere.get("/clients/")["Content-Language"] == "en"
    desk.post("/accounts/language/", {"language": "fr"})
    assert desk.get("/clients/")["Content-Language"] == "fr"


def test_the_profile_sets_it_and_gives_it_back_to_the_browser(desk: Browser) -> None:
    desk.cookies["django_language"] = "fr"
    page = desk.post("/profile/", {"language": "en"}, follow=True)
    assert "Your choice is saved." in said(page)
    assert values(page)["language"] == "en"
    desk.post("/profile/", {"language": ""})
    assert desk.get("/", headers={"accept-language": "en"})["Content-Language"] == "en"
    assert desk.get("/", headers={"accept-language": "fr"})["Content-Language"] == "fr"
    assert desk.post("/profile/", {"language": "zz"}).status_code == 422


def test_the_choice_is_read_with_the_account(desk: Browser) -> None:
    desk.post("/profile/", {"language": "en"})
    with CaptureQueriesContext(connection) as queries:
        assert desk.get("/clients/")["Content-Language"] == "en"
    assert len([query for query in queries if "fixaloop_preference" in query["sql"]]) == 1
    assert len([query for query in queries if 'FROM "auth_user"' in query["sql"]]) == 1


def test_the_worker_writes_in_the_language_of_who_asked(desk: Browser, settings: object) -> None:
    make_client()
    settings.EXPORT_BACKGROUND_ROWS = 0
    desk.post("/profile/", {"language": "en"})
    desk.get("/clients/export/")
    assert ExportJob.objects.get().language == "en"


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
