"""What there is to do now: one list for the first page, ranked by how long it can wait."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from html import escape
from typing import Any

from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fixaloop.lists.counting import say_count
from fixaloop.lists.figures import remembered
from fixaloop.lists.first import capped_counts, first_rows
from fixaloop.web.icons import icon

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


def draw(tasks: Iterable[Task]) -> SafeString:
    """The lines of a list of tasks, as strings: a loop in a template takes ten times as long."""
    return SafeString("".join([_line(number, task) for number, task in enumerate(tasks, 1)]))


def _line(number: int, task: Task) -> str:
    detail = f"<small>{escape(task.detail)}</small>" if task.detail else ""
    button = (
        f'<a class="btn" href="{escape(task.url)}" aria-describedby="task-{number}">{escape(task.action)}</a>'
        if task.url
        else ""
    )
    return (
        f'<li><span class="dot" data-tone="{task.tone}">{icon(task.icon, 16)}</span>'
        f'<span class="todo__what" id="task-{number}">{escape(task.sentence)}{detail}</span>{button}</li>'
    )


@dataclass(frozen=True)
class Pile:
    """Rows that are a task each; of many, the first are told and the others are one task, which `others` words.

    `rows` are in their order, and `everything` is all there are with what a task tells. The number of the others is
    remembered for all, or for `whose` rows they are.
    """

    rows: QuerySet[Any]
    everything: QuerySet[Any]
    task: Callable[[Any], Task]
    others: Callable[[str], str]
    url: str
    whose: Any = ""


def tell(asked: Iterable[Task | Pile]) -> list[Task]:
    """The tasks, as they come; all piles are read together."""
    found = list(asked)
    piles = [one for one in found if isinstance(one, Pile)]
    firsts = first_rows([(pile.rows[: SHOWN + 1], pile.everything) for pile in piles])
    counts = _counts([pile for pile, rows in zip(piles, firsts, strict=True) if len(rows) > SHOWN])
    tasks = (_tell_pile(pile, rows, counts) for pile, rows in zip(piles, firsts, strict=True))
    return [task for one in found for task in (next(tasks) if isinstance(one, Pile) else [one])]


def _counts(piles: Sequence[Pile]) -> dict[str, int]:
    if not piles:
        return {}
    asked = hashlib.sha256(repr([(pile.whose, pile.url) for pile in piles]).encode()).hexdigest()
    counts = remembered(f"tasks.{asked}", lambda: capped_counts([pile.rows for pile in piles]))
    return dict(zip((pile.url for pile in piles), counts, strict=True))


def _tell_pile(pile: Pile, rows: Sequence[Any], counts: Mapping[str, int]) -> list[Task]:
    told = [pile.task(row) for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        like, said = told[0], pile.others(say_count(counts[pile.url]))
        told.append(Task(like.rank, like.icon, said, "", _("Tout voir"), pile.url))
    return told
