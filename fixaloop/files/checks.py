"""What every command says first where files can be neither kept nor read: the gate and the pages work without them."""

from typing import Any

from django.core.checks import CheckMessage, Warning as Doubt

from fixaloop.files.stored import problem


def check_files(**_options: Any) -> list[CheckMessage]:
    reason = problem()
    return [Doubt(reason, id="fixaloop.W001")] if reason else []
