"""Code that is there for speed alone. docs/speed.md says what each piece buys and when it can go.

`SPEED_OFF=all` leaves all pieces out, `SPEED_OFF=statements,icons` leaves out some: what is wrong only with a piece in
place is the fault of that piece.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from fixaloop import environment

PIECES = (
    "compression",
    "figures",
    "icons",
    "long_lists",
    "placeholders",
    "planner",
    "rows",
    "stack_room",
    "startup",
    "statements",
    "timestamps",
    "translations",
    "widgets",
)
ALL = "all"

C = TypeVar("C", bound=Callable[..., Any])


class Unpreparable(ValueError):
    """The text of this query may depend on a value that is none of its parameters."""


def _left_out() -> frozenset[str]:
    """The pieces that `SPEED_OFF` names. Raises ImproperlyConfigured for a name that is none."""
    names = environment.several("SPEED_OFF")
    if unknown := set(names) - {*PIECES, ALL}:
        raise environment.wrong(
            "SPEED_OFF",
            ",".join(sorted(unknown)),
            f"{ALL} or some of {', '.join(PIECES)}",
            f"{ALL} ou certains de {', '.join(PIECES)}",
        )
    return frozenset(PIECES if ALL in names else names)


OFF = _left_out()


def is_on(piece: str) -> bool:
    return piece not in OFF


def kept(piece: str, most: int) -> Callable[[C], C]:
    """Keep the last answers of a pure function: `lru_cache`, with the switch of a piece."""
    keep: Any = lru_cache(maxsize=most)
    return keep if is_on(piece) else lambda function: function
