"""The views that people save of lists, and what gives them back."""

from typing import Any
from urllib.parse import quote

from django.contrib.auth.models import User
from django.test import Client as Browser

from fixaloop.lists.models import SavedView
from fixaloop.lists.saved import MOST
from tests.conftest import SignIn
from tests.factories import make_client
from tests.pages import field_errors, find, links, parse, rows, said, take_back, text

ACTIVE = "/clients/?status=active&sort=-name"


def save(browser: Browser, address: str, name: str, **others: str) -> Any:
    return browser.post("/views/", {"list": address, "name": name, **others}, follow=True)


def current(response: Any) -> str:
    views = find(response, "aria-label", "Vues")
    assert views is not None
    return next((text(view) for view in views.iter("a") if view.get("aria-current")), "")


def test_what_a_list_shows_is_saved_under_a_name_and_opened_by_its_address(desk: Browser) -> None:
    bookmark = links(desk.get(ACTIVE))["Enregistrer cette vue"]
    assert "Statut : Actif" in said(desk.get(bookmark))
    response = save(desk, ACTIVE, "  Actifs de Z à A ")
    assert (current(response), response.redirect_chain[-1][0]) == (
        "Actifs de Z à A",
        "/clients/?sort=-name&status=active",
    )
    assert links(desk.get("/clients/"))["Actifs de Z à A"] == "/clients/?sort=-name&status=active"
    assert "Actifs de Z à A" not in said(desk.get("/access/cards/"))


def test_a_list_without_ready_made_views_has_them_too(desk: Browser) -> None:
    save(desk, "/access/zones/?sort=-name", "De Z à A")
    assert links(desk.get("/access/zones/"))["Tout"] == "/access/zones/"
    assert current(desk.get("/access/zones/?sort=-name")) == "De Z à A"


def test_they_are_one_s_own_and_only_those_with_the_right_save_them_for_all(desk: Browser, sign_in: SignIn) -> None:
    other = sign_in("clients.view_client")
    save(desk, ACTIVE, "À moi")
    save(desk, ACTIVE, "À tous", for_all="on")
    save(other, ACTIVE, "Pas à tous", for_all="on")
    assert {"À tous", "Pas à tous"} <= set(links(other.get("/clients/")))
    assert "À moi" not in links(other.get("/clients/"))
    assert "Pas à tous" not in links(desk.get("/clients/"))
    mine, shared = SavedView.objects.get(name="À moi").pk, SavedView.objects.get(name="À tous").pk
    assert other.post(f"/views/{mine}/delete/").status_code == 404
    assert other.post(f"/views/{shared}/rename/", {"name": "À personne"}).status_code == 403
    assert other.post("/views/", {"list": "/access/cards/", "name": "Cartes"}).status_code == 403


def test_a_view_whose_filter_one_may_not_use_is_not_offered(desk: Browser, sign_in: SignIn) -> None:
    save(desk, "/clients/?card=expired", "Cartes expirées", for_all="on")
    assert "Cartes expirées" not in links(sign_in("clients.view_client").get("/clients/"))


def test_a_name_is_asked_for_and_no_address_is_saved_that_makes_no_sense(desk: Browser) -> None:
    response = desk.post("/views/", {"list": ACTIVE, "name": " "})
    assert (response.status_code, list(field_errors(response))) == (422, ["name"])
    assert desk.get("/views/", {"list": "/clients/?nonsense=1"})["Location"] == "/clients/?nonsense=1"
    assert desk.get("/views/", {"list": "https://example.org/"}).status_code == 404
    assert desk.post("/views/", {"list": "/profile/", "name": "Profil"}).status_code == 404
    assert not SavedView.objects.exists()


def test_there_is_an_end_to_their_number(desk: Browser) -> None:
    for number in range(MOST):
        save(desk, ACTIVE, f"Vue {number}")
    response = save(desk, ACTIVE, "Une de trop")
    assert (response.status_code, list(field_errors(response))) == (422, ["name"])
    assert save(desk, "/clients/", "Vue 0").status_code == 200
    assert SavedView.objects.count() == MOST


def test_all_that_is_done_to_a_view_can_be_undone_once(desk: Browser) -> None:
    saved = save(desk, ACTIVE, "Une")
    undone = take_back(desk, saved)
    assert "C’est annulé." in said(undone)
    assert not SavedView.objects.exists()
    save(desk, ACTIVE, "Une")
    replaced = save(desk, "/clients/?status=inactive", "Une")
    take_back(desk, replaced)
    view = SavedView.objects.get()
    assert view.query == "sort=-name&status=active"
    take_back(desk, desk.post(f"/views/{view.pk}/rename/", {"name": "Deux"}, follow=True))
    assert SavedView.objects.get().name == "Une"
    deleted = desk.post(f"/views/{view.pk}/delete/", follow=True)
    take_back(desk, deleted), take_back(desk, deleted)
    assert SavedView.objects.get().query == "sort=-name&status=active"


def test_what_was_changed_since_is_not_undone(desk: Browser) -> None:
    saved = save(desk, ACTIVE, "Une")
    save(desk, "/clients/?status=inactive", "Une")
    assert "rien n’est annulé" in said(take_back(desk, saved))
    assert SavedView.objects.get().query == "status=inactive"


def test_only_the_one_it_was_said_to_undoes_it_and_only_as_it_was_said(desk: Browser, sign_in: SignIn) -> None:
    saved = save(desk, ACTIVE, "Une")
    assert "rien n’est changé" in said(take_back(sign_in(is_superuser=True), saved))
    assert "rien n’est changé" in said(take_back(desk, saved, undo="forged"))
    assert take_back(desk, saved, next="https://example.org/").redirect_chain[0][0] == "/"


def test_a_name_that_is_taken_is_refused(desk: Browser) -> None:
    save(desk, ACTIVE, "Une")
    save(desk, ACTIVE, "Deux")
    response = desk.post(f"/views/{SavedView.objects.get(name='Deux').pk}/rename/", {"name": "Une"})
    assert response.status_code == 422
    assert "Cette liste a déjà une vue « Une »." in said(response)


def test_a_view_that_no_longer_means_all_it_said_opens_with_the_rest_and_says_so(desk: Browser) -> None:
    make_client(), make_client()
    save(desk, ACTIVE, "Une")
    SavedView.objects.update(query="gone=1&kind=individual&sort=nonsense&status=asleep")
    response = desk.get(f"/clients/?{SavedView.objects.get().query}", follow=True)
    assert response.redirect_chain == [("/clients/?kind=individual", 302)]
    for name in ("« Une »", "« gone »", "« nonsense »", "« asleep »"):
        assert name in said(response)
    assert len(rows(response)) == 2
    # An address that nobody has saved still says what is wrong in its place.
    assert desk.get(f"/clients/?gone={quote('é')}").status_code == 200


def test_they_are_forgotten_with_the_account(desk: Browser) -> None:
    save(desk, ACTIVE, "À moi")
    save(desk, ACTIVE, "À tous", for_all="on")
    User.objects.get(username="odile").delete()
    assert [view.name for view in SavedView.objects.all()] == ["À tous"]


def test_their_page_lists_them_and_says_where_they_come_from_without_one(desk: Browser) -> None:
    assert "signet" in said(desk.get("/views/"))
    save(desk, ACTIVE, "Une", for_all="on")
    page = said(desk.get("/views/"))
    assert "Une Clients · pour tous" in page
    assert parse(desk.get("/views/")).find(".//button") is not None
