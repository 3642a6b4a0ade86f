"""Files of personal data in `MEDIA_ROOT`, which only the account that Fixaloop runs as may read."""

from __future__ import annotations

import os
from collections.abc import Container
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

# Longer than any file takes from its first byte to the row that names it.
UNNAMED = timedelta(hours=2)


def private_folder(name: str) -> Path:
    """A folder of `MEDIA_ROOT`, made where it is missing. Raises OSError."""
    root = Path(settings.MEDIA_ROOT)
    for folder in (root, root / name):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root / name


def create_private(path: Path) -> BinaryIO:
    """A new file to write. Raises OSError, FileExistsError where there is one."""
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600))


def delete_strays(name: str, known: Container[str], at: datetime) -> None:
    """Delete from a folder of `MEDIA_ROOT` what a killed process left behind: old files that no row names."""
    old = (at - UNNAMED).timestamp()
    for path in private_folder(name).iterdir():
        if path.name not in known and path.stat().st_mtime < old:
            path.unlink(missing_ok=True)
