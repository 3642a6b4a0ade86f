from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Absence(models.Model):
    """Somebody of the team is away. Jobs may still be given to them then, with a warning."""

    class Kind(models.TextChoices):
        LEAVE = "leave", _("Congé")
        SICK = "sick", _("Arrêt de travail")
        TRAINING = "training", _("Formation")
        OTHER = "other", _("Autre absence")

    technician = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="absences", verbose_name=_("technicien"), db_index=False
    )
    starts_at = models.DateTimeField(_("début"))
    ends_at = models.DateTimeField(_("fin"))
    kind = models.CharField(_("nature"), max_length=10, choices=Kind, default=Kind.LEAVE)
    note = models.CharField(_("note"), max_length=200, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="absence_order",
                violation_error_message=_("La fin est après le début."),
            ),
        )
        indexes = (
            models.Index(fields=("ends_at",), name="absence_by_end"),
            models.Index(fields=("technician", "ends_at"), name="absence_by_technician"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("interventions:absence", args=[self.pk])
