"""What every list owes: a `ListPage` that is not registered below fails the first test."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest import mock
from xml.etree import ElementTree

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.calendar.list import SpecialDayList
from access.cards.list import CardList, ClientCardList
from access.entries.list import ClientEntryList, EntryList
from access.events.list import ClientEventList, EventList
from access.models import Device, SpecialDay, Tag, Tariff, Vehicle, Zone
from access.places.list import DeviceList, TagList, ZoneList
from access.tariffs.list import TariffList
from access.vehicles.list import ClientVehicleList, VehicleList
from clients.lists.clients import ClientList, MemberList
from clients.lists.due import DueList
from clients.lists.quality import QualityList
from clients.lists.reviews import ReviewList
from clients.models import Client
from clients.services.due import refresh
from fixaloop.audit.models import AuditEntry
from fixaloop.audit.page import AuditList
from fixaloop.audit.trail import note
from fixaloop.lists import figures
from fixaloop.lists.page import ListPage
from fixaloop.lists.pagination import Query
from fixaloop.speed import is_on
from interventions.models import Intervention
from interventions.pages.list import ClientInterventionList, InterventionList
from interventions.statements.members import Members
from interventions.till.closing import close_day
from interventions.till.list import RIGHTS, LedgerList
from interventions.till.models import Closing, Method
from interventions.till.pages import ClosingList
from tests.access.factories import (
    make_card,
    make_device,
    make_entry,
    make_event,
    make_special_day,
    make_tariff,
    make_vehicle,
    make_zone,
)
from tests.factories import make_client, make_user
from tests.interventions.factories import make_intervention, pay, slot
from tests.pages import find, parse, read, records, rows, said

# Session, person, rights, its saved views, rows…
QUERIES = 7
ODD = "?nonsense=1&q=martin&sort=nonsense"
NONSENSE = ("x" * 300, "\x00", "a\x00@b.fr")


def add_client() -> Any:
    return make_client(company=make_client(company_name="Employeur"), description="Une description")


def add_member() -> Any:
    employer = Client.objects.filter(number=1).first() or make_client(company_name="Employeur")
    return make_client(company=employer, description="Une description")


def add_quiet() -> Any:
    client = make_client(company=make_client(company_name="Employeur"))
    Client.objects.filter(pk=client.pk).update(touched_at=timezone.now() - timedelta(days=4_000))
    refresh(Client.objects.all())
    return client


def add_intervention() -> Any:
    technician = User.objects.filter(username="tess").first() or make_user(username="tess")
    planned = slot(timezone.now() + timedelta(days=Intervention.objects.count()))
    return make_intervention(make_client(), technician=technician, **planned, description="Une description")


def add_intervention_of_one() -> Any:
    client = Client.objects.filter(number=1).first() or make_client()
    return make_intervention(client, description="Une description")


def first_client() -> Client:
    return Client.objects.filter(number=1).first() or make_client(email="premier@example.org")


def serial(model: Any) -> int:
    return int(model.objects.count()) + 1


def add_entry() -> Any:
    return make_entry(make_card()[0])


def add_entry_of_one() -> Any:
    return make_entry(make_card(first_client())[0])


def add_event_of_one() -> Any:
    return make_event(first_client())


def add_vehicle() -> Any:
    return make_vehicle(plate=f"AB-{100 + serial(Vehicle)}-CD")


def add_vehicle_of_one() -> Any:
    return make_vehicle(first_client(), plate=f"AB-{100 + serial(Vehicle)}-CD")


def add_card_of_one() -> Any:
    return make_card(first_client())


def add_client_to_review() -> Any:
    return make_client(first_name="Camille", last_name="Martin", created_at=timezone.now() - timedelta(days=500))


def add_odd_client() -> Any:
    return make_client(first_name="CAMILLE", last_name="MARTIN", company=make_client(company_name="Employeur"))


def add_zone() -> Any:
    return make_zone(name=f"Parking Martin {serial(Zone)}")


def add_device() -> Any:
    return make_device(name=f"Porte Martin {serial(Device)}")


def add_payment() -> Any:
    return pay(make_intervention(make_client(), labor_amount=100), "10", note="chèque")


def add_closing() -> Any:
    day = timezone.localdate() - timedelta(days=serial(Closing))
    nothing = dict.fromkeys(Method.values, Decimal(0))
    return close_day(day, nothing, {}, seen=nothing, by=None)


def add_tag() -> Any:
    return Tag.objects.create(name=f"Martin {serial(Tag)}")


def add_special_day() -> Any:
    day = timezone.localdate() + timedelta(days=SpecialDay.objects.count())
    return make_special_day(make_zone(), day, reason="Inventaire Martin")


def add_line() -> Any:
    note(AuditEntry.Kind.EXPORT, "/clients/", by=User.objects.first(), rows=3)


def add_tariff() -> Any:
    return make_tariff(make_zone(), name=f"Tarif Martin {serial(Tariff)}")


# The list, its address, how to add rows to it, and queries its page needs besides the list's own.
LISTS: dict[type[ListPage], tuple[str, Callable[[], Any], int]] = {
    # What the cards of a page of clients are worth.
    ClientList: ("/clients/", add_client, 1),
    # And how many there are, kept for less than a request where counting takes no time.
    ReviewList: ("/clients/review/", add_client_to_review, 2),
    QualityList: ("/clients/quality/", add_odd_client, 2),
    # The company whose tab this is, and its totals: of members, of their interventions, of their entries.
    Members: ("/clients/CLT-001/members/", add_member, 5),
    # The last work of forgetting, by oneself.
    DueList: ("/clients/due/", add_quiet, 1),
    InterventionList: ("/interventions/", add_intervention, 0),
    # The client whose tab this is, what explains its status, and its totals.
    ClientInterventionList: ("/clients/CLT-001/interventions/", add_intervention_of_one, 3),
    # The figures over entries keep for less than a request where counting takes no time.
    EntryList: ("/access/entries/", add_entry, 2),
    ClientEntryList: ("/clients/CLT-001/entries/", add_entry_of_one, 3),
    # Tags, which are one query for all rows; so below.
    EventList: ("/access/events/", make_event, 2),
    ClientEventList: ("/clients/CLT-001/events/", add_event_of_one, 3),
    VehicleList: ("/access/vehicles/", add_vehicle, 2),
    ClientVehicleList: ("/clients/CLT-001/vehicles/", add_vehicle_of_one, 3),
    CardList: ("/access/cards/", make_card, 2),
    ClientCardList: ("/clients/CLT-001/cards/", add_card_of_one, 3),
    ZoneList: ("/access/zones/", add_zone, 0),
    DeviceList: ("/access/devices/", add_device, 0),
    TagList: ("/access/tags/", add_tag, 0),
    # The sums by method keep for less than a request where adding up takes no time.
    LedgerList: ("/payments/", add_payment, 1),
    ClosingList: ("/payments/closings/", add_closing, 0),
    # The names of the zones to choose from, for less than a request.
    SpecialDayList: ("/access/calendar/", add_special_day, 0),
    AuditList: ("/journal/", add_line, 0),
    TariffList: ("/access/tariffs/", add_tariff, 1),
}
# Lists that another permission opens than that of their model.
OPENED_BY = {
    ReviewList: ["clients.view_client", "clients.review_client"],
    DueList: ["clients.view_client", "clients.forget_client"],
    QualityList: ["clients.view_client", "clients.change_client"],
    LedgerList: ["access.view_payment"],
    ClosingList: ["interventions.view_closing", *RIGHTS.values()],
}


def subclasses(parent: type) -> Iterator[type]:
    for child in parent.__subclasses__():
        yield child
        yield from subclasses(child)


every_list = pytest.mark.parametrize(("page", "url", "add", "own"), [(page, *rest) for page, rest in LISTS.items()])


def test_it_knows_every_list() -> None:
    # At its address stand members with their periods.
    assert set(subclasses(ListPage)) == {*LISTS, MemberList}


def test_it_filters_by_no_name_that_pages_use() -> None:
    for page in LISTS:
        assert not set(page.filterset_class.base_filters) & set(Query.RESERVED), page


def cost(browser: Browser, url: str) -> int:
    """How many queries a page takes."""
    with CaptureQueriesContext(connection) as queries:
        read(browser.get(url))
    return len(queries)


@pytest.mark.skipif(not is_on("figures"), reason="SPEED_OFF")
@every_list
def test_it_costs_the_same_whatever_the_rows(
    page: type[ListPage], url: str, add: Callable[[], Any], own: int, desk: Browser
) -> None:
    add()
    # What is kept for some seconds is kept once it was read.
    with mock.patch.object(figures, "KEPT", 10**9), time_machine.travel(timezone.now(), tick=False):
        read(desk.get(url))
        read(desk.get(f"{url}export/"))
        one, file = cost(desk, url), cost(desk, f"{url}export/")
        add(), add(), add()
        read(desk.get(url))
        assert (cost(desk, url), cost(desk, f"{url}export/")) == (one, file)
        assert one <= QUERIES + own
        assert cost(desk, f"{url}?per_page=10&page=1") <= QUERIES + own


@pytest.mark.any_database
@every_list
def test_it_sends_a_fragment_that_is_the_page_s_own_part_and_one_row_beside_itself(
    page: type[ListPage], url: str, add: Callable[[], Any], own: int, desk: Browser, sign_in: Callable[..., Browser]
) -> None:
    add()
    for query in ("?q=martin&sort=-name", "?q=personne", ODD):
        whole = desk.get(url + query)
        fragment = desk.get(url + query, headers={"HX-Request": "true"})
        results = find(whole, "id", "results")
        assert results is not None
        assert "<html" not in fragment.content.decode()
        assert inner(results) == inner_of_fragment(fragment)
        assert "HX-Request" in whole["Vary"]
        assert "HX-Request" in fragment["Vary"]
    assert find(whole, "role", "alert") is not None
    restored = desk.get(url, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in restored.content.decode()
    row, beside = restored.context["list"].pager.page.rows[0], {"HX-Request": "true"}
    shown = desk.get(url, {"q": "personne", "peek": row.pk}, headers=beside)
    assert shown.status_code == 200
    assert "<html" not in shown.text
    assert list(parse(shown).iter("dt"))
    for unknown in ("0", "999999999", "-1", "un", ""):
        assert desk.get(url, {"peek": unknown}, headers=beside).status_code == 404
    assert sign_in().get(url, {"peek": row.pk}, headers=beside).status_code == 403
    assert "<html" in desk.get(url, {"peek": row.pk}).text


def inner(node: ElementTree.Element) -> str:
    children = "".join(ElementTree.tostring(child, encoding="unicode") for child in node)
    return " ".join(f"{node.text or ''}{children}".split())


def inner_of_fragment(response: Any) -> str:
    response.content = b'<!doctype html><div id="results">' + response.content + b"</div>"
    node = find(response, "id", "results")
    assert node is not None
    return inner(node)


@every_list
def test_it_sorts_both_ways(
    page: type[ListPage], url: str, add: Callable[[], Any], own: int, desk: Browser, subtests: pytest.Subtests
) -> None:
    for _serial in range(3):
        add()
    for sort in page.orders:
        with subtests.test(sort=sort):
            up, down = (desk.get(url, {"sort": way}) for way in (sort, f"-{sort}"))
            assert (up.status_code, down.status_code) == (200, 200)
            assert (up.context["list"].errors, down.context["list"].errors) == ([], [])
            shown, reversed_rows = ([row.pk for row in way.context["list"].pager.page.rows] for way in (up, down))
            assert shown == reversed_rows[::-1]
            assert len(shown) > 2


@every_list
def test_it_says_what_makes_no_sense_in_each_filter(
    page: type[ListPage], url: str, add: Callable[[], Any], own: int, desk: Browser
) -> None:
    add()
    names = page.filterset_class.base_filters
    for value in NONSENSE:
        response = desk.get(url, dict.fromkeys(names, value))
        assert response.status_code == 200
        sentences = response.context["list"].errors
        assert len(sentences) >= len(names)
        # A browser has no such character to show.
        shown = [" ".join(sentence.replace("\x00", "").split()) for sentence in sentences]
        assert [sentence for sentence in shown if sentence not in said(response)] == []
        assert rows(response) == []


IN_THE_ADDRESS = (
    ("nonsense=1", "nonsense"),
    ("sort=nonsense", "nonsense"),
    ("sort=--name", "--name"),
    ("sort=-", "-"),
    ("per_page=33", "33"),
    ("per_page=all", "all"),
    ("page=0", "0"),
    ("page=-1", "-1"),
    ("page=two", "two"),
    ("page=1.5", "1.5"),
    ("page=٣", "٣"),
    ("page=9999", "9999"),
    ("page=99999999999999999999999999", "9999"),
    ("page=00000000019999999999999999999999999999", "0000"),
    ("page=" + "9" * 5000, "9999"),
)


@pytest.mark.any_database
def test_it_says_what_makes_no_sense_in_the_address(desk: Browser, subtests: pytest.Subtests) -> None:
    add_client()
    for query, named in IN_THE_ADDRESS:
        with subtests.test(query=query[:40]):
            response = desk.get(f"/clients/?{query}")
            assert response.status_code == 200
            assert find(response, "role", "alert") is not None
            assert f"« {named}" in said(response) or f"La page {named}" in said(response)
            assert rows(response) != []


@pytest.mark.any_database
@every_list
def test_it_exports_its_columns_and_rows_to_who_may(
    page: type[ListPage], url: str, add: Callable[[], Any], own: int, desk: Browser, sign_in: Callable[..., Browser]
) -> None:
    add(), add()
    shown = rows(desk.get(url))
    lines = records(desk.get(f"{url}export/"))
    assert list(lines[0]) == [str(column.header) for column in page.export_columns]
    assert len(lines) == len(shown)
    # Back to the page, which says what makes no sense.
    assert desk.get(f"{url}export/{ODD}")["Location"] == f"{url}{ODD}"
    meta = page.model._meta
    view = OPENED_BY.get(page, [f"{meta.app_label}.view_{meta.model_name}"])
    assert page.export_permission
    assert sign_in(*view).get(f"{url}export/").status_code == 403
    assert sign_in(page.export_permission).get(f"{url}export/").status_code == 403
    # A tab of a client takes the right to see clients too.
    read(allowed := sign_in(*view, page.export_permission, "clients.view_client").get(f"{url}export/"))
    assert allowed.status_code == 200
