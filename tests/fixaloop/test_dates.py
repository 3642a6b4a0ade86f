"""Days as one says them."""

from datetime import UTC, date, datetime

from django.utils import translation

from fixaloop.words.dates import long_day


def test_the_first_of_a_month_is_said_as_such() -> None:
    assert long_day(date(2023, 12, 1)) == "1er décembre 2023"
    assert long_day(date(2023, 12, 11)) == "11 décembre 2023"
    # Past midnight in Paris.
    assert long_day(datetime(2024, 1, 31, 23, 30, tzinfo=UTC)) == "1er février 2024"
    with translation.override("en"):
        assert long_day(date(2023, 12, 1)) == "1 December 2023"
