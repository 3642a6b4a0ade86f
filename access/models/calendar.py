"""Days on which a zone does not keep its usual hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from access.hours import validate_spans
from access.models.places import Zone
from fixaloop.models import QuickRow


class SpecialDayQuerySet(models.QuerySet["SpecialDay"]):
    def kept(self) -> SpecialDayQuerySet:
        return self.filter(withdrawn=False)

    def during(self, first: date, last: date) -> SpecialDayQuerySet:
        return self.kept().filter(last_day__gte=first, first_day__lte=last)

    def of_zones(self, zones: Sequence[int]) -> SpecialDayQuerySet:
        return self.filter(Q(zone__in=zones) | Q(zone=None))


class SpecialDay(QuickRow):
    """One day or several on which a zone, or every zone, is closed or keeps other hours. None is ever deleted."""

    zone = models.ForeignKey(
        Zone, models.CASCADE, related_name="special_days", verbose_name=_("zone"), null=True, blank=True
    )
    first_day = models.DateField(_("du"))
    last_day = models.DateField(_("au"))
    # The hours of each of these days, instead of the weekly ones; none: closed.
    spans = models.JSONField(_("ouverture"), default=list, blank=True, validators=[validate_spans])
    any_card_hour = models.BooleanField(_("quels que soient les horaires des cartes"), default=False)
    reason = models.CharField(_("motif"), max_length=120)
    withdrawn = models.BooleanField(_("retiré"), default=False, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("créé le"), default=timezone.now, editable=False)

    objects = SpecialDayQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["version"])

    class Meta:
        verbose_name = _("jour exceptionnel")
        verbose_name_plural = _("jours exceptionnels")
        ordering = ("-first_day", "-pk")
        default_permissions = ("add", "change", "view")
        constraints = (
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="special_day_order",
                violation_error_message=_("Le dernier jour est avant le premier."),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="special_day_reason"),
        )
        indexes = (
            models.Index("last_day", "first_day", condition=Q(withdrawn=False), name="special_day_kept"),
            models.Index("first_day", "id", name="special_day_first"),
        )

    def __str__(self) -> str:
        return self.reason

    def get_absolute_url(self) -> str:
        return reverse("access:special-day", args=[self.pk])

    def covers(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day
