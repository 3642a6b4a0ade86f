"""The firm: what is printed under its name, and the rules that it may set for itself."""

from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

ONLY = 1
MOST_DAYS = 36_500
LIMIT = Decimal(1_000_000)


def _days(label: Any, *, least: int = 1, most: int = MOST_DAYS) -> models.PositiveIntegerField[int | None, int | None]:
    between = [MinValueValidator(least), MaxValueValidator(most)]
    return models.PositiveIntegerField(label, null=True, blank=True, validators=between)


class Firm(models.Model):
    """One row. What is empty is as the environment says, or as the program comes."""

    name = models.CharField(_("nom"), max_length=120, blank=True)
    address = models.TextField(_("adresse"), max_length=300, blank=True)
    phone = models.CharField(_("téléphone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    hours = models.CharField(_("horaires d’ouverture"), max_length=500, blank=True)
    recent_days = _days(_("jours actif après une intervention"), least=0)
    notice_days = _days(_("jours avant une fin pour la signaler"), most=90)
    review_months = _days(_("mois entre deux revues"), most=120)
    unpaid_limit = models.DecimalField(
        _("impayés au-delà desquels l’accès est refusé"),
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(LIMIT)],
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    history = HistoricalRecords(excluded_fields=["version"])

    class Meta:
        verbose_name = _("entreprise")
        verbose_name_plural = _("entreprises")
        default_permissions = ("change",)
        constraints = (
            models.CheckConstraint(condition=Q(pk=ONLY), name="firm_only_one"),
            models.CheckConstraint(condition=Q(unpaid_limit__isnull=True) | Q(unpaid_limit__gte=0), name="firm_limit"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return "/firm/"
