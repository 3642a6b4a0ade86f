"""Reviews: who comes up, when; one key confirms and leads on; nothing is confirmed twice or from an old page."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.utils import timezone

from clients import services
from clients.models import Client
from tests.conftest import SignIn
from tests.factories import make_client, make_user
from tests.pages import records, rows, said, values

pytestmark = pytest.mark.django_db
LIST = "/clients/review/"
FORCED: dict[str, Any] = {"status_mode": "active", "status_reason": "parking"}


def make(name: str, days: int, **fields: Any) -> Client:
    """A client of that name who was made so many days ago."""
    return make_client(first_name=name, last_name="Petit", created_at=timezone.now() - timedelta(days=days), **fields)


def due(desk: Browser, **query: Any) -> list[str]:
    return [name.split()[0] for name in rows(desk.get(LIST, query))]


def page(client: Client) -> str:
    return f"{client.get_absolute_url()}review/"


def confirm(desk: Browser, client: Client) -> Any:
    return desk.post(page(client), values(desk.get(page(client))))


def test_clients_come_up_after_a_year_and_endless_forced_ones_at_once(desk: Browser) -> None:
    make("Récente", 300)
    make("Ancienne", 500)
    make("Doyenne", 900)
    forced = make("Forcée", 1, **FORCED)
    make("Bornée", 1, status_until=timezone.now() + timedelta(days=9), **FORCED)
    assert due(desk) == ["Forcée", "Doyenne", "Ancienne"]
    assert due(desk, status_mode="active") == ["Forcée"]
    confirm(desk, forced)
    assert due(desk) == ["Doyenne", "Ancienne"]
    # Forced anew, it comes up anew; and so it does when a year has passed.
    services.force_status(
        Client.objects.get(pk=forced.pk), mode="inactive", until=None, reason="impayés", by=make_user()
    )
    assert due(desk)[0] == "Forcée"
    later = services.due_for_review(timezone.now() + timedelta(days=100)).order_by("review_since", "pk")
    assert [client.first_name for client in later] == ["Forcée", "Doyenne", "Ancienne", "Récente"]


def test_confirming_leads_to_the_next_and_then_back(desk: Browser) -> None:
    old, older = make("Ancienne", 500), make("Doyenne", 900)
    assert confirm(desk, older)["Location"] == page(old)
    assert confirm(desk, old)["Location"] == LIST
    client = Client.objects.get(pk=old.pk)
    assert client.reviewed_by is not None
    assert client.reviewed_by.username == "odile"
    assert client.reviewed_at
    assert timezone.now() - client.reviewed_at < timedelta(minutes=5)
    assert client.updated_at == old.updated_at
    assert "revu le" in said(desk.get(f"{old.get_absolute_url()}history/")).lower()
    assert records(desk.get("/clients/export/?q=Ancienne"))[0]["Revu le"] is not None


def test_an_old_page_of_a_client_changed_a_thousand_times_is_refused(desk: Browser) -> None:
    client = make("Ancienne", 500)
    Client.objects.filter(pk=client.pk).update(version=1234)
    stale = values(desk.get(page(client)))
    Client.objects.filter(pk=client.pk).update(version=1236)
    assert desk.post(page(client), stale).status_code == 409


def test_a_confirmation_sent_twice_counts_once_and_an_old_page_is_refused(desk: Browser) -> None:
    client = make("Ancienne", 500)
    typed = values(desk.get(page(client)))
    assert [desk.post(page(client), typed).status_code for _time in range(2)] == [302, 302]
    stored = Client.objects.get(pk=client.pk)
    assert (stored.version, stored.history.count()) == (client.version + 1, 2)
    stale = values(desk.get(page(client)))
    stored.city = "Lyon"
    services.update_client(stored, by=make_user())
    answer = desk.post(page(client), stale)
    assert answer.status_code == 409
    assert "Lyon" in said(answer)
    assert desk.post(page(client), values(answer)).status_code == 302


def test_it_takes_its_own_right(sign_in: SignIn) -> None:
    client = make("Ancienne", 500)
    browser = sign_in("clients.view_client", "clients.change_client", "clients.export_client")
    for url in (LIST, f"{LIST}export/", page(client)):
        assert browser.get(url).status_code == 403
    assert browser.post(page(client)).status_code == 403
    assert "À revoir" not in said(browser.get("/clients/"))


def test_it_filters_by_forced_status_and_last_review(desk: Browser) -> None:
    now = timezone.now()
    made = {"Auto": make("Auto", 1), "Sans": make("Sans", 1, **FORCED)}
    made["Bornée"] = make("Bornée", 1, status_until=now + timedelta(days=9), **FORCED)
    make("Finie", 1, status_until=now - timedelta(days=1), **FORCED)
    make("Bloquée", 1, status_mode="inactive", status_reason="impayés")

    def names(**query: Any) -> set[str]:
        response = desk.get("/clients/", query)
        assert response.context["list"].errors == []
        return {name.split()[0] for name in rows(response)}

    assert names(status_mode="active") == {"Sans", "Bornée"}
    assert names(status_mode="inactive") == {"Bloquée"}
    assert names(status_mode="endless") == {"Sans", "Bloquée"}
    assert names(status_mode="automatic") == {"Auto", "Finie"}
    with time_machine.travel(now - timedelta(days=3)):
        services.review_client(made["Auto"], by=make_user())
    services.review_client(made["Sans"], by=make_user())
    yesterday = timezone.localdate() - timedelta(days=1)
    assert names(reviewed_before=yesterday) == {"Auto", "Bornée", "Finie", "Bloquée"}
    assert names(reviewed_before=timezone.localdate()) == {"Auto", "Sans", "Bornée", "Finie", "Bloquée"}
