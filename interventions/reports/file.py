"""The reports as a spreadsheet: a line for each figure, so that those of all sections stand in one sheet."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

from django.http import Http404
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.charts.table import Measure, Row, Table
from fixaloop.files.columns import FileColumn
from fixaloop.web.refusals import Lacking
from interventions.pages.list import TECHNICIANS
from interventions.reports.asked import Asked, ReportForm
from interventions.reports.pages import EXPORT
from interventions.reports.sections import ANY_OF, Section, sections_of
from interventions.statements.file import PeriodFile


@dataclass(frozen=True)
class Line:
    """One figure: a value of a row of a table."""

    section: Section
    table: Table
    row: Row
    measure: Measure
    value: Any


COLUMNS = (
    FileColumn("Rapport", lambda line, at: str(line.section.title), 20),
    FileColumn("Tableau", lambda line, at: line.table.title, 36),
    FileColumn("Ligne", lambda line, at: line.row.label, 28),
    FileColumn("Du", lambda line, at: line.row.first, 12),
    FileColumn("Au", lambda line, at: line.row.last, 12),
    FileColumn("Mesure", lambda line, at: line.measure.heading, 24),
    FileColumn("Valeur", lambda line, at: line.measure.bare(line.value), 14),
)


class ReportFile(PeriodFile):
    """The figures of one section, or of all that the person sees."""

    permission_required = EXPORT
    export_columns = COLUMNS
    title = gettext_lazy("Rapports")
    page = "reports:page"
    section: Section | None = None

    def has_permission(self) -> bool:
        user = self.request.user
        return super().has_permission() and (self.section.is_for(user) if self.section else bool(sections_of(user)))

    def handle_no_permission(self) -> NoReturn:
        if not super().has_permission():
            raise Lacking(EXPORT)
        raise Lacking(*(self.section.any_of if self.section else ANY_OF), any_of=True)

    @property
    def file_stem(self) -> str:
        return f"{_('rapports')}-{self.section.key}" if self.section else _("rapports")

    @cached_property
    def form(self) -> ReportForm:
        return ReportForm(self.request.GET, self.request.user, self.at)

    @property
    def asked(self) -> Asked:
        if self.form.asked is None:
            raise Http404(" ".join(self.form.sentences))
        return self.form.asked

    @property
    def sections(self) -> list[Section]:
        seen = [self.section] if self.section else sections_of(self.request.user)
        return [section for section in seen if section.of_technician or not self.asked.technician]

    def scope(self) -> Sequence[tuple[str, str]]:
        said = {name: str(value) for name, value in self.asked.others.items()}
        if self.asked.company:
            said["company"] = str(self.asked.company)
        if self.asked.technician:
            said["technician"] = dict(TECHNICIANS())[self.asked.technician]
        return [*super().scope(), *((str(self.form.fields[name].label), value) for name, value in said.items())]

    def count_records(self, most: int | None = None) -> int:
        """How many figures there are; where counting them takes long, `most`, so that the worker does it."""
        if most is not None and any(section.is_large(self.asked) for section in self.sections):
            return most
        return len(self.lines)

    def records(self) -> Generator[Line, None, None]:
        yield from self.lines

    @cached_property
    def lines(self) -> list[Line]:
        return [line for section in self.sections for line in _lines(section, self.asked)]


def _lines(section: Section, asked: Asked) -> Generator[Line, None, None]:
    for table in section.tell(asked).shown:
        for row in (*table.rows, *([table.total] if table.total else [])):
            for measure, value in zip(table.measures, row.values, strict=True):
                yield Line(section, table, row, measure, value)
