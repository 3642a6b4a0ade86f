"""What a client template proposes for the card of its clients."""

from datetime import date, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from access.models.places import Zone
from clients.models import ClientTemplate

LONGEST_DEFAULT = 3650


class CardDefaults(models.Model):
    """The zones and the validity that a client template proposes for the card of its clients."""

    template = models.OneToOneField(
        ClientTemplate,
        models.CASCADE,
        primary_key=True,
        related_name="card_defaults",
        verbose_name=_("modèle de clients"),
    )
    days = models.PositiveSmallIntegerField(
        _("validité de la carte (jours)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_DEFAULT)],
    )
    zones = models.ManyToManyField(Zone, related_name="+", verbose_name=_("zones de la carte"), blank=True)

    class Meta:
        verbose_name = _("carte d’un modèle de clients")
        verbose_name_plural = _("cartes des modèles de clients")
        # The permissions on the template stand for both.
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.template)

    def last_day(self, first: date) -> date | None:
        """The last day of a card that begins on this one; None without a proposed validity."""
        return first + timedelta(days=self.days - 1) if self.days else None
