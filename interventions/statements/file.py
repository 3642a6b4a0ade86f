"""Statements as files: spreadsheets, and the paper of a client."""

import logging
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from importlib import import_module
from typing import Any, ClassVar, NoReturn

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views import View

from clients.models import Client
from clients.pages.page import known_as
from fixaloop.accounts.proof import proof_needed
from fixaloop.audit.trail import Kind, note
from fixaloop.databases.pages import from_replica
from fixaloop.exports.views import export_response
from fixaloop.files.columns import FileColumn
from fixaloop.records.bulk import BATCH, batches
from fixaloop.web.refusals import Lacking
from interventions.statements.accounts import Account, account_of
from interventions.statements.pages import SEE, Section, Statement
from interventions.statements.period import Period, PeriodForm

logger = logging.getLogger("fixaloop.exports")

# Beyond that nobody reads paper, and the spreadsheet has everything.
MOST_LINES = 5_000


@dataclass(frozen=True)
class Row:
    client: Client
    day: date
    kind: str
    words: str
    method: str = ""
    due: Decimal | None = None
    paid: Decimal | None = None
    balance: Decimal | None = None


COLUMNS = (
    FileColumn("Client", lambda row, at: row.client.reference, 12),
    FileColumn("Nom du client", lambda row, at: row.client.name, 28),
    FileColumn("Date", lambda row, at: row.day, 12),
    FileColumn("Nature", lambda row, at: row.kind, 22),
    FileColumn("Libellé", lambda row, at: row.words, 44),
    FileColumn("Moyen", lambda row, at: row.method, 16),
    FileColumn("Dû", lambda row, at: row.due, 12),
    FileColumn("Payé", lambda row, at: row.paid, 12),
    FileColumn("Solde", lambda row, at: row.balance, 12),
)


class PeriodFile(PermissionRequiredMixin, View):
    """A file of a period, at once or by the worker: it answers what an export asks a list for."""

    model = Client
    export_columns: ClassVar[Sequence[FileColumn]]
    title: Any
    tokens = ()
    # The page that says why a period makes no sense.
    page: ClassVar[str]

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        return from_replica(super().as_view(**initkwargs))

    def handle_no_permission(self) -> NoReturn:
        raise Lacking(*self.get_permission_required())

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if asked := proof_needed(request, file=True):
            return asked
        if self.form.period is None:
            address = reverse(self.page, kwargs=kwargs)
            return redirect(f"{address}?{request.META.get('QUERY_STRING', '')}")
        page: Any = self
        return export_response(page)

    @property
    def filters_told(self) -> dict[str, Any]:
        return {"days": [str(self.period.first), str(self.period.last)]}

    @cached_property
    def at(self) -> datetime:
        return timezone.now()

    @cached_property
    def form(self) -> PeriodForm:
        return PeriodForm(self.request.GET, timezone.localdate(self.at))

    @property
    def period(self) -> Period:
        if self.form.period is None:
            raise Http404(" ".join(self.form.sentences))
        return self.form.period

    def scope(self) -> Sequence[tuple[str, str]]:
        return [(_("Période"), str(self.period))]


class ClientFile(PeriodFile):
    """A file of one client’s period."""

    permission_required = SEE

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if self.client.number != kwargs["number"] and request.resolver_match:
            return redirect(request.resolver_match.view_name, self.client.reference)
        return super().get(request, number=self.client.reference)

    @cached_property
    def client(self) -> Client:
        return known_as(self.kwargs["number"])

    def scope(self) -> Sequence[tuple[str, str]]:
        return [(_("Client"), str(self.client)), *super().scope()]


class StatementFile(ClientFile):
    export_columns = COLUMNS
    title = gettext_lazy("Relevé")
    page = "client-statement"

    @cached_property
    def statement(self) -> Statement:
        return Statement(self.client, self.period, self.at)

    @property
    def file_stem(self) -> str:
        return _("releve-%(reference)s") % {"reference": self.client.reference}

    def count_records(self, most: int | None = None) -> int:
        """The lines, with the balances before and after of each account, the total, and what others owe."""
        total = self.statement.total
        told = total.lines + 2 * total.clients + self.client.is_company
        return told + self.statement.total_of_others.clients + bool(self.statement.borne)

    def records(self) -> Generator[Row, None, None]:
        for some in batches(self.statement.accounts.iterator(chunk_size=BATCH)):
            for section in self.statement.sections(list(some)):
                yield from self._rows(section)
        if self.client.is_company:
            total = self.statement.total
            words = _("Total de l’entreprise et des membres dont elle paie les comptes")
            yield Row(self.client, self.period.last, _("Total"), words, "", total.due, total.paid, total.after)
        yield from self._owed_by_others()

    def _owed_by_others(self) -> Generator[Row, None, None]:
        if borne := self.statement.borne:
            words = _("À la charge de %(company)s") % {"company": self.client.company}
            yield self._informing(self.client, words, borne)
        for row in self.statement.others.iterator(chunk_size=BATCH):
            yield self._informing(row, _("Paie lui-même : hors du total"), account_of(row))

    def _informing(self, client: Client, words: str, account: Account) -> Row:
        kind = _("Pour information")
        return Row(client, self.period.last, kind, words, "", account.due, account.paid, account.after)

    def _rows(self, section: Section) -> Generator[Row, None, None]:
        client, account = section.client, section.account
        yield Row(client, self.period.first, _("Solde avant"), "", balance=account.before)
        for line, balance in section.lines:
            words = f"{line.words} ({line.answer})" if line.answer else line.words
            yield Row(client, line.day, line.kind, words, line.method, line.due, line.paid, balance)
        yield Row(client, self.period.last, _("Solde après"), "", "", account.due, account.paid, account.after)


class StatementPaper(StatementFile):
    """`/clients/CLT-001/statement/pdf/`: by the right of the statement, and logged as an export is."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if self.form.period is None or self.client.number != kwargs["number"]:
            return super().get(request, **kwargs)
        lines = self.count_records()
        if lines > MOST_LINES:
            messages.info(request, _("Ce relevé est trop long pour un PDF : le fichier à exporter contient tout."))
            return redirect(f"/clients/{self.client.reference}/statement/?{self.period.query}")
        note(Kind.EXPORT, request.path, rows=lines, filters=self.filters_told)
        logger.info("statement as PDF by %s (%s): %d lines", request.user.pk, request.user, lines)
        name = f"{self.file_stem}-{self.period.first:%Y-%m-%d}-{self.period.last:%Y-%m-%d}.pdf"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(_paper(self.statement).drawn, content_type="application/pdf", headers=headers)


def _paper(statement: Statement) -> Any:
    """What draws it, loaded when first asked: the library takes a tenth of every start."""
    return import_module("interventions.statements.paper").Paper(statement)
