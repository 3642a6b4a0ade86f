"""`/reports/`: what a period came to, section by section, for those that a person may see."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.pages.page import Link
from fixaloop.charts.columns import Columns
from fixaloop.charts.table import Table
from fixaloop.databases.pages import from_replica
from fixaloop.web.refusals import any_permission_required
from interventions.reports.asked import Asked, ReportForm
from interventions.reports.sections import ANY_OF, Section, sections_of
from interventions.reports.told import Told
from interventions.statements.period import offered

EXPORT = "clients.export_reports"
SECTION = "section"
TEMPLATE = "interventions/reports/reports.html"


@dataclass(frozen=True)
class Part:
    """A section on the page; one that takes long has nothing told yet, and its own address."""

    section: Section
    told: Told | None
    url: str
    export_url: str

    @property
    def tables(self) -> list[tuple[Table, Columns | None]]:
        tables = self.told.shown if self.told else ()
        return [(table, Columns(table) if table.has_columns else None) for table in tables]


@require_safe
@any_permission_required(*ANY_OF)
@from_replica
def reports(request: HttpRequest) -> HttpResponse:
    form = ReportForm(request.GET, request.user, timezone.now())
    asked, only = form.asked, request.GET.get(SECTION, "")
    seen = sections_of(request.user)
    if request.htmx and asked:  # type: ignore[attr-defined]
        told = [section for section in seen if section.key == only]
        return render(request, f"{TEMPLATE}#parts", {"parts": [_part(section, asked) for section in told]})
    context: dict[str, Any] = {"form": form, "errors": _errors(request, form), "asked": asked}
    context["offered"] = _offered(form)
    if asked:
        context["parts"] = list(_parts(seen, asked, only))
        context["left_out"] = [section.title for section in seen if asked.technician and not section.of_technician]
        context["export_url"] = _export_url("", asked)
    return render(request, TEMPLATE, context)


def _parts(seen: list[Section], asked: Asked, only: str) -> Iterator[Part]:
    """All of them, each told unless that takes long; the one asked for is told all the same."""
    told = [section for section in seen if section.of_technician or not asked.technician]
    is_large = any(section.is_large(asked) for section in told)
    for section in told:
        if is_large and section.key != only:
            yield Part(section, None, f"{reverse('reports:page')}?{asked.query()}&{SECTION}={section.key}", "")
        else:
            yield _part(section, asked)


def _part(section: Section, asked: Asked) -> Part:
    return Part(section, section.tell(asked), "", _export_url(section.key, asked))


def _export_url(key: str, asked: Asked) -> str:
    if not asked.user.has_perm(EXPORT):
        return ""
    return f"{reverse(f'reports:{key}-export' if key else 'reports:export')}?{asked.query()}"


def _offered(form: ReportForm) -> list[Link]:
    asked = form.asked
    return [
        Link(label, f"?{asked.query(period) if asked else period.query}", period == form.period)
        for label, period in offered(form.today)
    ]


def _errors(request: HttpRequest, form: ReportForm) -> list[str]:
    known = (*form.fields, SECTION)
    unknown = [name for name in request.GET if name not in known]
    return [_("Le filtre « %(name)s » n’existe pas.") % {"name": name[:40]} for name in unknown]
