"""Roll calls of an evacuation: who was inside, and who was seen safe, with author and time."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.models.entries import Entry


class RollCall(models.Model):
    """An evacuation or a drill. At most one runs at a time."""

    started_at = models.DateTimeField(_("commencé le"))
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("commencé par"), null=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("terminé le"), null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("terminé par"), null=True, related_name="+"
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("appel")
        verbose_name_plural = _("appels")
        ordering = ("-started_at", "-pk")
        default_permissions = ("view",)
        permissions = (
            ("lead_rollcall", _("Peut commencer et terminer un appel")),
            ("mark_rollcall", _("Peut pointer les personnes en sécurité")),
        )
        constraints = (
            models.UniqueConstraint(
                models.ExpressionWrapper(Q(ended_at__isnull=True), models.BooleanField()),
                condition=Q(ended_at__isnull=True),
                name="roll_call_one_at_a_time",
            ),
        )
        indexes = (models.Index(fields=("-started_at", "-id"), name="roll_call_by_time"),)

    def __str__(self) -> str:
        return f"{timezone.localtime(self.started_at):%d/%m/%Y %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("access:roll-call", args=[self.pk])

    @property
    def is_running(self) -> bool:
        return self.ended_at is None


class RollCallLine(models.Model):
    """Somebody to account for in a roll call, or a car that nobody knows the driver of."""

    roll_call = models.ForeignKey(RollCall, models.CASCADE, related_name="lines", verbose_name=_("appel"))
    # The number that the stays of one person share: `Entry.person`.
    person = models.BigIntegerField(editable=False)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="+", verbose_name=_("entrée"))
    safe_at = models.DateTimeField(_("en sécurité à"), null=True)
    safe_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("pointé par"), null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("personne à l’appel")
        verbose_name_plural = _("personnes à l’appel")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("roll_call", "person"), name="roll_call_person_once"),)

    def __str__(self) -> str:
        return f"{self.roll_call} : {self.entry}"
