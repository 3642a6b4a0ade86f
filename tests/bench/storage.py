"""Where seeded data is kept, for as long as what decides it stays the same."""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
USERNAME, PASSWORD = "bench", "bench-of-fixaloop"
# What decides the tables and the rows: data seeded under another state of these files is thrown away.
SOURCES = (
    "*/migrations/*.py", "requirements/base.txt", "clients/search.py", "clients/values/names.py", "fixaloop/text.py",
    "tests/bench/people.py", "tests/bench/seed.py", "tests/bench/words.toml",
)  # fmt: skip


def fingerprint() -> str:
    """What the seeded data depends on, in a few letters."""
    digest = hashlib.sha256(f"{datetime.now(UTC):%Y-%m}".encode())  # who is active depends on the day of seeding
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def folder_of(size: str, var: Path) -> Path:
    """Where the data of this size is kept; what an older fingerprint left there is removed."""
    folder = var / f"{size}-{fingerprint()}"
    for other in var.glob(f"{size}-*"):
        if other.is_dir() and other != folder:
            shutil.rmtree(other)
    if not (folder / "seeded").exists():
        shutil.rmtree(folder, ignore_errors=True)
    return folder
