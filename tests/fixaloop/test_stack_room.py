"""A call takes as long however deep it lies: no memory is asked for and given back at every turn of a loop."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.servers.basehttp import get_internal_wsgi_application

from fixaloop.speed import is_on
from fixaloop.speed.stack_room import SLOTS, with_headroom

resource = pytest.importorskip("resource", reason="the system does not count page faults")
pytestmark = pytest.mark.skipif(not is_on("stack_room"), reason="SPEED_OFF")
TURNS = 200
DEPTHS = range(150)


def _nothing() -> None:
    pass


# Larger than a step of depth: at some depth it is the first that does not fit.
_nothing.__code__ = _nothing.__code__.replace(co_stacksize=64)


def _many(depth: int) -> int:
    """How many pages of memory a loop of calls asks for, so many calls deep."""
    if depth:
        return _many(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _turn in range(TURNS):
        _nothing()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def _worst(many: Callable[[int], int]) -> int:
    return max(map(many, DEPTHS))


def test_no_depth_is_slow() -> None:
    assert _worst(with_headroom(_many)) < TURNS / 4


def test_answers_as_what_it_holds_does() -> None:
    assert with_headroom(divmod)(7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        with_headroom(divmod)(7, 0)


@pytest.mark.filterwarnings("ignore:No directory at")
def test_the_application_that_the_web_server_runs_has_room() -> None:
    application: Any = get_internal_wsgi_application()
    assert application.__code__.co_stacksize == SLOTS
