"""`manage.py demo`: something to try."""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client as Browser
from django.utils import timezone
from stdnum.fr import siret

from access.models import AccessCard
from access.typed import parse_username
from clients.models import Client, ClientTemplate
from clients.status import active
from clients.values import communes
from interventions.models import Intervention
from tests.factories import make_client
from tests.loading import loaded

# What it sends is sent to both by tests/fixaloop/test_demo_removed.py.
pytestmark = pytest.mark.any_database

PHONES = ("+33199", "+33261", "+33353", "+33465", "+33536", "+336399")


def demo() -> str:
    out = StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


said_by_demo = loaded(demo)


def test_it_says_who_may_sign_in_and_they_can(said_by_demo: str, db: None) -> None:
    said = said_by_demo
    for login, group in (
        ("admin", "administrateur"),
        ("direction", "Direction"),
        ("accueil", "Accueil"),
        ("technicien", "Technicien"),
        ("gardien", "Gardien"),
        ("lecture", "Lecture seule"),
    ):
        [line] = [line for line in said.splitlines() if line.split()[:1] == [login]]
        assert line.endswith(group)
        typed = {"username": login, "password": "fixaloop-demo"}
        assert Browser().post("/accounts/login/", typed)["Location"] == "/"
        assert [str(found) for found in User.objects.get(username=login).groups.all()] == (
            [] if login == "admin" else [group]
        )
    assert "fixaloop-demo" in said
    assert User.objects.get(username="admin").is_superuser


def test_it_makes_clients_that_could_be_real_and_are_nobody(said_by_demo: str, db: None) -> None:
    clients = list(Client.objects.select_related("company").order_by("number"))
    assert [client.number for client in clients] == list(range(1, 401))
    for client in clients:
        assert client.phone.startswith(PHONES) or not client.phone
        assert client.email.endswith(("@example.org", "@example.com")) or not client.email
        assert siret.is_valid(client.siret) or not client.siret
        assert client.country != "FR" or client.city in communes.towns(client.postal_code)
        assert client.company is None or client.company.created_at <= client.created_at
    assert {client.kind for client in clients} == {"individual", "company"}
    employees, subscribers = ClientTemplate.objects.order_by("-name")
    assert employees.company is not None
    assert [zone.name for zone in subscribers.card_defaults.zones.all()] == ["Parking P1"]
    assert {"BE", "CH", "DE", "FR"} == {str(client.country) for client in clients}
    assert len({client.language for client in clients}) > 5
    assert 20 < Client.objects.incomplete().count() < 200
    assert Client.objects.filter(company__isnull=False).count() > 50
    span = clients[-1].created_at - clients[0].created_at
    assert 2.5 < span.days / 365 < 3.1


def test_it_makes_statuses_of_every_kind_with_their_history(said_by_demo: str, db: None) -> None:
    now = timezone.now()
    for mode in ("active", "inactive"):
        forced = Client.objects.filter(status_mode=mode).exclude(status_reason="")
        assert forced.filter(status_until__isnull=True).exists()
        assert forced.filter(status_until__gt=now).exists()
    assert Client.objects.filter(active(now)).count() > 20
    forced_out = Client.objects.filter(status_mode="inactive").earliest("number")
    forcing, creation = forced_out.history.order_by("-history_date")
    assert forcing.history_user == creation.history_user == User.objects.get(username="accueil")
    assert creation.history_date == forced_out.created_at < forcing.history_date


def test_it_gives_cards_usernames_that_forms_take(said_by_demo: str, db: None) -> None:
    for username in AccessCard.objects.values_list("username", flat=True):
        assert parse_username(username).value == username


def test_it_repairs_cars_of_the_clients_of_the_jobs(said_by_demo: str, db: None) -> None:
    jobs = Intervention.objects.exclude(vehicle=None)
    assert jobs.count() > 20
    assert {job.vehicle.client_id for job in jobs if job.vehicle} <= {job.client_id for job in jobs}


def test_it_does_nothing_twice(said_by_demo: str, db: None) -> None:
    make_client(last_name="Vraiment")
    User.objects.get(username="gardien").delete()
    said = demo()
    assert "déjà là : rien n’est changé" in said
    assert "fixaloop-demo" in said
    assert Client.objects.count() == 401
    assert not User.objects.filter(username="gardien").exists()
