"""The lines of the journal. The database itself refuses to change one, or to delete one younger than a year."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

# In the column: longer values are cut.
LONGEST = 150


class AuditEntry(models.Model):
    """What somebody did. It names records by reference and never quotes what is known of a person."""

    class Kind(models.TextChoices):
        SIGN_IN = "sign_in", _("Connexion")
        SIGN_IN_FAILED = "sign_in_failed", _("Connexion refusée")
        SIGN_OUT = "sign_out", _("Déconnexion")
        PASSWORD = "password", _("Mot de passe changé")
        FACTOR = "factor", _("Second facteur changé")
        ACCOUNT_MADE = "account_made", _("Compte créé")
        ACCOUNT_CHANGED = "account_changed", _("Compte modifié")
        ACCOUNT_CLOSED = "account_closed", _("Compte désactivé")
        ACCOUNT_OPENED = "account_opened", _("Compte réactivé")
        RIGHTS = "rights", _("Droits changés")
        EXPORT = "export", _("Export")
        ARCHIVE = "archive", _("Dossier remis")
        ANONYMISED = "anonymised", _("Client anonymisé")
        IMPORT = "import", _("Import")
        IMPORT_UNDONE = "import_undone", _("Import annulé")
        TOKEN = "token", _("Jeton d’appareil")
        SETTINGS = "settings", _("Réglages de l’entreprise")
        REFUSED = "refused", _("Page refusée")
        OPENED = "opened", _("Fiche ouverte")

    at = models.DateTimeField(_("le"))
    kind = models.CharField(_("quoi"), max_length=20, choices=Kind)
    # The account may be a demonstration's, which leaves with its data: its login stays.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        verbose_name=_("compte"),
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    login = models.CharField(_("identifiant"), max_length=LONGEST, blank=True)
    address = models.GenericIPAddressField(_("adresse"), null=True)
    subject = models.CharField(_("sur"), max_length=LONGEST, blank=True)
    values = models.JSONField(_("valeurs"), default=dict)

    class Meta:
        verbose_name = _("ligne du journal")
        verbose_name_plural = _("journal")
        default_permissions = ("view", "export")
        indexes = (
            models.Index(fields=("at", "id"), name="audit_at"),
            models.Index(fields=("kind", "at", "id"), name="audit_kind"),
            models.Index(fields=("user", "at", "id"), name="audit_user"),
            models.Index(fields=("subject", "at", "id"), name="audit_subject"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind} {self.login} {self.subject}"
