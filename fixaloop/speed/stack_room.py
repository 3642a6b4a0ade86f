"""Room for calls within calls, taken once a request instead of over and over.

CPython keeps the frames of Python functions in pieces of 16 kB. A loop whose calls happen to lie just across the end of
a piece asks the system for the next one, and gives it back, at every turn (github.com/python/cpython/issues/142183,
mended in 3.15): the same page took 6 or 10 ms by how many middlewares lay above it.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from fixaloop.speed import is_on

P = ParamSpec("P")
R = TypeVar("R")

# A frame said to be that large gets a piece of 256 kB, twice what it needs; it touches nothing of its own share. What
# is left holds the frames of a call some 400 deep: Django draws its deepest page in 150.
SLOTS = 16_384


def with_headroom(call: Callable[P, R]) -> Callable[P, R]:
    if not is_on("stack_room"):
        return call

    def roomy(*args: P.args, **kwargs: P.kwargs) -> R:
        return call(*args, **kwargs)

    roomy.__code__ = roomy.__code__.replace(co_stacksize=SLOTS)
    return roomy
