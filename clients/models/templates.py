"""Presets for similar clients."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from clients.models.clients import Client


class ClientTemplate(models.Model):
    """A preset for similar clients: values that a new client starts with."""

    name = models.CharField(_("nom du modèle"), max_length=80, unique=True)
    kind = models.CharField(_("type"), max_length=10, choices=Client.Kind, default=Client.Kind.INDIVIDUAL)
    company = models.ForeignKey(
        Client,
        models.SET_NULL,
        related_name="+",
        verbose_name=_("rattaché à l’entreprise"),
        null=True,
        blank=True,
        limit_choices_to={"kind": "company"},
    )
    postal_code = models.CharField(_("code postal"), max_length=16, blank=True)
    city = models.CharField(_("ville"), max_length=120, blank=True)
    country = CountryField(_("pays"), default="FR")
    language = models.CharField(
        _("langue des messages"), max_length=5, choices=Client.Language, default=Client.Language.FRENCH
    )
    status_mode = models.CharField(
        _("statut"), max_length=10, choices=Client.StatusMode, default=Client.StatusMode.AUTOMATIC
    )
    status_reason = models.CharField(_("motif du statut"), max_length=200, blank=True)
    description = models.TextField(_("description"), max_length=5000, blank=True)

    class Meta:
        verbose_name = _("modèle de clients")
        verbose_name_plural = _("modèles de clients")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
