"""What a file is by its first bytes, whatever its name says; those that cannot be read are refused with the cure."""

import zipfile
import zlib
from pathlib import Path
from typing import NoReturn

from django.utils.translation import gettext as _

from fixaloop.tables.table import TableError

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WEB = (b"<!doctype html", b"<html", b"<table", b"<?xml", b"<head", b"<meta", b"<style")
_WORKBOOKS = (".xlsx", ".xlsm")
_BEGINNING = 4096
# All that zipfile raises on a damaged or forged archive.
BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)


def check_readable(path: Path) -> None:
    """Raises TableError for a file that is missing, empty, or of a kind that is neither text nor .xlsx."""
    name = path.name
    start = _start(path)
    if not start.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        _refuse(_("« %(file)s » est vide : vérifiez que vous avez choisi le bon fichier."), "empty", name)
    if start.startswith(_OLE):
        _refuse_old_office(path, name)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_WEB):
        message = _(
            "« %(file)s » est une page web, pas un tableau : ouvrez-la dans le tableur et enregistrez en .xlsx ou .csv."
        )
        _refuse(message, "html", name)
    if start.startswith(b"%PDF"):
        message = _("« %(file)s » est un PDF : demandez le tableau d’origine en .xlsx ou .csv.")
        _refuse(message, "pdf", name)
    if name.lower().endswith(_WORKBOOKS) and not start.startswith(_ZIP):
        message = _(
            "« %(file)s » n’est pas un classeur Excel malgré son nom : si c’est du texte, renommez-le en .csv, sinon"
            " enregistrez-le de nouveau depuis le tableur."
        )
        _refuse(message, "not_a_workbook", name)


def is_workbook(path: Path) -> bool:
    """Whether the file is a whole .xlsx. Raises TableError for a damaged one, or for another kind of archive."""
    if not _start(path).startswith(_ZIP):
        return False
    name = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.namelist()
    except BROKEN_ARCHIVE:
        _refuse(_("« %(file)s » est incomplet ou abîmé : copiez-le ou téléchargez-le de nouveau."), "damaged", name)
    if not any(part.startswith("xl/workbook") and part.endswith(".xml") for part in parts):
        message = _("« %(file)s » n’est pas un classeur .xlsx : ouvrez-le dans le tableur et enregistrez-le en .xlsx.")
        _refuse(message, "not_a_workbook", name)
    return True


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_BEGINNING)
    except OSError:
        _refuse(_("« %(file)s » est introuvable ou illisible : vérifiez son nom et ses droits."), "missing", str(path))


def _refuse_old_office(path: Path, name: str) -> NoReturn:
    # An encrypted .xlsx is an old-format container that names its parts in UTF-16.
    if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
        message = _(
            "« %(file)s » est protégé par un mot de passe : retirez-le (Fichier, Informations, Protéger le classeur)"
            " puis enregistrez."
        )
        _refuse(message, "encrypted", name)
    message = _("« %(file)s » est à l’ancien format Excel (.xls) : ouvrez-le et enregistrez-le en .xlsx.")
    _refuse(message, "old_xls", name)


def _refuse(message: str, code: str, name: str) -> NoReturn:
    raise TableError(message % {"file": name}, code)
