"""`manage.py demo`: the same each time, and never among real clients."""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import transaction

import clients.declared.demo
from access.models import Zone
from clients.models import Client
from fixaloop.installation.marks import DEMONSTRATION, mark
from fixaloop.management.commands import demo
from tests.factories import make_client

pytestmark = pytest.mark.any_database

TOLD = ("number", "kind", "first_name", "last_name", "company_name", "siret", "email", "phone", "city", "language")


def test_it_makes_the_same_people_every_time(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "modules", lambda name: {"clients": clients.declared.demo})
    made = []
    for _time in range(2):
        with transaction.atomic():
            call_command("demo", stdout=StringIO())
            made.append(list(Client.objects.order_by("number").values_list(*TOLD)))
            transaction.set_rollback(True)
    assert len(made[0]) == 400
    assert made[0] == made[1]


@pytest.mark.parametrize("login", ["admin", "lecture"])
def test_it_takes_no_account_over(login: str, db: None) -> None:
    User.objects.create_user(login, password="la leur")
    with pytest.raises(CommandError, match=f"l’utilisateur « {login} » existe déjà"):
        call_command("demo")
    assert User.objects.count() == 1
    assert not Client.objects.exists()


def test_it_refuses_a_database_of_real_clients(db: None) -> None:
    make_client()
    with pytest.raises(CommandError, match="elle contient des clients"):
        call_command("demo")
    assert Client.objects.count() == 1
    assert not User.objects.exists()


def test_it_refuses_where_somebody_has_begun(db: None) -> None:
    User.objects.create_user("odile", password="la sienne")
    with pytest.raises(CommandError, match="l’utilisateur « odile » existe déjà"):
        call_command("demo")
    User.objects.all().delete()
    Zone.objects.create(name="Cour")
    with pytest.raises(CommandError, match="elle contient des zones ou des appareils"):
        call_command("demo")


def test_a_real_installation_never_gets_it(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo", "--never")
    call_command("demo")
    assert "Base réelle" in (said := capsys.readouterr().out)
    assert "fixaloop-demo" not in said
    assert not User.objects.exists()


def test_a_demonstration_does_not_become_real(db: None) -> None:
    mark(DEMONSTRATION)
    with pytest.raises(CommandError, match="demo --remove"):
        call_command("demo", "--never")
    with pytest.raises(CommandError, match="sans noter"):
        call_command("demo", "--remove")
