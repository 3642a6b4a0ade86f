"""The SQL text of list queries and of two updates is kept, and no query is answered by the values of another."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.db.models import (
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Collate, Concat
from django.db.models.lookups import GreaterThan
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

import fixaloop
from access.services import client_columns
from clients.models import Client
from fixaloop.speed import Unpreparable, is_on, statements
from fixaloop.speed.statements import is_preparable, prepared, statement_of
from fixaloop.speed.updates import KeptUpdate
from interventions import activity
from tests.factories import make_client

pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not is_on("statements"), reason="SPEED_OFF")]


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


def _number(value: int) -> Any:
    return ExpressionWrapper(Value(value), IntegerField())


REFUSED: dict[str, Callable[[int], QuerySet[Client, Any]]] = {
    "annotation": lambda value: Client.objects.annotate(v=Value(value)),
    "annotation, not read": lambda value: Client.objects.alias(v=Value(value)).filter(v=1),
    "annotation, read alone": lambda value: Client.objects.annotate(v=_number(value)).values_list("v"),
    "value without a name": lambda value: Client.objects.values_list(_number(value)),
    "annotation of a case": lambda value: Client.objects.annotate(
        v=Case(When(number=value, then=Value("x")), default=Value("y"))
    ),
    "annotation of a subquery": lambda value: Client.objects.annotate(
        v=Subquery(Client.objects.filter(number=value).values("last_name")[:1])
    ),
    "annotation of an exists": lambda value: Client.objects.annotate(v=Exists(Client.objects.filter(number=value))),
    "filtered figure": lambda value: Client.objects.annotate(v=Count("members", filter=Q(members__number=value))),
    "filtered relation": lambda value: Client.objects.annotate(
        v=FilteredRelation("members", condition=Q(members__number=value))
    ).filter(v__isnull=False),
    "group": lambda value: Client.objects.order_by("city").values("city").annotate(v=Max("number")),
    "extra column": lambda value: Client.objects.extra(select={"v": str(value)}),
    "extra column with a value": lambda value: Client.objects.extra(select={"v": "%s"}, select_params=[value]),
    "extra order": lambda value: Client.objects.extra(order_by=["-sort_name"]),
    "extra table": lambda value: Client.objects.extra(tables=["auth_group"]),
    "distinct": lambda value: Client.objects.filter(members__number=value).distinct(),
    "dates": lambda value: Client.objects.dates("created_at", "year"),
    "order of a case": lambda value: Client.objects.order_by(Case(When(number=value, then=Value(0)), default=Value(1))),
    "order of a value": lambda value: Client.objects.order_by(Concat("city", Value(str(value)))),
    "order of a coalesced value": lambda value: Client.objects.order_by(Coalesce("number", Value(value)).desc()),
    "order of a subquery": lambda value: Client.objects.order_by(
        Subquery(Client.objects.filter(number=value).values("last_name")[:1])
    ),
    "order of raw SQL": lambda value: Client.objects.order_by(RawSQL("number = %s", [value])),
    "order in a collation": lambda value: Client.objects.order_by(Collate("last_name", "C")),
    "union": lambda value: Client.objects.filter(number=value).union(Client.objects.filter(number=value + 1)),
    "lock": lambda value: Client.objects.select_for_update(),
}


@pytest.mark.parametrize("rows", REFUSED.values(), ids=REFUSED)
def test_what_may_hold_a_value_elsewhere_is_refused(rows: Any, kept: Callable[[], int]) -> None:
    assert not is_preparable(rows(1))
    with pytest.raises(Unpreparable, match="Client: "):
        prepared(rows(1))
    assert kept() == 0


def test_the_statement_of_what_is_refused_is_written_anew(kept: Callable[[], int]) -> None:
    for value in (1, 2):
        _sql, values = statement_of(Client.objects.annotate(v=Value(value)).filter(city="Pau"))
        assert list(values) == [value, "Pau"]
    assert kept() == 0


def test_an_order_without_values_is_no_value(three: list[Client], kept: Callable[[], int]) -> None:
    last = Coalesce(F("sort_name"), F("sort_name"))
    for order in ((last.asc(), "id"), (last.desc(), "id")) * 2:
        rows = Client.objects.order_by(*order)
        assert _names(rows) == [row.name for row in rows]
    assert kept() == 2


CONDITIONS: dict[str, Callable[[int], Q]] = {
    "value": lambda number: Q(number=number),
    "case": lambda number: Q(number=Case(When(city="Pau", then=Value(number)), default=Value(0))),
    "expression": lambda number: Q(GreaterThan(F("number") + Value(number), 4)),
    "raw SQL": lambda number: Q(number__in=RawSQL("SELECT %s", [number])),
    "subquery": lambda number: Q(pk__in=Client.objects.filter(number=number).values("pk")),
    "subquery of an annotation": lambda number: Q(
        number__in=Client.objects.annotate(v=ExpressionWrapper(Value(number), IntegerField())).values("v")
    ),
    "sliced subquery": lambda number: Q(pk__in=Client.objects.order_by("number").values("pk")[:number]),
    "exists": lambda number: Q(Exists(Client.objects.filter(company=OuterRef("pk"), number=number))),
}


@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=CONDITIONS)
def test_a_value_in_any_condition_is_the_one_asked_for(condition: Callable[[int], Q]) -> None:
    for number in (1, 2, 3, 4, 2, 1):
        rows = Client.objects.order_by("number").filter(condition(number))
        assert _names(rows) == [row.name for row in rows]


def test_only_lists_use_kept_statements() -> None:
    root = Path(fixaloop.__file__).parents[1]
    users = {
        path.relative_to(root).parts[:2]
        for app in ("fixaloop", "clients", "access", "interventions")
        for path in (root / app).rglob("*.py")
        if "speed.statements" in path.read_text()
    }
    assert users == {("fixaloop", "lists")}


def test_what_is_derived_from_prepared_rows_is_an_ordinary_query(three: list[Client], kept: Callable[[], int]) -> None:
    for number, expected in ((1, three[0]), (2, three[1])):
        rows = prepared(Client.objects.filter(city="Pau").order_by())
        assert [row.v for row in rows.annotate(v=Value(number))] == [number] * 2
        assert rows.filter(number=number).get() == expected
        assert Client.objects.filter(pk__in=rows.values("pk")).count() == 2
        assert (rows.count(), rows.exists(), rows.aggregate(last=Max("number"))) == (2, True, {"last": 2})
        assert rows.explain()
        assert kept() == 0


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


def test_a_kept_update_is_what_django_would_write(three: list[Client]) -> None:
    at = timezone.now()
    statuses = product((at, at + timedelta(days=400)), (timedelta(), timedelta(days=92)))
    asked: list[tuple[KeptUpdate, tuple[Any, ...]]]
    asked = [(activity.UPDATE, (client.pk, *status)) for client, status in product(three, statuses)]
    asked += [(client_columns.UPDATE, (client.pk,)) for client in three]
    for update, values in asked:
        sql, params = update.text("default", *values)
        expected, stored = update.written("default", *values)
        assert (sql, repr(params)) == (expected, repr(stored))
        assert values[0] in params


@pytest.mark.parametrize(
    "columns",
    [
        lambda at: {"status_until": Value(at + timedelta(days=1))},
        lambda at: {"street": Value(at.day)},
        lambda at: {"status_until": at} if at.microsecond % 2 else {"status_at": at},
        lambda at: {"street": Value("")},
    ],
)
def test_an_update_that_a_value_decides_is_not_kept(columns: Any, three: list[Client]) -> None:
    with pytest.raises(Unpreparable):
        KeptUpdate(Client, columns, datetime).run([three[0].pk], timezone.now())


def test_an_update_by_two_values_of_one_kind_is_not_kept(three: list[Client]) -> None:
    update = KeptUpdate(Client, lambda first, last: {"status_at": first, "status_until": last}, datetime, datetime)
    with pytest.raises(Unpreparable):
        update.run([three[0].pk], timezone.now(), timezone.now())
