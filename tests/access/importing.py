"""Importing a file as an operator does, and exporting a list to a file that is edited and imported again."""

import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.test import Client as Browser
from openpyxl import load_workbook


def run(command: str, path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Import a file; return the exit code and the report."""
    output = io.StringIO()
    try:
        call_command(command, str(path), "--format=json", *options, stdout=output)
    except SystemExit as stop:
        return int(stop.code or 0), json.loads(output.getvalue())
    return 0, json.loads(output.getvalue())


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def exported(
    browser: Browser, address: str, folder: Path, edit: Callable[[dict[str, Any]], None] = lambda row: None
) -> Path:
    """The file of a list, each row of it (heading → cell) as somebody edits it."""
    path = folder / "export.xlsx"
    path.write_bytes(b"".join(browser.get(address).streaming_content))  # type: ignore[attr-defined]
    book = load_workbook(path)
    headings, *rows = book.worksheets[0].iter_rows()
    for row in rows:
        edit({str(heading.value): cell for heading, cell in zip(headings, row, strict=True)})
    book.save(path)
    return path
