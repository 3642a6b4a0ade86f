"""How long reads at a gate and pages wait while others write: imports, undoing, merging, the night, an export.

    python -m tests.postgres --durable python manage.py shell -c "from tests.bench.waits import main; main()"

On an empty database, of `DATABASE_URL` or `VAR_DIR`: fills it with clients, their badges and their past, and prints a
line of figures for each work. `ONLY=merge,night` chooses.
"""

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Event as Flag, Thread
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client as Browser
from django.utils import timezone

from access.cards.importer import CardImporter
from access.gate.credentials import Credential
from access.models import AccessCard, Device, Entry, Event
from access.reader.reads import Scan, answer
from access.services import provision_device
from clients.imports.importer import ClientImporter
from clients.models import Client
from clients.services.merging import merge_clients
from fixaloop.exports.jobs import run_export
from fixaloop.imports.importer import Importer, Options
from fixaloop.imports.run import run_import
from fixaloop.imports.undo import undo_batch
from fixaloop.models import ExportJob, ImportBatch
from interventions.models import Intervention
from interventions.services.writing import insert_past

ROWS = int(os.environ.get("ROWS", "30000"))
EXPORTED = int(os.environ.get("EXPORTED", "100000"))
HELD = 12
# The two who are merged have so many stays, jobs and badges; each stay has two events.
STAYS, JOBS, BADGES = 4_000, 2_000, 300
FILES = Path(tempfile.gettempdir()) / "fixaloop-waits"
PAGES = ("/clients/", "/access/events/")


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    FILES.mkdir(exist_ok=True)
    _import(ClientImporter, _write("new", _clients("X", phone="06 12 00 00 00")))
    device = _badges()
    _write("changed", _clients("X", phone="06 13 00 00 00"))
    _write("more", _clients("Y", phone="06 14 00 00 00"))
    _write("cards", [("Nom d’utilisateur", "Client", "Valable au"), *_cards()])
    _past(device)
    for name in os.environ.get("ONLY", ",".join(WORKS)).split(","):
        print(name, _measure(device, name), flush=True)


def _write(name: str, rows: Sequence[Sequence[Any]]) -> str:
    with (FILES / f"{name}.csv").open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return name


def _clients(prefix: str, phone: str) -> list[tuple[Any, ...]]:
    headings = ("Référence externe", "Type", "Prénom", "Nom", "E-mail", "Téléphone")
    made = ((f"{prefix}{number}", "Particulier", "Camille", f"Martin{number}") for number in range(ROWS))
    return [headings, *((*row, f"{row[0].lower()}@example.org", phone) for row in made)]


def _cards() -> list[tuple[Any, ...]]:
    until = timezone.localdate() + timedelta(days=300)
    found = AccessCard.objects.select_related("client").order_by("pk")
    return [(card.username, card.client.reference, until) for card in found.iterator()]


def _import(kind: type[Importer], name: str) -> None:
    report = run_import(kind(Options()), FILES / f"{name}.csv", timezone.now()).report
    print("  ", report.read, {action.value: count for action, count in report.counts.items()}, report.errors[:1])


def _badges() -> Device:
    provision_device("Barrière", "Parking", "both", by=None)
    now = timezone.now()
    active = {"status_mode": "active", "status_reason": "parking", "status_at": now}
    Client.objects.update(**active, active_until=now + timedelta(days=30))
    _make_cards((client.pk, f"p{client.pk}", f"{client.pk:08d}") for client in Client.objects.iterator())
    pair = _pair()
    _make_cards((pair[at % 2].pk, f"s{at}", f"9{at:07d}") for at in range(BADGES))
    return Device.objects.select_related("zone").get()


def _pair() -> list[Client]:
    return list(Client.objects.order_by("pk")[:2])


def _make_cards(rows: Iterator[tuple[int, str, str]]) -> None:
    today = timezone.localdate()
    cards = [
        AccessCard(client_id=client, username=name, kind="badge", badge_number=badge, valid_from=today)
        for client, name, badge in rows
    ]
    for card in cards:
        card.everywhere, card.valid_until = True, today
        card.derive()
    AccessCard.objects.bulk_create(cards, batch_size=1000)


def _past(device: Device) -> None:
    """Stays and events that the night forgets, clients that are due, and two clients with thousands of rows."""
    now, pair = timezone.now(), _pair()
    keys = list(Client.objects.order_by("pk").values_list("pk", flat=True))
    # Nobody has been in touch with the last ones for years.
    known = keys[: -len(keys) // 30]
    stays = [(known[at % len(known)], now - timedelta(days=400)) for at in range(ROWS)]
    stays += [(pair[at % 2].pk, now - timedelta(days=20)) for at in range(STAYS)]
    here: dict[str, Any] = {"zone": device.zone, "device_in": device, "device_out": device}
    _bulk(
        Entry(client_id=key, entered_at=at, exited_at=at + timedelta(hours=1), person=key * 4, **here)
        for key, at in stays
    )
    passed: dict[str, Any] = {"zone": device.zone, "device": device, "direction": "in", "kind": "entry"}
    old = ((keys[at % len(keys)], now - timedelta(days=100)) for at in range(EXPORTED))
    recent = ((pair[at % 2].pk, now - timedelta(days=20)) for at in range(2 * STAYS))
    _bulk(Event(client_id=key, at=at, **passed) for found in (old, recent) for key, at in found)
    jobs = [Intervention(client=pair[at % 2], title=f"Vidange {at}", created_at=now) for at in range(JOBS)]
    insert_past(jobs, by=None, reason="", at=now)
    quiet = now - timedelta(days=5 * 365)
    instants = dict.fromkeys(("active_until", "created_at", "updated_at", "touched_at", "last_contact_at"), quiet)
    Client.objects.exclude(pk__in=known).update(status_mode="automatic", **instants)


def _bulk(rows: Iterator[Any]) -> None:
    found: list[Model] = list(rows)
    type(found[0])._base_manager.bulk_create(found, batch_size=1000)


def _hold() -> None:
    """The rows of all clients, as somebody who changes them; on SQLite the turn to write."""
    with transaction.atomic():
        Client.objects.update(description="tenu")
        time.sleep(HELD)


def _export() -> None:
    boss = User.objects.get(username="mesure")
    job = ExportJob.objects.create(by=boss, path="/access/events/export/", title="", created_at=timezone.now())
    run_export.call(job.pk)
    job.refresh_from_db()
    print("  ", job.state, job.done, job.error)


def _undo() -> None:
    """The imports of clients after the first, the last one first."""
    for batch in ImportBatch.objects.filter(kind="client", undone_at=None).order_by("-pk"):
        if ImportBatch.objects.filter(kind="client", pk__lt=batch.pk).exists():
            undo_batch(batch, by=None, at=timezone.now())


def _merge() -> None:
    kept, lost = _pair()
    merge_clients(kept, lost, by=None)


WORKS: dict[str, Callable[[], Any]] = {
    # What the machine takes by itself.
    "nothing": lambda: time.sleep(30),
    "import": lambda: _import(ClientImporter, "changed"),
    "creations": lambda: _import(ClientImporter, "more"),
    "cards": lambda: _import(CardImporter, "cards"),
    "undo": _undo,
    "row": _hold,
    "export": _export,
    "merge": _merge,
    "due": lambda: call_command("anonymize_due_clients", "--yes"),
    "night": lambda: call_command("nightly"),
}


def _measure(device: Device, work: str) -> str:
    """Reads, one after the other, and pages beside them, until the work in another process has ended."""
    cards = AccessCard.objects.filter(client__in=_pair()) if work == "merge" else AccessCard.objects.all()
    keys = list(cards.values_list("badge_number", flat=True))
    said: Counter[Any] = Counter()
    reads: list[float] = []
    chosen = Random(1)
    with _pages() as pages:
        begun = time.perf_counter()
        code = f"from tests.bench.waits import WORKS; WORKS[{work!r}]()"
        other = subprocess.Popen([sys.executable, "manage.py", "shell", "-v", "0", "-c", code])
        while other.poll() is None:
            started = time.perf_counter()
            read = Scan(uuid4().hex, Credential("badge", chosen.choice(keys)), direction="in")
            said[answer(device, read, timezone.now())["reason"]] += 1
            reads.append(time.perf_counter() - started)
            time.sleep(0.02)
        lasted = time.perf_counter() - begun
    return f"{lasted:.0f} s; reads {_told(reads)}, {dict(said)}; pages {_told(pages)}; ended {other.returncode}"


@contextmanager
def _pages() -> Iterator[list[float]]:
    """Lists asked for beside, one after the other, by somebody who is signed in."""
    user, _made = User.objects.get_or_create(username="mesure", is_superuser=True, is_staff=True)
    browser, done, times = Browser(SERVER_NAME="localhost"), Flag(), []
    browser.force_login(user)

    def ask() -> None:
        while not done.is_set():
            for page in PAGES:
                started = time.perf_counter()
                found = browser.get(page, {"status": "active"} if page == "/clients/" else {})
                times.append(time.perf_counter() - started)
                if found.status_code != 200:
                    print("  ", page, found.status_code)
            time.sleep(0.02)
        connection.close()

    asking = Thread(target=ask)
    asking.start()
    try:
        yield times
    finally:
        done.set()
        asking.join()


def _told(times: list[float]) -> str:
    found = sorted(times)
    return (
        f"{len(found)}: {found[len(found) // 2]:.2f}, 99 % {found[len(found) * 99 // 100]:.2f}, worst {found[-1]:.2f} s"
    )
