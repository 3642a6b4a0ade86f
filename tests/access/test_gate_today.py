"""What the gate adds to the dashboard, and what it says before a client is made inactive."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from access import services
from access.models import Device, Entry
from access.services import client_columns
from clients.models import Client
from clients.services import force_status
from tests.access.factories import make_active_client, make_card, make_device, make_zone
from tests.conftest import SignIn
from tests.factories import make_client
from tests.pages import said

pytestmark = pytest.mark.django_db


def test_it_shows_on_the_dashboard_what_wants_a_look(sign_in: SignIn) -> None:
    now, today = timezone.now(), timezone.localdate()
    zone = make_zone("Parking P1")
    make_card(make_active_client(last_name="Bientôt"), valid_until=today + timedelta(days=3))
    out = make_active_client(last_name="Dehors", status_until=now + timedelta(days=2))
    make_card(out)
    forgotten = make_active_client(last_name="Oublié")
    Entry.objects.create(client=forgotten, zone=zone, entered_at=now - timedelta(days=2))
    owing = make_active_client(last_name="Débiteur")
    left = now - timedelta(hours=1)
    Entry.objects.create(client=owing, zone=zone, entered_at=left, exited_at=now, amount_due=Decimal("12.50"))
    device, _token = make_device(zone, name="Lecteur muet")
    Device.objects.filter(pk=device.pk).update(last_seen_at=now - timedelta(days=1))
    shown = said(sign_in(group="Direction").get("/"))
    for name in ("Bientôt", "Dehors", "Oublié", "Débiteur", "12,50", "Lecteur muet"):
        assert name in shown


def test_it_shows_to_each_what_he_may_see(sign_in: SignIn) -> None:
    Entry.objects.create(
        client=make_active_client(last_name="Oublié"), zone=make_zone(), entered_at=timezone.now() - timedelta(days=2)
    )
    assert "Présent depuis trop longtemps" in said(sign_in("access.view_entry").get("/"))
    assert "Présent depuis trop longtemps" not in said(sign_in("clients.view_client").get("/"))


def test_it_says_first_what_making_a_client_inactive_will_do(sign_in: SignIn) -> None:
    client = make_active_client(last_name="Curie")
    make_card(client, username="marie")
    make_card(client, username="pierre")
    zone = make_zone("Parking P1")
    Entry.objects.create(client=client, zone=zone, entered_at=timezone.now())
    client_columns.follow([client.pk])
    page = said(sign_in(group="Direction").get(f"/clients/{client.reference}/status/"))
    assert "2 cartes valables n’ouvriront plus aucune entrée : marie, pierre." in page
    assert "Sur place (Parking P1, depuis" in page


def test_it_says_whom_a_company_takes_with_it(sign_in: SignIn) -> None:
    company = make_active_client(company_name="Transports Lupin")
    make_card(make_active_client(company=company))
    page = said(sign_in(group="Direction").get(f"/clients/{company.reference}/status/"))
    assert "1 client rattaché, actif et titulaire d’une carte, n’entrera plus" in page


def test_it_says_nothing_where_nothing_is_lost(sign_in: SignIn) -> None:
    boss = sign_in(group="Direction")
    inactive = make_client(email="x@example.org")
    make_card(inactive)
    suspended = make_active_client()
    services.change_card_status(make_card(suspended)[0], "suspended", by=None)
    for client in (inactive, suspended):
        assert "devient inactif" not in said(boss.get(f"/clients/{client.reference}/status/"))


def test_it_still_makes_the_client_inactive(sign_in: SignIn) -> None:
    client = make_active_client()
    make_card(client)
    boss = sign_in(group="Direction")
    posted = {"status_mode": "inactive", "status_reason": "impayés", "version": str(client.version)}
    assert boss.post(f"/clients/{client.reference}/status/", posted).status_code == 302
    assert Client.objects.get(pk=client.pk).status_mode == "inactive"
    force_status(Client.objects.get(pk=client.pk), mode="automatic", until=None, reason="", by=None)
