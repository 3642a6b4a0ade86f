"""The work of forgetting many clients, done by the worker."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from fixaloop.models import Job


class ForgettingJob(Job):
    """Clients that somebody chose to forget: those with these keys, or all that the filters of the list find."""

    keys = models.JSONField(_("clients choisis"), default=list)
    query = models.TextField(_("filtres de la page"), blank=True)
    forgotten = models.PositiveIntegerField(_("anonymisés"), default=0)
    # The number of each client that was refused, and why.
    refused = models.JSONField(_("refusés"), default=list)

    class Meta:
        verbose_name = _("oubli de clients")
        verbose_name_plural = _("oublis de clients")
        ordering = ("-pk",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.get_state_display()} : {self.forgotten}"

    def get_absolute_url(self) -> str:
        return reverse("clients:forgetting", args=[self.pk])
