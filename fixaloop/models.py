"""Records the machinery keeps for itself, and what models of all apps share."""

from collections.abc import Collection
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models.base import ModelState
from django.utils.translation import gettext, gettext_lazy as _

from fixaloop.accounts.models import Factor, Guesses, KnownPlace, Passkey, ProviderAccount, RecoveryCode  # noqa: F401 - Django looks for models here
from fixaloop.accounts.sessions import OpenSession  # noqa: F401
from fixaloop.audit.models import AuditEntry  # noqa: F401 - Django looks for models here
from fixaloop.installation.models import Firm  # noqa: F401 - Django looks for models here
from fixaloop.lists.models import SavedView  # noqa: F401 - Django looks for models here
from fixaloop.notices.models import Letter, Notice, NoticeRead  # noqa: F401
from fixaloop.speed import is_on


class DerivedColumns(models.Model):
    """Fills its `derived` columns, which lists sort, filter and search by, on every save. Bulk writes call `derive`."""

    derived: ClassVar[tuple[str, ...]]

    class Meta:
        abstract = True

    def derive(self) -> None:
        raise NotImplementedError

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.derive()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], *self.derived}
        super().save(*args, **kwargs)


class Counter(models.Model):
    """The last number of a series (`client`, `intervention`), locked while a new one is given.

    Also the value of a setting that stored columns depend on (`recent_days`).
    """

    name = models.CharField(_("série"), max_length=40, primary_key=True)
    value = models.PositiveBigIntegerField(_("dernier numéro"), default=0)

    class Meta:
        verbose_name = _("compteur")
        verbose_name_plural = _("compteurs")

    def __str__(self) -> str:
        return f"{self.name} : {self.value}"


class NumbersAside(models.Model):
    """Numbers of a series for an import under way, whose transaction locks the row; left over from one that failed."""

    series = models.ForeignKey(Counter, models.CASCADE, related_name="+")
    first = models.PositiveBigIntegerField()
    last = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("numéros réservés")
        verbose_name_plural = _("numéros réservés")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.series_id} : {self.first}–{self.last}"


class DemoRows(models.Model):
    """The rows of one table that the demonstration made: primary key → a digest, empty where history tells more."""

    table = models.CharField(_("table"), max_length=80, unique=True)
    rows = models.JSONField(_("lignes"), default=dict)

    class Meta:
        verbose_name = _("lignes de la démonstration")
        verbose_name_plural = _("lignes de la démonstration")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.table} : {len(self.rows)}"


class PaymentHead(models.Model):
    """The end of the chain of payments: the last number and the last hash, locked while a payment is added.

    It knows of the last payment even if somebody removes it from its table.
    """

    number = models.PositiveBigIntegerField(_("dernier numéro"), default=0)
    hash = models.CharField(_("empreinte"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("fin de la chaîne des paiements")
        verbose_name_plural = _("fin de la chaîne des paiements")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.number)


class PaymentWords(models.Model):
    """What was typed about a payment, apart from it because words may tell of a person and then must be forgotten.

    The payment keeps a digest of them with the salt. Without the salt, the digest tells nothing more.
    """

    note = models.CharField(_("note"), max_length=200, blank=True)
    reference = models.CharField(_("référence"), max_length=60, blank=True)
    salt = models.CharField(max_length=32, blank=True)

    class Meta:
        verbose_name = _("texte d’un paiement")
        verbose_name_plural = _("textes des paiements")
        default_permissions = ()

    def __str__(self) -> str:
        return " · ".join(filter(None, (self.reference, self.note)))


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
    """

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="traces", verbose_name=_("import"))
    created = models.JSONField(_("créés"), default=dict)
    changed = models.JSONField(_("modifiés"), default=dict)

    class Meta:
        verbose_name = _("trace d’import")
        verbose_name_plural = _("traces d’imports")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.batch} : {len(self.created)} + {len(self.changed)}"


class ListBatch(models.Model):
    """What somebody did to many rows of a list at once. It can be undone as long as it is kept."""

    kind = models.CharField(_("nature"), max_length=40)
    action = models.CharField(_("action"), max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("fait par"), null=True, related_name="+"
    )
    at = models.DateTimeField(_("fait le"), db_index=True)
    undone_at = models.DateTimeField(_("annulé le"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("annulé par"), null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ("-pk",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.action} {self.pk}"


class ListBatchRow(models.Model):
    """A row of a batch: what it was and its mark since, or why it was refused."""

    batch = models.ForeignKey(ListBatch, models.CASCADE, related_name="rows", verbose_name=_("lot"))
    row = models.BigIntegerField(_("ligne"), db_index=True)
    before = models.JSONField(_("avant"), default=dict)
    mark = models.CharField(max_length=20, blank=True)
    refused = models.CharField(_("refus"), max_length=300, blank=True)
    undone = models.BooleanField(_("annulée"), default=False)

    class Meta:
        verbose_name = _("ligne d’un lot")
        verbose_name_plural = _("lignes de lots")
        ordering = ("pk",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.batch_id} {self.row}"


class Preference(models.Model):
    """What a person has set for themselves, and how far they and their mails have come with notices."""

    class NoticesMail(models.TextChoices):
        NONE = "none", _("Jamais")
        AT_ONCE = "at_once", _("Aussitôt")
        DIGEST = "digest", _("Une fois par jour")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("utilisateur"), primary_key=True
    )
    language = models.CharField(_("langue de l’interface"), max_length=5, blank=True)
    notices_mail = models.CharField(
        _("notifications par e-mail"), max_length=7, choices=NoticesMail, default=NoticesMail.NONE
    )
    # Somebody else gave the password: the person chooses another one first.
    given_password = models.BooleanField(_("mot de passe donné"), default=False, editable=False)
    # Keys of notices: all up to these are read, and were in a mail.
    read_upto = models.PositiveBigIntegerField(default=0, editable=False)
    mailed_upto = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("préférences d’un utilisateur")
        verbose_name_plural = _("préférences des utilisateurs")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user}"


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


class ExportJob(Job):
    """A list too long to be written while its author waits: only they may download it, until it expires."""

    title = models.CharField(_("liste"), max_length=200)
    path = models.CharField(_("page"), max_length=500)
    query = models.TextField(_("filtres de la page"), blank=True)
    filters = models.JSONField(_("filtres"), default=list)
    file = models.FileField(_("fichier"), upload_to="exports/", blank=True)
    size = models.PositiveBigIntegerField(_("taille"), default=0)
    expires_at = models.DateTimeField(_("expire le"), null=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.title


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


class QuickRow(models.Model):
    """A model whose rows are read by the page.

    Django fills an object column by column through `__init__`, for the sake of signals and defaults that a row of the
    database has no use of; `from_db` is its documented place to do otherwise. What is left out is deferred, as ever.
    """

    class Meta:
        abstract = True

    if is_on("rows"):

        @classmethod
        def from_db(cls, db: str | None, field_names: Collection[Any], values: Collection[Any]) -> Self:
            row = cls.__new__(cls)
            state = ModelState()
            state.adding = False
            state.db = db
            row.__dict__.update(zip(field_names, values, strict=True), _state=state)
            return row
