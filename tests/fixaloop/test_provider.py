"""Signing in by the firm’s own provider: who gets in with which groups, who does not, and who is out again."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from authlib.integrations.requests_client import OAuth2Session
from django.contrib.auth.models import User
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from fixaloop.accounts.models import ProviderAccount
from fixaloop.audit.models import AuditEntry
from tests.factories import PASSWORD, make_user
from tests.pages import said

pytestmark = pytest.mark.django_db
ISSUER, US = "https://id.example.com/firm", "fixaloop"
LOGIN, LEAVE, BACK = "/accounts/login/", "/accounts/login/provider/", "/accounts/login/provider/return/"
KEY, OTHER_KEY = (RSAKey.generate_key(2048, {"kid": "one"}, private=True) for _key in range(2))


class Answer:
    status_code = 200

    def __init__(self, said: Any) -> None:
        self.said = said

    def raise_for_status(self) -> None:
        pass

    def json(self) -> Any:
        return self.said


class Provider:
    """Who is signed in at the provider, and what it would say of them."""

    def __init__(self) -> None:
        self.person: dict[str, Any] = {
            "sub": "s-1",
            "preferred_username": "rose",
            "email": "rose@example.com",
            "email_verified": True,
            "groups": ["idp-desk", "idp-other"],
        }
        self.key, self.wrong, self.is_down = KEY, {}, False
        self.nonce = ""

    def request(self, method: str, url: str, **kwargs: Any) -> Answer:
        if self.is_down:
            raise OSError("no route to host")
        if url.endswith("/.well-known/openid-configuration"):
            ends = {name: f"{ISSUER}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
            return Answer({"issuer": ISSUER, "id_token_signing_alg_values_supported": ["RS256", "none"], **ends})
        if url.endswith("/jwks_uri"):
            return Answer(KeySet([KEY]).as_dict(private=False))
        assert kwargs["data"]["code_verifier"]
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": US, "iat": now, "exp": now + 60, "nonce": self.nonce} | self.person | self.wrong
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return Answer({"access_token": "opaque", "token_type": "Bearer", "id_token": token})


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 30, 8, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Provider:
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = ISSUER, US, "secret"
    settings.OIDC_GROUPS = [("idp-desk", "Accueil"), ("idp-boss", "Direction")]
    settings.STEP_UP_MINUTES, settings.REQUIRE_SECOND_FACTOR = 15, ["Accueil"]
    provider = Provider()
    monkeypatch.setattr(OAuth2Session, "request", provider.request)
    return provider


def asked(response: Any) -> dict[str, str]:
    assert response["Location"].startswith(f"{ISSUER}/authorization_endpoint?")
    return {name: found[0] for name, found in parse_qs(urlsplit(response["Location"]).query).items()}


def come_in(provider: Provider, browser: Browser, address: str = f"{LEAVE}?next=/clients/") -> Any:
    query = asked(browser.get(address))
    provider.nonce = query["nonce"]
    return browser.get(BACK, {"code": "c", "state": query["state"]})


def is_in(browser: Browser) -> bool:
    return browser.get("/clients/").status_code == 200


def groups_of(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def test_nothing_of_it_is_there_where_none_is_set_up() -> None:
    assert "Se connecter avec" not in said(Browser().get(LOGIN))
    assert {Browser().get(LEAVE).status_code, Browser().get(BACK).status_code} == {404}


def test_who_has_a_mapped_group_gets_in_with_exactly_the_mapped_ones(provider: Provider) -> None:
    browser = Browser()
    assert "Se connecter avec id.example.com" in said(browser.get(LOGIN))
    query = asked(browser.get(LEAVE))
    assert query["code_challenge_method"] == "S256"
    assert query["redirect_uri"] == f"http://testserver{BACK}"
    answer = come_in(provider, browser)
    assert answer["Location"] == "/clients/"
    assert "no-store" in answer["Cache-Control"]
    assert is_in(browser)
    rose = User.objects.get(username="rose")
    assert groups_of(rose) == {"Accueil"}
    assert not rose.has_usable_password()
    assert (rose.is_staff, rose.is_superuser) == (False, False)
    rose.groups.clear()
    provider.person |= {"groups": "idp-boss", "preferred_username": "renamed", "is_superuser": True}
    assert come_in(provider, Browser())["Location"] == "/clients/"
    assert groups_of(User.objects.get(provider_account__subject="s-1")) == {"Direction"}
    kinds = list(AuditEntry.objects.filter(subject="rose").values_list("kind", flat=True))
    assert kinds.count(AuditEntry.Kind.RIGHTS) == 2
    assert kinds.count(AuditEntry.Kind.SIGN_IN) == 2


@pytest.mark.parametrize(
    "wrong", [{"nonce": "x"}, {"aud": "other"}, {"iss": "https://other"}, {"exp": 1}, {"aud": "other", "azp": US}]
)
def test_a_token_that_is_not_for_this_sign_in_opens_nothing(provider: Provider, wrong: dict[str, Any]) -> None:
    provider.wrong = wrong
    browser = Browser()
    answer = come_in(provider, browser)
    assert "n’a pas confirmé qui vous êtes" in said(browser.get(answer["Location"]))
    assert not is_in(browser)
    assert not User.objects.filter(username="rose").exists()


def test_neither_another_key_nor_another_state_opens_anything(provider: Provider) -> None:
    browser = Browser()
    provider.key = OTHER_KEY
    come_in(provider, browser)
    assert not is_in(browser)
    provider.key = KEY
    stolen = asked(Browser().get(LEAVE))
    provider.nonce = stolen["nonce"]
    answer = browser.get(BACK, {"code": "c", "state": stolen["state"]})
    assert "ne vaut plus" in said(browser.get(answer["Location"]))
    assert not is_in(browser)


def test_who_leaves_is_out_with_every_session(provider: Provider, clock: time_machine.Traveller) -> None:
    here, there = Browser(), Browser()
    come_in(provider, here)
    come_in(provider, there)
    provider.person["groups"] = ["idp-other"]
    clock.shift(timedelta(minutes=16))
    asks = here.get("/clients/?q=a")
    query = asked(here.get(asks["Location"]))
    assert query["prompt"] == "none"
    provider.nonce = query["nonce"]
    answer = here.get(BACK, {"code": "c", "state": query["state"]})
    assert "Aucun de vos groupes n’ouvre Fixaloop" in said(here.get(answer["Location"]))
    assert [is_in(here), is_in(there)] == [False, False]
    rose = User.objects.get(username="rose")
    assert not rose.is_active
    assert groups_of(rose) == set()
    assert AuditEntry.objects.filter(kind=AuditEntry.Kind.ACCOUNT_CLOSED, subject="rose").exists()
    provider.person["groups"] = ["idp-desk"]
    answer = come_in(provider, there)
    assert "Ce compte est désactivé" in said(there.get(answer["Location"]))
    assert not is_in(there)


def test_the_provider_is_asked_again_in_time(provider: Provider, clock: time_machine.Traveller) -> None:
    browser = Browser()
    come_in(provider, browser)
    clock.shift(timedelta(minutes=14))
    assert is_in(browser)
    assert browser.get("/profile/security/app/").status_code == 200
    clock.shift(timedelta(minutes=2))
    # What is sent cannot follow to the provider: it waits on its page.
    sent = browser.post("/clients/new/", headers={"Referer": "http://testserver/clients/new/"})
    assert sent["Location"] == f"{LOGIN}?next=%2Fclients%2Fnew%2F"
    assert "vous attend" in said(browser.get(sent["Location"]))
    assert browser.get("/clients/", headers={"HX-Request": "true"})["Location"].startswith(LOGIN)
    assert come_in(provider, browser, browser.get("/clients/")["Location"])["Location"] == "/clients/"
    assert is_in(browser)
    clock.shift(timedelta(minutes=16))
    query = asked(browser.get(LEAVE))
    browser.get(BACK, {"error": "login_required", "state": query["state"]})
    assert browser.get("/clients/")["Location"].startswith(LOGIN)


def test_a_provider_that_is_down_or_no_more_set_up_ends_what_it_opened(
    provider: Provider, clock: time_machine.Traveller, settings: Any
) -> None:
    browser = Browser()
    come_in(provider, browser)
    settings.OIDC_ISSUER = ""
    assert browser.get("/clients/")["Location"] == LOGIN
    settings.OIDC_ISSUER = ISSUER
    assert not is_in(browser)
    provider.is_down, settings.OIDC_CLIENT_ID = True, "not-yet-read"
    answer = browser.get(LEAVE)
    assert "ne répond pas" in said(browser.get(answer["Location"]))


def test_a_verified_address_alone_ties_an_account_of_before(provider: Provider) -> None:
    old = make_user(username="before", email="Rose@example.com", group="Direction")
    signed_in = Browser()
    signed_in.force_login(old)
    provider.person["email_verified"] = False
    come_in(provider, Browser())
    assert not ProviderAccount.objects.filter(user=old).exists()
    provider.person |= {"sub": "s-2", "email_verified": True}
    come_in(provider, Browser())
    assert ProviderAccount.objects.get(user=old).subject == "s-2"
    assert groups_of(old) == {"Accueil"}
    assert not is_in(signed_in)
    old.set_password(PASSWORD)
    old.save()
    assert Browser().post(LOGIN, {"username": "before", "password": PASSWORD}).status_code == 200


def test_administrators_come_in_by_their_password_alone(provider: Provider) -> None:
    boss = make_user(username="boss", email="rose@example.com", is_superuser=True)
    come_in(provider, Browser())
    account = ProviderAccount.objects.get(subject="s-1")
    assert account.user.username == "rose"
    account.user = boss
    account.save()
    browser = Browser()
    answer = come_in(provider, browser)
    assert "Un administrateur se connecte par son mot de passe" in said(browser.get(answer["Location"]))
    assert not is_in(browser)
    assert Browser().post(LOGIN, {"username": "boss", "password": PASSWORD}).status_code == 302
