"""What the rows of a file of interventions name: people of the team, vehicles, interventions already there."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from access.gate.plates import plate_key
from access.models import Vehicle
from clients.models import Client
from fixaloop.imports.report import Record
from fixaloop.words.text import normalise
from interventions.checks import vehicle_errors
from interventions.models import INTERVENTION, Intervention, InterventionPayment
from interventions.search import choose, with_plates
from interventions.states import ENDED, State
from interventions.times import minute

IDENTITY = ("title", "planned_start", "started_at", "finished_at")


class Team:
    """The people that files name: by user name, or by first and last name in either order."""

    def __init__(self) -> None:
        self._by_name: dict[str, set[int]] = {}
        for user in User.objects.all():
            names = (user.username, f"{user.first_name} {user.last_name}", f"{user.last_name} {user.first_name}")
            for name in names:
                self._by_name.setdefault(normalise(name), set()).add(user.pk)

    def find(self, text: str) -> int:
        """The one with this identity, and the history record of its import, if it was imported."""
        found = self._by_name.get(normalise(text), set())
        if len(found) != 1:
            raise ValidationError(_("« %(text)s » n’est personne de l’équipe.") % {"text": text}, "technician")
        return next(iter(found))


class Garage:
    def __init__(self, records: Sequence[Record]) -> None:
        self.vehicles: dict[int, Vehicle] = {}
        self._by_plate: dict[str, list[Vehicle]] = defaultdict(list)
        for vehicle in with_plates(map(_plate, records)):
            self.vehicles[vehicle.pk] = vehicle
            self._by_plate[vehicle.plate_key].append(vehicle)

    def of(self, record: Record, client: Client, stored: Intervention | None) -> int | None:
        """The key of the vehicle that a row names, the one of the stored intervention first.

        A row that names one that does not exist, or another client's, is refused.
        """
        plate = _plate(record)
        if not plate:
            return None
        kept = stored.vehicle_id if stored and stored.client_id == client.pk else None
        try:
            vehicle = choose(plate, self._by_plate.get(plate_key(plate), ()), client.pk, kept)
        except ValidationError as error:
            record.refuse("vehicle", " ".join(error.messages))
            return None
        for name, message in vehicle_errors(Intervention(client=client, vehicle=vehicle), stored).items():
            record.refuse(name, message)
            return None
        return vehicle.pk


def _plate(record: Record) -> str:
    return record.typed.get("vehicle", "").strip()


class Jobs:
    """The interventions that the rows of a chunk may be, in a few queries.

    A row without a reference is the job that an import once made of the same client, title and times, whatever has
    become of it since; else the job that has them now.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        numbers = {INTERVENTION.parse(record.typed.get("reference", "")) for record in records} - {None}
        unnamed = {
            identity(completed(record.values)) for record in records if not record.typed.get("reference", "").strip()
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
        # What an undone import left for its payments' sake is no job any more.
        stored = stored.exclude(state=State.CANCELLED, payments__kind=InterventionPayment.Kind.CORRECTION)
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
        return self._by_number.get(INTERVENTION.parse(reference) or 0)

    def find(self, mark: tuple[Any, ...]) -> tuple[Intervention | None, Any]:
        """The one with this identity, and the history record of its import, if it was imported."""
        if mark in self._born:
            key, record = self._born[mark]
            return self._by_key.get(key), self._births.get(record)
        return (self._by_key.get(self._now[mark]) if mark in self._now else None), None


@lru_cache(maxsize=4096)
def _folded(title: str) -> str:
    """A title as titles are compared; one without letters stays as it is."""
    return normalise(title) or title


def completed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a new row with what they imply: its state, and a beginning for work that has an end."""
    complete = {"state": _guess_state(values), **values}
    if complete["state"] in ENDED and complete.get("finished_at"):
        complete.setdefault("started_at", complete["finished_at"])
    return complete


def identity(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells a job without a reference from others: its client, title and times."""
    title, *times = (values.get(name) for name in IDENTITY)
    return values["client_id"], _folded(title or ""), *map(minute, times)


def is_same_job(values: Mapping[str, Any], stored: Intervention) -> bool:
    """Whether a row may be about a stored job: the same client’s, under the same title if it has one."""
    title = values.get("title") or stored.title
    return stored.client_id == values["client_id"] and _folded(title) == _folded(stored.title)


def _guess_state(values: Mapping[str, Any]) -> str:
    if values.get("finished_at"):
        return State.DONE.value
    if values.get("started_at"):
        return State.IN_PROGRESS.value
    planned = values.get("technician_id") and values.get("planned_start") and values.get("planned_end")
    return State.PLANNED.value if planned else State.TO_PLAN.value
