"""Records the machinery keeps for itself; none of them knows what a client is."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Counter(models.Model):
    """The last number given to a series (`client`, `intervention`), locked while a new one is given."""

    name = models.CharField(_("série"), max_length=40, primary_key=True)
    value = models.PositiveBigIntegerField(_("dernier numéro"), default=0)

    class Meta:
        verbose_name = _("compteur")
        verbose_name_plural = _("compteurs")

    def __str__(self) -> str:
        return f"{self.name} : {self.value}"


class Submission(models.Model):
    """One sending of a creation form, so that a double click or a resent page creates one thing only."""

    token = models.UUIDField(_("jeton"), primary_key=True)
    url = models.CharField(_("page créée"), max_length=200, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("utilisateur"))
    created_at = models.DateTimeField(_("envoyé le"), auto_now_add=True)

    class Meta:
        verbose_name = _("envoi de formulaire")
        verbose_name_plural = _("envois de formulaires")

    def __str__(self) -> str:
        return str(self.token)


class ImportBatch(models.Model):
    """A file imported: which, when, by whom, and what it gave."""

    kind = models.CharField(_("nature"), max_length=40)
    file_name = models.CharField(_("fichier"), max_length=255)
    fingerprint = models.CharField(_("empreinte SHA-256"), max_length=64, db_index=True)
    created_at = models.DateTimeField(_("importé le"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("importé par"), null=True, related_name="+"
    )
    created = models.PositiveIntegerField(_("créés"), default=0)
    updated = models.PositiveIntegerField(_("mis à jour"), default=0)
    refused = models.PositiveIntegerField(_("refusés"), default=0)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return gettext("Import n° %(number)s (%(file)s)") % {"number": self.pk, "file": self.file_name}
