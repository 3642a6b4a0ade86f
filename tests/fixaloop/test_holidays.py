"""Public holidays: moving feasts, the regions that have more of them, both languages."""

from datetime import date
from typing import Any

import pytest
from django.utils.translation import override

from fixaloop.words.holidays import REGIONS, holiday


def test_it_knows_the_holidays_of_a_year() -> None:
    days = {"1-1": "Jour de l’an", "4-6": "Lundi de Pâques", "5-14": "Ascension", "7-14": "Fête nationale"}
    days |= {"12-25": "Noël", "12-26": "", "4-3": "", "11-28": ""}
    for day, name in days.items():
        month, number = map(int, day.split("-"))
        assert holiday(date(2026, month, number)) == name


def test_two_on_one_day_are_both_named() -> None:
    assert holiday(date(2008, 5, 1)) == "Ascension, Fête du Travail"


@pytest.mark.parametrize(
    ("region", "day", "name"),
    [
        ("57", date(2026, 12, 26), "Saint-Étienne"),
        ("68", date(2027, 3, 26), "Vendredi saint"),
        ("974", date(2026, 12, 20), "Abolition de l’esclavage"),
    ],
)
def test_a_region_has_its_own(region: str, day: date, name: str, settings: Any) -> None:
    assert holiday(day) == ""
    settings.HOLIDAYS_REGION = region
    assert holiday(day) == name


def test_each_region_has_those_of_all(settings: Any) -> None:
    for region in REGIONS:
        settings.HOLIDAYS_REGION = region
        assert holiday(date(2026, 12, 25)) == "Noël"


def test_they_have_english_names() -> None:
    with override("en"):
        assert holiday(date(2026, 12, 25)) == "Christmas Day"
