"""What a client was known by before."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.models.clients import Client
from clients.reference import PREFIX


class FormerReference(models.Model):
    """The number of a client that was merged into another; its links keep working."""

    number = models.PositiveIntegerField(_("ancien numéro"), primary_key=True)
    client = models.ForeignKey(Client, models.CASCADE, related_name="former_references", verbose_name=_("client"))

    class Meta:
        verbose_name = _("ancienne référence")
        verbose_name_plural = _("anciennes références")

    def __str__(self) -> str:
        return f"{PREFIX}{self.number:03d}"
