"""The first page: what there is to do, the most urgent first, for who may see and do it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser
from django.utils import timezone
from django.utils.formats import date_format

from access.models import Event
from fixaloop.lists import figures
from fixaloop.speed import is_on
from interventions.models import Intervention
from tests.access.factories import make_active_client, make_card, make_entry, make_zone
from tests.conftest import SignIn
from tests.interventions.factories import in_state, make_intervention, make_technician, pay
from tests.pages import parse, said, text

pytestmark = pytest.mark.django_db
NOW = timezone.now


def refuse(client: object, *, ago: timedelta, **facts: object) -> None:
    at = NOW() - ago
    Event.objects.record("refused", at=at, client=client, reasons=["card_expired"], zone=make_zone(), **facts)


def test_who_waits_at_the_gate_comes_before_all_that_is_late(desk: Browser) -> None:
    make_intervention(title="Ancienne", labor_amount=Decimal(9))
    waiting = make_active_client(first_name="Julie", last_name="Noir")
    refuse(waiting, ago=timedelta(minutes=4), card=make_card(waiting)[0])
    first, *others = desk.get("/").context["tasks"]
    assert first.sentence == "Accès refusé à Julie Noir : carte expirée"
    assert first.url.startswith("/access/control/?subject=card-")
    assert any(task.sentence.startswith("Planifier") for task in others)


@pytest.mark.parametrize("since", ["came in", "half an hour ago"])
def test_a_refusal_is_told_until_it_is_over(desk: Browser, since: str) -> None:
    client = make_active_client(last_name="Noir")
    refuse(client, ago=timedelta(minutes=31 if since == "half an hour ago" else 9), card=make_card(client)[0])
    if since == "came in":
        type(client).objects.filter(pk=client.pk).update(inside_since=NOW())
    assert "Accès refusé" not in said(desk.get("/"))


def test_many_of_a_kind_are_two_and_their_number(desk: Browser) -> None:
    for number in range(4):
        make_intervention(title=f"Portail {number}")
    told = [task.sentence for task in desk.get("/").context["tasks"]]
    assert told == ["Planifier INT-001 : Portail 0", "Planifier INT-002 : Portail 1", "4 interventions à planifier"]


def test_it_tells_nobody_what_he_may_not_see(sign_in: SignIn) -> None:
    client = make_active_client(last_name="Noir")
    refuse(client, ago=timedelta(minutes=4), card=make_card(client)[0])
    make_intervention(title="Portail", technician=make_technician())
    assert sign_in("access.view_event").get("/").context["tasks"] == []
    assert sign_in("clients.view_client").get("/").context["tasks"] == []
    assert "Rien ne presse." in said(sign_in().get("/"))


def test_a_button_says_to_do_only_what_one_may_do(sign_in: SignIn) -> None:
    make_intervention(title="Portail")
    in_state("done", labor_amount=Decimal(9))
    make_card(make_active_client(), valid_until=timezone.localdate())
    buttons = {
        group: {task.action for task in sign_in(group=group).get("/").context["tasks"]}
        for group in ("Accueil", "Lecture seule")
    }
    assert {"Planifier", "Encaisser", "Prolonger"} <= buttons["Accueil"]
    assert buttons["Lecture seule"] <= {"Ouvrir", "Voir"}


def test_a_technician_is_led_to_the_slot_of_a_late_job(sign_in: SignIn) -> None:
    browser = sign_in(group="Technicien", username="tess")
    tess = User.objects.get(username="tess")
    plan = {"technician": tess, "planned_start": NOW() - timedelta(hours=3), "planned_end": NOW() - timedelta(hours=2)}
    in_state("planned", title="Portail", **plan)
    [task] = browser.get("/").context["tasks"]
    assert task.action == "Replanifier"
    assert browser.get(task.url).status_code == 200


def test_who_runs_the_firm_sees_what_came_in_and_what_is_owed(sign_in: SignIn) -> None:
    pay(in_state("done", labor_amount=Decimal(500)), "200")
    old = in_state("done", labor_amount=Decimal(80))
    # A day more than it takes: the hour may have changed since.
    then = NOW() - timedelta(days=62)
    Intervention.objects.filter(pk=old.pk).update(finished_at=then, started_at=then)
    page = sign_in(group="Direction").get("/")
    words = said(page)
    assert f"Encaissé en {date_format(timezone.localdate(), 'F')}200,00 €" in words
    assert "Reste à payer380,00 €dont 80,00 € depuis plus de 60 jours" in words
    assert "plus de 60 jours 80,00 €" in words.replace("jours80", "jours 80")
    boss = sign_in(group="Direction", username="boss")
    assert {boss.get(figure.url).status_code for figure in page.context["glance"].figures} == {200}
    assert "Encaissé en" not in said(sign_in(group="Accueil", username="desk").get("/"))


@pytest.mark.skipif(not is_on("figures"), reason="SPEED_OFF")
def test_it_costs_the_same_with_many(
    sign_in: SignIn, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is figured over lists is kept for a while, however quickly it was counted; the rest is asked each time."""
    monkeypatch.setattr(figures, "KEPT", 10**6)
    browser = sign_in(group="Direction")
    hours = {"planned_start": NOW() - timedelta(hours=3), "planned_end": NOW() - timedelta(hours=2)}
    for number in range(4):
        client = make_active_client(last_name=f"Noir {number}")
        refuse(client, ago=timedelta(minutes=4), card=make_card(client)[0])
        make_entry(make_card(client)[0], amount_due=5, to_check=True)
        for state in ("planned", "in_progress"):
            in_state(state, client, technician=make_technician(), **hours)
        in_state("on_hold", client)
        in_state("done", client, labor_amount=Decimal(9))
        make_intervention(client)
    browser.get("/")
    with django_assert_num_queries(12):
        told = [task.sentence for task in browser.get("/").context["tasks"]]
    assert len(told) > 10


def test_who_keeps_the_gate_sees_the_last_passages(sign_in: SignIn) -> None:
    refuse(make_active_client(last_name="Noir"), ago=timedelta(minutes=40))
    home = parse(sign_in(group="Gardien").get("/"))
    passages = next(node for node in home.iter("section") if node.get("aria-labelledby") == "panel-passages")
    assert "Noir" in text(passages)
    assert "Derniers passages" not in said(sign_in(group="Accueil").get("/"))
