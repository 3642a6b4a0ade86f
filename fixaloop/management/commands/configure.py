"""`manage.py configure NAME=VALUE…`: write `settings.env` in the data folder, which every program here reads."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.environment import ASKED, SETTINGS_FILE, kept
from fixaloop.management import HelpedCommand

# What the web server asks for, beside the settings; the data folder itself cannot be told from inside.
OF_THE_SERVER = ("HOST", "PORT", "WEB_CONCURRENCY", "WEB_THREADS", "FORWARDED_ALLOW_IPS")
SECRET = ("KEY", "_URL", "PASSWORD")
REFUSED = "ImproperlyConfigured: "


class Command(HelpedCommand):
    about = gettext_lazy("Écrit les réglages d’ici ; sans argument, les montre. NOM= enlève un réglage.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("chosen", nargs="*", metavar="NOM=valeur")

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.VAR_DIR / SETTINGS_FILE
        if not options["chosen"]:
            self._show(path)
            return
        values = {name: value for name, value in (kept() | dict(map(_read, options["chosen"]))).items() if value}
        _try(values)
        _write(path, values)
        self.stdout.write(_("« %(file)s » est écrit. Redémarrez Fixaloop pour l’appliquer.") % {"file": path})

    def _show(self, path: Path) -> None:
        self.stdout.write(str(path))
        for name, value in sorted(kept().items()):
            self.stdout.write(f"{name}={'…' if name.endswith(SECRET) else value}")


def _read(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    known = sorted({*ASKED, *OF_THE_SERVER})
    if not equals or name not in known:
        message = _("« %(text)s » n’est pas un réglage. Écrivez NOM=valeur, avec un de ces noms : %(known)s.")
        raise CommandError(message % {"text": name, "known": ", ".join(known)}, returncode=2)
    if not value.isprintable():
        raise CommandError(_("La valeur de %(name)s tient sur une ligne.") % {"name": name}, returncode=2)
    return name, value.strip()


def _try(values: Mapping[str, str]) -> None:
    """Raise what the settings themselves say of these values."""
    command = [sys.executable, "-c", "import fixaloop.settings"]
    environ = os.environ | dict(values)
    result = subprocess.run(command, cwd=settings.BASE_DIR, env=environ, capture_output=True, text=True, check=False)
    if result.returncode:
        raise CommandError(result.stderr.rpartition(REFUSED)[2].strip(), returncode=2)


def _write(path: Path, values: Mapping[str, str]) -> None:
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text("".join(f"{name}={value}\n" for name, value in sorted(values.items())), encoding="utf-8")
    fresh.replace(path)
