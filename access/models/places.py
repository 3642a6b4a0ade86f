"""Zones, the readers at their doors, and tags."""

from datetime import datetime, timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from access.hours import validate_hours
from fixaloop.installation.firm import rule
from fixaloop.models import QuickRow


class Tag(models.Model):
    """A label on vehicles and cards. An event keeps the tags they had at its time."""

    name = models.CharField(_("nom"), max_length=60)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(Lower("name"), name="tag_unique", violation_error_message=_("Ce tag existe déjà.")),
        )

    def __str__(self) -> str:
        return self.name


# What nobody means: ten minutes for a repeated read, an hour before somebody may leave, a stay of a year.
LONGEST_REPEAT, LONGEST_TURN, LONGEST_STAY = 600, 3_600, 366 * 24


def _seconds(label: Any, most: int) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(label, null=True, blank=True, validators=[MaxValueValidator(most)])


def _repeat_seconds() -> models.PositiveSmallIntegerField:
    return _seconds(_("lecture répétée (secondes)"), LONGEST_REPEAT)


def _turn_seconds() -> models.PositiveSmallIntegerField:
    return _seconds(_("délai avant de repartir (secondes)"), LONGEST_TURN)


class Zone(QuickRow):
    """A part of the site that people enter, possibly inside another zone."""

    class AntiPassback(models.TextChoices):
        NONE = "none", _("Aucun contrôle")
        WARN = "warn", _("Signaler")
        REFUSE = "refuse", _("Refuser")

    class OpenTo(models.TextChoices):
        UNDECIDED = "undecided", _("Pas encore décidé")
        ACTIVE = "active", _("À tous les clients actifs")
        GIVEN = "given", _("À ceux à qui elle est donnée")

    name = models.CharField(_("nom"), max_length=80)
    parent = models.ForeignKey(
        "self", models.PROTECT, related_name="children", verbose_name=_("dans la zone"), null=True, blank=True
    )
    capacity = models.PositiveIntegerField(_("capacité"), null=True, blank=True)
    hours = models.JSONField(_("ouverture"), default=dict, blank=True, validators=[validate_hours])
    anti_passback = models.CharField(
        _("seconde entrée sans sortie"), max_length=6, choices=AntiPassback, default=AntiPassback.WARN
    )
    # Without these, the settings of the site hold (docs/rules.md, Stays).
    repeat_seconds = _repeat_seconds()
    turn_seconds = _turn_seconds()
    longest_stay = models.PositiveSmallIntegerField(
        _("visite la plus longue (heures)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_STAY)],
    )
    reset_at = models.TimeField(_("heure où la zone est vide"), null=True, blank=True)
    # Undecided, it opens to plates and names whose client has no card, as it did before there was a choice.
    open_to = models.CharField(_("ouverte"), max_length=9, choices=OpenTo, default=OpenTo.UNDECIDED)
    closed_on_holidays = models.BooleanField(_("fermée les jours fériés"), default=False)
    # The zones around this one and itself, outermost first: “/1/4/”. Services write it.
    path = models.CharField(max_length=200, editable=False, default="", db_index=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    history = HistoricalRecords(excluded_fields=["path", "version"])

    class Meta:
        verbose_name = _("zone")
        verbose_name_plural = _("zones")
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                Lower("name"), name="zone_unique", violation_error_message=_("Une zone porte déjà ce nom.")
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=models.F("id")), name="zone_not_in_itself"
            ),
            models.CheckConstraint(
                condition=Q(longest_stay__isnull=True) | Q(longest_stay__gte=1, longest_stay__lte=LONGEST_STAY),
                name="zone_longest_stay",
                violation_error_message=_("Une visite dure au moins une heure, et au plus un an."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("access:zone", args=[self.pk])

    @property
    def lineage(self) -> list[int]:
        return [int(key) for key in self.path.split("/") if key]

    @property
    def site_path(self) -> str:
        return f"/{self.lineage[0]}/" if self.path else f"/{self.pk}/"


class Direction(models.TextChoices):
    IN = "in", _("Entrée")
    OUT = "out", _("Sortie")
    BOTH = "both", _("Entrée et sortie")


class Presented(models.TextChoices):
    """What is presented to a reader; blank: anything."""

    QR = "qr", _("Codes QR")
    BADGE = "badge", _("Badges")
    CARD = "card", _("Codes QR et badges")
    PLATE = "plate", _("Plaques")

    __empty__ = _("Tout, noms d’utilisateur compris")


# The types of the reader API; a name can be guessed, so that only a reader without a limit may ask by it.
_TYPES = {Presented.CARD: ("qr", "badge"), "": ("qr", "badge", "plate", "username")}


class Device(QuickRow):
    """A reader, a barrier or a counter. Only the hashes of its tokens are kept."""

    name = models.CharField(_("nom"), max_length=80)
    zone = models.ForeignKey(Zone, models.PROTECT, related_name="devices", verbose_name=_("zone"))
    direction = models.CharField(_("sens"), max_length=4, choices=Direction, default=Direction.IN)
    enabled = models.BooleanField(_("en service"), default=True)
    presented = models.CharField(_("on lui présente"), max_length=5, choices=Presented, blank=True, default="")
    at_counter = models.BooleanField(
        _("sert au comptoir"), default=False, help_text=_("La page « Contrôle » enregistre ses passages ici.")
    )
    # Without these, the zone’s hold.
    repeat_seconds = _repeat_seconds()
    turn_seconds = _turn_seconds()
    token_hash = models.CharField(max_length=64, editable=False, default="")
    # It works until the new token is first used, so that a reader changes over without a gap.
    former_token_hash = models.CharField(max_length=64, editable=False, default="")
    token_at = models.DateTimeField(_("jeton remis le"), null=True, editable=False)
    last_seen_at = models.DateTimeField(_("vu le"), null=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("créé le"), default=timezone.now, editable=False)

    history = HistoricalRecords(excluded_fields=["token_hash", "former_token_hash", "last_seen_at", "version"])

    class Meta:
        verbose_name = _("appareil")
        verbose_name_plural = _("appareils")
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                Lower("name"), name="device_unique", violation_error_message=_("Un appareil porte déjà ce nom.")
            ),
            models.UniqueConstraint("token_hash", condition=~Q(token_hash=""), name="device_token"),
            models.UniqueConstraint("former_token_hash", condition=~Q(former_token_hash=""), name="device_old_token"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("access:device", args=[self.pk])

    def is_silent(self, at: datetime) -> bool:
        """Whether a reader in service has not called for too long. A counter has no token and is never silent."""
        if not self.enabled or not self.token_hash:
            return False
        return at - self.last_heard_at > silence()

    @property
    def types(self) -> tuple[str, ...]:
        return _TYPES.get(self.presented, (str(self.presented),))

    @property
    def last_heard_at(self) -> datetime:
        return self.last_seen_at or self.token_at or self.created_at


def silence() -> timedelta:
    return timedelta(minutes=rule("READER_SILENT_MINUTES"))
