"""`manage.py demo`: something to try, made once, and never among real clients."""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client as Browser
from django.utils import timezone
from stdnum.fr import siret

from access.models import AccessCard
from access.typed import parse_username
from clients.models import Client, ClientTemplate
from clients.status import active
from clients.values import communes
from tests.factories import make_client

PHONES = ("+33199", "+33261", "+33353", "+33465", "+33536", "+336399")
TOLD = ("number", "kind", "first_name", "last_name", "company_name", "siret", "email", "phone", "city", "language")


def demo() -> str:
    out = StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


def test_it_says_who_may_sign_in_and_they_can(db: None) -> None:
    said = demo()
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


def test_it_makes_clients_that_could_be_real_and_are_nobody(db: None) -> None:
    demo()
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


def test_it_makes_statuses_of_every_kind_with_their_history(db: None) -> None:
    demo()
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


def test_it_gives_cards_usernames_that_forms_take(db: None) -> None:
    demo()
    for username in AccessCard.objects.values_list("username", flat=True):
        assert parse_username(username).value == username


def test_it_does_nothing_twice(db: None) -> None:
    demo()
    make_client(last_name="Vraiment")
    User.objects.get(username="gardien").delete()
    said = demo()
    assert "déjà là : rien n’est changé" in said
    assert "fixaloop-demo" in said
    assert Client.objects.count() == 401
    assert not User.objects.filter(username="gardien").exists()


def test_it_makes_the_same_people_every_time(db: None) -> None:
    made = []
    for _time in range(2):
        with transaction.atomic():
            demo()
            made.append(list(Client.objects.order_by("number").values_list(*TOLD)))
            transaction.set_rollback(True)
    assert made[0] == made[1]


@pytest.mark.parametrize("login", ["admin", "lecture"])
def test_it_takes_no_account_over(login: str, db: None) -> None:
    User.objects.create_user(login, password="la leur")
    with pytest.raises(CommandError, match=f"l’utilisateur « {login} » existe déjà"):
        demo()
    assert User.objects.count() == 1
    assert not Client.objects.exists()


def test_it_refuses_a_database_of_real_clients(db: None) -> None:
    make_client()
    with pytest.raises(CommandError, match="elle contient des clients"):
        demo()
    assert Client.objects.count() == 1
    assert not User.objects.exists()
