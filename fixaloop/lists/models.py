"""What is kept about lists: views that people save, what they chose, batches under way."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

LONGEST_NAME = 40
LONGEST_QUERY = 2_000


class SavedView(models.Model):
    """The filters and sort of a list under a name: for its owner, or for everybody if it has none."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("de"), null=True, blank=True, related_name="+"
    )
    list = models.CharField(_("liste"), max_length=100)
    name = models.CharField(_("nom"), max_length=LONGEST_NAME)
    query = models.CharField(_("filtres et tri"), max_length=LONGEST_QUERY, blank=True)

    class Meta:
        verbose_name = _("vue enregistrée")
        verbose_name_plural = _("vues enregistrées")
        ordering = ("list", "pk")
        default_permissions = ()
        permissions = (("share_savedview", _("Peut enregistrer des vues pour tous")),)
        constraints = (
            models.UniqueConstraint(fields=("list", "owner", "name"), name="one_view_of_a_name_each"),
            models.UniqueConstraint(
                fields=("list", "name"), condition=models.Q(owner=None), name="one_view_of_a_name_for_all"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        return f"{self.list}?{self.query}" if self.query else self.list


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
