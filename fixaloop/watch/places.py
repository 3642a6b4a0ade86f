"""Where the processes of the web server count: a folder of files, and a place in it for each process at a time."""

import shutil
from collections.abc import Collection
from pathlib import Path

# The library reads the first.
FOLDER, PLACE = "PROMETHEUS_MULTIPROC_DIR", "FIXALOOP_METRICS_PLACE"


def make_folder(folder: Path, kept: Collection[str]) -> None:
    """Make the folder of a server, and delete those of servers that have ended; `kept` names one that may live."""
    for other in folder.parent.glob("*"):
        if other.name not in kept:
            shutil.rmtree(other, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)


def free_place(taken: Collection[int]) -> int:
    """The first place that no living process has."""
    return next(place for place in range(len(taken) + 1) if place not in taken)
