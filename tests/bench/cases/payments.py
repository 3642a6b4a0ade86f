"""Payments: the list of all with its filters and sums, the closing of a day."""

from datetime import date, timedelta
from typing import Any

import psycopg

from tests.bench.cases.case import Case, address, depth
from tests.bench.cases.clients import Sample, reference

LIST = "/payments/"
BAR = 1.5


def cases(database: psycopg.Connection[Any], sample: Sample, wanted: int) -> list[Case]:
    today = date.today()  # noqa: DTZ011 — the days of the machine, which seeded around today
    days = [today - timedelta(days=step) for step in range(1, 200, 7)]
    spans = [{"after": day, "before": day + timedelta(days=6)} for day in days]
    clients = [reference(row) for row in sample.rows[:wanted]]
    return [
        Case("payments", [LIST], BAR),
        Case("payments of a day", [address(LIST, after=day, before=day) for day in days], BAR),
        Case("payments of a week", [address(LIST, **span) for span in spans], BAR),
        Case("payments method=", [address(LIST, method=way) for way in ("card", "cash", "cheque", "transfer")], BAR),
        Case("payments source=", [address(LIST, source=source) for source in ("intervention", "entry")], BAR),
        Case("payments method and week", [address(LIST, method="cash", **span) for span in spans], BAR),
        Case("payments client=", [address(LIST, client=client) for client in clients], BAR),
        *depth(database, LIST, "interventions_ledger", "id DESC", wanted, (10_000, 100_000), BAR),
        Case("closing of a day", [address(f"{LIST}closing/", day=day) for day in days], 0),
    ]
