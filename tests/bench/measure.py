"""Times a case beside the trivial page: one request of each in turn, then eight people at once."""

import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from tests.bench.cases.case import Case, Visitor, checked
from tests.bench.server import Answer

HELLO = "/hello/"
AT_ONCE = 8
WARM_UP = 6


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
    p95_8: float
    hello_8: float
    per_second_8: float
    bar: float
    bar_p95: float
    at_once: bool

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
    def ratio_p95_8(self) -> float:
        return self.p95_8 / self.hello_8

    @property
    def verdict(self) -> str:
        if not self.bar:
            return ""
        measured = [(self.ratio, self.ratio_p95), *([(self.ratio_8, self.ratio_p95_8)] if self.at_once else [])]
        slow = any(ratio > self.bar or (self.bar_p95 and p95 > self.bar_p95) for ratio, p95 in measured)
        return "TOO SLOW" if slow else "ok"

    def as_json(self) -> dict[str, Any]:
        ratios = ("ratio", "ratio_p95", "ratio_processor", "ratio_8", "ratio_p95_8")
        return asdict(self) | {name: getattr(self, name) for name in ratios}


def measure(case: Case, port: int, cookies: dict[str, str], times: int) -> Figure:
    """Raises Failed at the first answer that is not a success."""
    visitors = case.visitors(port, cookies, AT_ONCE)
    alone = visitors[0]
    for _turn in range(WARM_UP):
        _greet(alone)
        alone.ask()
    hello: list[Answer] = []
    taken: list[tuple[Answer, str]] = []
    for _turn in range(times):
        hello.append(_greet(alone))
        taken.append(alone.ask())
    ordered = sorted(answer.ms for answer, _url in taken)
    slowest = max(taken, key=lambda pair: pair[0].ms)
    hello_8, taken_8 = _at_once(visitors, min(case.rounds, times))
    return Figure(
        case.name,
        statistics.median(ordered),
        _p95(ordered),
        slowest[1],
        statistics.median(answer.ms for answer in hello),
        statistics.median(answer.processor for answer, _url in taken),
        statistics.median(answer.processor for answer in hello),
        max(answer.queries for answer, _url in taken),
        round(statistics.mean(len(answer.body) for answer, _url in taken)),
        statistics.median(taken_8),
        _p95(sorted(taken_8)),
        statistics.median(hello_8),
        AT_ONCE * 1000 / statistics.mean(taken_8),
        case.bar,
        case.bar_p95,
        case.at_once,
    )


def _p95(ordered: Sequence[float]) -> float:
    return ordered[int(len(ordered) * 0.95)]


def _at_once(visitors: Sequence[Visitor], rounds: int) -> tuple[list[float], list[float]]:
    """Latencies of the trivial page and of the case, all at once, in alternating blocks: both see one machine."""
    hello: list[float] = []
    taken: list[float] = []
    with ThreadPoolExecutor(len(visitors)) as people:
        for _turn in range(2):
            for latencies, asking in ((hello, _greet), (taken, _visit)):
                for several in people.map(lambda visitor, ask=asking: _several(visitor, ask, rounds), visitors):
                    latencies.extend(several)
    return hello, taken


def _several(visitor: Visitor, ask: Callable[[Visitor], Answer], rounds: int) -> list[float]:
    return [ask(visitor).ms for _round in range(rounds)]


def _visit(visitor: Visitor) -> Answer:
    return visitor.ask()[0]


def _greet(visitor: Visitor) -> Answer:
    """The trivial page, on the same connection."""
    return checked(visitor.browser.ask(HELLO), HELLO)
