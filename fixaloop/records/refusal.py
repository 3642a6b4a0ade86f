"""What services raise instead of doing what was asked."""

from collections.abc import Sequence


class Stale(Exception):
    """Somebody else has changed the row since the page was read."""


class Refused(Exception):
    """The action is not possible; `obstacles` says why, one sentence each."""

    def __init__(self, obstacles: Sequence[str]) -> None:
        super().__init__(" ".join(obstacles))
        self.obstacles = obstacles
