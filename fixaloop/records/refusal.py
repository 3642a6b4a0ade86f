"""What a service raises when it does not do what was asked."""

from __future__ import annotations

from collections.abc import Sequence


class Stale(Exception):
    """The row was changed by somebody else since the page was read."""


class Refused(Exception):
    """What was asked cannot be done; `obstacles` says why, one sentence each."""

    def __init__(self, obstacles: Sequence[str]) -> None:
        super().__init__(" ".join(obstacles))
        self.obstacles = obstacles
