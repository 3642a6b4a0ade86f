"""`manage.py demo --remove`: what the demonstration made goes, what people made or changed stays."""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from access.models import AccessCard, Event, Vehicle
from clients.models import Client
from fixaloop.installation.made import tables
from fixaloop.models import PaymentHead
from interventions.models import Intervention, InterventionPayment
from interventions.services import record_payment
from tests.conftest import SignIn
from tests.factories import make_client, make_user
from tests.loading import loaded


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


loaded_demo = loaded(run)
pytestmark = pytest.mark.usefixtures("loaded_demo", "db")


def rename(sign_in: SignIn, client: Client) -> None:
    page = f"{client.get_absolute_url()}edit/"
    form = sign_in("clients.change_client", "clients.view_client").get(page).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields} | {"description": "Revu au comptoir"}
    browser = sign_in("clients.change_client", "clients.view_client")
    assert browser.post(page, typed).status_code == 302


def test_all_of_it_goes_and_numbers_begin_again() -> None:
    assert "Démonstration enlevée" in (said := run("--remove"))
    assert "createsuperuser" in said
    assert "Gardé" not in said
    assert [model._meta.label for model in tables() if model._base_manager.exists()] == []
    call_command("verify_payments", stdout=StringIO())
    with pytest.raises(CommandError, match="ne contient pas la démonstration"):
        run("--remove")
    assert make_client().number == 1


def test_what_people_changed_stays_and_is_named(sign_in: SignIn) -> None:
    changed, other = Client.objects.filter(company=None, cards__isnull=True).order_by("number")[:2]
    driven = Vehicle.objects.exclude(client=changed).order_by("pk")[0]
    Client.objects.filter(pk=changed.pk).update(phone="", email="")
    rename(sign_in, Client.objects.get(pk=changed.pk))
    own = make_client(last_name="Vraiment")
    ours = Intervention.objects.create(client=own, title="Vidange", vehicle=driven, technician=None, number=9_000)
    said = run("--remove")
    assert set(Client.objects.all()) == {changed, own, driven.client}
    assert str(changed) in said
    assert str(driven) in said
    assert str(other) not in said
    assert Vehicle.objects.get() == driven
    assert Intervention.objects.get() == ours
    assert not AccessCard.objects.exists()
    assert changed.history.count() > 1


def test_a_password_that_all_know_opens_nothing_that_stays() -> None:
    own = make_client(last_name="Vraiment")
    Event.objects.create(kind="note", at=own.created_at, client=own, actor=User.objects.get(username="accueil"))
    run("--remove")
    left = User.objects.get()
    assert left.username == "accueil"
    assert not left.is_active
    assert not left.has_usable_password()


def test_the_chain_of_payments_is_not_cut() -> None:
    job = Intervention.objects.filter(balance__gt=0).order_by("pk")[0]
    payment = InterventionPayment(
        intervention=job, amount=1, kind="partial", method="card", paid_on=job.created_at.date()
    )
    record_payment(payment, by=make_user())
    with pytest.raises(CommandError, match="chaîne"):
        run("--remove")
    assert Client.objects.count() == 400
    assert PaymentHead.objects.get().number > 400
