"""Vehicles and clients are found by the plates that they had, from the history on."""

from typing import Any

from django.db import migrations, transaction
from django.db.models import Max, Min

from access.gate.plates import plate_key
from clients.values import keys

BATCH = 1_000
ANONYMOUS = "ANONYME-"


def fill(apps: Any, schema_editor: Any) -> None:
    """Some vehicles at a time, each on its own, so that nobody waits for the table."""
    vehicles = apps.get_model("access", "Vehicle").objects.order_by()
    ends = vehicles.aggregate(first=Min("pk"), last=Max("pk"))
    for start in range(ends["first"] or 0, (ends["last"] or -1) + 1, BATCH):
        with transaction.atomic():
            _fill(apps, vehicles.filter(pk__gte=start, pk__lt=start + BATCH))


def _fill(apps: Any, vehicles: Any) -> None:
    former, clients = apps.get_model("access", "FormerPlate"), apps.get_model("clients", "Client").objects
    now = {pk: (client, key) for pk, client, key in vehicles.values_list("pk", "client", "plate_key")}
    records = apps.get_model("access", "HistoricalVehicle").objects.filter(id__in=list(now), client__isnull=False)
    told = records.exclude(plate__startswith=ANONYMOUS).order_by().values_list("id", "client", "plate").distinct()
    had = {(pk, client, plate_key(plate)) for pk, client, plate in told}
    known = set(clients.filter(pk__in={row[1] for row in had}).order_by().values_list("pk", flat=True))
    kept = sorted(row for row in had if now[row[0]] != row[1:] and row[1] in known)
    # One that was interrupted begins again.
    former.objects.filter(vehicle__in=list(now)).delete()
    former.objects.bulk_create(former(vehicle_id=pk, client_id=client, plate_key=key) for pk, client, key in kept)
    _find(clients, kept)


def _find(clients: Any, kept: list[tuple[int, int, str]]) -> None:
    changed = list(clients.select_for_update().filter(pk__in={row[1] for row in kept}).order_by("pk"))
    for client in changed:
        plates = (key.lower() for _vehicle, owner, key in kept if owner == client.pk)
        client.extra_search = " ".join(dict.fromkeys((*client.extra_search.split(" "), *plates))).strip()
        client.search_text = keys.search_text(client)
    clients.bulk_update(changed, ["extra_search", "search_text"], batch_size=200)


class Migration(migrations.Migration):
    atomic = False
    dependencies = (("access", "0018_former_plates"),)
    operations = (migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),)
