"""Files sent, and what an import wrote."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext, gettext_lazy as _

from fixaloop.worker.models import Job


class ImportBatch(models.Model):
    kind = models.CharField(_("nature"), max_length=40)
    file_name = models.CharField(_("fichier"), max_length=255)
    fingerprint = models.CharField(_("empreinte SHA-256"), max_length=64, db_index=True)
    created_at = models.DateTimeField(_("importé le"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("importé par"), null=True, related_name="+"
    )
    options = models.JSONField(_("options"), default=dict)
    read = models.PositiveIntegerField(_("lus"), default=0)
    created = models.PositiveIntegerField(_("créés"), default=0)
    updated = models.PositiveIntegerField(_("mis à jour"), default=0)
    unchanged = models.PositiveIntegerField(_("inchangés"), default=0)
    refused = models.PositiveIntegerField(_("refusés"), default=0)
    undone_at = models.DateTimeField(_("annulé le"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("annulé par"), null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-pk",)
        permissions = (("undo_importbatch", _("Peut annuler un import")),)

    def __str__(self) -> str:
        return gettext("Import n° %(number)s (%(file)s)") % {"number": self.pk, "file": self.file_name}


class ImportTrace(models.Model):
    """What one part of a batch created and changed, so that it can be undone.

    `created` maps primary key → mark, `changed` primary key → [values before, mark]. A row whose mark differs now was
    changed since. A third item is the earlier mark, where the mark is no longer the one that this batch gave.
    `beside` maps label of a model → primary keys of what rows named and was made for them.
    """

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="traces", verbose_name=_("import"))
    created = models.JSONField(_("créés"), default=dict)
    changed = models.JSONField(_("modifiés"), default=dict)
    beside = models.JSONField(_("créés à côté"), default=dict)

    class Meta:
        verbose_name = _("trace d’import")
        verbose_name_plural = _("traces d’imports")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.batch} : {len(self.created)} + {len(self.changed)}"


class ImportJob(Job):
    """A file sent from the browser, simulated any number of times, then imported."""

    kind = models.CharField(_("nature"), max_length=40)
    file_name = models.CharField(_("fichier"), max_length=255)
    file = models.FileField(_("fichier envoyé"), upload_to="imports/", blank=True)
    options = models.JSONField(_("options"), default=dict)
    simulated = models.BooleanField(_("simulation"), default=True)
    report = models.JSONField(_("rapport"), default=dict)
    # Cells typed over those of the file: see `imports.corrections`.
    corrections = models.JSONField(_("corrections"), default=dict, blank=True)
    # How the worker found the file: see `imports.opening`.
    opened = models.JSONField(default=dict, blank=True, editable=False)
    refused = models.FileField(_("lignes refusées"), upload_to="imports/", blank=True)
    batch = models.ForeignKey(ImportBatch, models.SET_NULL, verbose_name=_("import"), null=True, related_name="jobs")

    class Meta:
        verbose_name = _("envoi de fichier")
        verbose_name_plural = _("envois de fichiers")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.file_name
