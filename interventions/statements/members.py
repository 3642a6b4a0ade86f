"""What each member of a company came to over a period: its Membres tab, once a period is asked for."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_safe

from clients.lists.clients import MemberList
from clients.models import Client
from clients.pages.page import Link, client_context, client_page
from fixaloop.files.columns import FileColumn
from fixaloop.records.bulk import BATCH
from interventions.statements.accounts import Account, account_of, accounts, total_of
from interventions.statements.file import ClientFile
from interventions.statements.pages import SEE, offered_links, page_of, unknown_names
from interventions.statements.period import DAYS, PeriodForm
from interventions.statements.shares import Share, all_shares, company_share, own_share

SHOWN = 25
SHARES: Mapping[str, Share] = {"": all_shares, "company": company_share, "own": own_share}
ORDERS = {"name": "sort_name", **{name: name for name in ("jobs", "stays", "due", "paid", "balance")}}


@dataclass(frozen=True)
class Heading:
    """A column of the page, and the query that sorts by it."""

    label: Any
    query: str
    sorted: str
    css: str


class MembersForm(PeriodForm):
    """A period, whose part of it, and the order."""

    payer = forms.ChoiceField(
        label=gettext_lazy("À la charge"),
        required=False,
        choices=(
            ("", gettext_lazy("de l’entreprise ou des membres")),
            ("company", gettext_lazy("de l’entreprise")),
            ("own", gettext_lazy("des membres")),
        ),
    )
    sort = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Tri"),
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": gettext_lazy("Le tri « %(value)s » n’existe pas.")},
        choices=[(f"{sign}{name}", name) for name in ORDERS for sign in ("", "-")],
    )

    @property
    def query(self) -> dict[str, str]:
        period, said = self.cleaned_data["period"], self.cleaned_data
        kept = {"after": str(period.first), "before": str(period.last), "payer": said["payer"], "sort": said["sort"]}
        return {name: value for name, value in kept.items() if value}

    @property
    def asked_sort(self) -> str:
        return self.cleaned_data["sort"] or "name"

    def headings(self) -> list[Heading]:
        labels = (_("Membre"), _("Interventions"), _("Séjours"), _("Dû"), _("Payé"), _("Solde après"))
        return [self._heading(name, label) for name, label in zip(ORDERS, labels, strict=True)]

    def _heading(self, name: str, label: str) -> Heading:
        used = {name: "ascending", f"-{name}": "descending"}.get(self.asked_sort, "")
        # Figures from the most to the least first.
        following = {"ascending": f"-{name}", "descending": name}.get(used, name if name == "name" else f"-{name}")
        return Heading(label, urlencode(self.query | {"sort": following}), used, "" if name == "name" else "num")

    def rows(self, company: Client) -> QuerySet[Any]:
        sign, name = "-" * self.asked_sort.startswith("-"), self.asked_sort.removeprefix("-")
        found = accounts(company.members.all(), self.cleaned_data["period"], SHARES[self.cleaned_data["payer"]])
        balance = F("due_before") + F("due") - F("paid_before") - F("paid")
        return found.annotate(balance=balance).order_by(f"{sign}{ORDERS[name]}", "sort_name", "pk")


def choices_of(form: PeriodForm, *, is_list: bool) -> list[Link]:
    periods = (replace(link, current=link.current and not is_list) for link in offered_links(form))
    return [Link(_("Tous les membres"), "?", is_list), *periods]


class Members(MemberList):
    """The list of members; with a period in the address, what they came to in it."""

    template_name = "interventions/statements/members_list.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not any(name in request.GET for name in DAYS):
            return super().get(request, **kwargs)
        if self.exporting:
            return redirect(f"{reverse('client-members-file', kwargs=kwargs)}?{request.GET.urlencode()}")
        return by_period(request, **kwargs)

    def extra_context(self) -> dict[str, Any]:
        form = PeriodForm({}, timezone.localdate(self.at))
        offered = choices_of(form, is_list=True) if self.request.user.has_perms(SEE) else []
        return super().extra_context() | {"offered": offered}


@require_safe
@client_page(SEE)
def by_period(request: HttpRequest, client: Client) -> HttpResponse:
    if not client.is_company:
        return redirect(client)
    form = MembersForm(request.GET, timezone.localdate())
    context = client_context(request, client, "clients:members") | {
        "form": form,
        "errors": unknown_names(request.GET, "page", "payer", "sort"),
        "offered": choices_of(form, is_list=False),
    }
    context["errors"] += form.errors.get("sort", [])
    if form.period:
        rows = form.rows(client)
        total = total_of(rows)
        pages = Paginator(rows, SHOWN)
        pages.count = total.clients
        page = page_of(pages, request.GET, context["errors"])
        address = reverse("client-members-file", args=[client.reference])
        context |= {
            "period": form.period,
            "query": urlencode(form.query),
            "headings": form.headings(),
            "rows": [(row, account_of(row)) for row in page.object_list],
            "total": total,
            "page": page,
            "export_url": f"{address}?{urlencode(form.query)}",
        }
    return render(request, "interventions/statements/members.html", context)


@dataclass(frozen=True)
class Row:
    reference: str
    name: str
    account: Account


COLUMNS = (
    FileColumn("Membre", lambda row, at: row.reference, 12),
    FileColumn("Nom du membre", lambda row, at: row.name, 28),
    FileColumn("Interventions", lambda row, at: row.account.jobs, 14),
    FileColumn("Séjours", lambda row, at: row.account.stays, 12),
    FileColumn("Dû", lambda row, at: row.account.due, 14),
    FileColumn("Payé", lambda row, at: row.account.paid, 14),
    FileColumn("Solde après", lambda row, at: row.account.after, 14),
)


class MembersFile(ClientFile):
    export_columns = COLUMNS
    title = gettext_lazy("Membres d’une période")
    page = "client-members"

    @property
    def file_stem(self) -> str:
        return _("membres-%(reference)s") % {"reference": self.client.reference}

    @cached_property
    def form(self) -> MembersForm:
        return MembersForm(self.request.GET, timezone.localdate(self.at))

    @cached_property
    def rows(self) -> QuerySet[Any]:
        return self.form.rows(self.client) if self.form.period else Client.objects.none()

    def scope(self) -> Sequence[tuple[str, str]]:
        whose: Any = self.form.fields["payer"]
        return [*super().scope(), (str(whose.label), str(dict(whose.choices)[self.form.cleaned_data["payer"]]))]

    def count_records(self, most: int | None = None) -> int:
        return total_of(self.rows).clients + 1

    def records(self) -> Generator[Row, None, None]:
        for row in self.rows.iterator(chunk_size=BATCH):
            yield Row(row.reference, row.name, account_of(row))
        yield Row("", _("Total"), total_of(self.rows))
