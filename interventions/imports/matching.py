"""Which interventions there are that the rows of a chunk speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils import timezone

from clients.models import Client
from fixaloop.imports.report import Record
from fixaloop.words.text import normalise
from interventions.imports.reading import guess_state
from interventions.models import INTERVENTION, Intervention
from interventions.states import ENDED

IDENTITY = ("title", "planned_start", "started_at", "finished_at")


@lru_cache(maxsize=4096)
def _folded(title: str) -> str:
    """A title as two of them are compared; one of signs alone stays as it is."""
    return normalise(title) or title


class Jobs:
    """The interventions that the rows of a chunk may be, in a few queries.

    A row without reference is the job that an import made of the same client, title and times, whatever planning and
    transitions have made of it since; else the job that has them now.
    """

    def __init__(self, records: Sequence[Record], clients: Mapping[int, Client | None]) -> None:
        numbers = {INTERVENTION.parse(record.typed.get("reference", "")) for record in records} - {None}
        unnamed = {
            identity(client.pk, completed(record.values))
            for record in records
            if not record.typed.get("reference", "").strip() and (client := clients[record.number])
        }
        self._born: dict[Any, tuple[int, int]] = {}
        self._now: dict[Any, int] = {}
        if unnamed:
            self._look_for(unnamed)
        keys = {key for key, _record in self._born.values()} | set(self._now.values())
        interventions = Intervention.objects.select_related("client", "technician", "vehicle")
        self._by_number = {row.number: row for row in interventions.filter(number__in=numbers)}
        self._by_key = {row.pk: row for row in interventions.filter(pk__in=keys)}
        births = Intervention.history.filter(history_id__in=[record for _key, record in self._born.values()])
        self._births = {birth.history_id: birth for birth in births}

    def _look_for(self, unnamed: set[tuple[Any, ...]]) -> None:
        titles = {title for _client, title, *_times in unnamed}
        stored = Intervention.objects.filter(client__in={client for client, *_rest in unnamed})
        clients = {}
        for key, client, title, *times in stored.order_by("number").values_list("pk", "client", *IDENTITY):
            clients[key] = client
            if _folded(title) in titles:
                self._now.setdefault((client, _folded(title), *map(minute, times)), key)
        # Only what an import creates has a reason from the beginning.
        births = Intervention.history.filter(id__in=stored.values("pk"), history_type="+", history_change_reason__gt="")
        for record, key, title, *times in births.order_by("history_id").values_list("history_id", "id", *IDENTITY):
            if _folded(title) in titles and key in clients:
                self._born.setdefault((clients[key], _folded(title), *map(minute, times)), (key, record))
        self._born = {mark: found for mark, found in self._born.items() if mark in unnamed}
        taken = {key for key, _record in self._born.values()}
        self._now = {mark: key for mark, key in self._now.items() if mark in unnamed and key not in taken}

    def named(self, reference: str) -> Intervention | None:
        """The one with this reference."""
        return self._by_number.get(INTERVENTION.parse(reference) or 0)

    def find(self, mark: tuple[Any, ...]) -> tuple[Intervention | None, Any]:
        """The one with this identity, and the record of what the import made that made it."""
        if mark in self._born:
            key, record = self._born[mark]
            return self._by_key.get(key), self._births.get(record)
        return (self._by_key.get(self._now[mark]) if mark in self._now else None), None


def completed(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a new row implies: the state its dates come to; work without a beginning began at its end."""
    complete = {"state": guess_state(dict(values)), **values}
    if complete["state"] in ENDED and complete.get("finished_at"):
        complete.setdefault("started_at", complete["finished_at"])
    return complete


def identity(client: int, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells a job without reference from the client's others: its title and its times."""
    title, *times = (values.get(name) for name in IDENTITY)
    return client, _folded(title or ""), *map(minute, times)


def minute(value: Any) -> Any:
    """An instant as files tell it: by the firm's clock, to the minute, whichever of two hours that clock repeats."""
    return timezone.make_naive(value).replace(second=0, microsecond=0) if isinstance(value, datetime) else value


def same(stored: Any, value: Any) -> bool:
    """Whether a file that tells a value tells what is stored."""
    return bool(minute(stored) == minute(value))
