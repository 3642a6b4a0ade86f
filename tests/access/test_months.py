"""Events by month on PostgreSQL: where they lie, how a month goes, and what stays true of them meanwhile."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from threading import Event as Signal, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from access.gate.credentials import Credential
from access.models import Device, Event, Tag
from access.reader.reads import Scan, answer
from access.services.retention import EVENTS, forget_passages, prepare_months
from fixaloop.admin.big_tables import EstimatingPaginator
from fixaloop.records import months
from fixaloop.records.dividing import divide
from fixaloop.records.months import Monthly
from tests.access.factories import make_active_client, make_card, make_device, make_zone

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
# Far from the months that migrations made.
YEAR = 2041
NEW_YEAR = datetime(YEAR, 1, 1, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def query(statement: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def parts() -> list[str]:
    return [name for (name,) in query("SELECT relid::regclass::text FROM pg_partition_tree('access_event')")]


def part_of(key: int) -> str:
    return str(query("SELECT tableoid::regclass::text FROM access_event WHERE id = %s", key)[0][0])


@pytest.fixture(autouse=True)
def parts_of_before() -> Iterator[None]:
    there = parts()
    yield
    for part in set(parts()) - set(there):
        query(f"DROP TABLE {part}")


def come(door: Device, qr: str, at: datetime) -> int:
    said = answer(door, Scan(f"n{at}", Credential("qr", qr)), at)
    assert said["decision"] == "granted"
    return int(said["event"])


def always_valid_card(**fields: Any) -> tuple[Any, str]:
    return make_card(valid_until=date(2099, 1, 1), **fields)


def test_passages_lie_in_their_month_or_in_none_until_it_is_there() -> None:
    tag = Tag.objects.create(name="VIP")
    (door, _), (_card, qr) = make_device(make_zone(), "both"), always_valid_card(tags=[tag])
    prepare_months(NEW_YEAR - DAY)
    keys = [come(door, qr, at) for at in (NEW_YEAR - SECOND, NEW_YEAR + 2 * HOUR, NEW_YEAR + 140 * DAY)]
    note = Event.objects.record("note", at=NEW_YEAR, text="Parti.", tags=[tag])
    assert [part_of(key) for key in keys] == [f"access_event_{YEAR - 1}_12", f"access_event_{YEAR}_01", EVENTS.stray]
    assert part_of(note.pk) == EVENTS.kept
    assert part_of(Event.objects.record("entry", at=NEW_YEAR.replace(year=2011)).pk) == EVENTS.before
    assert prepare_months(NEW_YEAR + 141 * DAY) == 4
    assert part_of(keys[2]) == f"access_event_{YEAR}_05"
    assert prepare_months(NEW_YEAR + 141 * DAY) == 0
    assert list(Event.objects.get(pk=keys[2]).tags.all()) == [tag]
    # All of them, in the order of the list.
    told = Event.objects.filter(pk__in=[*keys, note.pk]).values_list("pk", flat=True)
    assert list(told) == [keys[2], keys[1], note.pk, keys[0]]
    assert EstimatingPaginator(Event.objects.all(), 50).estimate == Event.objects.count()


def test_a_read_looks_at_its_own_month_alone() -> None:
    (door, _), (_card, qr) = make_device(), always_valid_card()
    for number in range(4):
        prepare_months(NEW_YEAR + number * 90 * DAY)
    at = NEW_YEAR + 200 * DAY
    first = come(door, qr, at)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert come(door, qr, at + 5 * SECOND) == first
        come(door, qr, at + DAY)
    read = [each["sql"] for each in asked if "access_event" in each["sql"] and each["sql"].startswith("SELECT")]
    plans = "\n".join(line for statement in read for (line,) in query(f"EXPLAIN {statement.replace('%', '%%')}"))
    assert set(re.findall(r"access_event_\d{4}_\d\d\b", plans)) == {f"access_event_{YEAR}_07"}


def test_a_month_goes_at_once_unless_it_is_read_and_the_gate_goes_on(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EVENT_RETENTION_DAYS = 30
    (door, _), (_card, qr), tag = make_device(), always_valid_card(), Tag.objects.create(name="VIP")
    prepare_months(NEW_YEAR)
    now = NEW_YEAR + 100 * DAY
    prepare_months(now)

    def happen() -> None:
        for at in (NEW_YEAR + DAY, NEW_YEAR + 65 * DAY, NEW_YEAR + 80 * DAY):
            for kind in ("exit", "note"):
                Event.objects.record(kind, at=at, client=client, tags=[tag])

    client = make_active_client()
    Event._base_manager.all()._raw_delete("default")
    happen()
    assert forget_passages(now) == 2
    assert f"access_event_{YEAR}_01" not in parts()
    assert f"access_event_{YEAR}_03" in parts()
    left = Event.objects.values_list("kind", "at")
    assert sorted(left) == [
        ("exit", NEW_YEAR + 80 * DAY),
        *(("note", NEW_YEAR + days * DAY) for days in (1, 65, 80)),
    ]
    assert Event.tags.through.objects.count() == 4
    # Somebody reads all of it, for longer than the night waits.
    later, coming = now + 60 * DAY, iter(range(100))
    prepare_months(later)
    monkeypatch.setattr(months, "TRIES", 3)
    monkeypatch.setattr(months, "WAIT_MS", 50)
    monkeypatch.setattr(
        months.time, "sleep", lambda _seconds: come(door, qr, later + next(coming) * timedelta(hours=1))
    )
    reading, done = Signal(), Signal()

    def read() -> None:
        with transaction.atomic():
            Event.objects.count()
            reading.set()
            done.wait(30)
        connection.close()

    reader = Thread(target=read)
    reader.start()
    assert reading.wait(30)
    assert forget_passages(later) == 1
    done.set()
    reader.join()
    assert next(coming) == 4
    assert f"access_event_{YEAR}_03" in parts()
    assert forget_passages(later) == 0
    assert f"access_event_{YEAR}_03" not in parts()


def test_events_and_their_tags_need_each_other() -> None:
    event, link = Event.objects.record("entry", at=NEW_YEAR, tags=[Tag.objects.create(name="VIP")]), Event.tags.through
    for wrong in (
        lambda: link.objects.create(event_id=event.pk + 1, tag=Tag.objects.get()),
        lambda: Event._base_manager.filter(pk=event.pk)._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError):
            wrong()


WORK = Monthly("work_done", ("shift",), links="work_done_marks", link="work_id")


@pytest.fixture
def work_done() -> Iterator[None]:
    query(
        "CREATE TABLE work_place (id bigint PRIMARY KEY); INSERT INTO work_place VALUES (1);"
        "CREATE TABLE work_done (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL,"
        " kind varchar(12) NOT NULL, place_id bigint REFERENCES work_place DEFERRABLE INITIALLY DEFERRED);"
        "CREATE INDEX work_by_time ON work_done (at DESC, id DESC);"
        "CREATE TABLE work_done_marks (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
        " work_id bigint NOT NULL REFERENCES work_done DEFERRABLE INITIALLY DEFERRED)"
    )
    yield
    query("DROP TABLE work_done, work_done_marks, work_place CASCADE")


def test_a_full_table_is_divided_where_it_stands_even_after_a_failure(
    work_done: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = NEW_YEAR + 27 * DAY
    for at, kind in ((now - 400 * DAY, "shift"), (now, "rest"), (now + 3000 * DAY, "shift"), (now + 9 * DAY, "rest")):
        query("INSERT INTO work_done (at, kind, place_id) VALUES (%s, %s, 1)", at, kind)
    query("INSERT INTO work_done_marks (work_id) SELECT id FROM work_done")
    query("DELETE FROM work_done_marks WHERE work_id = 4; DELETE FROM work_done WHERE id = 4")
    with monkeypatch.context() as broken:
        broken.setattr("fixaloop.records.dividing._divide", lambda *_values: query("SELECT 1 / 0"))
        with pytest.raises(Exception, match="division by zero"):
            divide(WORK, now)
    divide(WORK, now)
    divide(WORK, now)
    lie = query("SELECT id, tableoid::regclass::text FROM work_done ORDER BY id")
    assert lie == [(1, "work_done_before"), (2, "work_done_before"), (3, "work_done_stray")]
    # The first month begins a week from now or later; keys go on, and are given once.
    new = "INSERT INTO work_done (at, kind) VALUES (%s, 'shift') RETURNING id, tableoid::regclass::text"
    assert [query(new, now + days * DAY) for days in (3, 32)] == [
        [(5, "work_done_before")],
        [(6, f"work_done_{YEAR}_03")],
    ]
    assert query("SELECT count(*) FROM work_done_marks") == [(3,)]
    with pytest.raises(IntegrityError):
        query("INSERT INTO work_done (at, kind, place_id) VALUES (%s, 'shift', 2)", now)
    assert query("SELECT tablename FROM pg_indexes WHERE indexname = 'work_by_time'") == [("work_done",)]
