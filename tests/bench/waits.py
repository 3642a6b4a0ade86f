"""How long reads at a gate wait while others write: an update import, a row that is held, another writer.

    python -m tests.postgres --durable python manage.py shell -c "from tests.bench.waits import main; main()"

On an empty database, of `DATABASE_URL`: fills it with clients and their badges, and prints a line of figures for each.
"""

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from access.gate.credentials import Credential
from access.models import AccessCard, Device
from access.reader.reads import Scan, answer
from access.services import provision_device
from clients.imports.importer import ClientImporter
from clients.models import Client
from fixaloop.imports.importer import Options
from fixaloop.imports.run import run_import

ROWS = int(os.environ.get("ROWS", "30000"))
HELD = 12


def main() -> None:
    call_command("migrate", verbosity=0)
    with tempfile.TemporaryDirectory() as folder:
        _import(_write(Path(folder) / "new.csv", phone="06 12 00 00 00"))
        device = _badges()
        changed = _write(Path(folder) / "changed.csv", phone="06 13 00 00 00")
        for name, work in {"import": f"_import('{changed}')", "row": "_hold()"}.items():
            print(name, _measure(device, work), flush=True)


def _write(path: Path, phone: str) -> Path:
    with path.open("w", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(("Référence externe", "Type", "Prénom", "Nom", "E-mail", "Téléphone"))
        for number in range(ROWS):
            rows.writerow((f"X{number}", "Particulier", "Camille", f"Martin{number}", f"c{number}@example.org", phone))
    return path


def _import(path: Path | str) -> None:
    report = run_import(ClientImporter(Options()), Path(path), timezone.now()).report
    print("  ", report.read, {action.value: count for action, count in report.counts.items()}, report.errors[:1])


def _badges() -> Device:
    provision_device("Barrière", "Parking", "both", by=None)
    now = timezone.now()
    active = {"status_mode": "active", "status_reason": "parking", "status_at": now}
    Client.objects.update(**active, active_until=now + timedelta(days=30))
    today = timezone.localdate(now)
    cards = [
        AccessCard(
            client=client, username=f"p{client.pk}", kind="badge", badge_number=f"{client.pk:08d}", valid_from=today
        )
        for client in Client.objects.iterator()
    ]
    for card in cards:
        card.everywhere, card.valid_until = True, today
        card.derive()
    AccessCard.objects.bulk_create(cards, batch_size=1000)
    return Device.objects.select_related("zone").get()


def _hold() -> None:
    """The rows of all clients, as somebody who changes them; on SQLite the turn to write."""
    with transaction.atomic():
        Client.objects.update(description="tenu")
        time.sleep(HELD)


def _measure(device: Device, work: str) -> str:
    """Reads, one after the other, until the work in another process has ended."""
    keys = list(AccessCard.objects.values_list("badge_number", flat=True))
    code = f"from tests.bench.waits import _import, _hold; {work}"
    other = subprocess.Popen([sys.executable, "manage.py", "shell", "-c", code])
    said: Counter[Any] = Counter()
    times = []
    chosen = Random(1)
    while other.poll() is None:
        started = time.perf_counter()
        read = Scan(uuid4().hex, Credential("badge", chosen.choice(keys)), direction="in")
        said[answer(device, read, timezone.now())["reason"]] += 1
        times.append(time.perf_counter() - started)
        time.sleep(0.02)
    times.sort()
    return f"{len(times)} reads, worst {times[-1]:.2f} s, 99 % {times[len(times) * 99 // 100]:.3f} s, {dict(said)}"
