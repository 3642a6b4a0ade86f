"""An export beside bare openpyxl writing the same cells: run in a process of its own, so that its memory is told."""

from __future__ import annotations

import json
import resource
import tempfile
import time
from typing import Any

from django.contrib.auth.models import User
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from clients.filters import ClientListFilter
from clients.models import Client as Model
from tests.bench.keys import USERNAME

FILTERS = ("", "kind=company", "kind=individual", "status=active", "kind=company&status=active")


def query_for(rows: int) -> str:
    """The filter that lets through about this many clients."""

    asked = RequestFactory().get("/clients/")
    asked.user = User.objects.get(username=USERNAME)

    def distance(query: str) -> int:
        filters = ClientListFilter(QueryDict(query), Model.objects.all(), request=asked, at=timezone.now())
        return abs(filters.qs.count() - rows)

    return min((*FILTERS, *(f"postal_code={digit}" for digit in range(1, 10))), key=distance)


def main(wanted: int) -> None:
    """Prints as JSON the seconds and megabytes of one export and of openpyxl alone."""
    browser = Client()
    browser.force_login(User.objects.get(username=USERNAME), backend="django.contrib.auth.backends.ModelBackend")
    with tempfile.TemporaryFile() as small:
        _export(browser, "city=Brest&kind=company", small)
    query = query_for(wanted)
    before = _peak()
    with tempfile.TemporaryFile() as file:
        started = time.perf_counter()
        _export(browser, query, file)
        seconds, memory = time.perf_counter() - started, _peak() - before
        sheet = load_workbook(file, read_only=True).worksheets[0]
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    started = time.perf_counter()
    _bare(rows)
    bare = time.perf_counter() - started
    print(json.dumps({"query": query, "rows": len(rows) - 1, "seconds": seconds, "bare": bare, "megabytes": memory}))


def _export(browser: Client, query: str, file: Any) -> None:
    response = browser.get(f"/clients/export/?{query}", headers={"host": "localhost"})
    if response.status_code != 200 or not response.streaming:
        raise SystemExit(f"export {query}: {response.status_code}")
    for chunk in response.streaming_content:  # type: ignore[attr-defined]
        file.write(chunk)
    file.seek(0)


def _bare(rows: list[list[Any]]) -> None:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet()
    for row in rows:
        sheet.append(row)
    with tempfile.TemporaryFile() as file:
        workbook.save(file)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
