"""Django's admin, whatever the model: a stale page is refused, a form sent twice creates once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db import models
from django.test import Client as Browser, RequestFactory

from access import services
from access.models import AccessCard, Device, SpecialDay, Tag, Tariff, Vehicle, Zone
from clients.models import Client, ClientTemplate
from fixaloop.admin.versioned import VersionedAdmin
from fixaloop.records.refusal import Stale
from interventions.models import Intervention
from tests.access.factories import make_active_client, make_card, make_device, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.factories import make_client, make_user
from tests.interventions.factories import make_intervention
from tests.pages import parse, said, values

pytestmark = pytest.mark.django_db
REFUSED = ("modifié par quelqu’un d’autre", "modifiée par quelqu’un d’autre", "Quelqu’un a modifié")


@dataclass(frozen=True)
class Case:
    """A model of the admin: how to make a row, what its form lacks in `values`, a field with two values to type."""

    make: Callable[[], Any]
    name: str
    typed: tuple[str, str]
    new: Callable[[], dict[str, Any]]
    lacking: dict[str, str] = field(default_factory=dict)


CASES: dict[type[models.Model], Case] = {
    User: Case(
        lambda: make_user(username="lea"),
        "first_name",
        ("Léa", "Zoé"),
        lambda: {"username": "zoe", "password1": "un mot bien long", "password2": "un mot bien long"},
    ),
    Group: Case(lambda: Group.objects.create(name="Stage"), "name", ("Été", "Hiver"), lambda: {"name": "Alternance"}),
    Client: Case(
        make_client,
        "city",
        ("Metz", "Nancy"),
        lambda: {"kind": "individual", "first_name": "Ada", "last_name": "Lovelace"},
        {"kind": "individual"},
    ),
    ClientTemplate: Case(
        lambda: ClientTemplate.objects.create(name="Salariés"),
        "description",
        ("Le matin", "Le soir"),
        lambda: {"kind": "individual", "name": "Abonnés", "status_mode": "automatic"},
        {"kind": "individual", "status_mode": "automatic"},
    ),
    Tag: Case(lambda: Tag.objects.create(name="Rouge"), "name", ("Vert", "Bleu"), lambda: {"name": "Jaune"}),
    Zone: Case(lambda: make_zone("Cour"), "capacity", ("5", "6"), lambda: {"name": "Hall", "anti_passback": "warn"}),
    Device: Case(
        lambda: make_device()[0],
        "name",
        ("Portail", "Barrière"),
        lambda: {"name": "Porte", "zone": make_zone().pk, "direction": "in"},
    ),
    Vehicle: Case(
        make_vehicle,
        "make",
        ("Renault", "Fiat"),
        lambda: {"client": make_active_client().pk, "plate": "CD-456-EF", "is_active": "on"},
    ),
    AccessCard: Case(
        lambda: make_card()[0],
        "hours",
        ("lun 8h-9h", "mar 8h-9h"),
        lambda: {"client": make_active_client().pk, "username": "jean", "kind": "qr"},
    ),
    Intervention: Case(
        make_intervention,
        "description",
        ("Grince", "Coince"),
        lambda: {"client": make_client().pk, "title": "Réparer"},
        {"place": "workshop"},
    ),
    Tariff: Case(
        lambda: Tariff.objects.create(name="Jour"),
        "name",
        ("Nuit", "Soir"),
        lambda: {"name": "Week-end", "starts_on": "2027-01-01", "free_minutes": "0", "steps": "[]"},
    ),
    SpecialDay: Case(
        lambda: services.save_special_day(
            SpecialDay(first_day=date(2027, 1, 4), last_day=date(2027, 1, 5), reason="Inventaire"), by=None
        ),
        "reason",
        ("Travaux", "Congés"),
        lambda: {"first_day": "2027-05-03", "kind": "closed", "reason": "Pont"},
        {"kind": "closed"},
    ),
}
each_model = pytest.mark.parametrize("model", CASES, ids=lambda model: model.__name__)


@pytest.fixture
def staff(sign_in: SignIn) -> Browser:
    return sign_in(is_staff=True, is_superuser=True, username="camille")


def address(model: type[models.Model], action: str) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/{action}/"


def form_of(response: Any, case: Case) -> dict[str, str]:
    """What a browser sends of a page: of a list of several, nothing where none is chosen."""
    several = {node.get("name") for node in parse(response).iter("select") if node.get("multiple") is not None}
    return {name: value for name, value in values(response).items() if value or name not in several} | case.lacking


def test_it_knows_every_model_that_is_changed_here() -> None:
    request: Any = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    pages = dict(admin.site._registry)
    assert {page for page in pages.values() if not isinstance(page, VersionedAdmin)} == set()
    assert {model for model, page in pages.items() if page.has_change_permission(request)} == set(CASES)


@each_model
def test_it_refuses_a_stale_page_and_keeps_what_was_typed(model: type[models.Model], staff: Browser) -> None:
    case = CASES[model]
    row = case.make()
    page = address(model, f"{row.pk}/change")
    form = form_of(staff.get(page), case)
    first, second = case.typed
    saved = staff.post(page, form | {case.name: first})
    assert saved.status_code == 302, said(saved)
    stored = model._default_manager.filter(pk=row.pk).values().get()
    refused = staff.post(page, form | {case.name: second})
    assert refused.status_code == 200
    assert any(sentence in said(refused) for sentence in REFUSED)
    assert values(refused)[case.name] == second
    assert model._default_manager.filter(pk=row.pk).values().get() == stored
    # A page that is opened again is taken.
    again = form_of(staff.get(page), case)
    assert staff.post(page, again | {case.name: second}).status_code == 302
    assert model._default_manager.filter(pk=row.pk).values().get() != stored


@each_model
def test_it_takes_a_page_that_nobody_else_has_changed(model: type[models.Model], staff: Browser) -> None:
    case = CASES[model]
    page = address(model, f"{case.make().pk}/change")
    form = form_of(staff.get(page), case)
    for _time in range(2):
        assert staff.post(page, form).status_code == 302


@each_model
def test_it_creates_once_when_sent_twice(model: type[models.Model], staff: Browser) -> None:
    case = CASES[model]
    page = address(model, "add")
    form = form_of(staff.get(page), case) | case.new()
    before = model._default_manager.count()
    answers = [staff.post(page, form) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert model._default_manager.count() == before + 1
    assert staff.get(answers[1]["Location"]).status_code == 200


def test_it_counts_what_was_given_to_a_group_meanwhile(staff: Browser) -> None:
    group = CASES[Group].make()
    page = address(Group, f"{group.pk}/change")
    form = form_of(staff.get(page), CASES[Group])
    group.permissions.add(Permission.objects.get(codename="view_client"))
    assert "quelqu’un d’autre" in said(staff.post(page, form | {"name": "Été"}))
    assert group.permissions.count() == 1


@each_model
def test_it_shows_without_the_right_to_change(model: type[models.Model], sign_in: SignIn) -> None:
    row = CASES[model].make()
    reader = sign_in(f"{model._meta.app_label}.view_{model._meta.model_name}", is_staff=True)
    page = address(model, f"{row.pk}/change")
    assert reader.get(page).status_code == 200
    assert reader.post(page, {"name": "Autre"}).status_code == 403


def test_it_reads_the_page_again_when_its_service_finds_it_stale(
    staff: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = make_zone("Cour")
    page = address(Zone, f"{zone.pk}/change")
    form = form_of(staff.get(page), CASES[Zone])
    save = services.save_zone

    def be_late(zone: Zone, **options: Any) -> None:
        monkeypatch.setattr(services, "save_zone", save)
        raise Stale

    monkeypatch.setattr(services, "save_zone", be_late)
    assert staff.post(page, form | {"capacity": "5"}).status_code == 302
    assert Zone.objects.get().capacity == 5


@pytest.mark.parametrize("model", [Zone, Device, Vehicle, AccessCard])
def test_it_puts_nothing_of_the_past_back(model: type[Any], staff: Browser) -> None:
    case = CASES[model]
    row = case.make()
    past = address(model, f"{row.pk}/history/{row.history.first().pk}")
    form = form_of(staff.get(past), case)
    assert staff.post(past, form | {case.name: case.typed[0]}).status_code == 403
