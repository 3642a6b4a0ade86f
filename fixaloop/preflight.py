"""`python -m fixaloop.preflight [SECONDS]`: whether the server can start here, before anything is changed.

Waits so long for a server that works in the same folder and may be about to end.
"""

import errno
import fcntl
import socket
import sys
import time
from pathlib import Path
from typing import IO

from django.core.exceptions import ImproperlyConfigured

from fixaloop.environment import data_folder, flag, number, text

LOCK = "server.lock"
BUSY = (
    "Le port {port} est déjà pris, sans doute par un autre Fixaloop : arrêtez-le, ou prenez-en un autre :"
    " make run PORT={next}\n"
    "Port {port} is taken, perhaps by another Fixaloop: stop it, or take another one: make run PORT={next}"
)
FORBIDDEN = (
    "Le port {port} est réservé au système : prenez-en un au-dessus de 1023, par exemple make run PORT=8000\n"
    "Port {port} is reserved for the system: take one above 1023, for instance make run PORT=8000"
)
NO_ADDRESS = (
    "Cette machine n’a pas l’adresse {host} : corrigez HOST.\nThis machine does not have the address {host}: mend HOST."
)
SECOND = (
    "Un autre Fixaloop travaille déjà dans « {folder} » : arrêtez-le, ou donnez un autre dossier : VAR_DIR=…\n"
    "Another Fixaloop already works in “{folder}”: stop it, or give another folder: VAR_DIR=…"
)
WAITING = (
    "Un autre Fixaloop travaille dans « {folder} » : j’attends qu’il finisse…\n"
    "Another Fixaloop works in “{folder}”: waiting for it to end…"
)
REASONS = {errno.EADDRINUSE: BUSY, errno.EACCES: FORBIDDEN, errno.EADDRNOTAVAIL: NO_ADDRESS}


def listening_host() -> str:
    return text("HOST", "0.0.0.0" if flag("LAN") else "127.0.0.1")  # noqa: S104 - asked for by LAN=1


def listening_port() -> int:
    return number("PORT", 8000, most=65_535)


def port_obstacle(host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            told = REASONS.get(error.errno or 0, str(error))
            return told.format(host=host, port=port, next=max(port, 7_999) + 1)
    return ""


def take_folder(place: Path) -> IO[str] | None:
    """The lock of a data folder, held as long as the file is open; None if another server has it."""
    file = place.joinpath(LOCK).open("a", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def take_folder_in_time(place: Path, patience: float) -> IO[str] | None:
    deadline = time.monotonic() + patience
    held = take_folder(place)
    if held is None and patience:
        sys.stderr.write(f"{WAITING.format(folder=place)}\n")
    while held is None and time.monotonic() < deadline:
        time.sleep(0.2)
        held = take_folder(place)
    return held


def obstacle(patience: float = 0) -> str:
    place = data_folder()
    held = take_folder_in_time(place, patience)
    if held is None:
        return SECOND.format(folder=place)
    held.close()
    return port_obstacle(listening_host(), listening_port())


if __name__ == "__main__":
    try:
        told = obstacle(float(sys.argv[1]) if len(sys.argv) > 1 else 0)
    except ImproperlyConfigured as error:
        told = f"Fixaloop ne démarre pas. {error}"
    if told:
        sys.exit(told)
