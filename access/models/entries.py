"""Stays on the site, and the money received for them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Round
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy as _

from access.models.cards import AccessCard
from access.models.places import Device, Zone
from access.models.vehicles import Vehicle
from clients.models import Client
from fixaloop.models import DerivedColumns, QuickRow
from fixaloop.records.payments import AbstractPayment

ZERO = Decimal(0)
# What the number of a person (`Entry.person`) is made of: its remainder by `KINDS`.
PERSON, NAMED, CAR, NAMELESS = range(4)
KINDS = 4
# Who is let in by the name of a company has the number of the company, and so many more for each other one.
ANOTHER = KINDS << 40
DERIVED = ("balance", "payment_status")
# The right without which amounts are hidden.
SEE_MONEY = "access.view_payment"


class PaymentStatus(models.TextChoices):
    NONE = "none", _("Rien à payer")
    UNPAID = "unpaid", _("Impayée")
    PARTIAL = "partial", _("Payée en partie")
    PAID = "paid", _("Payée")


class PricedBy(models.TextChoices):
    """Who said what a stay costs; blank: nobody did, or somebody before there were tariffs."""

    TARIFF = "tariff", _("Tarif")
    # A tariff over an estimated exit: it keeps nobody out.
    ESTIMATE = "estimate", _("Tarif, sortie estimée")
    PERSON = "person", _("Fixé à la main")


class EntryQuerySet(models.QuerySet["Entry"]):
    def open(self) -> EntryQuerySet:
        return self.filter(exited_at__isnull=True)

    def under_way(self, at: datetime) -> EntryQuerySet:
        return self.visits().filter(Q(exited_at=None) | Q(exited_at__gt=at), entered_at__lte=at)

    def visits(self) -> EntryQuerySet:
        return self.filter(voided_at__isnull=True)

    def people(self) -> EntryQuerySet:
        """Without the cars that stand there since their drivers left on foot."""
        return self.filter(parked=False)

    def unpaid(self) -> EntryQuerySet:
        return self.filter(balance__gt=0)

    def holding(self) -> EntryQuerySet:
        """The unpaid ones that count towards `UNPAID_LIMIT`: what rests on an estimated exit keeps nobody out."""
        return self.unpaid().exclude(priced_by=PricedBy.ESTIMATE)

    def clients_owing_more_than(self, limit: Decimal) -> models.QuerySet[Any, Any]:
        """The keys of the clients whose holding stays come to more, in order."""
        # SQLite adds up floats.
        totals = self.holding().order_by("client").values("client").annotate(total=Round(Sum("balance"), 2))
        return totals.filter(total__gt=limit).values_list("client", flat=True)

    def to_forget(self, before: datetime) -> EntryQuerySet:
        """Those that ended before then, and for which nothing is owed or to be given back."""
        return self.filter(client__isnull=False, balance=0, exited_at__lt=before)


class Entry(DerivedColumns, QuickRow):
    """A stay in a zone: a way in opens it, a way out closes it. Only services write it."""

    derived = DERIVED

    # None once the stay is forgotten: day, zone and amounts stay.
    client = models.ForeignKey(
        Client, models.PROTECT, related_name="entries", verbose_name=_("client"), null=True, db_index=False
    )
    card = models.ForeignKey(
        AccessCard, models.PROTECT, related_name="entries", verbose_name=_("carte"), null=True, blank=True
    )
    vehicle = models.ForeignKey(
        Vehicle, models.PROTECT, related_name="entries", verbose_name=_("véhicule"), null=True, blank=True
    )
    zone = models.ForeignKey(Zone, models.PROTECT, related_name="entries", verbose_name=_("zone"), db_index=False)
    device_in = models.ForeignKey(
        Device, models.PROTECT, related_name="+", verbose_name=_("entré par"), null=True, blank=True, db_index=False
    )
    device_out = models.ForeignKey(
        Device, models.PROTECT, related_name="+", verbose_name=_("sorti par"), null=True, blank=True, db_index=False
    )
    entered_at = models.DateTimeField(_("entrée le"))
    exited_at = models.DateTimeField(_("sortie le"), null=True, blank=True)
    estimated = models.BooleanField(_("sortie estimée"), default=False)
    anomalies = models.JSONField(_("anomalies"), default=list, blank=True)
    # Nobody saw how it ended, or the reads contradict each other: somebody who knows should look.
    to_check = models.BooleanField(_("à vérifier"), default=False)
    note = models.CharField(_("note"), max_length=200, blank=True)
    # The car of a stay that ended on foot: it stands there, and nobody is in it.
    parked = models.BooleanField(_("véhicule garé"), default=False, editable=False)
    # A number that the stays of one person share: access.services.person_numbers.
    person = models.BigIntegerField(default=0, editable=False)
    # The entry was a mistake: shown as such, and no visit.
    voided_at = models.DateTimeField(_("annulée le"), null=True, editable=False)

    amount_due = models.DecimalField(
        _("montant dû"), max_digits=9, decimal_places=2, default=ZERO, validators=[MinValueValidator(ZERO)]
    )
    # The sum of the payments; services write it with them.
    paid_amount = models.DecimalField(_("payé"), max_digits=10, decimal_places=2, default=ZERO, editable=False)
    # Derived from the two amounts by `derive`.
    balance = models.DecimalField(_("reste dû"), max_digits=10, decimal_places=2, default=ZERO, editable=False)
    payment_status = models.CharField(
        _("paiement"), max_length=7, choices=PaymentStatus, default=PaymentStatus.NONE, editable=False
    )

    priced_by = models.CharField(
        _("montant fixé par"), max_length=8, choices=PricedBy, default="", blank=True, editable=False
    )
    # The name and the rates of the tariff, and the lines that explain the amount: access.services.prices.
    pricing = models.JSONField(default=dict, blank=True, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entrée")
        verbose_name_plural = _("entrées")
        ordering = ("-entered_at", "-pk")
        permissions = (
            ("export_entry", _("Peut exporter les entrées")),
            ("use_control", _("Peut tenir le contrôle d’accès")),
            ("correct_entry", _("Peut corriger les présences")),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("card", "zone"),
                condition=Q(exited_at__isnull=True, card__isnull=False),
                name="entry_one_open_by_card",
            ),
            models.UniqueConstraint(
                fields=("vehicle", "zone"),
                condition=Q(exited_at__isnull=True, vehicle__isnull=False),
                name="entry_one_open_by_vehicle",
            ),
            models.CheckConstraint(
                condition=Q(exited_at__isnull=True) | Q(exited_at__gte=F("entered_at")),
                name="entry_exit_after_entry",
                violation_error_message=_("La sortie est après l’entrée."),
            ),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True) | Q(exited_at__isnull=False), name="entry_void_is_over"
            ),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True) | Q(amount_due=ZERO), name="entry_void_costs_nothing"
            ),
            models.CheckConstraint(
                condition=Q(parked=False) | Q(client__isnull=True) | Q(vehicle__isnull=False, card__isnull=True),
                name="entry_parked_is_a_car",
            ),
            models.CheckConstraint(
                condition=Q(client__isnull=False)
                | Q(card__isnull=True, vehicle__isnull=True, exited_at=F("entered_at"), note=""),
                name="entry_forgotten",
            ),
            models.CheckConstraint(condition=Q(person__gt=0) | Q(client__isnull=True), name="entry_is_somebody_s"),
            models.CheckConstraint(
                condition=Q(amount_due__gte=0),
                name="entry_amount",
                violation_error_message=_("Un montant n’est jamais négatif."),
            ),
        )
        indexes = (
            models.Index(fields=("-entered_at", "-id"), name="entry_by_time"),
            models.Index(fields=("client", "-entered_at", "-id"), name="entry_by_client"),
            models.Index(fields=("client", "exited_at"), name="entry_by_client_exit"),
            models.Index(fields=("zone", "-entered_at", "-id"), name="entry_by_zone"),
            models.Index(fields=("device_in", "-entered_at", "-id"), name="entry_by_device_in"),
            models.Index(fields=("device_out", "-entered_at", "-id"), name="entry_by_device_out"),
            models.Index(fields=("-exited_at", "-id"), name="entry_by_exit"),
            models.Index(fields=("payment_status", "-entered_at", "-id"), name="entry_by_payment"),
            models.Index(fields=("zone", "entered_at"), name="entry_open", condition=Q(exited_at__isnull=True)),
            models.Index(fields=("entered_at", "id"), name="entry_open_by_time", condition=Q(exited_at__isnull=True)),
            models.Index(
                fields=("client", "entered_at"), name="entry_open_by_client", condition=Q(exited_at__isnull=True)
            ),
            models.Index(fields=("person", "zone"), name="entry_open_by_person", condition=Q(exited_at__isnull=True)),
            models.Index(fields=("client", "balance"), name="entry_unpaid", condition=Q(balance__gt=0)),
            models.Index(fields=("-entered_at", "-id"), name="entry_to_check", condition=Q(to_check=True)),
            models.Index(fields=("amount_due", "id"), name="entry_by_amount"),
            models.Index(
                fields=("exited_at", "id"), name="entry_to_forget", condition=Q(client__isnull=False, balance=0)
            ),
        )

    def __str__(self) -> str:
        if self.is_forgotten:
            return f"{timezone.localtime(self.entered_at):%d/%m/%Y}"
        return f"{self.client} {timezone.localtime(self.entered_at):%d/%m/%Y %H:%M}"

    def derive(self) -> None:
        self.balance = self.amount_due - self.paid_amount
        if not self.amount_due and not self.paid_amount:
            self.payment_status = PaymentStatus.NONE
        elif self.balance <= 0:
            self.payment_status = PaymentStatus.PAID
        else:
            self.payment_status = PaymentStatus.PARTIAL if self.paid_amount > 0 else PaymentStatus.UNPAID

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.person and not self.is_forgotten:
            self.number_person()
        super().save(*args, **kwargs)

    def number_person(self) -> None:
        """Number the person: a private client, the name on a card, a company car, or somebody unknown."""
        client: Any = self.client
        if self.card is not None and self.card.visitor:
            kind, key = NAMED, self.card.pk
        elif client.kind == Client.Kind.INDIVIDUAL:
            kind, key = PERSON, client.pk
        elif self.card is not None:
            kind, key = NAMED, self.card.pk
        else:
            kind, key = (CAR, self.vehicle_id) if self.vehicle_id else (NAMELESS, client.pk)
        self.person = key * KINDS + kind

    def get_absolute_url(self) -> str:
        return reverse("access:entry", args=[self.pk])

    @property
    def is_forgotten(self) -> bool:
        """Whether who came in, and at what time, is no longer known."""
        return self.client_id is None

    @property
    def holder(self) -> str:
        return self.client.name if self.client else gettext("Client oublié")

    @property
    def is_of_person(self) -> bool:
        return self.client is not None and self.client.kind == Client.Kind.INDIVIDUAL

    @property
    def is_open(self) -> bool:
        return self.exited_at is None

    @property
    def has_fixed_amount(self) -> bool:
        """Whether somebody said what is due, so that no tariff changes it."""
        return self.priced_by == PricedBy.PERSON or bool(self.amount_due and not self.priced_by)

    @property
    def mark(self) -> str:
        """What a correction changes: who saw another mark has not seen what somebody did meanwhile."""
        return f"{self.exited_at or ''}|{self.estimated}|{self.voided_at or ''}"


class Payment(AbstractPayment):
    """Money received for an entry, or given back, with its reason."""

    paid_for = "entry"

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="payments", verbose_name=_("entrée"))

    class Meta(AbstractPayment.Meta):
        verbose_name = _("paiement d’entrée")
        verbose_name_plural = _("paiements d’entrées")
        constraints = (  # type: ignore[assignment]
            *AbstractPayment.Meta.constraints,
            models.CheckConstraint(
                condition=Q(amount__gt=0) | Q(words__isnull=False),
                name="payment_refund_explained",
                violation_error_message=_("Dites pourquoi cette somme est rendue."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.amount}"
