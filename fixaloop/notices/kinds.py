"""The kinds of notices. Each app declares its own in its module `notice_kinds`, as `KINDS`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fixaloop.discovery import modules
from fixaloop.notices.models import Notice

Values = Mapping[str, Any]


@dataclass(frozen=True)
class NoticeKind:
    """The notices of one code: their name, their recipients and their words.

    `rights` are those needed to see the subject: without one of them, a person does not see the notice. `find` gives
    the subjects by key; each has `get_absolute_url`. `say` puts a notice into words, in the language of the moment.
    """

    code: str
    label: Any
    icon: str
    tone: str
    rights: tuple[str, ...]
    find: Callable[[Collection[int]], Mapping[int, Any]]
    say: Callable[[Any, Values], str]


@dataclass(frozen=True)
class Told:
    """A notice in words; without an address if its subject is gone."""

    notice: Notice
    kind: NoticeKind
    text: str
    url: str


@cache
def kinds() -> dict[str, NoticeKind]:
    return {kind.code: kind for module in modules("notice_kinds").values() for kind in module.KINDS}


def kinds_for(user: Any) -> dict[str, NoticeKind]:
    return {code: kind for code, kind in kinds().items() if user.has_perms(kind.rights)}


def told(notices: Iterable[Notice]) -> list[Told]:
    rows = list(notices)
    subjects: dict[str, Mapping[int, Any]] = {}
    for code in {row.kind for row in rows}:
        subjects[code] = kinds()[code].find({row.subject for row in rows if row.kind == code})
    return [_told(row, subjects[row.kind].get(row.subject)) for row in rows]


def _told(notice: Notice, subject: Any) -> Told:
    kind = kinds()[notice.kind]
    if subject is None:
        return Told(notice, kind, str(kind.label), "")
    return Told(notice, kind, kind.say(subject, notice.values), subject.get_absolute_url())
