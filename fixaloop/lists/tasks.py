"""What there is to do now: one list for the first page, ranked by how long it can wait."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from fixaloop.lists.counting import capped_count, read, say_count
from fixaloop.lists.figures import remembered

# Of one kind that many stand for themselves; the others are one line.
SHOWN = 2


class Rank(IntEnum):
    """Somebody waits, then late, then money, then to plan, then to tidy."""

    WAITING = 1
    LATE = 2
    MONEY = 3
    PLAN = 4
    TIDY = 5


@dataclass(frozen=True)
class Task:
    """A sentence, a detail and one button; none where there is nothing to open."""

    rank: Rank
    icon: str
    sentence: str
    detail: str
    action: str = ""
    url: str = ""

    @property
    def tone(self) -> str:
        return {Rank.WAITING: "stop", Rank.LATE: "stop", Rank.TIDY: "muted"}.get(self.rank, "warn")


def tasks_of(
    rows: QuerySet[Any], task: Callable[[Any], Task], *, others: Callable[[str], str], url: str, whose: Any = ""
) -> list[Task]:
    """Tasks of the first rows, and one for the others, which `others` words from their number.

    The number is remembered for all, or for `whose` rows they are.
    """
    found = read(rows[: SHOWN + 1])
    told = [task(row) for row in found[:SHOWN]]
    if len(found) > SHOWN:
        like = told[0]
        count = remembered(f"tasks.{whose}.{url}", lambda: capped_count(rows))
        told.append(Task(like.rank, like.icon, others(say_count(count)), "", _("Tout voir"), url))
    return told
