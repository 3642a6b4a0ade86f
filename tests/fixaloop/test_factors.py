"""The second factor: set up by its owner, asked at sign-in, proved again before what is grave."""

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pyotp
import pytest
import time_machine
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client as Browser
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestedCredentialData, AuthenticatorData, CollectedClientData

from fixaloop.accounts.models import Factor, Passkey, RecoveryCode
from tests.access.factories import make_device
from tests.conftest import SignIn
from tests.factories import PASSWORD, make_client, make_user
from tests.pages import parse, read, said, text

pytestmark = pytest.mark.django_db
LOGIN, SECOND, CONFIRM = "/accounts/login/", "/accounts/login/second/", "/accounts/confirm/"
SECURITY = "/profile/security/"
APP, CODES, DROP = (f"{SECURITY}{page}/" for page in ("app", "codes", "drop"))
KEY = "aWQ"
HALF_MINUTE = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 30, 8, 0, 10, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def proofs_age(settings: Any) -> None:
    settings.STEP_UP_MINUTES = 15


@pytest.fixture
def rose() -> User:
    return make_user(username="rose", group="Accueil")


def sign_in_as(username: str, password: str = PASSWORD) -> tuple[Browser, Any]:
    browser = Browser()
    return browser, browser.post(LOGIN, {"username": username, "password": password, "next": "/clients/"})


def shown_now(secret: str, later: timedelta = timedelta(0)) -> str:
    return pyotp.TOTP(secret).at(datetime.now(UTC) + later)


def set_up(browser: Browser) -> tuple[str, list[str]]:
    """The secret that the page shows, and the codes on paper."""
    page = browser.get(APP)
    secret = re.search(r"clé\s: ((?:[A-Z2-7]{4} ?)+)", said(page))[1].replace(" ", "")  # type: ignore[index]
    assert "Attendez le suivant" in said(browser.post(APP, {"code": "000000"}))
    answer = browser.post(APP, {"code": shown_now(secret)})
    codes = [text(node) for node in parse(answer).iter("code")]
    assert len(codes) == 10
    return secret, codes


def test_the_code_of_ones_app_opens_once(rose: User, clock: time_machine.Traveller) -> None:
    browser, _answer = sign_in_as("rose")
    secret, _codes = set_up(browser)
    assert "Un second facteur a été ajouté" in said(browser.get("/notifications/"))
    clock.shift(HALF_MINUTE)
    other, answer = sign_in_as("rose")
    assert answer["Location"] == SECOND
    # The password alone opens nothing.
    assert other.get("/")["Location"].startswith(LOGIN)
    code = shown_now(secret)
    assert other.post(SECOND, {"code": code})["Location"] == "/clients/"
    assert other.get("/clients/").status_code == 200
    third, _answer = sign_in_as("rose")
    assert "déjà servi" in said(third.post(SECOND, {"code": code}))
    # The clock of a phone may be half a minute wrong.
    assert third.post(SECOND, {"code": shown_now(secret, HALF_MINUTE)}).status_code == 302
    # Who waits too long begins again.
    late, _answer = sign_in_as("rose")
    clock.shift(timedelta(minutes=11))
    assert late.post(SECOND, {"code": shown_now(secret)})["Location"] == LOGIN


def test_the_database_alone_does_not_tell_the_secret_of_an_app(
    rose: User, settings: Any, clock: time_machine.Traveller
) -> None:
    secret, codes = set_up(sign_in_as("rose")[0])
    kept = Factor.objects.get().secret
    assert secret not in kept
    # Another key: what the one before sealed still opens, and is sealed anew.
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key" * 5, [settings.SECRET_KEY]
    for code in (shown_now(secret, HALF_MINUTE), codes[0]):
        other, _answer = sign_in_as("rose")
        assert other.post(SECOND, {"code": code}).status_code == 302
    call_command("nightly", stdout=io.StringIO())
    assert Factor.objects.get().secret != kept
    settings.SECRET_KEY_FALLBACKS = []
    clock.shift(timedelta(minutes=2))
    other, _answer = sign_in_as("rose")
    assert other.post(SECOND, {"code": shown_now(secret)}).status_code == 302
    # Without the key nothing opens, and nothing breaks.
    settings.SECRET_KEY = "a third key" * 5
    other, _answer = sign_in_as("rose")
    assert other.post(SECOND, {"code": shown_now(secret, HALF_MINUTE)}).status_code == 422


def test_a_code_on_paper_opens_once_and_is_told(rose: User) -> None:
    browser, _answer = sign_in_as("rose")
    _secret, codes = set_up(browser)
    assert not RecoveryCode.objects.filter(digest__in=codes).exists()
    for opens in (True, False):
        other, _answer = sign_in_as("rose")
        assert (other.post(SECOND, {"code": codes[0].upper()}).status_code == 302) == opens
    assert "Un code de secours de votre compte a servi." in said(browser.get("/notifications/"))
    assert "il vous reste 9 codes de secours" in said(browser.get(SECURITY))
    # New ones put the old ones out of use.
    assert len([*parse(browser.post(CODES)).iter("code")]) == 10
    other, _answer = sign_in_as("rose")
    assert other.post(SECOND, {"code": codes[1]}).status_code == 422


def test_codes_are_guessed_no_more_often_than_passwords(rose: User) -> None:
    secret, _codes = set_up(sign_in_as("rose")[0])
    answers = []
    for number in range(6):
        # The right password in between takes no wrong code back.
        guesser, _answer = sign_in_as("rose")
        answers.append(guesser.post(SECOND, {"code": f"12345{number}"}).status_code)
    assert answers == [422] * 4 + [429] * 2
    assert guesser.post(SECOND, {"code": shown_now(secret, HALF_MINUTE)}).status_code == 429


def test_a_group_may_need_it_and_others_are_told_of_it(settings: Any) -> None:
    helene = make_user(username="helene", group="Direction")
    browser, answer = sign_in_as("helene")
    assert answer["Location"] == "/clients/"
    assert "ajoutez un second facteur" in said(browser.get("/clients/"))
    settings.REQUIRE_SECOND_FACTOR = ["Direction", "superusers"]
    browser, _answer = sign_in_as("helene")
    for page in ("/clients/", "/profile/", SECURITY):
        assert browser.get(page)["Location"] == APP
    set_up(browser)
    assert browser.get("/clients/").status_code == 200
    assert "remplacez-le plutôt" in said(browser.post(DROP, follow=True))
    assert Factor.objects.filter(user=helene).exists()


def test_who_lost_it_all_asks_whoever_may_change_the_account(rose: User, sign_in: SignIn) -> None:
    set_up(sign_in_as("rose")[0])
    page = f"/accounts/{rose.pk}/drop-factor/"
    assert sign_in(group="Accueil").post(page).status_code == 403
    sign_in(group="Direction").post(page)
    browser, answer = sign_in_as("rose")
    assert answer["Location"] == "/clients/"
    assert "Le second facteur de votre compte a été retiré." in said(browser.get("/notifications/"))


def test_what_opens_an_account_takes_a_fresh_proof(rose: User, clock: time_machine.Traveller) -> None:
    browser, _answer = sign_in_as("rose")
    secret, _codes = set_up(browser)
    clock.shift(timedelta(minutes=16))
    assert browser.get(APP)["Location"] == f"{CONFIRM}?next=%2Fprofile%2Fsecurity%2Fapp%2F"
    refused = browser.post(DROP, headers={"referer": f"http://testserver{SECURITY}"})
    assert refused["Location"] == f"{CONFIRM}?next=%2Fprofile%2Fsecurity%2F"
    assert Factor.objects.exists()
    assert browser.post(CONFIRM, {"proof": "wrong", "next": APP}).status_code == 422
    assert browser.post(CONFIRM, {"proof": shown_now(secret), "next": APP})["Location"] == APP
    assert browser.get(APP).status_code == 200
    clock.shift(timedelta(minutes=16))
    assert browser.post(CONFIRM, {"proof": PASSWORD, "next": "https://elsewhere.example/"})["Location"] == "/"
    browser.post(DROP)
    assert not Factor.objects.exists()


def answer_of(key: ec.EllipticCurvePrivateKey, page: Any, origin: str = "https://testserver") -> str:
    """What a browser at this address answers to the page, by the key that is called “id”."""
    asked = next(node.get("data-passkey") for node in parse(page).iter("form") if node.get("data-passkey"))
    challenge = websafe_decode(json.loads(asked)["publicKey"]["challenge"])
    said_by_browser = CollectedClientData.create(CollectedClientData.TYPE.GET, challenge, origin)
    said_by_key = AuthenticatorData.create(sha256(b"testserver").digest(), AuthenticatorData.FLAG.UP, 1)
    signed = key.sign(said_by_key + said_by_browser.hash, ec.ECDSA(hashes.SHA256()))
    told = {"clientDataJSON": said_by_browser, "authenticatorData": said_by_key, "signature": signed}
    response = {name: websafe_encode(value) for name, value in told.items()}
    return json.dumps(
        {"id": KEY, "rawId": KEY, "type": "public-key", "response": response, "clientExtensionResults": {}}
    )


def test_a_passkey_answers_each_question_once_and_at_this_address_alone(rose: User) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = AttestedCredentialData.create(
        bytes(16), websafe_decode(KEY), ES256.from_cryptography_key(key.public_key())
    )
    Passkey.objects.create(user=rose, name="Clé bleue", credential=websafe_encode(public), created_at=datetime.now(UTC))
    browser, answer = sign_in_as("rose")
    assert answer["Location"] == SECOND
    elsewhere = answer_of(key, browser.get(SECOND), "https://testserver.example")
    assert browser.post(SECOND, {"answer": elsewhere}).status_code == 422
    other_key = answer_of(ec.generate_private_key(ec.SECP256R1()), browser.get(SECOND))
    assert browser.post(SECOND, {"answer": other_key}).status_code == 422
    right = answer_of(key, browser.get(SECOND))
    assert browser.post(SECOND, {"answer": right})["Location"] == "/clients/"
    again, _answer = sign_in_as("rose")
    again.get(SECOND)
    assert again.post(SECOND, {"answer": right}).status_code == 422
    assert again.post(SECOND, {"answer": "[1"}).status_code == 422
    assert "Clé bleue" in said(browser.get(SECURITY))
    assert browser.post(f"{SECURITY}passkey/", {"name": "Autre", "answer": right}).status_code == 422
    browser.post(DROP)
    assert sign_in_as("rose")[1]["Location"] == "/clients/"


def test_what_is_grave_takes_a_fresh_proof_and_the_right_first(clock: time_machine.Traveller, sign_in: SignIn) -> None:
    client, device = make_client(), make_device()[0]
    files = ("/clients/export/", f"/clients/{client.reference}/data/", "/reports/export/", "/access/cards/export/")
    pages = (f"/clients/{client.reference}/anonymize/", "/access/devices/new/", "/accounts/new/")
    sent = (*pages, f"/access/devices/{device.pk}/token/")
    direction, reader = sign_in(group="Direction"), sign_in(group="Lecture seule")
    for page in (*files, *pages):
        assert read(direction.get(page))
    clock.shift(timedelta(minutes=16))
    came = {"referer": "http://testserver/clients/?q=a"}
    for page in files:
        assert direction.get(page, headers=came)["Location"] == f"{CONFIRM}?next=%2Fclients%2F%3Fq%3Da", page
    for page in pages:
        assert direction.get(page)["Location"] == f"{CONFIRM}?{urlencode({'next': page})}"
    for page in sent:
        assert direction.post(page, headers=came)["Location"] == f"{CONFIRM}?next=%2Fclients%2F%3Fq%3Da", page
        assert reader.post(page).status_code == 403
    root = sign_in(is_superuser=True, is_staff=True)
    clock.shift(timedelta(minutes=16))
    for page in ("auth/group/add/", "auth/user/add/", f"auth/user/{User.objects.latest('pk').pk}/password/"):
        assert root.get(f"/admin/{page}")["Location"].startswith(CONFIRM)
    assert read(direction.get("/access/occupancy/evacuation/export/"))
