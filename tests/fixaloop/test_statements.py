"""Queries that differ in their values alone are put together once, and answer as any others do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Count, Max, Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from clients.models import Client
from fixaloop.speed import statements
from fixaloop.speed.statements import prepared
from tests.factories import make_client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_statements", {})


@pytest.fixture(autouse=True)
def three() -> list[Client]:
    firm = make_client(company_name="Ébénisterie Martin", city="Pau")
    return [firm, make_client(last_name="Petit", city="Pau", company=firm), make_client(last_name="Roux", city="Lyon")]


@pytest.fixture
def kept(three: list[Client]) -> Callable[[], int]:
    """How many texts are kept."""
    return lambda: len(statements._statements)


def _names(rows: QuerySet[Client]) -> list[str]:
    return [row.name for row in prepared(rows)]


def test_other_values_are_answered_by_the_same_text(kept: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> None:
    in_town = Client.objects.select_related("company").order_by("sort_name")
    assert _names(in_town.filter(city="Pau")) == ["Ébénisterie Martin", "Camille Petit"]
    assert kept() == 1
    monkeypatch.setattr(statements, "_keep", None)
    assert _names(in_town.filter(city="Lyon")) == ["Camille Roux"]
    assert _names(in_town.filter(city="Brest")) == []


def test_what_is_read_beside_a_row_comes_with_it(django_assert_num_queries: Any) -> None:
    rows = Client.objects.select_related("company").filter(last_name="Petit")
    for _again in range(2):
        with django_assert_num_queries(1):
            (row,) = prepared(rows)
            assert row.company is not None
            assert row.company.name == "Ébénisterie Martin"


@pytest.mark.parametrize(
    "other",
    [
        lambda rows: rows.order_by("-sort_name"),
        lambda rows: rows.only("number", "kind", "first_name", "last_name", "company_name"),
        lambda rows: rows.select_related("company"),
        lambda rows: rows[:1],
        lambda rows: rows[1:2],
        lambda rows: rows.filter(company__isnull=True),
        lambda rows: rows.exclude(company__isnull=True),
        lambda rows: rows.filter(Q(city="Pau") | Q(city="Lyon")),
        lambda rows: rows.filter(company__city="Pau"),
        lambda rows: rows.exclude(company__city="Pau"),
        lambda rows: rows.filter(members__city="Pau"),
        lambda rows: rows.filter(pk__in=Client.objects.filter(city="Lyon").values("pk")),
        lambda rows: rows.filter(pk__in=[]),
        lambda rows: rows.distinct(),
        lambda rows: rows.reverse(),
        lambda rows: rows.none(),
    ],
)
def test_what_reads_otherwise_has_a_text_of_its_own(other: Any) -> None:
    rows = Client.objects.order_by("sort_name")
    assert _names(rows) == ["Ébénisterie Martin", "Camille Petit", "Camille Roux"]
    for _again in range(2):
        assert _names(other(rows)) == [row.name for row in other(rows)]


def test_the_same_condition_on_other_rows_has_a_text_of_its_own(three: list[Client]) -> None:
    firm, petit, _roux = three
    for way, expected in (("company", petit), ("members", firm)) * 2:
        rows = Client.objects.filter(**{f"{way}__city": "Pau"}).values_list("pk", flat=True)
        assert list(prepared(rows)) == [expected.pk]


def test_keys_alone_can_be_asked_for(three: list[Client]) -> None:
    for client in three:
        assert list(prepared(Client.objects.filter(number=client.number).values_list("pk", flat=True))) == [client.pk]


def test_figures_are_kept_under_a_name_alone(kept: Callable[[], int]) -> None:
    towns = Client.objects.order_by("city").values("city").annotate(count=Count("pk", filter=Q(company=None)))
    assert list(prepared(towns)) == [{"city": "Lyon", "count": 1}, {"city": "Pau", "count": 1}]
    assert kept() == 0
    for name, expected in (("Petit", []), ("Roux", [{"city": "Lyon", "count": 1}])):
        assert list(prepared(towns.filter(last_name=name, company=None), "towns")) == expected
    assert kept() == 1


def test_a_prepared_query_may_be_part_of_another(three: list[Client]) -> None:
    in_pau = prepared(Client.objects.filter(city="Pau"))
    assert len(in_pau) == 2
    assert Client.objects.filter(pk__in=prepared(Client.objects.filter(city="Pau")).values("pk")).count() == 2
    assert prepared(Client.objects.filter(city="Pau")).count() == 2
    for _again in range(2):
        unordered = prepared(Client.objects.filter(city="Pau").order_by())
        assert unordered.count() == 2
        assert unordered.exists()
        assert unordered.aggregate(last=Max("number")) == {"last": 2}
        assert {client.city for client in unordered} == {"Pau"}
        towns = prepared(Client.objects.order_by().values("city").annotate(last=Max("number")), "towns")
        assert len(towns) == 2
        assert towns.count() == 2
        assert towns.filter(city="Pau").get()["last"] == 2
    assert prepared(Client.objects.filter(city="Pau")).filter(company=three[0]).get() == three[1]


def test_what_is_kept_has_an_end(kept: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MOST", 5)
    for length in range(1, 20):
        assert len(prepared(Client.objects.filter(number__in=range(1, length + 1)))) == min(length, 3)
        assert kept() <= 5
    list(prepared(Client.objects.filter(number__in=range(statements.LONGEST + 1))))
    assert kept() <= 5


def test_the_text_is_put_together_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    put_together = SQLCompiler.pre_sql_setup

    def counting(compiler: Any, *args: Any, **kwargs: Any) -> Any:
        made.append(compiler.query.model.__name__)
        return put_together(compiler, *args, **kwargs)

    monkeypatch.setattr(SQLCompiler, "pre_sql_setup", counting)
    monkeypatch.setattr(statements, "_as_sql", statements._as_sql.__wrapped__)  # type: ignore[attr-defined]
    compilers = [prepared(Client.objects.filter(city=city)).query.get_compiler("default") for city in ("Pau", "Lyon")]
    (first, at_pau), (second, at_lyon) = [compiler.as_sql() for compiler in compilers]
    assert (first, list(at_pau), list(at_lyon)) == (second, ["Pau"], ["Lyon"])
    assert made == ["Client"]
