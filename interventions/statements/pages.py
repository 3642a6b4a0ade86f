"""The statement of a client, or of a company with its members: on screen and on paper."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.models import Client
from clients.pages.page import Link, client_context, client_page
from clients.payers import say_payer
from fixaloop.databases.pages import from_replica
from fixaloop.installation.firm import firm, rule
from fixaloop.records.payments import ZERO
from interventions.statements.accounts import Account, account_of, accounts, not_yet_due, total_of
from interventions.statements.lines import Line, lines_of
from interventions.statements.period import DAYS, Period, PeriodForm, offered
from interventions.statements.shares import company_share, own_share, share_of

SEE = ("clients.view_client", "clients.view_statement")
# Accounts on a page, and lines of each source on it.
SHOWN, MOST = 25, 500


@dataclass(frozen=True)
class Section:
    """One client’s part of a statement."""

    client: Client
    account: Account
    lines: list[tuple[Line, Decimal]]
    is_whole: bool


class Statement:
    """What a period came to for a client and, if it is a company, for the members it pays for."""

    def __init__(self, client: Client, period: Period, at: datetime) -> None:
        self.client, self.period, self.at = client, period, at
        self.share = share_of(client)

    @property
    def clients(self) -> QuerySet[Client]:
        own = Q(pk=self.client.pk)
        return Client.objects.filter(own | Q(company=self.client) if self.client.is_company else own)

    @cached_property
    def accounts(self) -> QuerySet[Any]:
        """Those with anything to tell, the company first, then its members by name."""
        first = Case(When(pk=self.client.pk, then=0), default=1)
        return accounts(self.clients, self.period, self.share).order_by(first, "sort_name", "pk")

    @cached_property
    def total(self) -> Account:
        return total_of(self.accounts)

    @cached_property
    def not_yet_due(self) -> Decimal:
        return not_yet_due(self.clients, self.share) if self.period.reaches(self.at) else ZERO

    # Told for information: others owe it.

    @cached_property
    def borne(self) -> Account | None:
        own = Client.objects.filter(pk=self.client.pk, company__isnull=False)
        found = accounts(own, self.period, company_share).first()
        return account_of(found) if found else None

    @cached_property
    def others(self) -> QuerySet[Any]:
        members = self.client.members.all() if self.client.is_company else Client.objects.none()
        return accounts(members, self.period, own_share).order_by("sort_name", "pk")

    @cached_property
    def total_of_others(self) -> Account:
        return total_of(self.others)

    @property
    def forgets(self) -> date | None:
        """The day before which stays are forgotten, if the statement reaches back so far."""
        oldest = timezone.localdate(self.at) - timedelta(days=rule("ENTRY_RETENTION_DAYS"))
        return oldest if self.period.first < oldest else None

    def sections(self, rows: list[Any], most: int | None = None) -> Iterator[Section]:
        found = lines_of([row.pk for row in rows], self.period, self.share, most)
        for row in rows:
            account, lines = account_of(row), found.get(row.pk, [])
            yield Section(row, account, _running(account.before, lines), len(lines) == account.lines)


class Pages(Paginator[Any]):
    """The pages of a statement; its totals tell how many accounts there are."""

    def __init__(self, statement: Statement, shown: int) -> None:
        super().__init__(statement.accounts, shown)
        self.count = statement.total.clients


def _running(balance: Decimal, lines: list[Line]) -> list[tuple[Line, Decimal]]:
    told = []
    for line in lines:
        balance += line.change
        told.append((line, balance))
    return told


@require_safe
@from_replica
@client_page(SEE)
def statement(request: HttpRequest, client: Client) -> HttpResponse:
    at = timezone.now()
    form = PeriodForm(request.GET, timezone.localdate(at))
    context = client_context(request, client, "client-statement") | {
        "form": form,
        "errors": unknown_names(request.GET, "page"),
        "offered": offered_links(form),
        "at": at,
        "firm": firm(),
    }
    if form.period:
        context |= _told(Statement(client, form.period, at), request.GET, context["errors"])
    return render(request, "interventions/statements/statement.html", context)


def _told(told: Statement, asked: QueryDict, errors: list[str]) -> dict[str, Any]:
    page = page_of(Pages(told, SHOWN), asked, errors)
    sections = list(told.sections(list(page.object_list), MOST))
    address = reverse("client-statement-export", args=[told.client.reference])
    return {
        "statement": told,
        "page": page,
        "sections": sections,
        "payer": say_payer(told.client) if told.client.company else "",
        "others": [(row, account_of(row)) for row in told.others[:SHOWN]],
        "is_whole": all(section.is_whole for section in sections),
        "export_url": f"{address}?{told.period.query}",
        "pdf_url": f"{reverse('client-statement-pdf', args=[told.client.reference])}?{told.period.query}",
    }


def page_of(pages: Paginator[Any], asked: QueryDict, errors: list[str]) -> Page[Any]:
    """The page that an address asks for; the first or last one, with a sentence, if there is no such page."""
    page = pages.get_page(asked.get("page"))
    if asked.get("page", "1") != str(page.number):
        errors.append(_("La page « %(page)s » n’existe pas.") % {"page": asked["page"][:20]})
    return page


def offered_links(form: PeriodForm) -> list[Link]:
    return [Link(label, f"?{period.query}", period == form.period) for label, period in offered(form.today)]


def unknown_names(asked: QueryDict, *known: str) -> list[str]:
    names = [name for name in asked if name not in (*DAYS, *known)]
    return [_("Le filtre « %(name)s » n’existe pas.") % {"name": name[:40]} for name in names]
