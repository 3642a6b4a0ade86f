"""Amounts, dates and durations as people write them."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from fixaloop.forms.parsing import parse_amount, parse_day, parse_moment, parse_months


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("", None), ("12", "12"), ("12,5", "12.5"), ("1 234,50", "1234.50"), ("1\u202f234,50\u00a0€", "1234.50"),
        ("1.234,50", "1234.50"), ("1,234.50", "1234.50"), ("0", "0"), ("-5", "-5"), ("99999999,99", "99999999.99"),
        ("1234.50 EUR", "1234.50"), ("'12", "12"), ("١٢", "12"),
        ("12€50", "12.50"), ("12 € 50", "12.50"), ("1 234€50", "1234.50"), ("€12", "12"), ("12,5eur", "12.5"),
        ("1'234.50", "1234.50"), ("1’234,50", "1234.50"), ("12 345 678", "12345678"), ("3\u00a0500", "3500"),
        ("1.234.567,8", "1234567.8"), ("- 5", "-5"), ("5,5 euros", "5.5"), ("€", None), ("12.00", "12"),
        ("1 234,00", "1234"),
    ],
)  # fmt: skip
def test_it_reads_amounts(text: str, amount: str | None) -> None:
    assert parse_amount(text) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    "text",
    [
        "1e12", "NaN", "Infinity", "12,345", "1,2,3", "douze", "12 $", "9" * 40, "--5", ",",
        "12 50", "1 2 3", "5000 6000", "1.2.3,4", "1,2,3.45", "12 34 56,78", "1'2", "12€5", "12€500", "12 €€",
        "12EUR50", "1.234", "1.234.567", "1 234'567", "1,234,50", "1234 567", "12 ,5",
    ],
)  # fmt: skip
def test_it_refuses_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValidationError, match="n’est pas un montant"):
        parse_amount(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("", None),
        ("2026-11-21T14:30", datetime(2026, 11, 21, 13, 30, tzinfo=UTC)),
        ("21/11/2026 14h30", datetime(2026, 11, 21, 13, 30, tzinfo=UTC)),
        ("21/11/2026 à 9h", datetime(2026, 11, 21, 8, tzinfo=UTC)),
        ("21.7.2026, 14:30:15", datetime(2026, 7, 21, 12, 30, 15, tzinfo=UTC)),
        ("29/02/2028 00:00", datetime(2028, 2, 28, 23, tzinfo=UTC)),
    ],
)
def test_it_reads_moments_in_the_time_of_the_firm(text: str, moment: datetime | None) -> None:
    assert parse_moment(text) == moment


def test_a_day_alone_stands_for_the_hour_one_says() -> None:
    assert parse_moment("21/11/2026", default=time(8)) == datetime(2026, 11, 21, 7, tzinfo=UTC)
    with pytest.raises(ValidationError, match="n’a pas d’heure"):
        parse_moment("21/11/2026")


@pytest.mark.parametrize(
    "text", ["31/02/2026", "00/01/2026", "1/13/2026", "2026-00-01", "29/02/2027", "21/11/26", "hier"]
)
@pytest.mark.parametrize("read", [parse_day, parse_moment])
def test_it_refuses_days_that_do_not_exist(text: str, read: Any) -> None:
    with pytest.raises(ValidationError):
        read(text)


@pytest.mark.parametrize("text", ["21/11/2026 24:00", "21/11/2026 12:60", "29/03/2026 02:30", "01/01/0001 10:00"])
def test_it_refuses_moments_that_do_not_exist(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_moment(text)


def test_it_reads_days_and_durations() -> None:
    assert parse_day("21/11/2026") == parse_day("2026-11-21") == date(2026, 11, 21)
    assert [parse_months(text) for text in ("", "12", "6 mois", "2 ans", "1 an", "0")] == [None, 12, 6, 24, 12, 0]
    for text in ("toujours", "-1", "1,5 an"):
        with pytest.raises(ValidationError, match="n’est pas une durée"):
            parse_months(text)
