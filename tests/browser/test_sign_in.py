"""Signing in and out, by hand."""

import re

import pytest
from playwright.sync_api import expect

from fixaloop.accounts.sessions import OpenSession
from tests.browser.conftest import Open
from tests.factories import PASSWORD, make_client, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_it_signs_in_where_one_wanted_to_go_and_out(open_page: Open) -> None:
    make_user(group="Accueil", username="rose")
    page = open_page(group="")
    page.goto("/clients/?sort=name")
    page.locator("#id_username").fill("rose")
    page.locator("#id_password").fill("wrong")
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    expect(page).to_have_url(re.compile(r"/clients/\?sort=name$"))
    page.locator("summary", has_text="rose").first.click()
    page.get_by_role("button", name="Se déconnecter").first.click()
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_what_is_typed_into_a_lost_session_is_there_again_after_signing_in(open_page: Open) -> None:
    make_user(group="Accueil", username="rose")
    client = make_client()
    page = open_page(group="Accueil")
    page.goto(f"/clients/{client.reference}/")
    OpenSession.objects.all().delete()
    note = page.get_by_placeholder("Noter un appel")
    note.fill("Rappeler lundi à 7 h")
    note.press("Enter")
    page.locator("#id_username").fill("rose")
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("textbox", name="Note")).to_have_value("Rappeler lundi à 7 h")
    expect(page.get_by_label("Client")).to_have_value(client.reference)


def test_a_password_is_shown_on_demand_and_told_what_it_lacks(open_page: Open) -> None:
    page = open_page(group="Accueil")
    page.goto("/accounts/password/")
    field, told = page.locator("#id_new_password1"), page.locator("output")
    for typed, said in (
        ("court", "encore 7."),
        ("1029384756102", "Des chiffres seuls"),
        ("ababababababab", "Trop peu de caractères différents"),
        ("Fixaloop2026!", "Le nom du logiciel se devine"),
        ("un cheval bleu", "Assez long"),
    ):
        field.fill(typed)
        expect(told).to_contain_text(said)
    button = page.get_by_role("button", name="Montrer Nouveau mot de passe").first
    for shown in ("text", "password"):
        button.click()
        expect(field).to_have_attribute("type", shown)


def test_a_passkey_opens_after_the_password(open_page: Open) -> None:
    make_user(group="Accueil", username="rose")
    page = open_page(group="")
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    key |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": key})

    def give_password() -> None:
        page.goto("/accounts/login/?next=/profile/security/")
        page.locator("#id_username").fill("rose")
        page.locator("#id_password").fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()

    give_password()
    page.get_by_role("link", name="Ajouter une clé d’accès").click()
    expect(page).to_have_url(re.compile("/profile/security/passkey/$"))
    expect(page.get_by_text("L’appareil n’a rien confirmé")).to_be_hidden()
    page.get_by_label("Nom").fill("Téléphone")
    page.get_by_role("button", name="Ajouter la clé").click()
    expect(page.locator("code")).to_have_count(10)
    page.get_by_role("link", name="Ils sont en lieu sûr").click()
    expect(page.get_by_text("Téléphone")).to_be_visible()
    page.context.clear_cookies()
    give_password()
    expect(page).to_have_url(re.compile("/accounts/login/second/"))
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    expect(page).to_have_url(re.compile("/profile/security/$"))


def test_back_keeps_what_was_typed_within_the_session_and_shows_nothing_after_it(open_page: Open) -> None:
    client = make_client(last_name="Curie")
    page = open_page(group="Accueil")
    page.goto(f"/clients/{client.reference}/edit/")
    page.locator("#id_last_name").fill("Curie-Joliot")
    page.goto("/clients/?sort=name")
    page.go_back()
    expect(page.locator("#id_last_name")).to_have_value("Curie-Joliot")
    page.goto("/clients/?sort=name")
    page.locator("summary", has_text="Odile").first.click()
    page.get_by_role("button", name="Se déconnecter").first.click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.go_back()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    expect(page.get_by_text("Curie")).to_have_count(0)
