from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField
from simple_history.models import HistoricalRecords

from access.gate.plates import FIRST_YEAR, plate_key, plate_mark, show_plate
from access.hours import validate_hours
from access.models.places import Tag, Zone
from clients.models import Client
from fixaloop.models import DerivedColumns, QuickRow
from fixaloop.words.text import normalise

DERIVED = ("plate_key", "plate_mark", "make_key", "model_key", "color_key", "search_text")


class Vehicle(DerivedColumns, QuickRow):
    """A client’s vehicle. One that was sold or scrapped stays, inactive, for its past."""

    derived = DERIVED

    client = models.ForeignKey(
        Client, models.PROTECT, related_name="vehicles", verbose_name=_("client"), db_index=False
    )
    plate = models.CharField(_("immatriculation"), max_length=20)
    country = CountryField(_("pays"), default="FR")
    make = models.CharField(_("marque"), max_length=60, blank=True)
    model = models.CharField(_("modèle"), max_length=60, blank=True)
    year = models.PositiveSmallIntegerField(
        _("année"), null=True, blank=True, validators=[MinValueValidator(FIRST_YEAR)]
    )
    color = models.CharField(_("couleur"), max_length=40, blank=True)
    tags = models.ManyToManyField(Tag, related_name="vehicles", verbose_name=_("tags"), blank=True)
    is_active = models.BooleanField(_("en circulation"), default=True)
    # What was given to the vehicle itself; it also has the rights of its clients’ cards.
    everywhere = models.BooleanField(_("ouvre toutes les zones"), default=False)
    zones = models.ManyToManyField(Zone, related_name="vehicles", verbose_name=_("zones"), blank=True)
    hours = models.JSONField(_("horaires"), default=dict, blank=True, validators=[validate_hours])
    valid_until = models.DateField(_("ouvre jusqu’au"), null=True, blank=True)

    # Derived from the columns above by `derive`.
    plate_key = models.CharField(max_length=20, editable=False, default="")
    plate_mark = models.CharField(max_length=20, editable=False, default="")
    make_key = models.CharField(max_length=60, editable=False, default="")
    model_key = models.CharField(max_length=60, editable=False, default="")
    color_key = models.CharField(max_length=40, editable=False, default="")
    search_text = models.CharField(max_length=250, editable=False, default="")

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("créé le"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("modifié le"), default=timezone.now, editable=False)

    history = HistoricalRecords(excluded_fields=[*DERIVED, "version", "updated_at"])

    class Meta:
        verbose_name = _("véhicule")
        verbose_name_plural = _("véhicules")
        ordering = ("plate_key", "pk")
        permissions = (("export_vehicle", _("Peut exporter les véhicules")),)
        constraints = (
            # The mark and not the key: in Germany B-MW 1234 and BM-W 1234 are two cars.
            models.UniqueConstraint(
                fields=("country", "plate_mark"),
                condition=Q(is_active=True),
                name="vehicle_plate_unique",
                violation_error_message=_("Un véhicule en circulation a déjà cette immatriculation."),
            ),
            models.CheckConstraint(condition=~Q(plate_key=""), name="vehicle_has_plate"),
        )
        indexes = (
            models.Index(fields=("plate_key", "id"), name="vehicle_by_plate"),
            models.Index(fields=("client", "plate_key", "id"), name="vehicle_by_client"),
            models.Index(fields=("make_key", "model_key", "id"), name="vehicle_by_make"),
            models.Index(fields=("model_key", "id"), name="vehicle_by_model"),
            models.Index(fields=("color_key", "id"), name="vehicle_by_color"),
            models.Index(fields=("year", "id"), name="vehicle_by_year"),
            models.Index(fields=("-created_at", "-id"), name="vehicle_by_creation"),
        )

    def __str__(self) -> str:
        return self.plate_display

    def derive(self) -> None:
        country = str(self.country)
        self.plate_key = plate_key(self.plate)
        self.plate_mark = plate_mark(self.plate, country)
        self.make_key, self.model_key = normalise(self.make), normalise(self.model)
        self.color_key = normalise(self.color)
        self.search_text = " ".join(filter(None, (self.plate_key.lower(), self.make_key, self.model_key)))

    def get_absolute_url(self) -> str:
        return reverse("access:vehicle", args=[self.pk])

    @property
    def plate_display(self) -> str:
        return show_plate(self.plate, str(self.country))

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.make, self.model, self.color)))


class Driver(models.Model):
    """Another client who drives a vehicle: its plate then also has the rights of that client."""

    vehicle = models.ForeignKey(Vehicle, models.CASCADE, related_name="drivers", verbose_name=_("véhicule"))
    client = models.ForeignKey(Client, models.CASCADE, related_name="driven", verbose_name=_("client"))

    class Meta:
        verbose_name = _("conducteur")
        verbose_name_plural = _("conducteurs")
        # Who may change the vehicle may say who drives it.
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("vehicle", "client"), name="driver_once"),)

    def __str__(self) -> str:
        return str(self.client)


class FormerPlate(models.Model):
    """A plate that a vehicle had, or has, with a client who had it then: searches find both by it."""

    vehicle = models.ForeignKey(Vehicle, models.CASCADE, related_name="former_plates", verbose_name=_("véhicule"))
    client = models.ForeignKey(Client, models.CASCADE, related_name="former_plates", verbose_name=_("client"))
    plate_key = models.CharField(_("immatriculation"), max_length=20)

    class Meta:
        verbose_name = _("ancienne plaque")
        verbose_name_plural = _("anciennes plaques")
        default_permissions = ()
        indexes = (models.Index(fields=("plate_key", "id"), name="former_plate_by_plate"),)

    def __str__(self) -> str:
        return self.plate_key
