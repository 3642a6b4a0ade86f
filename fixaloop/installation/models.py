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


Number = models.PositiveIntegerField[int | None, int | None]


def _number(label: Any, *, least: int = 1, most: int = MOST_DAYS) -> Number:
    between = [MinValueValidator(least), MaxValueValidator(most)]
    return models.PositiveIntegerField(label, null=True, blank=True, validators=between)


class Logo(models.Model):
    """A picture as it is printed, made small and written anew; one that was taken back stays for the history."""

    content = models.BinaryField(_("image"))
    digest = models.CharField(_("empreinte"), max_length=64, unique=True)
    width = models.PositiveSmallIntegerField(_("largeur"))
    height = models.PositiveSmallIntegerField(_("hauteur"))

    class Meta:
        verbose_name = _("logo")
        verbose_name_plural = _("logos")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"


class Firm(models.Model):
    """One row. What is empty is as the environment says, or as the program comes."""

    name = models.CharField(_("nom"), max_length=120, blank=True)
    address = models.TextField(_("adresse"), max_length=300, blank=True)
    phone = models.CharField(_("téléphone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    hours = models.CharField(_("horaires d’ouverture"), max_length=500, blank=True)
    logo = models.ForeignKey(Logo, models.PROTECT, verbose_name=_("logo"), null=True, blank=True, related_name="+")
    recent_days = _number(_("jours actif après une intervention"), least=0)
    notice_days = _number(_("jours avant une fin pour la signaler"), most=90)
    review_months = _number(_("mois entre deux revues"), most=120)
    unpaid_limit = models.DecimalField(
        _("impayés au-delà desquels l’accès est refusé"),
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(LIMIT)],
    )
    require_email = models.BooleanField(_("e-mail obligatoire pour chaque nouveau client"), default=False)
    orphan_hours = _number(_("heures après lesquelles un séjour sans sortie est clos"), most=366 * 24)
    parked_days = _number(_("jours après lesquels une voiture sans conducteur connu est partie"))
    repeat_seconds = _number(_("secondes pendant lesquelles une lecture répétée compte une fois"), least=0, most=600)
    turn_seconds = _number(_("secondes avant qu’une porte à deux sens lise le retour"), least=0, most=3_600)
    reader_silent_minutes = _number(_("minutes après lesquelles un lecteur muet est signalé"), most=1_000_000)
    event_retention_days = _number(_("jours pendant lesquels les passages sont gardés"))
    entry_retention_days = _number(_("jours pendant lesquels on sait qui est entré"))
    client_retention_years = _number(_("années sans contact avant de proposer l’oubli d’un client"), most=100)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    history = HistoricalRecords(excluded_fields=["version"])

    class Meta:
        verbose_name = _("entreprise")
        verbose_name_plural = _("entreprises")
        default_permissions = ("change",)
        constraints = (
            models.CheckConstraint(condition=Q(pk=ONLY), name="firm_only_one"),
            models.CheckConstraint(condition=Q(unpaid_limit__isnull=True) | Q(unpaid_limit__gte=0), name="firm_limit"),
            # Nothing is forgotten the day it happens.
            *(
                models.CheckConstraint(condition=Q(**{name: None}) | Q(**{f"{name}__gte": 1}), name=f"firm_{name}")
                for name in ("event_retention_days", "entry_retention_days", "client_retention_years")
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return "/firm/"


class DemoRows(models.Model):
    """The rows of one table that the demonstration made: primary key → a digest, empty where history tells more."""

    table = models.CharField(_("table"), max_length=80, unique=True)
    rows = models.JSONField(_("lignes"), default=dict)

    class Meta:
        verbose_name = _("lignes de la démonstration")
        verbose_name_plural = _("lignes de la démonstration")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.table} : {len(self.rows)}"
