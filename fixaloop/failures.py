"""What stops a command, in one French and one English sentence with the cure, instead of a page of code."""

import errno
import sqlite3

from django.db import DatabaseError, OperationalError, ProgrammingError

from fixaloop.files.stored import Unavailable

OLD = (
    "La base n’a pas les tables de cette version : manage.py migrate les crée (make run le fait).\n"
    "The database lacks tables of this version: manage.py migrate makes them (make run does it)."
)
FULL = "Le disque est plein : faites de la place, puis recommencez.\nThe disk is full: make room, then do it again."
READ_ONLY = (
    "Le dossier de données ne s’écrit pas : donnez-y les droits, ou un autre dossier (VAR_DIR=…).\n"
    "The data folder cannot be written: give the rights to it, or another folder (VAR_DIR=…)."
)
AWAY = (
    "La base ne répond pas : vérifiez DATABASE_URL et que le serveur tourne.\n"
    "The database does not answer: check DATABASE_URL and that its server runs."
)
BUSY = (
    "La base est occupée par un autre programme : attendez un instant et recommencez.\n"
    "The database is busy with another program: wait a moment and do it again."
)
POOLED = (
    "PgBouncer refuse les options de DATABASE_URL : ôtez-les, et donnez-les au rôle (ALTER ROLE … SET …).\n"
    "PgBouncer refuses the options of DATABASE_URL: take them out, and give them to the role (ALTER ROLE … SET …)."
)
# What SQLite, PostgreSQL and PgBouncer say.
SAID = (
    ("no such table", OLD),
    ("no such column", OLD),
    ("disk is full", FULL),
    ("No space left", FULL),
    ("readonly database", READ_ONLY),
    ("read-only", READ_ONLY),
    ("unable to open database", READ_ONLY),
    ("locked", BUSY),
    ("unsupported startup parameter", POOLED),
    ("connection", AWAY),
    ("translate host name", AWAY),
)
NUMBERS = {errno.ENOSPC: FULL, errno.EROFS: READ_ONLY, errno.EDQUOT: FULL}
MISSING = ("42P01", "42703")


def explain(error: BaseException) -> str:
    """The sentences for an error of the machine; empty for a mistake of the program, whose trace is wanted."""
    if isinstance(error, ProgrammingError) and getattr(error.__cause__, "sqlstate", "") in MISSING:
        return OLD
    if isinstance(error, OperationalError | sqlite3.OperationalError):
        return next((sentence for words, sentence in SAID if words in str(error)), "")
    if isinstance(error, Unavailable):
        return str(error)
    if isinstance(error, OSError) and not isinstance(error, DatabaseError):
        return NUMBERS.get(error.errno or 0, "")
    return ""
