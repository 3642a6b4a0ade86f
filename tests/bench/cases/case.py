"""A case: some addresses of one kind, and who asks for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlencode

import psycopg

from tests.bench.server import Answer, Browser

PER_PAGE = 25


class Failed(Exception):
    """A page answered something else than a page."""


class Visitor:
    """Somebody with one kept connection who asks for the addresses of a case in turn."""

    def __init__(self, browser: Browser, requests: Iterator[tuple[str, dict[str, str] | None]]) -> None:
        self.browser = browser
        self.requests = requests

    def ask(self) -> tuple[Answer, str]:
        """The next answer and its address. Raises Failed where it is not a success."""
        url, data = next(self.requests)
        return checked(self.browser.ask(url, data), url), url


@dataclass(frozen=True)
class Case:
    """Some addresses of one kind, with how many times the trivial page they may take (median, 95th percentile).

    `at_once`: the same holds with eight people at once, each asking `rounds` times at most.
    """

    name: str
    urls: list[str]
    bar: float
    bar_p95: float = 0
    data: list[dict[str, str]] = field(default_factory=list)
    at_once: bool = False
    rounds: int = 8

    def visitors(self, port: int, cookies: dict[str, str], count: int) -> Sequence[Visitor]:
        """People who ask for it, each beginning with another address."""
        every: list[dict[str, str] | None] = [*self.data] or [None]
        requests = [(url, data) for url in self.urls for data in every]
        return [
            Visitor(Browser(port, dict(cookies)), islice(cycle(requests), 7 * number, None)) for number in range(count)
        ]


def checked(answer: Answer, url: str) -> Answer:
    """The answer. Raises Failed where it is not a success."""
    if answer.status != 200:
        raise Failed(f"{url}: {answer.status}\n{answer.text[:1500]}")
    return answer


def address(path: str, **parameters: Any) -> str:
    """A path with a query string."""
    return f"{path}?{urlencode(parameters)}" if parameters else path


def column(database: psycopg.Connection[Any], query: str, *parameters: Any) -> list[Any]:
    """The first column of a query's rows."""
    return [row[0] for row in database.execute(query, parameters or None).fetchall()]  # type: ignore[call-overload]


def every_sort(path: str, names: Sequence[str], **filters: Any) -> list[str]:
    """A list in each of its orders, both ways."""
    return [address(path, **filters, sort=f"{way}{name}") for name in names for way in ("", "-")]


def depth(
    database: psycopg.Connection[Any], path: str, table: str, order: str, wanted: int, rows: Sequence[int], bar: float
) -> list[Case]:
    """The links « Suivant » and « Précédent » from some rows on, the same by number alone, and the end."""
    [(total,)] = database.execute(f"SELECT count(*) FROM {table}").fetchall()
    cases = []
    for row in rows:
        if row >= total:
            continue
        query = f"SELECT id FROM {table} ORDER BY {order} OFFSET %s LIMIT %s"
        anchors = column(database, query, row - 1, wanted * PER_PAGE)[::PER_PAGE]
        first = row // PER_PAGE + 1
        following = [address(path, page=first + step, after_row=anchor) for step, anchor in enumerate(anchors)]
        preceding = [address(path, before_row=anchor) for anchor in anchors]
        numbered = [address(path, page=first + step) for step in range(len(anchors))]
        cases.append(Case(f"{path} row {row:,} by « Suivant »", following, bar))
        cases.append(Case(f"{path} row {row:,} by « Précédent »", preceding, bar))
        cases.append(Case(f"{path} row {row:,} by page=", numbered, bar))
    return [*cases, Case(f"{path} last page", [address(path, page="last")], bar)]
