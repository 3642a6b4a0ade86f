"""Passwords: refused where easily found, chosen by who has them, and found again when forgotten."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from fixaloop.accounts.invitations import link_to_choose
from fixaloop.declared import periodic
from fixaloop.notices.models import Letter
from tests.conftest import SignIn
from tests.factories import PASSWORD, make_user
from tests.pages import field_errors, said, values

pytestmark = pytest.mark.django_db
OWN, FORGOTTEN, NOTICES = "/accounts/password/", "/accounts/forgotten/", "/notifications/"
GOOD = "Quatre canards bleus"
TOLD = "Votre mot de passe a été changé."


def signed_in(user: str, password: str) -> Browser:
    browser = Browser()
    assert browser.post("/accounts/login/", {"username": user, "password": password}).status_code == 302
    return browser


def choose(browser: Browser, new: str, old: str = PASSWORD) -> Any:
    return browser.post(OWN, {"old_password": old, "new_password1": new, "new_password2": new})


def test_a_password_that_is_easily_found_is_refused(settings: Any) -> None:
    settings.FIRM = settings.FIRM | {"name": "Garage de l’Étoile SARL"}
    desk = Browser()
    desk.force_login(make_user(username="odile.durand", last_name="Durand"))
    for weak, because in (
        ("Court-1-2-3", "12"),
        ("1029384756102", "numérique"),
        ("qwerty123456", "courant"),
        ("Odile.Durand", "semblable"),
        ("fixaloop-demo", "publié"),
        ("Fixaloop-2026!", "nom de l’entreprise"),
        ("garage etoile 26", "nom de l’entreprise"),
        (PASSWORD, "d’aujourd’hui"),
    ):
        errors = field_errors(choose(desk, weak))
        assert because in f"{errors}", (weak, errors)
    assert choose(desk, "Le garage ouvre à sept heures").status_code == 302
    assert signed_in("odile.durand", "Le garage ouvre à sept heures")


def test_a_password_that_somebody_gave_is_changed_first(sign_in: SignIn) -> None:
    direction, group = sign_in(group="Direction"), Group.objects.get(name="Accueil").pk
    zoe = {"first_name": "Zoé", "last_name": "Le Goff", "group": str(group), "password": GOOD}
    direction.post("/accounts/new/", values(direction.get("/accounts/new/")) | zoe)
    browser = signed_in("zoe.le-goff", GOOD)
    for page in ("/", "/clients/", "/profile/", "/notifications/count/"):
        assert browser.get(page)["Location"] == OWN
    assert "Quelqu’un d’autre vous a donné ce mot de passe" in said(browser.get(OWN))
    assert choose(browser, "Cinq canards verts", GOOD).status_code == 302
    assert browser.get("/clients/").status_code == 200
    # So does one that the administration gives.
    root, user = sign_in(is_superuser=True, is_staff=True), User.objects.get(username="zoe.le-goff")
    given = {"password1": GOOD, "password2": GOOD, "usable_password": "true"}
    assert root.post(f"/admin/auth/user/{user.pk}/password/", given).status_code == 302
    assert signed_in("zoe.le-goff", GOOD).get("/")["Location"] == OWN


def test_a_change_is_told_to_whose_password_it_is_and_to_nobody_else(settings: Any) -> None:
    settings.MAIL_IS_SET_UP = True
    browser = Browser()
    browser.force_login(make_user(username="rose", group="Direction", email="rose@garage.example"))
    choose(browser, GOOD)
    assert TOLD in said(browser.get(NOTICES))
    assert TOLD not in said(signed_in(make_user(group="Direction").username, PASSWORD).get(NOTICES))
    periodic.run(timezone.now())
    assert [(letter.to, TOLD in letter.body) for letter in mail.outbox] == [(["rose@garage.example"], True)]


def test_who_forgot_finds_the_way_by_mail_once_in_a_while(settings: Any) -> None:
    settings.MAIL_IS_SET_UP = True
    make_user(username="rose", email="rose@garage.example")
    make_user(username="paul")
    make_user(username="gone", email="gone@garage.example", is_active=False)
    answers = {
        said(Browser().post(FORGOTTEN, {"who": who}, follow=True))
        for who in ("rose", "Rose@garage.example", "paul", "gone", "nobody")
    }
    assert len(answers) == 1
    assert "Si ce compte existe" in answers.pop()
    # The outbox holds no link, which would open the account.
    assert [letter.values for letter in Letter.objects.all()] == [{"site": "http://testserver"}]
    periodic.run(timezone.now())
    [letter] = mail.outbox
    link = re.search(r"http://testserver(/accounts/reset/\S+)", letter.body)[1]  # type: ignore[index]
    guest = Browser()
    page = guest.get(link, follow=True).request["PATH_INFO"]
    assert guest.post(page, {"new_password1": "fixaloop2026", "new_password2": "fixaloop2026"}).status_code == 200
    assert guest.post(page, {"new_password1": GOOD, "new_password2": GOOD}).status_code == 302
    assert TOLD in said(signed_in("rose", GOOD).get(NOTICES))


def test_a_link_opens_for_a_day_and_an_invitation_for_three() -> None:
    rose, new = make_user(username="rose"), make_user(username="zoe")
    new.set_unusable_password()
    new.save()

    def opens(user: User, later: timedelta) -> bool:
        link = reverse("password_reset_confirm", args=link_to_choose(user))
        with time_machine.travel(timezone.now() + later):
            return "new_password1" in values(Browser().get(link, follow=True))

    assert [opens(rose, timedelta(hours=hours)) for hours in (20, 28)] == [True, False]
    assert [opens(new, timedelta(hours=hours)) for hours in (28, 68, 76)] == [True, True, False]


def test_a_new_address_is_told_at_the_old_one_too(settings: Any, sign_in: SignIn) -> None:
    settings.MAIL_IS_SET_UP = True
    user = make_user(username="rose", email="rose@garage.example", last_name="Petit", first_name="Rose")
    page, direction = f"/accounts/{user.pk}/", sign_in(group="Direction")
    direction.post(page, values(direction.get(page)) | {"email": "thief@example.com"})
    root, admin = sign_in(is_superuser=True, is_staff=True), f"/admin/auth/user/{user.pk}/change/"
    sent = {name: value for name, value in values(root.get(admin)).items() if value}
    root.post(admin, sent | {"email": "rose@garage.example"})
    periodic.run(timezone.now())
    told = [(letter.to, "L’adresse e-mail de votre compte a été changée." in letter.body) for letter in mail.outbox]
    # Two to the address of now, and one to each that was before.
    assert sorted(told) == [(["rose@garage.example"], True)] * 3 + [(["thief@example.com"], True)]


def test_without_mail_who_forgot_is_told_whom_to_ask(settings: Any) -> None:
    settings.FIRM = settings.FIRM | {"phone": "01 02 03 04 05"}
    make_user(username="rose", email="rose@garage.example")
    page = said(Browser().get(FORGOTTEN))
    assert "Demandez-en un nouveau à la direction" in page
    assert "01 02 03 04 05" in page
    assert Browser().post(FORGOTTEN, {"who": "rose"}).status_code == 200
    assert not Letter.objects.exists()
