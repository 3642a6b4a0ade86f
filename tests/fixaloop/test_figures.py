"""How long a count is shown before it is counted again, and who waits for it."""

from threading import Event
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from fixaloop.lists import figures
from fixaloop.speed import is_on


def test_it_counts_again_what_is_quick_to_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "KEPT", 100)
    answers = iter(range(9))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert figures.remembered("quick", lambda: next(answers)) == 0
        clock.shift(61)
        assert figures.remembered("quick", lambda: next(answers)) == 1


@pytest.mark.skipif(not is_on("figures"), reason="SPEED_OFF")
def test_nobody_waits_twice_for_what_is_long_to_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "SLOW", -1)
    answers = iter(range(9))
    counted = Event()

    def count() -> int:
        answer = next(answers)
        if answer:
            counted.set()
        return answer

    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert figures.remembered("long", count) == 0
        clock.shift(61)
        assert figures.remembered("long", count) == 0
        assert counted.wait(10)
        _until(lambda: figures.cache.get("long.counting") is None)
        assert figures.remembered("long", count) == 1


def _until(done: Any) -> None:
    waiting = Event()
    for _attempt in range(500):
        if done():
            return
        waiting.wait(0.02)
    pytest.fail("It is still counting.")
