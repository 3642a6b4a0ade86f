"""What is kept of tries to sign in: how many failed, and whence each account comes (docs/rules.md)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Guesses(models.Model):
    """How many wrong passwords there were lately for one account, from one place, or in all: see `guesses.py`."""

    # No name as it was typed, which may be a password.
    key = models.CharField(_("clé"), max_length=100, primary_key=True)
    level = models.FloatField(_("essais manqués"), default=0)
    at = models.DateTimeField(_("le"), db_index=True)

    class Meta:
        verbose_name = _("essais de mots de passe")
        verbose_name_plural = _("essais de mots de passe")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.key} : {self.level:.1f}"


class KnownPlace(models.Model):
    """A place from which an account has been signed in to: the wrong passwords of other places do not close it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("utilisateur"), db_index=False)
    place = models.CharField(_("provenance"), max_length=50)
    at = models.DateTimeField(_("le"), db_index=True)

    class Meta:
        verbose_name = _("provenance connue")
        verbose_name_plural = _("provenances connues")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("user", "place"), name="place_known_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} {self.place}"
