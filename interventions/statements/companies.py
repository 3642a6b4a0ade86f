"""The statements of all companies for a period: one file, with a total for each and a row for each member paid for."""

from collections import defaultdict
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_safe

from clients.models import Client
from fixaloop.files.columns import FileColumn
from fixaloop.web.refusals import permission_required
from interventions.statements.accounts import Account, account_of, accounts, sum_of
from interventions.statements.file import PeriodFile
from interventions.statements.pages import offered_links, unknown_names
from interventions.statements.period import PeriodForm, month_of
from interventions.statements.shares import company_share, own_share
from interventions.till.list import EXPORT_STATEMENTS, view_tabs

# Companies read together, with their members.
TOGETHER = 50


@dataclass(frozen=True)
class Row:
    """The sums of a company with the members it pays for, or of one of them."""

    company: Client
    client: Client
    kind: str
    account: Account


COLUMNS = (
    FileColumn("Entreprise", lambda row, at: row.company.reference, 12),
    FileColumn("Nom de l’entreprise", lambda row, at: row.company.name, 28),
    FileColumn("Ligne", lambda row, at: row.kind, 14),
    FileColumn("Client", lambda row, at: row.client.reference, 12),
    FileColumn("Nom du client", lambda row, at: row.client.name, 28),
    FileColumn("Interventions", lambda row, at: row.account.jobs, 14),
    FileColumn("Séjours", lambda row, at: row.account.stays, 12),
    FileColumn("Paiements", lambda row, at: row.account.payments, 12),
    FileColumn("Solde avant", lambda row, at: row.account.before, 14),
    FileColumn("Dû", lambda row, at: row.account.due, 14),
    FileColumn("Payé", lambda row, at: row.account.paid, 14),
    FileColumn("Solde après", lambda row, at: row.account.after, 14),
)


class CompaniesFile(PeriodFile):
    permission_required = EXPORT_STATEMENTS
    export_columns = COLUMNS
    title = gettext_lazy("Relevés des entreprises")
    page = "payments:statements"

    @property
    def file_stem(self) -> str:
        return _("releves-entreprises")

    @property
    def companies(self) -> QuerySet[Client]:
        return Client.objects.filter(kind=Client.Kind.COMPANY)

    def count_records(self, most: int | None = None) -> int:
        """A row for each company and one for each of its members at most: without anything to tell, none."""
        members = Client.objects.filter(company__isnull=False).order_by()[:most].count()
        return 2 * self.companies.order_by()[:most].count() + members

    def records(self) -> Generator[Row, None, None]:
        last = ("", 0)
        while some := self._after(*last):
            yield from self._rows(some)
            last = some[-1].sort_name, some[-1].pk

    def _after(self, name: str, key: int) -> list[Client]:
        later = Q(sort_name__gt=name) | Q(sort_name=name, pk__gt=key)
        return list(self.companies.filter(later, sort_name__gte=name).order_by("sort_name", "pk")[:TOGETHER])

    def _rows(self, companies: Sequence[Client]) -> Generator[Row, None, None]:
        keys = [company.pk for company in companies]
        own = {row.pk: row for row in accounts(Client.objects.filter(pk__in=keys), self.period, own_share)}
        members: dict[int, list[Client]] = defaultdict(list)
        paid_for = accounts(Client.objects.filter(company__in=keys), self.period, company_share)
        for row in paid_for.order_by("sort_name", "pk"):
            members[row.company_id].append(row)
        for company in companies:
            yield from self._block(company, own.get(company.pk), members[company.pk])

    def _block(self, company: Client, own: Client | None, members: Iterable[Client]) -> Generator[Row, None, None]:
        rows = [
            *([Row(company, company, _("Entreprise"), account_of(own))] if own else []),
            *(Row(company, member, _("Membre"), account_of(member)) for member in members),
        ]
        if rows:
            yield Row(company, company, _("Total"), sum_of(row.account for row in rows))
            yield from rows


@require_safe
@permission_required(EXPORT_STATEMENTS)
def companies(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    form = PeriodForm(request.GET, today, usual=month_of(month_of(today).day_before))
    context: dict[str, Any] = {
        "form": form,
        "errors": unknown_names(request.GET),
        "offered": offered_links(form),
        "period": form.period,
        "tabs": view_tabs(request),
        "export_url": f"{reverse('payments:statements-export')}?{form.period.query}" if form.period else "",
    }
    return render(request, "interventions/statements/companies.html", context)
