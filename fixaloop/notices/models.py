"""Notices, who has read them, and the letters that wait to be sent (docs/rules.md, Notices)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """Something that people should look at, told once. It keeps codes and values, never a name."""

    kind = models.CharField(_("nature"), max_length=40)
    # Subject and occasion: “card_ending-12-2026-12-05”.
    key = models.CharField(_("clé"), max_length=120, unique=True)
    at = models.DateTimeField(_("le"))
    subject = models.PositiveBigIntegerField(_("sujet"))
    values = models.JSONField(_("valeurs"), default=dict)
    # Of one’s own account: nobody else sees it, and one need not have a right.
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("pour"), null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ("-pk",)
        default_permissions = ()
        indexes = (models.Index(fields=("kind", "-id"), name="notice_by_kind"),)

    def __str__(self) -> str:
        return self.key


class NoticeRead(models.Model):
    """A notice that somebody has marked as read by itself; all up to `Preference.read_upto` are read too."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="readings")

    class Meta:
        verbose_name = _("notification lue")
        verbose_name_plural = _("notifications lues")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("user", "notice"), name="notice_read_once"),)

    def __str__(self) -> str:
        return f"{self.user_id} {self.notice_id}"


class Letter(models.Model):
    """An e-mail in the outbox. It keeps codes and values: text and address are found when it is sent."""

    class State(models.TextChoices):
        WAITING = "waiting", _("en attente")
        # A worker composes it; nothing has left.
        CLAIMED = "claimed", _("en préparation")
        # A worker hands it over: if that worker dies now, nobody knows whether it has left.
        SENDING = "sending", _("en cours d’envoi")
        SENT = "sent", _("envoyé")
        DROPPED = "dropped", _("sans objet")
        FAILED = "failed", _("en échec")
        UNSURE = "unsure", _("envoi incertain")

    kind = models.CharField(_("nature"), max_length=40)
    key = models.CharField(_("clé"), max_length=120, unique=True)
    # Whose it is: “user-3”, or the word that another app has for its own people. Letters are removed by it.
    holder = models.CharField(_("destinataire"), max_length=40, db_index=True)
    values = models.JSONField(_("valeurs"), default=dict)
    # The same at each attempt, so that mailboxes that get it twice show it once.
    message_id = models.CharField(_("identifiant du message"), max_length=120, unique=True)
    state = models.CharField(_("état"), max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("essais"), default=0)
    created_at = models.DateTimeField(_("demandé le"))
    next_at = models.DateTimeField(_("à envoyer le"))
    claimed_at = models.DateTimeField(_("pris le"), null=True)
    ended_at = models.DateTimeField(_("fini le"), null=True)
    error = models.CharField(_("échec"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("e-mail à envoyer")
        verbose_name_plural = _("e-mails à envoyer")
        ordering = ("-pk",)
        default_permissions = ("view", "change")
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(state="sent") | models.Q(ended_at__isnull=False, attempts__gte=1),
                name="letter_sent",
            ),
        )
        indexes = (models.Index(fields=("state", "next_at", "id"), name="letter_by_state"),)

    def __str__(self) -> str:
        return self.key
