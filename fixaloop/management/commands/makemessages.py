"""`manage.py makemessages`: collect the texts to translate; French, their language, gets a catalogue of its plurals.

Without one, Django counts as in English, where zero takes the plural: “0 résultats”.
"""

import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.commands import makemessages

HEADER = (
    'msgid ""\nmsgstr "Language: fr\\nContent-Type: text/plain; charset=UTF-8\\n'
    'Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n'
)
CATALOGUE = "LC_MESSAGES/django"


class Command(makemessages.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Collect, then compile the French plurals from the English catalogue, which has them all."""
        super().handle(*args, **options)
        [folder] = map(Path, settings.LOCALE_PATHS)
        entries = (folder / "en" / f"{CATALOGUE}.po").read_text(encoding="utf-8").split("\n\n")
        plurals = [_in_french(entry) for entry in entries if "\nmsgid_plural " in entry]
        target = folder / "fr" / f"{CATALOGUE}.mo"
        target.parent.mkdir(parents=True, exist_ok=True)
        source = "\n".join((HEADER, *plurals)).encode()
        subprocess.run(["msgfmt", "-", "--output-file", target], input=source, check=True)


def _in_french(entry: str) -> str:
    asked = entry.split("\nmsgstr[0] ", maxsplit=1)[0]
    head, many = asked.split("\nmsgid_plural ")
    one = head.rpartition("msgid ")[2]
    return f"{asked}\nmsgstr[0] {one}\nmsgstr[1] {many}\n"
