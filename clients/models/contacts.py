"""How else to reach a client."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models.clients import Client
from clients.values.contacts import LONGEST_LABEL


class OtherContactQuerySet(models.QuerySet["OtherContact"]):
    def owners(self, values: Iterable[str]) -> OtherContactQuerySet:
        """The keys of the clients that have one of these phones or e-mails beside their main ones."""
        return self.filter(key__in=[value.lower() for value in values]).values("client")  # type: ignore[return-value]


class OtherContact(models.Model):
    """A phone or an e-mail beside the main ones; written by `clients.services.contacts` alone."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("Téléphone")
        EMAIL = "email", _("E-mail")

    client = models.ForeignKey(Client, models.CASCADE, related_name="contacts", verbose_name=_("client"))
    kind = models.CharField(_("nature"), max_length=5, choices=Kind)
    value = models.CharField(_("téléphone ou e-mail"), max_length=254)
    # In lower case: what is unique, and looked up.
    key = models.CharField(max_length=254, editable=False)
    label = models.CharField(_("libellé"), max_length=LONGEST_LABEL, blank=True)
    position = models.PositiveSmallIntegerField(_("rang"))

    objects = OtherContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("autre contact")
        verbose_name_plural = _("autres contacts")
        ordering = ("client", "position")
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(fields=("client", "position"), name="contact_position_unique"),
            models.UniqueConstraint(
                fields=("key",),
                condition=Q(kind="email"),
                name="contact_email_unique",
                violation_error_message=_("Un autre client a déjà cette adresse e-mail."),
            ),
        )
        indexes = (models.Index(fields=("key",), name="contact_by_key"),)

    def __str__(self) -> str:
        return self.value
