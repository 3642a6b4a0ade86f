"""A backup: one archive of the database, the files and the key, that says what it holds and is read back at once."""

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.files import stored
from fixaloop.files.disk import create_private
from fixaloop.installation import dumps
from fixaloop.installation.made import tables
from fixaloop.records.refusal import Refused

DATABASE, KEY, CONTENTS, FILES = "database", "secret_key", "contents.json", "files"
CHUNK = 1024 * 1024


def write(path: Path) -> dict[str, Any]:
    """Write a backup and read it back; return what it holds. Raises `Refused` where the file exists, OSError."""
    try:
        archive = create_private(path)
    except FileExistsError as error:
        raise Refused([_("« %(file)s » existe déjà : donnez un autre nom.") % {"file": path}]) from error
    try:
        with archive, tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
            contents = _fill(archive, Path(folder) / DATABASE)
        read(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return contents


def _fill(archive: IO[bytes], dump: Path) -> dict[str, Any]:
    rows = dumps.dump(dump)
    dumps.check(dump)
    digests: dict[str, str] = {}
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, open_it in _members(dump):
            # An export may be over meanwhile.
            with suppress(FileNotFoundError), open_it() as file:
                digests[name] = _add(tar, name, file)
        contents = {
            "kind": connection.vendor,
            "at": timezone.now().isoformat(),
            "rows": rows,
            "digests": digests,
        }
        _add_text(tar, CONTENTS, json.dumps(contents))
    archive.flush()
    os.fsync(archive.fileno())
    return contents


def _members(dump: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The parts with what opens them; files that are in a bucket too, so that nothing else must be kept."""
    yield DATABASE, partial(dump.open, "rb")
    if (key := settings.VAR_DIR / KEY).exists():
        yield KEY, partial(key.open, "rb")
    for name in stored.all_names():
        yield f"{FILES}/{name}", partial(stored.opened, name)


def _add(tar: tarfile.TarFile, name: str, file: IO[bytes]) -> str:
    """Add a file as long as it is now; return its digest."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = file.seek(0, os.SEEK_END), 0o600
    file.seek(0)
    reader = _Digesting(file)
    tar.addfile(info, reader)
    return reader.digest.hexdigest()


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(text.encode())
        info = tarfile.TarInfo(name)
        info.size, info.mode = file.tell(), 0o600
        file.seek(0)
        tar.addfile(info, file)


class _Digesting:
    """A file that tells what was read of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(size)
        self.digest.update(part)
        return part


def read(path: Path) -> dict[str, Any]:
    """What a backup holds, each of its parts compared with its digest. Raises `Refused`."""
    digests: dict[str, str] = {}
    contents: dict[str, Any] = {}
    with _archive(path) as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file is None:
                continue
            if member.name == CONTENTS:
                contents = json.load(file)
            else:
                digests[member.name] = _digest(file)
    if not contents or contents["digests"] != digests:
        raise Refused([_("Cette sauvegarde est abîmée ou incomplète : prenez-en une autre.")])
    return contents


def restore(path: Path, *, replace: bool = False) -> dict[str, Any]:
    """Put a backup in the place of what is here, which must be nothing unless `replace`. Raises `Refused`."""
    contents = read(path)
    _refuse_foreign(contents)
    if reason := stored.problem():
        raise Refused([reason])
    if not replace:
        _refuse_what_is_there()
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR, prefix=".restore-") as folder, _archive(path) as tar:
        dump = Path(folder) / DATABASE
        _extract(tar, DATABASE, dump)
        dumps.check(dump)
        dumps.load(dump)
        for name in contents["digests"]:
            _put_back(tar, name)
    if dumps.counts() != contents["rows"]:
        raise Refused([_("La base n’a pas autant de lignes que la sauvegarde : ne vous y fiez pas, recommencez.")])
    return contents


def _refuse_foreign(contents: dict[str, Any]) -> None:
    if contents["kind"] != connection.vendor:
        message = _("C’est une sauvegarde de %(kind)s : restaurez-la dans une base %(kind)s, puis manage.py move_to.")
        raise Refused([message % {"kind": contents["kind"]}])


def _refuse_what_is_there() -> None:
    """Tables that migrations fill do not count."""
    known = set(connection.introspection.table_names())
    full = [model for model in tables() if model._meta.db_table in known and model._base_manager.exists()]
    if full:
        message = _("Il y a déjà des données ici (%(tables)s). Pour les remplacer toutes : --replace.")
        raise Refused([message % {"tables": ", ".join(str(model._meta.verbose_name_plural) for model in full[:5])}])


def _put_back(tar: tarfile.TarFile, name: str) -> None:
    """Put a part where it belongs: nowhere for the database, and for a name that leads out of the folders of files."""
    folder, *parts = PurePosixPath(name).parts
    if name == KEY:
        key = Path(settings.VAR_DIR, KEY)
        key.unlink(missing_ok=True)
        _extract(tar, name, key)
    elif folder == FILES and parts and ".." not in parts:
        with _part(tar, name) as file:
            stored.put_back("/".join(parts), File(file))


def _extract(tar: tarfile.TarFile, name: str, target: Path) -> None:
    with _part(tar, name) as file, create_private(target) as written:
        shutil.copyfileobj(file, written, CHUNK)


def _part(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    file = tar.extractfile(name)
    assert file is not None  # noqa: S101 - `read` has seen it
    return file


def _digest(file: IO[bytes]) -> str:
    reader = _Digesting(file)
    while reader.read(CHUNK):
        pass
    return reader.digest.hexdigest()


@contextmanager
def _archive(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:") as tar:
            yield tar
    except (tarfile.TarError, json.JSONDecodeError, EOFError) as error:
        raise Refused([_("« %(file)s » n’est pas une sauvegarde lisible.") % {"file": path}]) from error
