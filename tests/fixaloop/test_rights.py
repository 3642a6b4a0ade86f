"""“Mes droits”, and the refusal that says which right is missing and who gives it."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client as Browser
from django.test.utils import override_settings

from fixaloop.web.rights import VERBS, declared_words, right_of
from tests.conftest import SignIn
from tests.factories import make_client, make_user
from tests.pages import links, parse, said

pytestmark = pytest.mark.django_db


def names(rights: object) -> set[str]:
    rows = rights.values_list("content_type__app_label", "codename")
    return {f"{app_label}.{codename}" for app_label, codename in rows}


def shown(response: object) -> set[str]:
    """The rights on a page, each of which stands there once."""
    rights = [right for node in parse(response).iter("li") if (right := node.get("data-right", ""))]
    assert len(rights) == len(set(rights))
    return set(rights)


def test_it_has_words_for_every_right_that_groups_hold_or_an_app_invents() -> None:
    held = {right for group in Group.objects.all() for right in names(group.permissions.all())}
    invented = {right for right in names(Permission.objects.all()) if right.split(".")[1].split("_")[0] not in VERBS}
    assert held | invented <= declared_words().keys()


def test_it_puts_no_right_into_words_that_does_not_exist() -> None:
    assert declared_words().keys() <= names(Permission.objects.all())


def test_it_names_the_table_of_rights_that_the_administration_alone_needs() -> None:
    assert right_of("auth.change_group").label == "Modifier : groupes"
    assert right_of("clients.view_historicalclient").label == "Voir : historique (clients)"


def test_it_shows_what_each_group_may_do(sign_in: SignIn, subtests: pytest.Subtests) -> None:
    for group in Group.objects.all():
        with subtests.test(group=group.name):
            page = sign_in(group=group.name).get("/rights/")
            assert shown(page) == names(group.permissions.all())
            assert f"groupe {group.name}" in said(page)


def test_it_shows_all_of_an_administrator_and_none_of_who_has_none(sign_in: SignIn) -> None:
    listed = shown(sign_in(is_superuser=True).get("/rights/"))
    assert declared_words().keys() | {"auth.change_group"} <= listed
    # Rights on a table that is gone stay in the database.
    assert "access.view_historicalpayment" not in listed
    assert "Ce compte n’a encore reçu aucun droit." in said(sign_in().get("/rights/"))


@override_settings(FIRM={"name": "Fixaloop", "email": "bureau@firme.example"})
def test_a_refusal_names_the_right_who_gives_it_and_ones_own(sign_in: SignIn, desk: Browser) -> None:
    make_user(group="Direction", first_name="Ancien", last_name="Directeur", is_active=False)
    page = sign_in("clients.view_client").get("/clients/export/")
    assert page.status_code == 403
    assert shown(page) == {"clients.export_client"}
    assert "Exporter les clients" in said(page)
    assert "demandez-le à : Odile Durand." in said(page)
    assert "Directeur" not in said(page)
    assert links(page)["bureau@firme.example"] == "mailto:bureau@firme.example"
    assert links(page)["Mes droits"] == "/rights/"


def test_a_refusal_names_administrators_where_nobody_directs(sign_in: SignIn) -> None:
    make_user(is_superuser=True, first_name="Ada", last_name="Admin")
    assert "demandez-le à : Ada Admin." in said(sign_in().get("/clients/"))


def test_a_refusal_says_which_of_several_rights_would_do(sign_in: SignIn) -> None:
    page = sign_in().get("/access/occupancy/")
    assert "un de ces droits" in said(page)
    assert shown(page) == {"access.use_control", "access.view_entry"}


def test_a_refusal_is_the_same_whether_the_record_exists(sign_in: SignIn) -> None:
    client = make_client(company_name="Serrurerie Lupin")
    browser = sign_in()
    there, nowhere = (browser.get(f"/clients/{ref}/edit/") for ref in (client.reference, "CLT-999"))
    assert (there.status_code, nowhere.status_code) == (403, 403)
    assert said(there) == said(nowhere)
    assert "Lupin" not in said(there)


def test_actions_fragments_and_the_administration_say_so_too(sign_in: SignIn, desk: Browser) -> None:
    client = make_client()
    browser = sign_in("clients.view_client", is_staff=True)
    assert shown(browser.post(f"/clients/{client.reference}/delete/")) == {"clients.delete_client"}
    assert shown(browser.get("/admin/auth/user/")) == {"auth.view_user"}
    fragment = browser.get("/interventions/", headers={"hx-request": "true"})
    assert fragment.status_code == 403
    assert fragment["Content-Type"].startswith("text/plain")
    assert fragment.content.decode() == (
        "Il vous manque ce droit : « Voir les interventions ». Peuvent le donner : Odile Durand."
    )
