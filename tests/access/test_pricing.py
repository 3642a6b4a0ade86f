"""What a stay costs: a pure function of two instants, in Paris, on nights when the clocks change too."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from access.tariffs.pricing import MOST_DUE, Rates, Step, price

PARIS = ZoneInfo("Europe/Paris")


def rates(free: int = 0, *steps: tuple[int, int, str], cap: str = "") -> Rates:
    return Rates(
        free, tuple(Step(start, every, Decimal(cost)) for start, every, cost in steps), (cap and Decimal(cap)) or None
    )


QUARTERS = rates(0, (0, 15, "0.50"))
AFTER_45 = rates(45, (0, 15, "0.50"))
CHEAPER_LATER = rates(0, (0, 15, "0.50"), (120, 60, "1.00"))
FREE_INTO_SECOND = rates(130, (0, 15, "0.50"), (120, 60, "1.00"))
CAPPED = rates(0, (0, 60, "2.00"), cap="12.00")
CAPPED_AFTER_30 = rates(30, (0, 15, "1.00"), cap="10.00")
FLAT = rates(0, (60, 1440, "5.00"))
FREE = rates(0)
# 02:00 became 03:00 on 29 March 2026, 03:00 became 02:00 on 25 October 2026.
WINTER, SUMMER, SPRING, AUTUMN = "2026-11-03", "2026-07-07", "2026-03-29", "2026-10-25"


def at(text: str) -> datetime:
    """A wall clock time in Paris; a “b” at its end is the second of two."""
    return datetime.fromisoformat(text.removesuffix("b")).replace(tzinfo=PARIS, fold=int(text.endswith("b")))


CASES = [
    # A quarter that begins costs; seconds are not counted.
    (QUARTERS, f"{WINTER} 08:00", f"{WINTER} 08:00", "0"),
    (QUARTERS, f"{WINTER} 08:00:00", f"{WINTER} 08:00:59", "0"),
    (QUARTERS, f"{WINTER} 08:00", f"{WINTER} 08:01", "0.50"),
    (QUARTERS, f"{WINTER} 08:00", f"{WINTER} 08:15", "0.50"),
    (QUARTERS, f"{WINTER} 08:00:00", f"{WINTER} 08:15:59", "0.50"),
    (QUARTERS, f"{WINTER} 08:00", f"{WINTER} 08:16", "1.00"),
    (QUARTERS, f"{SUMMER} 08:00", f"{SUMMER} 10:10", "4.50"),
    (QUARTERS, f"{WINTER} 23:50", "2026-11-04 00:20", "1.00"),
    # Free minutes are never paid for, however long the stay.
    (AFTER_45, f"{WINTER} 08:00", f"{WINTER} 08:45", "0"),
    (AFTER_45, f"{WINTER} 08:00", f"{WINTER} 08:46", "0.50"),
    (AFTER_45, f"{WINTER} 08:00", f"{WINTER} 10:10", "3.00"),
    # Steps follow each other; minutes count from the way in.
    (CHEAPER_LATER, f"{WINTER} 08:00", f"{WINTER} 10:00", "4.00"),
    (CHEAPER_LATER, f"{WINTER} 08:00", f"{WINTER} 10:01", "5.00"),
    (CHEAPER_LATER, f"{WINTER} 08:00", f"{WINTER} 13:00", "7.00"),
    (FREE_INTO_SECOND, f"{WINTER} 08:00", f"{WINTER} 10:10", "0"),
    (FREE_INTO_SECOND, f"{WINTER} 08:00", f"{WINTER} 11:11", "2.00"),
    (FLAT, f"{WINTER} 08:00", f"{WINTER} 09:00", "0"),
    (FLAT, f"{WINTER} 08:00", f"{WINTER} 09:01", "5.00"),
    (FLAT, f"{WINTER} 08:00", "2026-11-04 09:01", "10.00"),
    (FREE, f"{WINTER} 08:00", "2026-11-05 08:00", "0"),
    # The most that 24 hours cost, counted from the way in and not by days of the calendar.
    (CAPPED, f"{WINTER} 08:00", f"{WINTER} 14:00", "12.00"),
    (CAPPED, f"{WINTER} 08:00", "2026-11-04 08:00", "12.00"),
    (CAPPED, f"{WINTER} 20:00", "2026-11-04 10:00", "12.00"),
    (CAPPED, f"{WINTER} 08:00", "2026-11-04 08:01", "14.00"),
    (CAPPED, f"{WINTER} 08:00", "2026-11-06 08:00", "36.00"),
    (CAPPED_AFTER_30, f"{WINTER} 08:00", "2026-11-04 08:45", "13.00"),
    # In spring, an hour is missing: from 01:30 to 03:30 is one.
    (QUARTERS, f"{SPRING} 01:30", f"{SPRING} 03:30", "2.00"),
    (QUARTERS, f"{SPRING} 01:59", f"{SPRING} 03:01", "0.50"),
    (AFTER_45, f"{SPRING} 01:00", f"{SPRING} 03:00", "0.50"),
    (CAPPED, "2026-03-28 22:00", f"{SPRING} 04:00", "10.00"),
    (CAPPED, "2026-03-28 12:00", f"{SPRING} 12:00", "12.00"),
    (CAPPED, "2026-03-28 12:00", f"{SPRING} 13:01", "14.00"),
    # In autumn, an hour comes twice: from 01:30 to 03:30 is three.
    (QUARTERS, f"{AUTUMN} 01:30", f"{AUTUMN} 03:30", "6.00"),
    (QUARTERS, f"{AUTUMN} 02:10", f"{AUTUMN} 02:10b", "2.00"),
    (QUARTERS, f"{AUTUMN} 02:50b", f"{AUTUMN} 03:05", "0.50"),
    (AFTER_45, f"{AUTUMN} 02:30", f"{AUTUMN} 02:15b", "0"),
    (CAPPED, "2026-10-24 22:00", f"{AUTUMN} 02:00", "8.00"),
    (CAPPED, "2026-10-24 22:00", f"{AUTUMN} 02:00b", "10.00"),
    (CAPPED, "2026-10-24 12:00", f"{AUTUMN} 11:00", "12.00"),
    (CAPPED, "2026-10-24 12:00", f"{AUTUMN} 11:01", "14.00"),
    # Nothing overflows the column.
    (rates(0, (0, 1, "1000.00")), "2006-01-01 00:00", f"{WINTER} 00:00", str(MOST_DUE)),
]


def test_it_prices_each_stay(subtests: pytest.Subtests) -> None:
    for number, (asked, start, end, due) in enumerate(CASES):
        with subtests.test(case=number, start=start, end=end):
            assert price(asked, at(start), at(end)).amount == Decimal(due)


SUBSCRIBED = (at("2026-03-01 00:00"), at("2026-04-01 00:00"))


@pytest.mark.parametrize(
    ("start", "end", "due", "covered"),
    [
        ("2026-03-28 22:00", "2026-03-29 22:00", "0", 23 * 60),
        ("2026-02-28 22:00", "2026-03-01 10:00", "4.00", 600),
        ("2026-03-31 22:00", "2026-04-01 01:30", "4.00", 120),
        ("2026-02-28 23:00", "2026-04-01 00:30", "4.00", 31 * 24 * 60 - 60),
        ("2026-04-01 00:00", "2026-04-01 01:00", "2.00", None),
    ],
    ids=["inside", "before it", "after it", "around it", "outside"],
)
def test_only_the_time_without_a_subscription_costs(start: str, end: str, due: str, covered: int | None) -> None:
    found = price(CAPPED, at(start), at(end), SUBSCRIBED)
    assert found.amount == Decimal(due)
    assert [line["minutes"] for line in found.lines if line["code"] == "subscribed"] == ([covered] if covered else [])


def test_the_time_of_several_subscriptions_counts_once() -> None:
    night, day, week = (at("2026-03-02 00:00"), at("2026-03-03 00:00"), at("2026-03-08 00:00"))
    for periods in ([(night, day), (day, week)], [(day, week), (night, day)], [(night, week), (night, day)]):
        found = price(CAPPED, at("2026-03-01 22:00"), at("2026-03-08 01:00"), *periods)
        assert (found.amount, found.lines[1]["minutes"]) == (Decimal(6), 6 * 24 * 60)
    apart = price(CAPPED, night, week, (night, day), (at("2026-03-03 02:00"), week))
    assert apart.amount == Decimal(4)


def test_lines_tell_how_the_amount_came_about() -> None:
    assert price(AFTER_45, at(f"{WINTER} 08:00"), at(f"{WINTER} 10:10")).lines == [
        {"code": "length", "minutes": 130},
        {"code": "free", "minutes": 45},
        {"code": "step", "count": 6, "every": 15, "price": "0.50", "amount": "3.00"},
    ]
    assert price(CAPPED, at(f"{WINTER} 08:00"), at(f"{WINTER} 20:00")).lines[-1] == {
        "code": "cap",
        "cap": "12.00",
        "less": "12.00",
    }


def test_rates_are_kept_as_they_are() -> None:
    for asked in (CAPPED_AFTER_30, CHEAPER_LATER, FREE):
        assert Rates.from_json(asked.as_json()) == asked
