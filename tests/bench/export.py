"""An export beside bare openpyxl writing the same cells, one after the other in the same process."""

import json
import tempfile
from typing import Any

from django.contrib.auth.models import User
from django.http import QueryDict
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from clients.lists.filters import ClientListFilter
from clients.models import Client as Model
from tests.bench.keys import USERNAME
from tests.bench.process import Cost

FILTERS = ("", "kind=company", "kind=individual", "status=active", "kind=company&status=active")


def query_for(rows: int) -> str:
    """The filter that lets through about this many clients."""

    asked = RequestFactory().get("/clients/")
    asked.user = User.objects.get(username=USERNAME)

    def distance(query: str) -> int:
        filters = ClientListFilter(QueryDict(query), Model.objects.all(), request=asked, at=timezone.now())
        return abs(filters.qs.count() - rows)

    return min((*FILTERS, *(f"postal_code={digit}" for digit in range(1, 10))), key=distance)


@override_settings(EXPORT_BACKGROUND_ROWS=10_000_000)  # the worker writes long lists the same way
def main(wanted: int) -> None:
    """Prints as JSON what one export costs, and what the same cells cost openpyxl in write-only mode."""
    browser = Client()
    browser.force_login(User.objects.get(username=USERNAME), backend="fixaloop.accounts.sign_in.AccountBackend")
    with tempfile.TemporaryFile() as small:
        _export(browser, "city=Brest&kind=company", small)
        _bare([["a", 1, timezone.localtime().replace(tzinfo=None)]])
    query = query_for(wanted)
    with tempfile.TemporaryFile() as file:
        with Cost() as ours:
            _export(browser, query, file)
        sheet = load_workbook(file, read_only=True).worksheets[0]
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    with Cost() as bare:
        _bare(rows)
    print(json.dumps({"query": query, "rows": len(rows) - 1, "ours": vars(ours), "bare": vars(bare)}))


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
