"""The statement as a PDF on A4, made without a browser: what its page prints, with all its lines."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from clients.models import Client
from fixaloop.exports.workbook import personal_data
from fixaloop.installation.firm import firm, logo
from fixaloop.records.bulk import BATCH, batches
from fixaloop.words.money import euros
from interventions.statements.accounts import Account, account_of
from interventions.statements.pages import Section, Statement

FONTS = Path(settings.BASE_DIR) / "static" / "fonts"
# In millimetres, at most.
LOGO = (60, 16)
MARGIN, DIM, INK, LINE = 15, 100, 20, 205
HEADING = FontFace(emphasis="BOLD", fill_color=240)
SUM = FontFace(emphasis="BOLD")
RIGHT, LEFT = Align.R, Align.L


class Paper(FPDF):
    def __init__(self, statement: Statement) -> None:
        super().__init__(format="A4")
        self.statement, self.client = statement, statement.client
        self.add_font("Inter", "", FONTS / "inter-regular.ttf")
        self.add_font("Inter", "B", FONTS / "inter-bold.ttf")
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, margin=MARGIN + 5)
        self.set_title(_("Relevé de compte"))
        self.set_author(firm()["name"])
        self.set_lang(settings.LANGUAGE_CODE)
        self.set_text_shaping(False)

    def footer(self) -> None:
        self.set_y(-MARGIN)
        self.set_font("Inter", size=7)
        self.set_text_color(DIM)
        told = f"{self.client.name} ({self.client.reference}) · {self.statement.period}"
        self.cell(0, 4, told[:90], align=LEFT)
        self.set_x(MARGIN)
        self.cell(0, 4, _("Page %(page)s sur %(pages)s") % {"page": self.page_no(), "pages": "{nb}"}, align=RIGHT)

    @cached_property
    def drawn(self) -> bytes:
        self.add_page()
        self._letterhead()
        self._totals()
        self._payer()
        if self.client.is_company:
            self._members(_("Membre par membre"), self.statement.accounts, self.statement.total)
        others = self.statement.total_of_others
        if others.clients:
            self._members(_("Pour information : les membres qui paient eux-mêmes"), self.statement.others, others)
        for some in batches(self.statement.accounts.iterator(chunk_size=BATCH)):
            for section in self.statement.sections(list(some)):
                self._section(section)
        self._small(personal_data())
        return bytes(self.output())

    def _letterhead(self) -> None:
        told = firm()
        siret = _("SIRET %(siret)s") % {"siret": told["siret"]} if told["siret"] else ""
        if picture := logo():
            width = min(LOGO[0], LOGO[1] * picture.width / picture.height)
            self.image(BytesIO(picture.content), w=width)
            self.ln(2)
        self._line(told["name"], 11, bold=True)
        for line in (told["address"], told["phone"], told["email"], told["hours"], siret):
            if line:
                self._line(line, 9, ink=DIM)
        self.ln(6)
        self._line(_("Relevé de compte"), 15, bold=True)
        self._line(str(self.statement.period), 10)
        day = timezone.localdate(self.statement.at)
        self._line(_("édité le %(date)s") % {"date": _day(day)}, 9, ink=DIM)
        self.ln(4)
        self._line(f"{self.client.name} ({self.client.reference})", 10, bold=True)
        for line in _address(self.client):
            self._line(line, 9)
        self.ln(4)

    def _totals(self) -> None:
        total, period = self.statement.total, self.statement.period
        rows = (
            (_("Solde avant le %(day)s") % {"day": _day(period.first)}, total.before),
            (_("Dû sur la période"), total.due),
            (_("Payé sur la période"), total.paid),
            (_("Solde après le %(day)s") % {"day": _day(period.last)}, total.after),
        )
        self._table((), [(label, euros(amount)) for label, amount in rows], (70, 30), (LEFT, RIGHT), sums={3})

    def _payer(self) -> None:
        if borne := self.statement.borne:
            said = _("À la charge de %(company)s") % {"company": self.client.company}
            after = _("dû %(due)s, payé %(paid)s, solde %(after)s")
            sums = {"due": euros(borne.due), "paid": euros(borne.paid), "after": euros(borne.after)}
            self._small(_("%(label)s : %(value)s") % {"label": said, "value": after % sums})

    def _members(self, title: str, rows: Any, total: Account) -> None:
        self._line(title, 11, bold=True, above=4)
        headings = (_("Client"), _("Avant"), _("Dû"), _("Payé"), _("Après"))
        told = [(f"{row.name} ({row.reference})", *_sums(account_of(row))) for row in rows.iterator(chunk_size=BATCH)]
        told.append((_("Total"), *_sums(total)))
        self._table(headings, told, (36, 16, 16, 16, 16), (LEFT, *[RIGHT] * 4), sums={len(told) - 1})

    def _section(self, section: Section) -> None:
        account, period = section.account, self.statement.period
        title = _("Détail")
        if self.client.is_company:
            title = f"{section.client.name} ({section.client.reference})"
        self._line(title, 11, bold=True, above=4)
        headings = (_("Date"), _("Libellé"), _("Dû"), _("Payé"), _("Solde"))
        told = [(_day(period.first), _("Solde avant"), "", "", euros(account.before)), *_lines(section)]
        after = (_day(period.last), _("Solde après"), euros(account.due), euros(account.paid), euros(account.after))
        told.append(after)
        self._table(headings, told, (13, 45, 14, 14, 14), (LEFT, LEFT, *[RIGHT] * 3), sums={len(told) - 1})

    def _table(
        self,
        headings: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: tuple[int, ...],
        aligned: tuple[Align, ...],
        *,
        sums: set[int],
    ) -> None:
        self.set_font("Inter", size=8.5)
        self.set_text_color(INK)
        self.set_draw_color(LINE)
        options: dict[str, Any] = {"num_heading_rows": 1 if headings else 0, "headings_style": HEADING}
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            col_widths=widths,
            first_row_as_headings=bool(headings),
            line_height=4.2,
            padding=0.8,
            text_align=aligned,
            **options,
        ) as table:
            for number, row in enumerate([headings, *rows] if headings else rows, -1 if headings else 0):
                table.row(row, style=SUM if number in sums else None)

    def _line(self, text: str, size: float, *, bold: bool = False, ink: int = INK, above: float = 0) -> None:
        self.ln(above)
        self.set_font("Inter", "B" if bold else "", size)
        self.set_text_color(ink)
        self.multi_cell(0, size * 0.5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _small(self, text: str) -> None:
        self._line(text, 8, ink=DIM, above=3)


def _lines(section: Section) -> Iterator[tuple[str, ...]]:
    for line, balance in section.lines:
        words = " · ".join(part for part in (line.kind, line.words, line.method, line.answer) if part)
        yield _day(line.day), words, _given(line.due), _given(line.paid), euros(balance)


def _given(amount: Decimal | None) -> str:
    return "" if amount is None else euros(amount)


def _sums(account: Account) -> tuple[str, ...]:
    return tuple(euros(amount) for amount in (account.before, account.due, account.paid, account.after))


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _address(client: Client) -> Iterator[str]:
    yield from filter(None, (client.street, client.street_extra, f"{client.postal_code} {client.city}".strip()))
    if client.country_code != "FR":
        yield str(client.country.name)
