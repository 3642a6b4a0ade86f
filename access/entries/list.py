"""Lists of entries, all of them and those of one client: filters, cells, figures."""

from datetime import datetime
from decimal import Decimal
from html import escape
from typing import Any

import django_filters
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _, ngettext_lazy

from access.entries.columns import COLUMNS
from access.gate import persons
from access.gate.reasons import anomaly_label
from access.models import AccessCard, Device, Entry, PaymentStatus, Vehicle, Zone
from access.models.entries import SEE_MONEY, EntryQuerySet
from access.search import owned_by
from access.shared import filters
from access.shared.lists import ClientTab, client_cell, deferred
from clients.lists.filters import ClientFilter, SearchFilter
from clients.models import Client
from fixaloop.files.columns import exported
from fixaloop.forms.fields import AmountField
from fixaloop.lists.counting import expected_count
from fixaloop.lists.days import SinceFilter, UntilFilter
from fixaloop.lists.figures import Figure, remembered
from fixaloop.lists.filters import ListFilter
from fixaloop.lists.markup import NOTHING
from fixaloop.lists.page import Column, ListPage
from fixaloop.lists.saved import Saved
from fixaloop.speed.texts import gettext
from fixaloop.web.icons import chip
from fixaloop.words.dates import moment_html, say_length, start_of
from fixaloop.words.money import euros

SEE_CARDS, SEE_VEHICLES = "access.view_accesscard", "access.view_vehicle"
TONES = {PaymentStatus.UNPAID: "warn", PaymentStatus.PARTIAL: "warn", PaymentStatus.PAID: "ok"}
NAMED = {"client": Client, "card": AccessCard, "vehicle": Vehicle, "zone": Zone}
NAMED |= {"device_in": Device, "device_out": Device}
# More stays than that take too long to add up while somebody waits.
MOST_SUMMED = 100_000
DEFERRED = deferred(**NAMED)


PRESENCES = (
    ("true", _("Sur place")),
    ("false", _("Sortis")),
    ("visits", _("Non annulées")),
    ("void", _("Annulées")),
)


class AmountFilter(django_filters.Filter):
    field_class = AmountField


class EntryListFilter(ListFilter):
    q = SearchFilter(label=_("Recherche"), method="search_words")
    open = django_filters.ChoiceFilter(
        label=_("Présence"),
        choices=PRESENCES,
        empty_label=_("Sur place ou sortis"),
        method="by_presence",
    )
    to_check = django_filters.ChoiceFilter(
        label=_("Vérification"),
        choices=(("true", _("À vérifier")),),
        empty_label=_("À vérifier ou non"),
        method="by_check",
    )
    zone = filters.ZoneFilter()
    payment = django_filters.ChoiceFilter(
        label=_("Paiement"),
        choices=PaymentStatus.choices,
        empty_label=_("Tous les paiements"),
        field_name="payment_status",
    )
    entered_after = SinceFilter(label=_("Entrées depuis le"), field_name="entered_at")
    entered_before = UntilFilter(label=_("Entrées jusqu’au"), field_name="entered_at")
    exited_after = SinceFilter(label=_("Sorties depuis le"), field_name="exited_at")
    exited_before = UntilFilter(label=_("Sorties jusqu’au"), field_name="exited_at")
    device = filters.DeviceFilter(method="by_device")
    amount_min = AmountFilter(label=_("Montant minimum (€)"), field_name="amount_due", lookup_expr="gte")
    amount_max = AmountFilter(label=_("Montant maximum (€)"), field_name="amount_due", lookup_expr="lte")
    client = ClientFilter(label=_("Client"))
    card = filters.CardFilter(label=_("Carte"))
    vehicle = filters.VehicleFilter(label=_("Véhicule"))

    primary = ("open", "to_check", "zone", "payment")
    needs = {
        "payment": SEE_MONEY,
        "amount_min": SEE_MONEY,
        "amount_max": SEE_MONEY,
        "card": SEE_CARDS,
        "vehicle": SEE_VEHICLES,
    }
    search_label = _("Rechercher une entrée")
    search_placeholder = _("Client, plaque, carte, téléphone…")

    def search_words(self, entries: EntryQuerySet, name: str, query: str) -> QuerySet[Any]:
        return entries.filter(owned_by(query))

    def by_presence(self, entries: EntryQuerySet, name: str, asked: str) -> QuerySet[Any]:
        if asked == "void":
            return entries.filter(voided_at__isnull=False)
        if asked == "true":
            return entries.open()
        return entries.visits().filter(exited_at__isnull=False) if asked == "false" else entries.visits()

    def by_check(self, entries: EntryQuerySet, name: str, asked: str) -> QuerySet[Any]:
        return entries.filter(to_check=True)

    def by_device(self, entries: EntryQuerySet, name: str, devices: list[str]) -> QuerySet[Any]:
        return entries.filter(Q(device_in__in=devices) | Q(device_out__in=devices))


def identity_cell(entry: Entry, at: datetime) -> str:
    if entry.is_forgotten:
        return f'<a class="who" href="/access/entries/{entry.pk}/">{timezone.localtime(entry.entered_at):%d/%m/%Y}</a>'
    length = say_length((entry.exited_at or at) - entry.entered_at)
    return (
        f'<a class="who" href="/access/entries/{entry.pk}/">{moment_html(entry.entered_at, at)}</a>'
        f" <small>{escape(length)}</small>"
    )


def presence_cell(entry: Entry, at: datetime) -> str:
    shown = presence_chip(entry, at)
    if entry.to_check:
        shown += " " + chip(gettext("à vérifier"), "warn", "circle-question-mark")
    if entry.anomalies:
        shown += f" <small>{escape(' · '.join(anomaly_labels(entry)))}</small>"
    return shown


def presence_chip(entry: Entry, at: datetime) -> str:
    if entry.voided_at is not None:
        return chip(gettext("Annulée"), "muted", "ban")
    if entry.is_forgotten:
        return chip(gettext("Oubliée"), "muted", "eye-off")
    if entry.exited_at is None and entry.parked:
        return chip(gettext("Véhicule garé"), "muted", "car")
    if entry.exited_at is None:
        return chip(gettext("Sur place"), "ok", "map-pin")
    mark = gettext("sortie estimée") if entry.estimated else gettext("sortie")
    return f"<span>{escape(mark)} {moment_html(entry.exited_at, at)}</span>"


def anomaly_labels(entry: Entry) -> list[str]:
    return [anomaly_label(code) for code in dict.fromkeys(entry.anomalies)]


def card_cell(entry: Entry, at: datetime) -> str:
    return f'<a href="/access/cards/{entry.card_id}/">{escape(entry.card.username)}</a>' if entry.card else NOTHING


def vehicle_cell(entry: Entry, at: datetime) -> str:
    if entry.vehicle is None:
        return NOTHING
    return f'<a class="num" href="/access/vehicles/{entry.vehicle_id}/">{escape(entry.vehicle.plate_display)}</a>'


def place_cell(entry: Entry, at: datetime) -> str:
    below = f" <small>{escape(entry.device_in.name)}</small>" if entry.device_in else ""
    return f"{escape(entry.zone.name)}{below}"


def payment_chip(entry: Entry) -> str:
    """Whether it is paid; empty if nothing is due."""
    status = PaymentStatus(entry.payment_status)
    return chip(str(status.label), TONES[status]) if status in TONES else ""


def money_cell(entry: Entry, at: datetime) -> str:
    if entry.payment_status == PaymentStatus.NONE:
        return NOTHING
    status = PaymentStatus(entry.payment_status)
    said = str(status.label)
    if status == PaymentStatus.PARTIAL:
        said = gettext("reste %(amount)s") % {"amount": euros(entry.balance)}
    return f"{escape(euros(entry.amount_due))} <small>{chip(said, TONES[status])}</small>"


class EntryList(ListPage):
    model = Entry
    filterset_class = EntryListFilter
    views = (
        Saved(_("Toutes")),
        Saved(_("Sur place"), "open=true"),
        Saved(_("À vérifier"), "to_check=true"),
        Saved(_("À payer"), "payment=unpaid"),
    )
    columns = (
        Column("entered", _("Entrée"), identity_cell, sort="entered", css="cell-main"),
        Column("presence", _("Présence"), presence_cell, css="cell-status"),
        Column("client", _("Client"), client_cell, css="cell-rest cell-name"),
        Column("card", _("Carte"), card_cell, css="cell-rest cell-spare"),
        Column("vehicle", _("Véhicule"), vehicle_cell, css="cell-rest"),
        Column("place", _("Zone"), place_cell, css="cell-rest cell-last"),
        Column("money", _("Montant"), money_cell, sort="amount", css="cell-rest cell-amount num"),
    )
    needs = {"client": "clients.view_client", "card": SEE_CARDS, "vehicle": SEE_VEHICLES, "money": SEE_MONEY}
    orders = {"entered": ("entered_at", "id"), "amount": ("amount_due", "id")}
    default_sort = "-entered"
    title = _("Entrées")
    noun = ngettext_lazy("%(count)s entrée", "%(count)s entrées", "number")
    template_name = "access/list.html"
    export_columns = exported(COLUMNS)
    export_permission = "access.export_entry"

    def shown(self, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return queryset.select_related(*NAMED).defer(*DEFERRED)

    @property
    def caption(self) -> str:
        counted = super().caption
        sums = self._sums() if self.filterset.active and self.request.user.has_perm(SEE_MONEY) else None
        if not sums or sums["due"] is None:
            return counted
        values = {name: euros(total) for name, total in sums.items()}
        return gettext("%(counted)s : %(due)s dus, %(paid)s payés, reste %(left)s") % {**values, "counted": counted}

    def _sums(self) -> dict[str, Any] | None:
        """What is due, paid and left for the stays of the filters; None where that takes long to add up."""
        rows = self.queryset.order_by()
        asked = {"due": Sum("amount_due"), "paid": Sum("paid_amount"), "left": Sum("balance")}
        if self.pager.total is not None:
            return rows.aggregate(**asked)
        if (expected_count(rows) or 0) > MOST_SUMMED:
            return None
        query = sorted((name, *self.request.GET.getlist(name)) for name in self.filterset.active)
        return remembered(f"access.entry_sums.{hash((self.request.path, *query))}", lambda: rows.aggregate(**asked))

    def figures(self) -> tuple[Figure, ...]:
        counts = remembered("access.entry_figures", self._counts)
        inside = Figure(gettext("Sur place"), number_format(counts["inside"]), url="?open=true")
        today = Figure(gettext("Entrées aujourd’hui"), number_format(counts["today"]))
        doubtful = Figure(gettext("À vérifier"), number_format(counts["doubtful"]), url="?to_check=true")
        return (inside, today, doubtful, *self._owed(counts))

    def _owed(self, counts: dict[str, Any]) -> tuple[Figure, ...]:
        if not self.request.user.has_perm(SEE_MONEY):
            return ()
        note = self.noun_count(number_format(counts["unpaid"]), counts["unpaid"])
        return (Figure(gettext("Reste dû"), euros(counts["owed"] or Decimal(0)), note),)

    def _counts(self) -> dict[str, Any]:
        entries = Entry.objects.order_by()
        owed = entries.unpaid().aggregate(unpaid=Count("pk"), owed=Sum("balance"))
        today = entries.visits().filter(entered_at__gte=start_of(timezone.localdate(self.at)))
        doubtful = entries.filter(to_check=True).count()
        return owed | {"inside": persons.everywhere(), "today": today.count(), "doubtful": doubtful}


class ClientEntryList(ClientTab, EntryList):
    tab = "client-entries"
    filterset_class = filters.without(EntryListFilter, "client", "q")

    def figures(self) -> tuple[Figure, ...]:
        unpaid = Q(balance__gt=0)
        counts = self.base_queryset().aggregate(
            total=Count("pk", filter=Q(voided_at__isnull=True)),
            unpaid=Count("pk", filter=unpaid),
            owed=Sum("balance", filter=unpaid),
        )
        return (Figure(gettext("Visites"), number_format(counts["total"])), *self._owed(counts))
