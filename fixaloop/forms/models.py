"""Forms that were sent."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Submission(models.Model):
    """One sending of a creation form, so that a double click or a resent page creates only once."""

    token = models.UUIDField(_("jeton"), primary_key=True)
    url = models.CharField(_("page créée"), max_length=200, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("utilisateur"))
    created_at = models.DateTimeField(_("envoyé le"), auto_now_add=True)

    class Meta:
        verbose_name = _("envoi de formulaire")
        verbose_name_plural = _("envois de formulaires")

    def __str__(self) -> str:
        return str(self.token)
