"""The pages of a list: numbers near the start, keys beyond, the same rows either way."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings, strategies as st

from clients.models import Client
from fixaloop.lists import counting, listing, pagination
from fixaloop.lists.counting import Order
from fixaloop.lists.pagination import numbered_page, page_before, reverse, seek
from fixaloop.speed import is_on
from tests.factories import make_client
from tests.loading import loaded
from tests.pages import find, rows, said, text

pytestmark = pytest.mark.each_database

NAMES = [f"Camille N{number:02d}" for number in range(1, 36)]


def fill() -> None:
    """Thirty-five clients, in the order of their names."""
    for number in range(1, 36):
        make_client(last_name=f"N{number:02d}")


many = loaded(fill)


def shown(response: Any) -> list[int]:
    """The keys of the rows on a page."""
    return [row.pk for row in response.context["list"].pager.page.rows]


def pages(response: Any) -> dict[str, str | None]:
    pager = response.context["list"].pager
    return {name: getattr(pager, f"{name}_url") for name in ("first", "previous", "next", "last")}


@pytest.mark.usefixtures("many")
def test_it_shows_the_pages_one_after_the_other(desk: Browser) -> None:
    url: str | None = "/clients/?sort=name&per_page=10"
    seen: list[str] = []
    ranges = []
    while url and len(seen) <= len(NAMES):
        response = desk.get(url)
        seen += rows(response)
        ranges.append(response.context["list"].pager.range_text)
        assert response.context["list"].pager.range_text in said(response)
        url = pages(response)["next"]
    assert seen == NAMES
    assert ranges == ["1–10 sur 35", "11–20 sur 35", "21–30 sur 35", "31–35 sur 35"]


@pytest.mark.usefixtures("many")
def test_it_shows_the_links_that_lead_somewhere(desk: Browser) -> None:
    base = "/clients/?sort=name&per_page=10"
    assert pages(desk.get(base)) == {
        "first": None,
        "previous": None,
        "next": f"{base}&page=2",
        "last": f"{base}&page=last",
    }
    assert pages(desk.get(f"{base}&page=2")) == {
        "first": base,
        "previous": base,
        "next": f"{base}&page=3",
        "last": f"{base}&page=last",
    }
    last = pages(desk.get(f"{base}&page=4"))
    assert (last["next"], last["last"], last["previous"]) == (None, None, f"{base}&page=3")


@pytest.mark.usefixtures("many")
def test_it_keeps_the_filters_from_page_to_page(desk: Browser) -> None:
    following = pages(desk.get("/clients/?q=camille&kind=individual&sort=-name&per_page=10&page=2"))["next"]
    assert following == "/clients/?q=camille&kind=individual&sort=-name&per_page=10&page=3"


@pytest.mark.usefixtures("many")
def test_it_shows_the_last_rows_and_goes_back_from_there(desk: Browser) -> None:
    response = desk.get("/clients/?sort=name&per_page=10&page=last")
    assert rows(response) == NAMES[-10:]
    assert pages(response)["next"] is None
    previous = pages(response)["previous"]
    assert previous
    response = desk.get(previous)
    assert rows(response) == NAMES[-20:-10]
    following = pages(response)["next"]
    assert following
    assert rows(desk.get(following)) == NAMES[-10:]


@pytest.mark.usefixtures("many")
def test_it_says_nothing_false_of_pages_reached_from_the_end(desk: Browser) -> None:
    """Coming back from the end one does not know the number of a page; 1 would be a lie."""
    backwards = pages(desk.get("/clients/?sort=name&per_page=10&page=last"))["previous"]
    assert backwards
    following = pages(desk.get(backwards))["next"]
    assert following
    response = desk.get(following)
    last = response.context["list"].pager
    assert rows(response) == NAMES[-10:]
    assert not last.range_text.startswith("1–")
    assert last.previous_url
    assert last.total == 35


@pytest.mark.usefixtures("many")
def test_it_walks_all_the_way_back_from_the_end(desk: Browser) -> None:
    url: str | None = "/clients/?sort=name&per_page=10&page=last"
    seen: list[str] = []
    while url and len(seen) <= len(NAMES):
        response = desk.get(url)
        seen = rows(response) + seen
        url = pages(response)["previous"]
    assert seen == NAMES


SORTS = ("name", "-name", "status", "-status", "reference", "city", "created", "-created")


@pytest.mark.usefixtures("many")
def test_it_reaches_every_row_by_keys_beyond_the_window(
    desk: Browser, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    wholes = {sort: shown(desk.get(f"/clients/?sort={sort}&per_page=100")) for sort in SORTS}
    monkeypatch.setattr(pagination, "WINDOW", 10)
    for sort, whole in wholes.items():
        with subtests.test(sort=sort):
            url: str | None = f"/clients/?sort={sort}&per_page=10"
            seen: list[int] = []
            while url and len(seen) <= len(NAMES):
                response = desk.get(url)
                seen += shown(response)
                url = pages(response)["next"]
            assert seen == whole
            assert len(seen) == 35


@pytest.mark.usefixtures("many")
def test_it_goes_back_by_keys_beyond_the_window(desk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagination, "WINDOW", 10)
    deep = desk.get("/clients/?sort=name&per_page=10&page=4")
    previous = pages(deep)["previous"]
    assert previous
    assert "before_row=" in previous
    assert rows(desk.get(previous)) == NAMES[20:30]


@pytest.mark.usefixtures("many")
def test_it_goes_on_where_it_can_when_the_row_it_went_on_from_is_gone(
    desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "WINDOW", 10)
    following = pages(desk.get("/clients/?sort=name&per_page=10"))["next"]
    assert following
    Client.objects.get(last_name="N10").delete()
    response = desk.get(following)
    assert response.status_code == 200
    assert rows(response) == NAMES[11:21]


@pytest.mark.usefixtures("many")
def test_it_takes_no_harm_from_a_key_that_names_nothing(desk: Browser, subtests: pytest.Subtests) -> None:
    keys = ("after_row=999999", "after_row=x", "after_row=-1", f"after_row={'9' * 30}", "before_row=x")
    for anchor in (*keys, "before_row=999999"):
        with subtests.test(anchor=anchor):
            response = desk.get(f"/clients/?sort=name&per_page=10&page=2&{anchor}")
            assert response.status_code == 200
            assert rows(response) == NAMES[10:20]


@pytest.mark.usefixtures("many")
def test_it_remembers_how_many_rows_one_likes(desk: Browser) -> None:
    assert len(rows(desk.get("/clients/"))) == 25
    assert len(rows(desk.get("/clients/?per_page=50"))) == 35
    assert len(rows(desk.get("/clients/"))) == 35
    assert len(rows(desk.get("/clients/?per_page=33"))) == 35
    desk.cookies["per_page"] = "nonsense"
    assert len(rows(desk.get("/clients/"))) == 25


@pytest.mark.usefixtures("many")
def test_it_offers_sizes_that_start_at_the_first_page(desk: Browser) -> None:
    response = desk.get("/clients/?q=camille&page=2&per_page=10")
    sizes = find(response, "class", "pager__sizes")
    assert sizes is not None
    assert [(size.text, size.get("href"), size.get("data-hx-get"), size.get("aria-current")) for size in sizes] == [
        ("10", "/clients/?q=camille&per_page=10", "/clients/?q=camille&per_page=10", "true"),
        ("25", "/clients/?q=camille&per_page=25", "/clients/?q=camille&per_page=25", None),
        ("50", "/clients/?q=camille&per_page=50", "/clients/?q=camille&per_page=50", None),
        ("100", "/clients/?q=camille&per_page=100", "/clients/?q=camille&per_page=100", None),
    ]


@pytest.mark.usefixtures("many")
def test_it_shows_the_first_page_when_the_one_asked_for_is_beyond_the_end(desk: Browser) -> None:
    response = desk.get("/clients/?sort=name&per_page=10&page=9")
    assert rows(response) == NAMES[:10]
    assert "La page 9 n’existe pas" in text(find(response, "role", "alert"))


@pytest.mark.usefixtures("many")
def test_it_stops_counting_where_counting_costs(desk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (counting, pagination):
        monkeypatch.setattr(module, "COUNT_CAP", 30)
    first = desk.get("/clients/?sort=name&per_page=10&kind=individual")
    assert first.context["list"].pager.range_text == "1–10 sur plus de 30"
    assert "plus de 30 clients" in said(first)


@pytest.mark.skipif(not is_on("long_lists"), reason="SPEED_OFF")
@pytest.mark.usefixtures("many")
def test_it_does_not_count_again_what_was_too_long_a_moment_ago(desk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (counting, pagination):
        monkeypatch.setattr(module, "COUNT_CAP", 30)
    url = "/clients/?kind=individual&per_page=10"
    with CaptureQueriesContext(connection) as first:
        desk.get(url)
    with CaptureQueriesContext(connection) as again:
        assert "plus de 30 clients" in said(desk.get(f"{url}&sort=name"))
    assert len(again) < len(first)
    Client.objects.filter(last_name__gt="N05").delete()
    assert "5 clients" in said(desk.get(url))


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("cap", [1_000, 30])
@pytest.mark.parametrize("promised", [None, 0, 1_000_000])
def test_a_search_finds_the_same_however_many_are_expected(
    promised: int | None, cap: int, desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (counting, pagination):
        monkeypatch.setattr(module, "COUNT_CAP", cap)
    monkeypatch.setattr(counting, "expected_count", lambda queryset: promised)
    for _again in range(2):
        for number in range(4):
            page = desk.get(f"/clients/?q=camille&sort=name&per_page=10&page={number + 1}")
            assert rows(page) == NAMES[number * 10 : number * 10 + 10]
            assert (pages(page)["next"] is None) is (number == 3)
        assert rows(desk.get("/clients/?q=camille&sort=-name&per_page=10&page=2")) == NAMES[24:14:-1]
        assert rows(desk.get("/clients/?q=camille&sort=name&per_page=10&page=last")) == NAMES[-10:]
    assert "35 clients" in said(desk.get("/clients/?q=camille&per_page=50"))


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(("living_there", "queries"), [(9, 0), (10, 0), (11, 1), (21, 1)])
def test_a_town_is_counted_where_its_page_is_full(
    living_there: int, queries: int, desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    Client.objects.filter(last_name__lte=f"N{living_there:02d}").update(city="Pau", city_key="pau")
    count = Mock(side_effect=counting.count)
    monkeypatch.setattr(listing, "count", count)
    page = desk.get("/clients/?city=pau&sort=name&per_page=10")
    assert rows(page) == NAMES[: min(living_there, 10)]
    assert f"{living_there} clients" in said(page)
    assert count.call_count == queries
    beyond = desk.get("/clients/?city=pau&sort=name&per_page=10&page=3")
    assert rows(beyond) == (NAMES[20:21] if living_there > 20 else NAMES[: min(living_there, 10)])
    assert f"{living_there} clients" in said(beyond)


@pytest.mark.usefixtures("many")
def test_a_town_of_too_many_is_not_counted(desk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (counting, pagination):
        monkeypatch.setattr(module, "COUNT_CAP", 30)
    Client.objects.update(city="Pau", city_key="pau")
    for _again in range(2):
        page = desk.get("/clients/?city=pau&sort=name&per_page=10")
        assert rows(page) == NAMES[:10]
        assert "plus de 30 clients" in said(page)


@pytest.mark.usefixtures("many")
def test_a_page_after_a_row_does_not_say_how_many_there_are(desk: Browser) -> None:
    Client.objects.update(city="Pau", city_key="pau")
    row = Client.objects.get(last_name="N34")
    page = desk.get(f"/clients/?city=pau&sort=name&per_page=10&page=2&after_row={row.pk}")
    assert rows(page) == NAMES[34:]
    assert "35 clients" in said(page)


@pytest.mark.postgres
@pytest.mark.usefixtures("many")
def test_postgresql_promises_about_as_many_as_there_are() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE clients_client")
    assert 30 <= (counting.expected_count(Client.objects.filter(kind="individual")) or 0) <= 40
    assert counting.expected_count(Client.objects.filter(pk__in=())) == 0


ORDERS: list[Order] = [
    ("sort_name", "id"),
    ("-active_until", "sort_name", "id"),
    ("active_until", "-sort_name", "-id"),
    ("-created_at", "-id"),
    ("-city_key", "sort_name", "-id"),
    ("-id",),
]
DAY = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def table(db: None) -> Iterator[None]:
    yield
    Client.objects.all().delete()


@pytest.mark.usefixtures("table")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abé"), st.sampled_from("xy")), max_size=14),
    order=st.sampled_from(ORDERS),
    size=st.integers(1, 5),
)
def test_it_reads_the_same_list_by_keys_as_by_offset(
    values: list[tuple[int, str, str]], order: Order, size: int
) -> None:
    Client.objects.all().delete()
    rows = [
        Client(
            number=number,
            first_name="A",
            last_name="B",
            active_until=DAY + timedelta(days=days),
            created_at=DAY,
            sort_name=name,
            city_key=city,
        )
        for number, (days, name, city) in enumerate(values, start=1)
    ]
    Client.objects.bulk_create(rows)
    clients = Client.objects.all()
    for direction in (order, reverse(order)):
        whole = list(clients.order_by(*direction))
        for index, anchor in enumerate(whole):
            assert seek(clients, direction, anchor, size) == whole[index + 1 : index + 1 + size]
            assert page_before(clients, direction, anchor, size).rows == whole[max(0, index - size) : index]
        by_key: list[Client] = []
        number, anchor_row = 1, None
        while len(by_key) <= len(whole):
            page = numbered_page(clients, direction, number, size, anchor_row)
            assert page.rows == numbered_page(clients, direction, number, size, None).rows
            by_key += page.rows
            if not page.has_next:
                break
            number, anchor_row = number + 1, page.rows[-1]
        assert by_key == whole
        assert page_before(clients, direction, None, size).rows == whole[-size:]
        assert all(first != second for first, second in pairwise(whole))
