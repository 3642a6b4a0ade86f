"""The list of all payments, of interventions and entries: filters, columns, sums by method."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from html import escape
from typing import Any, ClassVar, NoReturn

import django_filters
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _, ngettext_lazy

from access.models import Payment
from access.models.entries import SEE_MONEY as SEE_ENTRIES
from access.shared.filters import ZoneFilter
from access.shared.lists import client_cell, day_text
from clients.lists.filters import ClientFilter
from clients.models import Client
from clients.pages.page import Link
from fixaloop.files.columns import FileColumn
from fixaloop.lists.days import DayFilter
from fixaloop.lists.figures import remembered
from fixaloop.lists.filters import ListFilter
from fixaloop.lists.markup import NOTHING
from fixaloop.lists.page import Column, ListPage
from fixaloop.lists.people import PersonFilter
from fixaloop.models import PaymentHead
from fixaloop.records.payments import AbstractPayment
from fixaloop.speed.texts import gettext
from fixaloop.web.icons import chip
from fixaloop.web.refusals import require_any
from fixaloop.words.money import euros
from fixaloop.words.text import person_name
from interventions.models import InterventionPayment
from interventions.rights import SEE_MONEY as SEE_JOBS
from interventions.till.models import Closing, LedgerPayment, Method, Source

SEE_CLOSINGS = "interventions.view_closing"
EXPORT_STATEMENTS = ("clients.view_client", "clients.export_statement")
RIGHTS = {Source.INTERVENTION: SEE_JOBS, Source.ENTRY: SEE_ENTRIES}
Kind = AbstractPayment.Kind


def sources_of(user: Any) -> list[str]:
    return [source.value for source, right in RIGHTS.items() if user.has_perm(right)]


def view_tabs(request: HttpRequest) -> list[Link]:
    pages = [(_("Paiements"), reverse("payments:list"))]
    if request.user.has_perm(SEE_CLOSINGS):
        pages.append((_("Clôture du jour"), reverse("payments:closing")))
    if request.user.has_perms(EXPORT_STATEMENTS):
        pages.append((_("Relevés des entreprises"), reverse("payments:statements")))
    return [Link(label, url, request.path == url) for label, url in pages]


class LedgerFilter(ListFilter):
    after = DayFilter(label=_("Payés à partir du"), field_name="paid_on", lookup_expr="gte")
    before = DayFilter(label=_("Payés jusqu’au"), field_name="paid_on", lookup_expr="lte")
    method = django_filters.ChoiceFilter(label=_("Moyen"), choices=Method.choices, empty_label=_("Tous les moyens"))
    source = django_filters.ChoiceFilter(label=_("Origine"), choices=Source.choices, empty_label=_("Toutes"))
    kind = django_filters.ChoiceFilter(label=_("Nature"), choices=Kind.choices, empty_label=_("Toutes"))
    by = PersonFilter(label=_("Saisi par"))
    zone = ZoneFilter(label=_("Zone de l’entrée"), field_name="entry__zone")
    client = ClientFilter(label=_("Client"), method="of_client")

    primary = ("after", "before", "method")
    may_begin_late = ("before", "kind", "by")
    needs: ClassVar = {"client": "clients.view_client", "zone": SEE_ENTRIES}

    def of_client(self, rows: QuerySet[LedgerPayment], name: str, client: Client) -> QuerySet[LedgerPayment]:
        of_jobs = InterventionPayment.objects.filter(intervention__client=client).order_by().values("number")
        of_entries = Payment.objects.filter(entry__client=client).order_by().values("number")
        return rows.filter(pk__in=of_jobs.union(of_entries, all=True))


def number_cell(payment: LedgerPayment, at: datetime) -> str:
    if payment.source == Source.INTERVENTION:
        reference = payment.intervention.reference  # type: ignore[union-attr]
        what, url = escape(reference), f"/interventions/{reference}/"
    else:
        what, url = escape(gettext("Entrée")), f"/access/entries/{payment.entry_id}/"
    said = f"n°\N{NO-BREAK SPACE}{payment.pk} · {Kind(payment.kind).label}"
    return f'<a class="who" href="{url}">{what}</a> <small class="num">{escape(said)}</small>'


def day_cell(payment: LedgerPayment, at: datetime) -> str:
    # Annotated by `LedgerList.shown`.
    late = chip(gettext("saisi après la clôture"), "warn") if getattr(payment, "late", False) else ""
    return f'<span class="num">{day_text(payment.paid_on)}</span> {late}'


def amount_cell(payment: LedgerPayment, at: datetime) -> str:
    return f"{euros(payment.amount)}{answer_chip(payment)}"


def answer_chip(payment: LedgerPayment) -> str:
    if not payment.answered:
        return ""
    answer = gettext("rejeté") if payment.answered == Kind.REJECTION else gettext("annulé")
    return f" {chip(answer, 'stop')}"


def method_cell(payment: LedgerPayment, at: datetime) -> str:
    words = f" <small>{escape(str(payment.words))}</small>" if payment.words else ""
    return f"{escape(str(Method(payment.method).label))}{words}"


def by_cell(payment: LedgerPayment, at: datetime) -> str:
    return escape(person_name(payment.by)) if payment.by else NOTHING


def _of_client(payment: LedgerPayment, name: str) -> str:
    """Empty once the stay that was paid for is forgotten."""
    return getattr(payment.paid_for.client, name, "")


def payer_cell(payment: LedgerPayment, at: datetime) -> str:
    return client_cell(payment.paid_for, at)


def _paid_for(payment: LedgerPayment, at: datetime) -> str:
    return payment.intervention.reference if payment.intervention else gettext("Entrée")


COLUMNS = (
    FileColumn("N°", lambda payment, at: payment.pk, 10),
    FileColumn("Payé le", lambda payment, at: payment.paid_on, 12),
    FileColumn("Origine", _paid_for, 14),
    FileColumn("Zone", lambda payment, at: payment.entry.zone.name if payment.entry else "", 18),
    FileColumn("Client", lambda payment, at: _of_client(payment, "reference"), 14, seen_with="client"),
    FileColumn("Nom du client", lambda payment, at: _of_client(payment, "name"), 28, seen_with="client"),
    FileColumn("Nature", lambda payment, at: payment.get_kind_display(), 22),
    FileColumn("Moyen", lambda payment, at: payment.get_method_display(), 16),
    FileColumn("Montant", lambda payment, at: payment.amount, 12),
    FileColumn("Réponse", lambda payment, at: payment.get_answered_display() or "", 22),
    FileColumn("Référence", lambda payment, at: payment.words.reference if payment.words else "", 18),
    FileColumn("Note", lambda payment, at: payment.words.note if payment.words else "", 32),
    FileColumn("Saisi par", lambda payment, at: person_name(payment.by) if payment.by else "", 20),
    FileColumn("Saisi le", lambda payment, at: payment.created_at, 18),
    FileColumn("Saisi après la clôture", lambda payment, at: gettext("oui") if payment.late else "", 14),
)
NAMED = ("by", "words", "intervention__client", "entry__client", "entry__zone")
CLIENT = ("number", "kind", "company_name", "first_name", "last_name")
SHOWN = (
    *("source", "kind", "amount", "method", "paid_on", "created_at", "answered", "words", "intervention", "entry"),
    *("by__username", "by__first_name", "by__last_name", "intervention__number", "intervention__client"),
    *(
        "entry__zone__name",
        "entry__client",
        *(f"{of}__client__{name}" for of in ("intervention", "entry") for name in CLIENT),
    ),
)


class LedgerList(ListPage):
    """All payments that a person may see, the latest number first."""

    model = LedgerPayment
    filterset_class = LedgerFilter
    columns: ClassVar[Sequence[Column]] = (
        Column("number", _("Paiement"), number_cell, sort="number", css="cell-main"),
        Column("paid", _("Payé le"), day_cell, sort="paid", css="cell-rest"),
        Column("client", _("Client"), payer_cell, css="cell-rest"),
        Column("method", _("Moyen"), method_cell, css="cell-rest"),
        Column("by", _("Saisi par"), by_cell, css="cell-rest cell-spare"),
        Column("amount", _("Montant"), amount_cell, css="cell-status cell-amount num"),
    )
    needs: ClassVar = {"client": "clients.view_client"}
    orders: ClassVar = {"number": ("id",), "paid": ("paid_on", "id")}
    default_sort = "-number"
    title = _("Paiements")
    template_name = "interventions/list.html"
    export_columns = COLUMNS
    export_permission = "interventions.export_ledgerpayment"
    noun = ngettext_lazy("%(count)s paiement", "%(count)s paiements", "number")

    def get_permission_required(self) -> Sequence[str]:
        return [self.export_permission] if self.exporting else []

    def has_permission(self) -> bool:
        return bool(sources_of(self.request.user)) and super().has_permission()

    def handle_no_permission(self) -> NoReturn:
        require_any(self.request.user, *RIGHTS.values())
        super().handle_no_permission()

    def base_queryset(self) -> QuerySet[LedgerPayment]:
        sources = sources_of(self.request.user)
        rows = LedgerPayment.objects.all()
        return rows if len(sources) == len(RIGHTS) else rows.filter(source__in=sources)

    def shown(self, queryset: QuerySet[LedgerPayment]) -> QuerySet[LedgerPayment]:
        later = Closing.objects.filter(day=OuterRef("paid_on"), last_number__lt=OuterRef("pk"))
        rows = queryset.select_related(*NAMED).only(*SHOWN, "words__note", "words__reference")
        return rows.annotate(late=Exists(later))

    @property
    def caption(self) -> str:
        counted = super().caption
        sums = self._sums()
        if not sums:
            return counted
        told = ", ".join(f"{Method(method).label} {euros(total)}" for method, total in sums.items())
        values = {"counted": counted, "total": euros(sum(sums.values(), Decimal(0))), "told": told}
        return gettext("%(counted)s : %(total)s (%(told)s)") % values

    def _sums(self) -> dict[str, Decimal]:
        asked = sorted((name, *self.request.GET.getlist(name)) for name in self.filterset.active)
        # Payments are only ever added: with the last number in the key, sums never lag behind the list.
        last = PaymentHead.objects.values_list("number", flat=True).first()
        key = f"till.sums.{last}.{hash((*sources_of(self.request.user), *asked))}"
        rows = self.queryset.order_by().values_list("method")
        found = remembered(key, lambda: dict(rows.annotate(total=Sum("amount"))))
        return {method: found[method] for method in Method.values if method in found}

    def extra_context(self) -> dict[str, Any]:
        return {"tabs": view_tabs(self.request)}
