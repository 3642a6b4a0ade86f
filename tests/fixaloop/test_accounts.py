"""The accounts of the team: created, invited, changed and closed by who may, within one’s own rights."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core import mail
from django.test import Client as Browser

from tests.conftest import SignIn
from tests.factories import PASSWORD, make_user
from tests.pages import said, values

pytestmark = pytest.mark.django_db
NEW = "/accounts/new/"
GOOD = "Quatre canards bleus"


def typed(group: str, **fields: str) -> dict[str, str]:
    given = str(Group.objects.get(name=group).pk) if group else "none"
    return {"first_name": "Zoé", "last_name": "Le Goff", "group": given, "password": GOOD} | fields


def signs_in(username: str, password: str) -> bool:
    return Browser().post("/accounts/login/", {"username": username, "password": password}).status_code == 302


def refused(browser: Browser, page: str, form: dict[str, str], because: str) -> None:
    answer = browser.post(page, form)
    assert (answer.status_code, because in said(answer)) == (422, True), said(answer)


def test_direction_creates_an_account_that_signs_in(sign_in: SignIn) -> None:
    direction = sign_in(group="Direction")
    form = values(direction.get(NEW)) | typed("Accueil")
    answers = [direction.post(NEW, form) for _time in range(2)]
    assert [answer["Location"] for answer in answers] == ["/accounts/"] * 2
    zoe = User.objects.get(username="zoe.le-goff")
    assert [group.name for group in zoe.groups.all()] == ["Accueil"]
    assert not zoe.is_staff
    assert signs_in("zoe.le-goff", GOOD)
    direction.post(NEW, typed("Gardien"))
    assert User.objects.filter(username="zoe.le-goff2", groups__name="Gardien").exists()
    assert "Jamais" in said(direction.get("/accounts/"))


def test_what_cannot_be_is_said_beside_the_field(sign_in: SignIn) -> None:
    direction = sign_in(group="Direction")
    make_user(username="Rose")
    refused(direction, NEW, typed("Accueil", username="rose"), "Cet identifiant est déjà pris")
    refused(direction, NEW, typed("Accueil", username="a b"), "nom d’utilisateur valide")
    refused(direction, NEW, typed("Accueil", username="a\0b"), "Rien n’est enregistré")
    refused(direction, NEW, typed("Accueil", password="123456"), "trop court")
    refused(direction, NEW, typed("Accueil", password=""), "Donnez un premier mot de passe")
    refused(direction, NEW, typed("Accueil", first_name="…", last_name="…"), "Indiquez un identifiant")
    assert User.objects.count() == 2


def test_an_invitation_opens_the_account_once(sign_in: SignIn, settings: Any) -> None:
    settings.MAIL_IS_SET_UP = True
    direction = sign_in(group="Direction")
    refused(direction, NEW, typed("Accueil", password=""), "ou un e-mail pour l’invitation")
    direction.post(NEW, typed("Accueil", password="", email="zoe@garage.example"))
    [letter] = mail.outbox
    assert letter.to == ["zoe@garage.example"]
    link = re.search(r"http://testserver(/accounts/reset/\S+)", letter.body)[1]  # type: ignore[index]
    guest = Browser()
    page = guest.get(link, follow=True)
    assert "Choisir un mot de passe" in said(page)
    guest.post(page.request["PATH_INFO"], {"new_password1": GOOD, "new_password2": GOOD})
    assert signs_in("zoe.le-goff", GOOD)
    assert "Ce lien a servi" in said(Browser().get(link, follow=True))


def test_nobody_gives_more_than_they_have(sign_in: SignIn) -> None:
    office = sign_in("auth.change_user", "auth.add_user", group="Accueil", username="office")
    refused(office, NEW, typed("Direction"), "Sélectionnez un choix valide")
    assert office.post(NEW, typed("Accueil")).status_code == 302
    for above in (
        make_user(group="Direction"),
        make_user(is_superuser=True),
        make_user(group="Direction", is_active=False),
    ):
        page = f"/accounts/{above.pk}/"
        assert {office.get(page).status_code, office.post(f"{page}activate/").status_code} == {403}
        assert office.post(page, typed("", email="a@b.fr")).status_code == 403
        assert f'href="{page}"' not in office.get("/accounts/").content.decode()


def test_the_administration_gives_no_way_around(sign_in: SignIn) -> None:
    office = sign_in("auth.change_user", "auth.view_user", group="Accueil", username="office", is_staff=True)
    me, root = User.objects.get(username="office"), make_user(is_superuser=True, username="root")
    page = f"/admin/auth/user/{me.pk}/change/"
    office.post(
        page, values(office.get(page)) | {"is_superuser": "on", "groups": Group.objects.get(name="Direction").pk}
    )
    me.refresh_from_db()
    assert (me.is_superuser, [group.name for group in me.groups.all()]) == (False, ["Accueil"])
    office.post(f"/admin/auth/user/{root.pk}/password/", {"password1": GOOD, "password2": GOOD})
    assert signs_in("root", PASSWORD)


def test_an_account_is_closed_and_opened_again_never_ones_own(sign_in: SignIn) -> None:
    root = sign_in(is_superuser=True, username="root")
    rose, me = make_user(group="Accueil", username="rose"), User.objects.get(username="root")
    assert "désactivé" in said(root.post(f"/accounts/{rose.pk}/activate/", {"to": "inactive"}, follow=True))
    assert not signs_in("rose", PASSWORD)
    root.post(f"/accounts/{rose.pk}/activate/", {"to": "active"})
    assert signs_in("rose", PASSWORD)
    answer = root.post(f"/accounts/{me.pk}/activate/", {"to": "inactive"}, follow=True)
    assert "votre propre compte" in said(answer)
    assert "Désactiver" not in said(root.get(f"/accounts/{me.pk}/"))
    assert User.objects.get(pk=me.pk).is_active


def test_a_stale_form_shows_what_changed_and_loses_nothing(sign_in: SignIn) -> None:
    direction = sign_in(group="Direction")
    rose = make_user(group="Accueil", username="rose", first_name="Rose", last_name="Petit")
    page = f"/accounts/{rose.pk}/"
    form = values(direction.get(page)) | {"last_name": "Grand"}
    rose.groups.set([Group.objects.get(name="Gardien")])
    answer = direction.post(page, form)
    assert (answer.status_code, "Gardien" in said(answer)) == (409, True)
    assert direction.post(page, values(answer)).status_code == 302
    rose.refresh_from_db()
    assert (rose.last_name, rose.groups.get().name) == ("Grand", "Accueil")


def test_who_is_in_no_group_is_told_whom_to_ask(sign_in: SignIn) -> None:
    make_user(group="Direction", first_name="Hélène", last_name="Marchal")
    assert "Demandez le vôtre à : Hélène Marchal." in said(sign_in().get("/"))
    assert "Demandez le vôtre" not in said(sign_in(group="Gardien").get("/"))


def test_only_technicians_are_offered_work(sign_in: SignIn) -> None:
    make_user(group="Technicien", first_name="Tess", last_name="Wagner")
    make_user("interventions.change_own_intervention", first_name="Noé", last_name="Blanc")
    make_user(group="Gardien", first_name="Ugo", last_name="Gardien")
    desk = sign_in(group="Direction", first_name="Hélène", last_name="Marchal")
    for page in ("/interventions/new/", "/interventions/planning/absences/new/", "/interventions/"):
        shown = re.findall(r"<option[^>]*>([^<]*)", desk.get(page).content.decode())
        offered = {name for name in shown if name.partition(" ")[0] in ("Tess", "Noé", "Ugo", "Hélène")}
        assert offered == {"Tess Wagner", "Noé Blanc"}, page


def test_a_change_is_written_and_noted_and_ones_own_group_stays(sign_in: SignIn) -> None:
    direction = sign_in(group="Direction", username="helene", first_name="Hélène", last_name="Marchal")
    me, rose = User.objects.get(username="helene"), make_user(group="Accueil", first_name="Rose", last_name="Petit")
    page = f"/accounts/{rose.pk}/"
    form = values(direction.get(page)) | {"group": str(Group.objects.get(name="Gardien").pk), "password": GOOD}
    assert direction.post(page, form).status_code == 302
    assert rose.groups.get().name == "Gardien"
    assert signs_in(rose.username, GOOD)
    assert "groupe et mot de passe" in LogEntry.objects.get(user=me).get_change_message()
    own = f"/accounts/{me.pk}/"
    direction.post(own, values(direction.get(own)) | {"group": "none", "password": GOOD, "email": "h@garage.example"})
    me.refresh_from_db()
    assert (me.email, me.groups.get().name, me.check_password(PASSWORD)) == ("h@garage.example", "Direction", True)
