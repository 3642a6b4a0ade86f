from datetime import date

from django.urls import path, register_converter

from interventions.statements.companies import CompaniesFile, companies
from interventions.till import pages
from interventions.till.list import LedgerList


class DayConverter:
    """A day in an address: 2026-11-28."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, day: date) -> str:
        return day.isoformat()


register_converter(DayConverter, "day")

app_name = "payments"
urlpatterns = [
    path("", LedgerList.as_view(), name="list"),
    path("export/", LedgerList.as_view(exporting=True), name="export"),
    path("closing/", pages.closing, name="closing"),
    path("closing/<day:day>/", pages.closed, name="closed"),
    path("statements/", companies, name="statements"),
    path("statements/export/", CompaniesFile.as_view(), name="statements-export"),
    path("closings/", pages.ClosingList.as_view(), name="closings"),
    path("closings/export/", pages.ClosingList.as_view(exporting=True), name="closings-export"),
]
