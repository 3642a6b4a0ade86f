"""What stays in zones cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from access.models.places import Tag, Zone
from access.tariffs.pricing import DAY_MINUTES, Rates
from fixaloop.models import QuickRow

MOST_STEPS = 6
LONGEST_STEP = 31 * DAY_MINUTES
HIGHEST_PRICE = Decimal(1000)


def validate_steps(steps: Any) -> None:
    """Refuse what is not a list of [from minute, every minutes, "price"], each from a later minute than the last."""
    try:
        read = Rates.from_json({"free_minutes": 0, "steps": steps, "day_cap": None}).steps
        starts = [step.start for step in read]
        fine = all(0 < step.every <= LONGEST_STEP and 0 <= step.price <= HIGHEST_PRICE for step in read)
        fine &= len(read) <= MOST_STEPS and starts == sorted(set(starts)) and all(start >= 0 for start in starts)
    except (ArithmeticError, TypeError, ValueError):
        fine = False
    if not fine:
        raise ValidationError(_('Des paliers sont de la forme [[0, 15, "0.50"], [120, 60, "1.00"]].'), "steps")


class Tariff(QuickRow):
    """What a stay costs in the zones that it is given to, for those who come in from a day on."""

    name = models.CharField(_("nom"), max_length=80)
    starts_on = models.DateField(_("pour les entrées à partir du"), default=timezone.localdate)
    free_minutes = models.PositiveIntegerField(
        _("minutes gratuites"), default=0, validators=[MaxValueValidator(LONGEST_STEP)]
    )
    # [from minute, every minutes, "price"], in order: access.tariffs.pricing.
    steps = models.JSONField(_("paliers"), default=list, blank=True, validators=[validate_steps])
    day_cap = models.DecimalField(
        _("plafond par 24 h"),
        max_digits=7,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    zones = models.ManyToManyField(Zone, related_name="tariffs", verbose_name=_("zones"), blank=True)
    free_tags = models.ManyToManyField(Tag, related_name="free_in", verbose_name=_("tags gratuits"), blank=True)
    # What they were called when it was last saved, for its history alone: lists read the links.
    zone_names = models.TextField(_("zones"), editable=False, default="", blank=True)
    tag_names = models.TextField(_("tags gratuits"), editable=False, default="", blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("créé le"), default=timezone.now, editable=False)

    history = HistoricalRecords(excluded_fields=["version"])

    class Meta:
        verbose_name = _("tarif")
        verbose_name_plural = _("tarifs")
        ordering = ("name", "pk")
        # Amounts name their tariff: none is deleted, one without zones is of the past.
        default_permissions = ("add", "change", "view")
        constraints = (
            models.UniqueConstraint(
                Lower("name"), name="tariff_unique", violation_error_message=_("Un tarif porte déjà ce nom.")
            ),
            models.CheckConstraint(
                condition=Q(day_cap__isnull=True) | Q(day_cap__gte=0),
                name="tariff_cap",
                violation_error_message=_("Un montant n’est jamais négatif."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("access:tariff", args=[self.pk])

    @property
    def rates(self) -> Rates:
        return rates_of(self)


def rates_of(row: Any) -> Rates:
    return Rates.from_json({"free_minutes": row.free_minutes, "steps": row.steps, "day_cap": row.day_cap})
