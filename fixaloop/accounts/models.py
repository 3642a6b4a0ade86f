"""What is kept of tries to sign in: how many failed, and whence each account comes (docs/rules.md)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Guesses(models.Model):
    """How many wrong passwords there were lately for one account, from one place, or in all, and how many tries had
    to wait in an hour: see `guesses.py`.
    """

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


class Factor(models.Model):
    """What opens an account besides its password: an app on a phone that shows codes."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("utilisateur"))
    # Sealed (`sealed.py`).
    secret = models.CharField(max_length=255, editable=False)
    # The half minute of the last code that was taken: none is taken twice.
    last_step = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("ajouté le"))
    used_at = models.DateTimeField(_("utilisé le"), null=True)

    class Meta:
        verbose_name = _("second facteur")
        verbose_name_plural = _("seconds facteurs")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id} {self.created_at}"


class Passkey(models.Model):
    """What a phone, a computer or a key on a key ring proves: its public half, which opens nothing by itself."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("utilisateur"))
    name = models.CharField(_("nom"), max_length=60)
    credential = models.TextField(editable=False)
    created_at = models.DateTimeField(_("ajoutée le"))
    used_at = models.DateTimeField(_("utilisée le"), null=True)

    class Meta:
        verbose_name = _("clé d’accès")
        verbose_name_plural = _("clés d’accès")
        default_permissions = ()
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """A code that opens once in place of a second factor; its digest alone is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("utilisateur"), db_index=False)
    digest = models.CharField(max_length=64, editable=False)
    used_at = models.DateTimeField(_("utilisé le"), null=True)

    class Meta:
        verbose_name = _("code de secours")
        verbose_name_plural = _("codes de secours")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("user", "digest"), name="recovery_code_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} {self.used_at}"


class ProviderAccount(models.Model):
    """The subject by which the firm’s own provider knows an account’s owner; providers never give it to another."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("utilisateur"), related_name="provider_account"
    )
    issuer = models.CharField(_("fournisseur"), max_length=255)
    subject = models.CharField(max_length=255, editable=False)
    created_at = models.DateTimeField(_("ajouté le"))

    class Meta:
        verbose_name = _("compte du fournisseur")
        verbose_name_plural = _("comptes du fournisseur")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("issuer", "subject"), name="provider_subject_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} {self.issuer}"


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
