"""Files made for one person."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from fixaloop.worker.models import Job


class ExportJob(Job):
    """A list too long to be written while its author waits: only they may download it, until it expires."""

    title = models.CharField(_("liste"), max_length=200)
    path = models.CharField(_("page"), max_length=500)
    query = models.TextField(_("filtres de la page"), blank=True)
    filters = models.JSONField(_("filtres"), default=list)
    file = models.FileField(_("fichier"), upload_to="exports/", blank=True)
    size = models.PositiveBigIntegerField(_("taille"), default=0)
    expires_at = models.DateTimeField(_("expire le"), null=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.title
