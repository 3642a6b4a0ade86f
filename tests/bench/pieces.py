"""What each piece of `fixaloop/speed/` buys: the same pages from two servers, one of them without the piece, in turn.

Compared by processor time of the web server, which other programs on the machine disturb least, and by time spent
waiting for the database.
"""

import contextlib
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fixaloop.speed import ALL, PIECES
from tests.bench.cases.case import Case, checked
from tests.bench.keys import PASSWORD, USERNAME
from tests.bench.server import Answer, Browser, prepared_folder, running

WARM_UP = 30
CASES = ("list", "list, 50 rows", "q: full name", "town and status", "client page", "interventions", "events")
EVERY = (*PIECES, ALL)
COLUMNS = (
    f"{'piece':14} {'':18} {'CPU ms with':>11} {'without':>8} {'buys':>6}"
    f" {'SQL ms with':>12} {'without':>8} {'buys':>6}"
)


@dataclass(frozen=True)
class Comparison:
    """One case with all pieces and without one, in milliseconds: lower quartiles."""

    piece: str
    case: str
    processor: tuple[float, float]
    database: tuple[float, float]

    @property
    def line(self) -> str:
        """“Buys”: how much less the page costs than without the piece."""
        (cpu, cpu_without), (sql, sql_without) = self.processor, self.database
        return (
            f"{self.piece:14} {self.case:18} {cpu:11.2f} {cpu_without:8.2f} {1 - cpu / cpu_without:6.1%}"
            f" {sql:12.2f} {sql_without:8.2f} {1 - sql / sql_without:6.1%}"
        )


def compare(url: str, cases: Sequence[Case], times: int, pieces: Sequence[str] = EVERY) -> list[Comparison]:
    """Print and return what each piece buys on the pages of these cases. Raises Failed."""
    found = []
    print(COLUMNS)
    with prepared_folder(url) as environment:
        for piece in pieces:
            # Both are started anew: a process that has answered for long is not as quick as a fresh one.
            with _signed_in(environment, "") as complete, _signed_in(environment, piece) as without:
                for case in cases:
                    found.append(_compare(piece, case, complete, without, times))
                    print(found[-1].line, flush=True)
    return found


@contextlib.contextmanager
def _signed_in(environment: Mapping[str, str], off: str) -> Iterator[Browser]:
    """A browser at a server of one process, without some piece."""
    with running({**environment, "SPEED_OFF": off, "WEB_CONCURRENCY": "1"}) as port:
        browser = Browser(port)
        browser.sign_in(USERNAME, PASSWORD)
        yield browser


def _compare(piece: str, case: Case, complete: Browser, without: Browser, times: int) -> Comparison:
    answers: list[tuple[Answer, Answer]] = []
    for turn in range(WARM_UP + times):
        address = case.urls[turn % len(case.urls)]
        pair = [(complete, 0), (without, 1)]
        # First and second by turns: what one leaves in the caches of the processor and the database serves the other.
        asked = {which: checked(browser.ask(address), address) for browser, which in pair[:: 1 if turn % 2 else -1]}
        if turn >= WARM_UP:
            answers.append((asked[0], asked[1]))
    return Comparison(
        piece,
        case.name,
        (_quick(one.processor for one, _two in answers), _quick(two.processor for _one, two in answers)),
        (_quick(one.database for one, _two in answers), _quick(two.database for _one, two in answers)),
    )


def _quick(values: Iterable[float]) -> float:
    """The lower quartile: other programs can only make a page slower."""
    return statistics.quantiles(values, n=4)[0]
