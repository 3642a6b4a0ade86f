"""Which of our files the usual requests enter: those in which a Python function begins.

`measures.py` runs this file inside any commit, in a process of its own with an empty database. Each request comes
once before it is counted, so that what is loaded or kept at a first call is not.
"""

import io
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management import call_command
from django.test import Client as Browser, override_settings
from django.utils import timezone

from tests.access.factories import make_card, make_device
from tests.factories import make_client, make_user
from tests.interventions.factories import make_intervention, make_technician

APPS = ("fixaloop", "clients", "access", "interventions")
ROOT = Path.cwd()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
HEADINGS = "Type;Prénom;Nom;E-mail;Téléphone;Adresse;Code postal;Ville;Pays"
ROW = "Particulier;Léa;Durand;lea{0}@example.org;06 39 98 00 0{0};3 rue du Port;69003;Lyon;France"

Request = Callable[[int], Any]


def main() -> None:
    """Print as JSON the files of each request, sorted, by the request's name."""
    call_command("migrate", verbosity=0)
    found: dict[str, list[str]] = {}
    with override_settings(ALLOWED_HOSTS=["testserver"], STORAGES=STORAGES, WHITENOISE_AUTOREFRESH=True):
        for name, request in requests().items():
            request(1)
            found[name] = entered(partial(request, 2))
    print(json.dumps(found))


def requests() -> dict[str, Request]:
    """The usual requests; each is asked for its first and its second rows."""
    browser = Browser()
    browser.force_login(make_user(group="Direction"))
    planned = {"technician": make_technician(), "planned_start": timezone.now(), "planned_end": _later()}
    jobs = [make_intervention(make_client(), **planned) for _number in range(2)]
    cards = [make_card() for _number in range(2)]
    _device, token = make_device()

    def get(path: str) -> None:
        _checked(browser.get(path), 200)

    def post(path: str, fields: dict[str, str]) -> None:
        _checked(browser.post(path, fields), 302)

    def scan(number: int) -> None:
        body = {"nonce": f"n{number}", "type": "qr", "value": cards[number - 1][1]}
        bearer = {"Authorization": f"Bearer {token}"}
        _checked(Browser().post("/api/v1/reads", json.dumps(body), "application/json", headers=bearer), 200)

    forced = {"status_mode": "active", "status_reason": "parking"}
    return {
        "list": lambda _number: get("/clients/"),
        "export": lambda _number: get("/clients/export/"),
        "scan": scan,
        "transition": lambda number: post(f"{jobs[number - 1].get_absolute_url()}transition/", {"to": "in_progress"}),
        "status change": lambda number: post(f"/clients/CLT-00{number}/status/", forced),
        "imported row": _import_row,
    }


def _later() -> Any:
    return timezone.now() + timedelta(hours=1)


def _checked(response: Any, status: int) -> None:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    assert response.status_code == status, (response.request["PATH_INFO"], response.status_code, body)


def _import_row(number: int) -> None:
    path = Path(sys.argv[1]) / "clients.csv"
    path.write_text(f"{HEADINGS}\n{ROW.format(number)}\n", encoding="utf-8")
    call_command("import_clients", str(path), stdout=io.StringIO())


def entered(step: Callable[[], Any]) -> list[str]:
    """The files of our apps in which a function begins while a step runs."""
    files: set[str] = set()

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            files.add(frame.f_code.co_filename)

    sys.setprofile(note)
    try:
        step()
    finally:
        sys.setprofile(None)
    folders = tuple(f"{ROOT / app}/" for app in APPS)
    return sorted(str(Path(file).relative_to(ROOT)) for file in files if file.startswith(folders))


if __name__ == "__main__":
    main()
