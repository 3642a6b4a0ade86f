"""Work that a person asked for and does not wait for."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """Work in the background for a person, who may leave the page and come back."""

    class State(models.TextChoices):
        DRAFT = "draft", _("à lancer")
        WAITING = "waiting", _("en attente")
        RUNNING = "running", _("en cours")
        DONE = "done", _("terminé")
        FAILED = "failed", _("en échec")
        CANCELLED = "cancelled", _("arrêté")

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("demandé par"), related_name="%(class)ss"
    )
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(_("demandé le"))
    beat_at = models.DateTimeField(_("dernier signe"), null=True)
    finished_at = models.DateTimeField(_("fini le"), null=True)
    done = models.PositiveIntegerField(_("lignes faites"), default=0)
    total = models.PositiveIntegerField(_("lignes en tout"), default=0)
    attempts = models.PositiveSmallIntegerField(_("essais"), default=0)
    error = models.TextField(_("échec"), blank=True)
    language = models.CharField(_("langue"), max_length=5, default="fr")

    class Meta:
        abstract = True
