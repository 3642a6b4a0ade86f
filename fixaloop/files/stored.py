"""Files that people sent or asked for, by Django's storage API: in `MEDIA_ROOT`, or in a bucket.

Rows name them. Nobody reaches them but through our pages, which ask for the right first.
"""

import logging
import shutil
import tempfile
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import FileField
from django.utils.translation import gettext as _

logger = logging.getLogger("fixaloop.files")
# Longer than any file takes from its first byte to the row that names it.
UNNAMED = timedelta(hours=2)
# No file of ours is in there: looking into it proves that we may look.
PROBE = "probe"


class Unavailable(OSError):
    """The storage of several machines does not answer, or refuses us; says so to people."""


def keep(folder: str, suffix: str, file: File) -> str:
    """Keep a file, and return its name, which nobody guesses. Raises OSError; nothing is left of a file that fails."""
    name = f"{folder}/{uuid4().hex}{suffix}"
    try:
        return default_storage.save(name, file)
    except Unavailable:
        # Nothing was taken, or the night finds it: whoever waits has waited long enough.
        raise
    except BaseException:
        with suppress(OSError):
            default_storage.delete(name)
        raise


def put_back(name: str, file: File) -> None:
    """Keep a file under the name that it had. Raises OSError."""
    default_storage.delete(name)
    default_storage.save(name, file)


def opened(name: str) -> File:
    """A file to read, all of it on this machine. Raises FileNotFoundError, OSError."""
    return default_storage.open(name)


@contextmanager
def on_disk(name: str) -> Iterator[Path]:
    """The path of a file for what reads paths: its own, or that of a private copy. Nothing is there if it is gone."""
    path = _own_path(name)
    if path is not None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="fixaloop-") as folder:
        copy = Path(folder, PurePosixPath(name).name)
        with suppress(FileNotFoundError), opened(name) as file, copy.open("xb") as written:
            shutil.copyfileobj(file, written)
        yield copy


def _own_path(name: str) -> Path | None:
    try:
        return Path(default_storage.path(name))
    except NotImplementedError:
        return None


def discard(*names: str) -> None:
    """Delete files with the rows that name them: a transaction that is rolled back keeps both."""
    transaction.on_commit(partial(_delete, [name for name in names if name]))


def _delete(names: list[str]) -> None:
    """What cannot be deleted now has no row any more: the night deletes it."""
    try:
        for name in names:
            default_storage.delete(name)
    except OSError as error:
        logger.warning("files are left to the night: %s", error)


def delete_strays(folder: str, known: Container[str], at: datetime) -> None:
    """Delete old files that a killed process left in a folder: `known` are the names that rows have."""
    try:
        strays = [name for name in names_in(folder) if name not in known and _is_old(name, at)]
    except OSError as error:
        logger.warning("no leftover is deleted: %s", error)
    else:
        discard(*strays)


def _is_old(name: str, at: datetime) -> bool:
    """Another machine may just have written it, and be about to write its row; or have deleted it."""
    with suppress(FileNotFoundError):
        return default_storage.get_modified_time(name) < at - UNNAMED
    return False


def names_in(folder: str) -> list[str]:
    with suppress(FileNotFoundError):
        return [f"{folder}/{name}" for name in sorted(default_storage.listdir(folder)[1])]
    return []


def all_names() -> Iterator[str]:
    for folder in sorted({str(field.upload_to).strip("/") for field in file_fields()}):
        yield from names_in(folder)


def file_fields() -> list[FileField]:
    return [field for model in apps.get_models() for field in model._meta.fields if isinstance(field, FileField)]


def place() -> str:
    return settings.BUCKET.get("bucket_name") or str(settings.MEDIA_ROOT)


def problem() -> str:
    """Why files can be neither kept nor read now; empty if they can."""
    try:
        names_in(PROBE)
    except OSError as error:
        return reason_of(error)
    return ""


def reason_of(error: Any) -> str:
    """What to tell people of an OSError: what happened, what to do."""
    if isinstance(error, Unavailable):
        return str(error)
    return _("%(reason)s : vérifiez la place et les droits du disque") % {"reason": error.strerror or error}
