"""Interventions, the jobs done for clients, and the payments received for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from access.models import Vehicle
from clients.models import Client
from fixaloop.models import DerivedColumns, QuickRow
from fixaloop.records.payments import AbstractPayment
from fixaloop.words.text import Reference, normalise
from interventions.states import ENDED, EXPLAINED, OPEN, STARTED, UNDER_WAY, WORKED, State

INTERVENTION = Reference("INT")
# The `planned_key` of an intervention without a slot: it sorts after all others.
UNPLANNED = datetime(9999, 1, 1, tzinfo=UTC)
ZERO = Decimal(0)
LONGEST_WARRANTY = 120
# By the firm’s clock, which may be put back meanwhile.
LONGEST_SLOT = timedelta(days=31)
LONGEST_ESTIMATE = timedelta(days=1)
PUT_BACK = timedelta(hours=1)


def amount_field(label: Any, **options: Any) -> models.DecimalField[Any, Any]:
    return models.DecimalField(label, max_digits=10, decimal_places=2, validators=[MinValueValidator(ZERO)], **options)


DERIVED = ("balance", "planned_key", "search_text")


class InterventionQuerySet(models.QuerySet["Intervention"]):
    def open(self) -> InterventionQuerySet:
        return self.filter(state__in=OPEN)

    def late(self, at: datetime) -> InterventionQuerySet:
        return self.filter(state__in=UNDER_WAY, reopened_at__isnull=True, planned_end__lt=at)

    def held_over(self, at: datetime) -> InterventionQuerySet:
        """On hold although the slot is over: whoever is waited for is late, not the technician."""
        return self.filter(state=State.ON_HOLD, reopened_at__isnull=True, planned_end__lt=at)

    def overlapping(self, start: datetime, end: datetime) -> InterventionQuerySet:
        earliest = start - LONGEST_SLOT - PUT_BACK
        return self.filter(planned_key__gt=earliest, planned_key__lt=end, planned_end__gt=start)

    def unpaid(self) -> InterventionQuerySet:
        return self.filter(balance__gt=0)

    def to_give_back(self) -> InterventionQuerySet:
        """Those that have ended with more paid than due; on an open one it is a deposit."""
        return self.filter(balance__lt=0).exclude(state__in=OPEN)

    def planned_from(self, start: datetime) -> InterventionQuerySet:
        return self.filter(planned_key__gte=start, planned_key__lt=UNPLANNED)

    def planned_until(self, end: datetime) -> InterventionQuerySet:
        return self.filter(planned_key__lt=end)


class Intervention(DerivedColumns, QuickRow):
    """A job for a client. Only `services` writes its state."""

    derived = DERIVED

    class Agreement(models.TextChoices):
        SIGNED = "signed", _("Devis signé")
        EMAIL = "email", _("E-mail")
        MESSAGE = "message", _("Message (SMS…)")
        PHONE = "phone", _("Téléphone")
        IN_PERSON = "in_person", _("De vive voix")

    class Place(models.TextChoices):
        WORKSHOP = "workshop", _("Atelier")
        ON_SITE = "on_site", _("Sur site")

    number = models.PositiveIntegerField(_("numéro"), unique=True, editable=False)
    client = models.ForeignKey(
        Client, models.PROTECT, related_name="interventions", verbose_name=_("client"), db_index=False
    )
    title = models.CharField(_("objet"), max_length=200)
    description = models.TextField(_("description du problème"), max_length=5000, blank=True)
    place = models.CharField(_("lieu"), max_length=10, choices=Place, default=Place.WORKSHOP)
    equipment_brand = models.CharField(_("marque"), max_length=100, blank=True)
    equipment_model = models.CharField(_("modèle"), max_length=100, blank=True)
    equipment_serial = models.CharField(_("numéro de série"), max_length=100, blank=True)
    # A vehicle that is sold or scrapped is taken off the road, not deleted: it keeps the work done on it.
    vehicle = models.ForeignKey(
        Vehicle,
        models.PROTECT,
        related_name="interventions",
        verbose_name=_("véhicule"),
        null=True,
        blank=True,
        db_index=False,
    )
    # A colleague who leaves is deactivated, not deleted: the work keeps its author.
    technician = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="interventions",
        verbose_name=_("technicien"),
        null=True,
        blank=True,
        db_index=False,
    )
    planned_start = models.DateTimeField(_("début prévu"), null=True, blank=True)
    planned_end = models.DateTimeField(_("fin prévue"), null=True, blank=True)
    # How long the work should take, until it has a slot that says so.
    estimated = models.DurationField(_("durée estimée"), null=True, blank=True)

    state = models.CharField(_("état"), max_length=12, choices=State, default=State.TO_PLAN, editable=False)
    state_reason = models.CharField(_("motif de l’état"), max_length=200, blank=True, editable=False)
    started_at = models.DateTimeField(_("début réel"), null=True, editable=False)
    finished_at = models.DateTimeField(_("fin réelle"), null=True, editable=False)
    # Since when nobody works on it although it was started: on hold, or cancelled.
    waiting_since = models.DateTimeField(_("en attente depuis"), null=True, editable=False)
    # Between the real start and end, without the wait that still lasts.
    waited = models.DurationField(_("temps d’attente"), default=timedelta(0), editable=False)
    # Reopened, and nobody has planned it for later, started it or gone on with it since: it counts as it did before.
    reopened_at = models.DateTimeField(_("rouverte le"), null=True, editable=False)

    diagnosis = models.TextField(_("diagnostic"), max_length=5000, blank=True)
    report = models.TextField(_("compte rendu"), max_length=5000, blank=True)
    quote_amount = amount_field(_("devis"), null=True, blank=True)
    parts_amount = amount_field(_("pièces"), default=ZERO, blank=True)
    labor_amount = amount_field(_("main-d’œuvre"), default=ZERO, blank=True)
    # What is due all the same for a job that is cancelled.
    cancellation_fee = amount_field(_("frais d’annulation"), default=ZERO, blank=True)
    # What the client agreed to pay beyond the quote, when and how.
    agreed_amount = amount_field(_("montant accepté"), null=True, blank=True)
    agreed_on = models.DateField(_("accepté le"), null=True, blank=True)
    agreed_how = models.CharField(_("accepté par"), max_length=10, choices=Agreement, blank=True)
    warranty_months = models.PositiveSmallIntegerField(_("garantie (mois)"), null=True, blank=True)

    # The sum of the payments, written by services in the same transaction.
    paid_amount = models.DecimalField(_("payé"), max_digits=11, decimal_places=2, default=ZERO, editable=False)
    # Derived from the columns above.
    balance = models.DecimalField(_("reste dû"), max_digits=11, decimal_places=2, default=ZERO, editable=False)
    planned_key = models.DateTimeField(default=UNPLANNED, editable=False)
    search_text = models.TextField(editable=False, default="")

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("créée le"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("modifiée le"), default=timezone.now, editable=False)

    # Read by django-simple-history when it writes the next record.
    _history_user: Any
    _history_date: Any
    _change_reason: Any

    objects = InterventionQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=[*DERIVED, "version", "updated_at"])

    class Meta:
        verbose_name = _("intervention")
        verbose_name_plural = _("interventions")
        ordering = ("-number",)
        permissions = (
            ("export_intervention", _("Peut exporter les interventions")),
            ("reopen_intervention", _("Peut rouvrir une intervention")),
            ("change_own_intervention", _("Peut modifier les interventions dont il est le technicien")),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(planned_start__isnull=True, planned_end__isnull=True)
                | Q(planned_end__gt=F("planned_start")),
                name="intervention_slot",
                violation_error_message=_("La fin prévue est après le début prévu."),
            ),
            models.CheckConstraint(
                condition=Q(estimated__isnull=True) | Q(estimated__gt=timedelta(0), estimated__lte=LONGEST_ESTIMATE),
                name="intervention_estimate",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.PLANNED) | Q(technician__isnull=False, planned_start__isnull=False),
                name="intervention_planned",
                violation_error_message=_("Une intervention planifiée a un technicien et un créneau."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=STARTED) | Q(started_at__isnull=False), name="intervention_started"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ENDED, finished_at__isnull=False)
                # Reopened, it keeps its real end until work goes on.
                | Q(state__in=STARTED, finished_at__isnull=False, reopened_at__isnull=False)
                | (~Q(state__in=ENDED) & Q(finished_at__isnull=True)),
                name="intervention_finished",
            ),
            models.CheckConstraint(
                condition=Q(reopened_at__isnull=True) | Q(state__in=OPEN), name="intervention_reopened"
            ),
            models.CheckConstraint(
                condition=(~Q(state=State.ON_HOLD) | Q(waiting_since__isnull=False))
                & (Q(waiting_since__isnull=True) | (Q(started_at__isnull=False) & ~Q(state__in=WORKED)))
                & Q(waited__gte=timedelta(0)),
                name="intervention_waiting",
            ),
            models.CheckConstraint(
                condition=Q(started_at__isnull=True)
                | Q(finished_at__isnull=True)
                | Q(finished_at__gte=F("started_at")),
                name="intervention_real_times",
                violation_error_message=_("La fin réelle est après le début réel."),
            ),
            models.CheckConstraint(
                condition=(Q(state__in=EXPLAINED) & ~Q(state_reason=""))
                | (~Q(state__in=EXPLAINED) & Q(state_reason="")),
                name="intervention_reason",
            ),
            models.CheckConstraint(
                condition=Q(parts_amount__gte=0, labor_amount__gte=0, cancellation_fee__gte=0)
                & (Q(quote_amount__isnull=True) | Q(quote_amount__gte=0)),
                name="intervention_amounts",
                violation_error_message=_("Un montant n’est jamais négatif."),
            ),
            models.CheckConstraint(condition=Q(cancellation_fee=0) | Q(state=State.CANCELLED), name="intervention_fee"),
            models.CheckConstraint(
                condition=Q(agreed_amount__isnull=True, agreed_on__isnull=True, agreed_how="")
                | (Q(agreed_amount__gte=0, agreed_on__isnull=False) & ~Q(agreed_how="")),
                name="intervention_agreement",
            ),
            models.CheckConstraint(
                condition=Q(warranty_months__isnull=True) | Q(warranty_months__lte=LONGEST_WARRANTY),
                name="intervention_warranty",
            ),
        )
        indexes = (
            # For `interventions.activity`: the open ones of a client and the last one finished.
            models.Index(fields=("client", "state", "-finished_at"), name="intervention_facts"),
            models.Index(fields=("client", "-number"), name="intervention_by_client"),
            models.Index(fields=("technician", "-number"), name="intervention_by_technician"),
            models.Index(fields=("vehicle", "-number"), name="intervention_by_vehicle"),
            models.Index(fields=("state", "-number"), name="intervention_by_state"),
            models.Index(fields=("planned_key", "id"), name="intervention_by_slot"),
            models.Index(fields=("technician", "planned_key", "id"), name="intervention_slots"),
            models.Index(fields=("created_at", "id"), name="intervention_by_creation"),
            models.Index(fields=("finished_at", "id"), name="intervention_by_end"),
            models.Index(fields=("balance", "id"), name="intervention_by_balance"),
            models.Index(fields=("-number",), name="intervention_unpaid", condition=Q(balance__gt=0)),
            models.Index(fields=("-number",), name="intervention_credit", condition=Q(balance__lt=0)),
            models.Index(
                fields=("planned_end",),
                name="intervention_late",
                condition=Q(state__in=UNDER_WAY, reopened_at__isnull=True),
            ),
            models.Index(
                fields=("technician", "planned_key", "id"),
                name="intervention_open_of",
                condition=Q(state__in=OPEN),
            ),
            models.Index(fields=("waiting_since", "id"), name="intervention_held", condition=Q(state=State.ON_HOLD)),
            models.Index(fields=("id",), name="intervention_fees", condition=Q(cancellation_fee__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def derive(self) -> None:
        """Fill the columns that lists sort, filter and search by. Bulk writes call it themselves."""
        self.balance = self.amount_due - self.paid_amount
        self.planned_key = self.planned_start or UNPLANNED
        self.search_text = self._searched()

    def _searched(self) -> str:
        """All that a search finds it by. Each word follows a space: that is how a search finds its beginning."""
        parts = (
            normalise(f"{self.title} {self.equipment} {self.equipment_serial}"),
            normalise(self.reference),
            # As printed and as people type it.
            f"{normalise(self.vehicle.plate_display)} {self.vehicle.plate_key.lower()}" if self.vehicle else "",
            self.client.sort_name,
            normalise(self.client.contact) if self.client.is_company else "",
            normalise(self.client.reference),
        )
        return "".join(f" {part}" for part in parts if part)

    def get_absolute_url(self) -> str:
        return reverse("interventions:detail", args=[self.reference])

    @property
    def reference(self) -> str:
        return INTERVENTION.show(self.number)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def is_over(self, at: datetime) -> bool:
        """Whether its slot is over and the work in it not done; a job that was only reopened was done."""
        planned = self.is_open and self.reopened_at is None
        return planned and self.planned_end is not None and self.planned_end < at

    def is_late(self, at: datetime) -> bool:
        return self.state != State.ON_HOLD and self.is_over(at)

    @property
    def amount_due(self) -> Decimal:
        """The whole price; if it is cancelled, the fee for that."""
        return self.cancellation_fee if self.state == State.CANCELLED else self.parts_amount + self.labor_amount

    @property
    def agreed_price(self) -> Decimal | None:
        """The quote, or more if the client agreed to more; None without a quote."""
        return None if self.quote_amount is None else max(self.quote_amount, self.agreed_amount or ZERO)

    @property
    def over_quote(self) -> Decimal:
        """By how much the price exceeds what the client agreed to."""
        if self.agreed_price is None or self.state == State.CANCELLED:
            return ZERO
        return max(ZERO, self.amount_due - self.agreed_price)

    @property
    def equipment(self) -> str:
        return f"{self.equipment_brand} {self.equipment_model}".strip()


class InterventionPayment(AbstractPayment):
    # What is typed; the other kinds are opposites.
    TAKEN: ClassVar = (
        AbstractPayment.Kind.DEPOSIT,
        AbstractPayment.Kind.PARTIAL,
        AbstractPayment.Kind.BALANCE,
        AbstractPayment.Kind.REFUND,
    )
    paid_for = "intervention"

    intervention = models.ForeignKey(
        Intervention, models.PROTECT, related_name="payments", verbose_name=_("intervention")
    )

    class Meta(AbstractPayment.Meta):
        verbose_name = _("paiement d’intervention")
        verbose_name_plural = _("paiements d’interventions")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"
