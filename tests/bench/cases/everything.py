"""The search of everything, as the command bar asks it: what people type at a desk and at a gate."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg

from tests.bench.cases.case import Case, address, column
from tests.bench.cases.clients import Sample, search_cases

SEARCH = "/search/"
STOP_WORDS = ("de la", "le", "la rue", "et", "rue de la", "du", "des")


def cases(database: psycopg.Connection[Any], sample: Sample, wanted: int) -> list[Case]:
    """All that the list of clients is asked, then what names vehicles, cards and interventions."""
    return [*(_as_everything(case) for case in search_cases(sample, wanted)), *_others(database, wanted)]


def _as_everything(case: Case) -> Case:
    queries = [parse_qs(urlsplit(url).query)["q"][0] for url in case.urls]
    return _case(case.name.removeprefix("q: "), queries)


def _others(database: psycopg.Connection[Any], wanted: int) -> list[Case]:
    drawn = "SELECT {} FROM {} WHERE mod(id, 97) = 0 ORDER BY md5(id::text) LIMIT %s"
    plates = column(database, drawn.format("plate", "access_vehicle"), wanted)
    usernames = column(database, drawn.format("username", "access_accesscard"), wanted)
    titles = column(database, drawn.format("title", "interventions_intervention"), wanted)
    numbers = column(database, drawn.format("number", "interventions_intervention"), wanted)
    return [
        _case("plate", plates),
        _case("part of a plate", [plate[:4] for plate in plates]),
        _case("card", usernames),
        _case("title", titles),
        _case("intervention", [f"INT-{number}" for number in numbers]),
        _case("stop words", STOP_WORDS),
        _case("nothing typed", [""]),
    ]


def _case(name: str, queries: Any) -> Case:
    return Case(f"everything: {name}", [address(SEARCH, q=query) for query in queries], 3, 6)
