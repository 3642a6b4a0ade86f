"""The reports, section by section as they are told where a period has many rows, and those of one company."""

from datetime import date, timedelta

from tests.bench.cases.case import Case, address
from tests.bench.cases.clients import Sample, reference

PAGE = "/reports/"
# Told one by one where a period has many rows.
SECTIONS = ("jobs", "amounts", "visits", "refusals", "status", "clients")
LENGTHS = {"month": 31, "year": 365}


def cases(sample: Sample, wanted: int) -> list[Case]:
    today = date.today()  # noqa: DTZ011 — the days of the machine, which seeded around today
    found = []
    for name, days in LENGTHS.items():
        span = {"after": today - timedelta(days=days - 1), "before": today}
        found.append(Case(f"reports of a {name}", [address(PAGE, **span)], 0))
        for section in SECTIONS:
            asked = address(PAGE, **span, section=section)
            found.append(Case(f"reports of a {name}: {section}", [asked], 0))
        companies = [reference(row) for row in sample.companies[:wanted]]
        found.append(Case(f"reports of a {name}, company=", [address(PAGE, **span, company=of) for of in companies], 0))
    return found
