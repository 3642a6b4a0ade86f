"""What runs with Django set up on a throwaway database: one part of the population."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from tests.site_year.year import Options, simulate

# However busy the machine is, no answer comes too late: that would be measured instead of the rules.
PATIENT = {"GATE_ANSWER_MS": 60_000, "GATE_STATEMENT_MS": 60_000, "GATE_LOCK_MS": 60_000}
# The counter’s pages are made, and their style sheets were never collected.
STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


def main(output: str, arguments: dict[str, Any]) -> None:
    """Simulate, and write what was measured to a file."""
    call_command("migrate", verbosity=0)
    with override_settings(STORAGES=STORAGES, WHITENOISE_AUTOREFRESH=True, **PATIENT):
        result = simulate(Options(**arguments), lambda line: print(f"part {arguments['part']}  {line}", flush=True))
    Path(output).write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
