"""Public holidays of the firm’s part of France: `HOLIDAYS_REGION`, a number of department."""

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from django.conf import settings

from fixaloop.speed.texts import language

# The subdivisions of the library by the first figures of a postal code; blank is all the rest of France.
REGIONS = {
    "": None,
    **dict.fromkeys(("67", "68"), "6AE"),
    "57": "57",
    **{code: code for code in ("971", "972", "973", "974", "976")},
    "975": "PM",
    "977": "BL",
    "978": "MF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}


def holiday(day: date) -> str:
    """The name of the public holiday on this day, in the language of the page; empty on any other day."""
    return _of_year(day.year, settings.HOLIDAYS_REGION, language() or "fr").get(day, "")


@lru_cache(maxsize=64)
def _of_year(year: int, region: str, language: str) -> Mapping[date, str]:
    spoken = "fr" if language.startswith("fr") else "en_US"
    found = _france()(years=year, subdiv=REGIONS[region], language=spoken)
    return {day: name.replace("'", "’").replace("; ", ", ") for day, name in found.items() if day.year == year}


@cache
def _france() -> Any:
    """The library’s calendar, loaded when first asked: it takes 20 MB and a third of a second of every start."""
    return import_module("holidays.countries.france").France
