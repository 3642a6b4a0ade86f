"""What a client was known by before."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.models.clients import Client
from clients.reference import PREFIX
from fixaloop.models import ImportBatch


class FormerReference(models.Model):
    """The number of a client that was merged into another; its links keep working."""

    number = models.PositiveIntegerField(_("ancien numéro"), primary_key=True)
    client = models.ForeignKey(Client, models.CASCADE, related_name="former_references", verbose_name=_("client"))

    class Meta:
        verbose_name = _("ancienne référence")
        verbose_name_plural = _("anciennes références")

    def __str__(self) -> str:
        return f"{PREFIX}{self.number:03d}"


class FormerKey(models.Model):
    """An e-mail or external reference that a merge took from a client: searches and files still find it."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        EXTERNAL_REFERENCE = "external_reference", _("Référence externe")

    kind = models.CharField(_("nature"), max_length=20, choices=Kind)
    # As it is compared: e-mails in lower case.
    value = models.CharField(_("valeur"), max_length=254)
    client = models.ForeignKey(Client, models.CASCADE, related_name="former_keys", verbose_name=_("client"))

    class Meta:
        verbose_name = _("ancien e-mail ou ancienne référence externe")
        verbose_name_plural = _("anciens e-mails et anciennes références externes")
        default_permissions = ()
        constraints = (models.UniqueConstraint("value", "kind", name="former_key_unique"),)

    def __str__(self) -> str:
        return self.value


class ImportedRow(models.Model):
    """A row of a file as it was last taken, so that the same row is known again whatever people have corrected since.

    `row` and `content` are digests: of what tells who the row is, and of all its cells. `shape` is that of the columns
    of its file. `origin` is the primary key that the client had then; a merge moves the row to another client.
    """

    # None where the whole file changed nothing.
    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="+", verbose_name=_("import"), null=True)
    client = models.ForeignKey(Client, models.CASCADE, related_name="imported_rows", verbose_name=_("client"))
    origin = models.PositiveBigIntegerField(_("client d’origine"), db_index=True)
    row = models.CharField(_("empreinte de la ligne"), max_length=32)
    shape = models.CharField(_("empreinte des colonnes"), max_length=32)
    content = models.CharField(_("empreinte du contenu"), max_length=32)

    class Meta:
        verbose_name = _("ligne importée")
        verbose_name_plural = _("lignes importées")
        default_permissions = ()
        indexes = (models.Index(fields=("row",), name="imported_row_by_row"),)

    def __str__(self) -> str:
        return f"{self.batch} : {self.client}"


class ForgottenRow(models.Model):
    """A keyed digest of what a client who is forgotten was known by in files (`clients.services.forgotten`)."""

    mark = models.CharField(_("empreinte"), max_length=32, unique=True)
    at = models.DateTimeField(_("oublié le"))

    class Meta:
        verbose_name = _("ligne oubliée")
        verbose_name_plural = _("lignes oubliées")
        default_permissions = ()

    def __str__(self) -> str:
        return self.mark
