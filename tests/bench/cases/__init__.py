"""What is measured: addresses drawn from the data by a fixed seed, never twice the same in a row. A module an app."""

from typing import Any

import psycopg

from tests.bench.cases import access, clients, decisions, everything, interventions, payments, reports, standing
from tests.bench.cases.case import Case


def all_cases(database: psycopg.Connection[Any], wanted: int, token: str) -> list[Case]:
    """Every case, the lists first; `token` is what forms send back."""
    sample = clients.draw(database, wanted)
    return [
        *clients.cases(database, sample, wanted, token),
        *interventions.cases(database, sample, wanted),
        *payments.cases(database, sample, wanted),
        *standing.cases(sample, wanted),
        *reports.cases(sample, wanted),
        *everything.cases(database, sample, wanted),
        *access.cases(database, sample, wanted, token),
        *decisions.cases(database),
    ]
