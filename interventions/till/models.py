"""All payments as one list, and the days that were counted and closed."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fixaloop.models import PaymentWords, QuickRow
from fixaloop.records.payments import AbstractPayment

Method = AbstractPayment.Method


class Source(models.TextChoices):
    INTERVENTION = "intervention", _("Interventions")
    ENTRY = "entry", _("Entrées")


class LedgerPayment(QuickRow):
    """A payment of either table, read from a view of the database over both; its key is its number."""

    source = models.CharField(_("origine"), max_length=12, choices=Source)
    kind = models.CharField(_("nature"), max_length=10, choices=AbstractPayment.Kind)
    amount = models.DecimalField(_("montant"), max_digits=10, decimal_places=2)
    method = models.CharField(_("moyen"), max_length=10, choices=Method)
    paid_on = models.DateField(_("payé le"))
    created_at = models.DateTimeField(_("saisi le"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+", null=True)
    words = models.ForeignKey(PaymentWords, models.DO_NOTHING, related_name="+", null=True)
    intervention = models.ForeignKey("interventions.Intervention", models.DO_NOTHING, related_name="+", null=True)
    entry = models.ForeignKey("access.Entry", models.DO_NOTHING, related_name="+", null=True)
    # What kind of opposite answers it, if one does.
    answered = models.CharField(_("réponse"), max_length=10, choices=AbstractPayment.Kind, blank=True)

    class Meta:
        managed = False
        db_table = "interventions_ledger"
        verbose_name = _("paiement")
        verbose_name_plural = _("paiements")
        default_permissions = ()
        permissions = (("export_ledgerpayment", _("Peut exporter les paiements")),)

    def __str__(self) -> str:
        return f"{self.pk}"

    def get_absolute_url(self) -> str:
        return self.paid_for.get_absolute_url()

    @property
    def paid_for(self) -> Any:
        return self.intervention if self.source == Source.INTERVENTION else self.entry


class Closing(models.Model):
    """A day whose till was counted. Never changed: a difference stays, with its reason."""

    day = models.DateField(_("jour"), unique=True)
    # The last payment there was: later ones of that day were typed afterwards.
    last_number = models.PositiveBigIntegerField(_("dernier paiement"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("clôturé par"), null=True
    )
    at = models.DateTimeField(_("clôturé le"), default=timezone.now)

    class Meta:
        verbose_name = _("clôture de caisse")
        verbose_name_plural = _("clôtures de caisse")
        ordering = ("-day",)
        default_permissions = ("add", "view")

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y}"

    def get_absolute_url(self) -> str:
        return reverse("payments:closed", args=[self.day])


class ClosingLine(models.Model):
    """What was recorded and what was counted by one method."""

    closing = models.ForeignKey(Closing, models.PROTECT, related_name="lines", verbose_name=_("clôture"))
    method = models.CharField(_("moyen"), max_length=10, choices=Method)
    recorded = models.DecimalField(_("enregistré"), max_digits=12, decimal_places=2)
    counted = models.DecimalField(_("compté"), max_digits=12, decimal_places=2)
    reason = models.CharField(_("raison de l’écart"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("ligne de clôture")
        verbose_name_plural = _("lignes de clôture")
        ordering = ("pk",)
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("closing", "method"), name="closingline_method"),
            models.CheckConstraint(condition=Q(counted=F("recorded")) | ~Q(reason=""), name="closingline_explained"),
        )

    def __str__(self) -> str:
        return f"{self.closing} {self.get_method_display()}"

    @property
    def difference(self) -> Decimal:
        return self.counted - self.recorded
