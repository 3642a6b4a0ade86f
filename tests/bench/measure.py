"""Times a case beside the trivial page: one request of each in turn, then eight people at once."""

from __future__ import annotations

import statistics
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from typing import Any

from tests.bench.cases import Case
from tests.bench.server import Answer, Browser

HELLO = "/hello/"
AT_ONCE = 8
WARM_UP = 6
ROUNDS = 8


@dataclass(frozen=True)
class Figure:
    """What a case took, in milliseconds, and the same of the trivial page between its requests."""

    name: str
    median: float
    p95: float
    slowest_url: str
    hello: float
    processor: float
    hello_processor: float
    queries: int
    bytes: int
    median_8: float
    hello_8: float
    per_second_8: float
    bar: float
    bar_p95: float

    @property
    def ratio(self) -> float:
        return self.median / self.hello

    @property
    def ratio_p95(self) -> float:
        return self.p95 / self.hello

    @property
    def ratio_processor(self) -> float:
        return self.processor / self.hello_processor

    @property
    def ratio_8(self) -> float:
        return self.median_8 / self.hello_8

    @property
    def verdict(self) -> str:
        if not self.bar:
            return ""
        slow = self.ratio > self.bar or (self.bar_p95 and self.ratio_p95 > self.bar_p95)
        return "TOO SLOW" if slow else "ok"

    def as_json(self) -> dict[str, Any]:
        ratios = ("ratio", "ratio_p95", "ratio_processor", "ratio_8")
        return asdict(self) | {name: getattr(self, name) for name in ratios}


class Failed(Exception):
    """A page answered something else than a page."""


def measure(case: Case, port: int, cookies: dict[str, str], times: int) -> Figure:
    """Raises Failed at the first answer that is not a success."""
    browser = Browser(port, dict(cookies))
    every: list[dict[str, str] | None] = [*case.data] or [None]
    requests = [(url, data) for url in case.urls for data in every]
    for url, data in islice(cycle(requests), WARM_UP):
        _checked(browser.ask(HELLO), HELLO)
        _checked(browser.ask(url, data), url)
    hello: list[Answer] = []
    taken: list[tuple[Answer, str]] = []
    for url, data in islice(cycle(requests), times):
        hello.append(_checked(browser.ask(HELLO), HELLO))
        taken.append((_checked(browser.ask(url, data), url), url))
    ordered = sorted(answer.ms for answer, _url in taken)
    slowest = max(taken, key=lambda pair: pair[0].ms)
    hello_8, taken_8 = _at_once(port, cookies, requests)
    return Figure(
        case.name,
        statistics.median(ordered),
        ordered[int(len(ordered) * 0.95)],
        slowest[1],
        statistics.median(answer.ms for answer in hello),
        statistics.median(answer.processor for answer, _url in taken),
        statistics.median(answer.processor for answer in hello),
        max(answer.queries for answer, _url in taken),
        round(statistics.mean(len(answer.body) for answer, _url in taken)),
        statistics.median(taken_8),
        statistics.median(hello_8),
        AT_ONCE * 1000 / statistics.mean(taken_8),
        case.bar,
        case.bar_p95,
    )


def _at_once(port: int, cookies: dict[str, str], requests: list[Any]) -> tuple[list[float], list[float]]:
    """Latencies of the trivial page and of the case, eight at once, in alternating blocks: both see one machine."""
    browsers = [Browser(port, dict(cookies)) for _person in range(AT_ONCE)]
    hello: list[float] = []
    taken: list[float] = []
    with ThreadPoolExecutor(AT_ONCE) as people:
        for turn in range(2):
            for results, asked in ((hello, [(HELLO, None)]), (taken, requests)):
                shares = [
                    list(islice(cycle(asked), turn * 31 + 7 * i, turn * 31 + 7 * i + ROUNDS)) for i in range(AT_ONCE)
                ]
                for latencies in people.map(_several, browsers, shares):
                    results.extend(latencies)
    return hello, taken


def _several(browser: Browser, asked: list[Any]) -> list[float]:
    return [_checked(browser.ask(url, data), url).ms for url, data in asked]


def _checked(answer: Answer, url: str) -> Answer:
    if answer.status != 200:
        raise Failed(f"{url}: {answer.status}\n{answer.text[:1500]}")
    return answer
