"""Deleting a client: asked first, refused where others depend on it."""

import pytest
from django.test import Client as Browser

from clients import services
from clients.models import Client
from tests.access.factories import make_card, make_entry, make_vehicle
from tests.factories import make_client
from tests.pages import links, said
from tests.tables import left_of

URL = "/clients/CLT-001/delete/"


def test_it_says_what_will_be_lost_and_asks(desk: Browser) -> None:
    make_client(last_name="Curie")
    page = said(desk.get(URL))
    assert "Camille Curie" in page
    assert "définitivement" in page
    assert Client.objects.exists()


def test_it_deletes(desk: Browser) -> None:
    make_client(last_name="Curie")
    response = desk.post(URL, follow=True)
    assert response.redirect_chain == [("/clients/", 302)]
    assert "CLT-001 Camille Curie est supprimé" in said(response)
    assert not Client.objects.exists()
    assert desk.get("/clients/CLT-001/").status_code == 404
    record = Client.history.filter(history_type="-").get()
    assert record.history_user is not None
    assert record.history_user.username == "odile"


def test_it_refuses_a_company_that_has_members(desk: Browser) -> None:
    employer = make_client(company_name="Garage du Port")
    make_client(company=employer)
    make_client(company=employer)
    for response in (desk.get(URL), desk.post(URL)):
        assert "2 clients sont rattachés à cette entreprise." in said(response)
        offered = links(response).values()
        assert {"/clients/CLT-001/status/", "/clients/CLT-001/merge/", "/clients/CLT-001/members/"} <= set(offered)
    assert desk.post(URL).status_code == 409
    assert Client.objects.count() == 3


def test_it_refuses_who_has_a_past_at_the_gate(desk: Browser) -> None:
    client = make_client(email="camille@example.org")
    make_entry(make_card(client)[0], vehicle=make_vehicle(client))
    for response in (desk.get(URL), desk.post(URL)):
        for sentence in ("1 entrée est à son nom", "1 carte d’accès est à son nom", "1 véhicule est à son nom"):
            assert sentence in said(response)
        assert {"/clients/CLT-001/status/", "/clients/CLT-001/anonymize/"} <= set(links(response).values())
    assert desk.post(URL).status_code == 409


def test_it_leaves_nothing_of_who_it_was_in_the_history(desk: Browser) -> None:
    client = make_client(last_name="Zorglub", email="zorglub@example.org", phone="+33199001234")
    desk.post("/access/events/new/", {"client": "CLT-001", "text": "Zorglub a téléphoné"})
    assert client.events.count() == 1
    # The page that it leads to says once who was deleted.
    desk.post(URL, follow=True)
    assert left_of(("zorglub", "199001234")) == []


@pytest.mark.django_db
def test_it_refuses_as_a_service_too() -> None:
    employer = make_client(company_name="Garage du Port")
    make_client(company=employer)
    with pytest.raises(services.Refused) as refusal:
        services.delete_client(employer, by=None)
    assert refusal.value.obstacles == ["1 client est rattaché à cette entreprise."]
