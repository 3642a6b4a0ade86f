"""Timelines are told what happened to vehicles before services did, from their history. Cards have always told theirs."""

from datetime import datetime
from itertools import groupby, pairwise
from typing import Any

from django.db import migrations, transaction
from django.db.models import Max, Min
from django.utils import timezone

from access.gate.plates import show_plate
from fixaloop.records.bulk import insert

BATCH = 1_000
ANONYMOUS = "ANONYME-"
COLUMNS = ("id", "client_id", "plate", "country", "is_active", "created_at", "history_date", "history_user_id")


def fill(apps: Any, schema_editor: Any) -> None:
    """Some vehicles at a time, each on its own, so that nobody waits for the table."""
    vehicles = apps.get_model("access", "Vehicle").objects.order_by()
    ends = vehicles.aggregate(first=Min("pk"), last=Max("pk"))
    for start in range(ends["first"] or 0, (ends["last"] or -1) + 1, BATCH):
        with transaction.atomic():
            some = vehicles.filter(pk__gte=start, pk__lt=start + BATCH)
            _tell(apps, dict(some.values_list("pk", "client")))


def _tell(apps: Any, owners: dict[int, int]) -> None:
    events = apps.get_model("access", "Event").objects
    # One that was interrupted goes on.
    told = set(events.filter(vehicle__in=owners, kind="vehicle").order_by().values_list("vehicle", flat=True))
    history = apps.get_model("access", "HistoricalVehicle").objects.exclude(history_type="-")
    lines = list(
        history.filter(id__in=[pk for pk in owners if pk not in told])
        .order_by("id", "history_date", "history_id")
        .values_list(*COLUMNS, named=True)
    )
    clients = apps.get_model("clients", "Client").objects.filter(pk__in={line.client_id for line in lines})
    known = set(clients.order_by().values_list("pk", flat=True))
    found = []
    for pk, past in groupby(lines, key=lambda line: line.id):
        # A line of a client that was merged is one of whose it became.
        owned = [(line, line.client_id if line.client_id in known else owners[pk]) for line in past]
        found += [_event(pk, *what) for what in _changes(owned)]
    insert(apps.get_model("access", "Event"), found)


def _changes(past: list[tuple[Any, int]]) -> list[tuple[Any, ...]]:
    """Client, code, time, author and values of what each line of a history changed."""
    first, owner = past[0]
    found: list[tuple[Any, ...]] = [(owner, "vehicle_added", first.created_at, first.history_user_id, {})]
    for (before, had), (line, has) in pairwise(past):
        when = (line.history_date, line.history_user_id)
        if had != has:
            found += [(had, "vehicle_left", *when, {}), (has, "vehicle_came", *when, {})]
        plates = [show_plate(row.plate, str(row.country)) for row in (before, line)]
        if plates[0] != plates[1] and not any(row.plate.startswith(ANONYMOUS) for row in (before, line)):
            found.append((has, "vehicle_plate", *when, {"was": plates[0], "now": plates[1]}))
        if before.is_active != line.is_active:
            found.append((has, "vehicle_returned" if line.is_active else "vehicle_retired", *when, {}))
    return found


def _event(
    vehicle: int, client: int, said: str, at: datetime, by: int | None, values: dict[str, str]
) -> dict[str, Any]:
    return {
        "at": at,
        "recorded_at": timezone.now(),
        "kind": "vehicle",
        "said": said,
        "text": "",
        "actor_id": by,
        "client_id": client,
        "vehicle_id": vehicle,
        "inputs": values,
        "reasons": [],
        "anomalies": [],
        "direction": "",
        "plate_read": "",
    }


class Migration(migrations.Migration):
    atomic = False
    dependencies = (("access", "0020_said"),)
    operations = (migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),)
