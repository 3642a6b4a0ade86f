"""What a cell of a file says: moments with their time zone, amounts without a guess."""

from datetime import UTC
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from fixaloop.forms.parsing import parse_amount
from fixaloop.imports.cells import parse_date


def read(text: str) -> str:
    moment = parse_date(text)
    assert moment is not None
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-12-31T23:30:00Z", "2026-01-01 00:30"),
        ("2026-07-01T08:00:00Z", "2026-07-01 10:00"),
        ("2026-07-01 08:00:00.123456+00:00", "2026-07-01 10:00"),
        ("2026-07-01T08:00:00+02:00", "2026-07-01 08:00"),
        ("2026-07-01 08:00:00 UTC", "2026-07-01 10:00"),
        ("2026-10-25T02:30:00+0100", "2026-10-25 02:30"),
        ("2026-03-29T01:30:00Z", "2026-03-29 03:30"),
        ("01/07/2026 8:15 PM", "2026-07-01 20:15"),
        ("01/07/2026 12:15:00 am", "2026-07-01 00:15"),
        ("01/07/2026 12:15 p.m.", "2026-07-01 12:15"),
        ("lundi 3 mars 2025 à 8h05", "2025-03-03 08:05"),
    ],
)
def test_a_moment_is_when_it_says(text: str, expected: str) -> None:
    assert read(text) == expected


@pytest.mark.parametrize("text", ["28/02/45", "28 févr. 45", "28/02/2045", "28/02/45 00:00"])
def test_two_digits_of_an_end_are_of_this_century(text: str) -> None:
    moment = parse_date(text, is_end=True)
    assert moment is not None
    assert f"{moment:%Y-%m-%d}" == "2045-02-28"
    assert read("28/02/45") == "1945-02-28 00:00"


def test_an_offset_tells_which_of_two_hours() -> None:
    first, second = parse_date("2026-10-25T02:30:00+02:00"), parse_date("2026-10-25T02:30:00+01:00")
    assert first is not None
    assert second is not None
    assert [moment.astimezone(UTC).hour for moment in (first, second)] == [0, 1]


@pytest.mark.parametrize("text", ["01/07/2026 13:15 PM", "01/07/2026 0:15 AM", "01/07/2026 8:15+99:00"])
def test_an_hour_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_date(text)


@pytest.mark.parametrize("text", ["1.000", "1,000", "12.000", "-250.000", "'1.000"])
def test_an_amount_that_may_be_a_thousand_or_one_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_amount(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1000.000", 1000), ("0,000", 0), ("12.00", 12), ("12,0", 12), ("1.000,00", 1000), ("1 000,00", 1000)],
)
def test_an_amount_that_can_only_be_one_is_read(text: str, expected: int) -> None:
    assert parse_amount(text) == Decimal(expected)


def test_a_month_before_the_day_is_called_that() -> None:
    with pytest.raises(ValidationError, match="le mois avant le jour"):
        parse_date("04/13/2021")
    with pytest.raises(ValidationError, match="n’est pas une date"):
        parse_date("32/13/2021")


@pytest.mark.parametrize(
    "text",
    [
        "jeudi 13 mars 2025",
        "jeu. 13/03/2025",
        "le 13 mars 2025",
        "Thursday, March 13, 2025",
        "le jeudi 13.03.25",
        "Thu 2025-03-13",
    ],
)
def test_a_weekday_may_stand_before_its_day(text: str) -> None:
    assert read(text) == "2025-03-13 00:00"


@pytest.mark.parametrize("text", ["vendredi 13 mars 2025", "ven. 13/03/2025", "avant 13 mars 2025", "lundi", "le"])
def test_a_day_that_is_no_such_weekday_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="n’est pas une date"):
        parse_date(text)
