"""`manage.py systemd [FOLDER]`: units that start Fixaloop with the machine, and its nightly work."""

import getpass
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.management import HelpedCommand

SERVICE = """[Unit]
Description={what}
After=network-online.target postgresql.service
Wants=network-online.target

[Service]
User={user}
WorkingDirectory={place}
Environment="VAR_DIR={data}" "PYTHONUNBUFFERED=1"
ExecStart="{python}" {program}
PrivateTmp=true
"""
# It says when it listens, so that an upgrade stops the next machine no sooner.
NOTIFYING = "Type=notify\n"
STAYING = """Restart=always
RestartSec=1
TimeoutStopSec=45

[Install]
WantedBy=multi-user.target
"""
TIMER = """[Unit]
Description=Fixaloop: every night

[Timer]
OnCalendar=*-*-* 03:10
Persistent=true

[Install]
WantedBy=timers.target
"""
ENABLED = "fixaloop-web.service fixaloop-worker.service fixaloop-nightly.timer"


class Command(HelpedCommand):
    about = gettext_lazy("Écrit les unités systemd : site, travail de fond, travail de chaque nuit.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, metavar="DOSSIER", help=_("sans lui, les affiche"))

    def handle(self, *args: Any, **options: Any) -> None:
        for name, text in units().items():
            if options["folder"] is None:
                self.stdout.write(f"# {name}\n{text}")
            else:
                options["folder"].joinpath(name).write_text(text, encoding="utf-8")
        self.stderr.write(f"systemctl daemon-reload && systemctl enable --now {ENABLED}")


def units() -> dict[str, str]:
    return {
        "fixaloop-web.service": _service("Fixaloop: the site", "-m gunicorn fixaloop.wsgi") + NOTIFYING + STAYING,
        "fixaloop-worker.service": _service("Fixaloop: the worker", "manage.py db_worker") + STAYING,
        "fixaloop-nightly.service": _service("Fixaloop: every night", "manage.py nightly") + "Type=oneshot\n",
        "fixaloop-nightly.timer": TIMER,
    }


def _service(what: str, program: str) -> str:
    return SERVICE.format(
        what=what,
        program=program,
        user=getpass.getuser(),
        place=settings.BASE_DIR,
        data=settings.VAR_DIR.absolute(),
        python=sys.executable,
    )
