"""The kind of a file, told by its first bytes and not by its name."""

import zipfile
import zlib
from pathlib import Path

from django.utils.translation import gettext as _

from fixaloop.tables.table import TableError

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WEB = (b"<!doctype html", b"<html", b"<table", b"<?xml", b"<head", b"<meta", b"<style")
_WORKBOOKS = (".xlsx", ".xlsm")
_BEGINNING = 4096
# Everything that zipfile raises for a damaged or forged archive.
BROKEN_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError)


def check_readable(path: Path) -> None:
    """Raises TableError for a file that is missing, empty, or neither text nor .xlsx."""
    name, start = path.name, _start(path)
    if not start.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise TableError("empty", _("« %(file)s » est vide : vérifiez que vous avez choisi le bon fichier."), file=name)
    if start.startswith(_OLE):
        raise _old_office(path)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_WEB):
        message = _(
            "« %(file)s » est une page web, pas un tableau : ouvrez-la dans le tableur et enregistrez en .xlsx ou .csv."
        )
        raise TableError("html", message, file=name)
    if start.startswith(b"%PDF"):
        message = _("« %(file)s » est un PDF : demandez le tableau d’origine en .xlsx ou .csv.")
        raise TableError("pdf", message, file=name)
    if name.lower().endswith(_WORKBOOKS) and not start.startswith(_ZIP):
        message = _(
            "« %(file)s » n’est pas un classeur Excel malgré son nom : si c’est du texte, renommez-le en .csv, sinon"
            " enregistrez-le de nouveau depuis le tableur."
        )
        raise TableError("not_a_workbook", message, file=name)


def is_workbook(path: Path) -> bool:
    """Whether the file is an .xlsx. Raises TableError for a damaged one and for other kinds of archive."""
    if not _start(path).startswith(_ZIP):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.namelist()
    except BROKEN_ARCHIVE as error:
        raise damaged(path) from error
    if not any(part.startswith("xl/workbook") and part.endswith(".xml") for part in parts):
        message = _("« %(file)s » n’est pas un classeur .xlsx : ouvrez-le dans le tableur et enregistrez-le en .xlsx.")
        raise TableError("not_a_workbook", message, file=path.name)
    return True


def damaged(path: Path) -> TableError:
    message = _("« %(file)s » est incomplet ou abîmé : copiez-le ou téléchargez-le de nouveau.")
    return TableError("damaged", message, file=path.name)


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_BEGINNING)
    except OSError as error:
        message = _("« %(file)s » est introuvable ou illisible : vérifiez son nom et ses droits.")
        raise TableError("missing", message, file=path) from error


def _old_office(path: Path) -> TableError:
    # An encrypted .xlsx is an old Office container that names its parts in UTF-16.
    if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
        message = _(
            "« %(file)s » est protégé par un mot de passe : retirez-le (Fichier, Informations, Protéger le classeur)"
            " puis enregistrez."
        )
        return TableError("encrypted", message, file=path.name)
    message = _("« %(file)s » est à l’ancien format Excel (.xls) : ouvrez-le et enregistrez-le en .xlsx.")
    return TableError("old_xls", message, file=path.name)
