"""What happened, kept as it was, and the reads that were answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from access.models.cards import AccessCard
from access.models.entries import Entry
from access.models.places import Device, Direction, Tag, Zone
from access.models.vehicles import Vehicle
from clients.models import Client
from fixaloop.models import QuickRow

LONGEST_TEXT = 300
# A passage and what refers to it are seldom further apart.
NEAR = timedelta(days=1)


class AppendOnly(Exception):
    """Events are never changed or deleted, except by access.services.retention."""


class EventQuerySet(models.QuerySet["Event"]):
    def record(
        self,
        kind: str,
        *,
        at: datetime,
        by: AbstractBaseUser | None = None,
        tags: Sequence[Tag] = (),
        text: str = "",
        **what: Any,
    ) -> Event:
        """Add an event; `what` are its other fields: client, card, vehicle, device, zone, entry…"""
        event: Event = self.create(kind=kind, at=at, actor=by, text=text[:LONGEST_TEXT], **what)  # type: ignore[misc]
        if tags:
            event.tags.add(*tags)
        return event

    def told_near(self, key: Any, at: datetime) -> Event | None:
        """The event with this key, first looked for around an instant: that spares the months of all other events."""
        return self.filter(pk=key, at__range=(at - NEAR, at + NEAR)).first() or self.filter(pk=key).first()

    def with_plate_like(self, key: str) -> EventQuerySet:
        """Events of plates that nobody owned and that begin like this."""
        return self.exclude(plate_read="").filter(plate_read__gte=key, plate_read__lt=f"{key}~")

    def record_all(self, events: Iterable[Event], tags: Mapping[int, Iterable[int]] | None = None) -> None:
        """Add many events at once; `tags` are the keys of the tags of each card, by card."""
        kept = self.bulk_create(list(events), batch_size=500)
        link = Event.tags.through
        links = [
            link(event_id=event.pk, tag_id=tag) for event in kept for tag in (tags or {}).get(event.card_id or 0, ())
        ]
        link.objects.bulk_create(links, batch_size=500)

    def update(self, **values: Any) -> NoReturn:
        raise AppendOnly

    def delete(self) -> NoReturn:
        raise AppendOnly


class Event(QuickRow):
    """Something that happened, with its reasons and facts at the time."""

    class Kind(models.TextChoices):
        ENTRY = "entry", _("Entrée")
        EXIT = "exit", _("Sortie")
        REFUSED = "refused", _("Refus")
        PAYMENT = "payment", _("Paiement")
        NOTIFICATION = "notification", _("Message")
        STATUS = "status", _("Statut")
        CARD = "card", _("Carte")
        NOTE = "note", _("Note")
        CORRECTION = "correction", _("Correction")
        VEHICLE = "vehicle", _("Véhicule")
        JOB = "job", _("Intervention")

    at = models.DateTimeField(_("le"))
    recorded_at = models.DateTimeField(_("enregistré le"), default=timezone.now, editable=False)
    kind = models.CharField(_("nature"), max_length=12, choices=Kind)
    client = models.ForeignKey(
        Client, models.SET_NULL, related_name="events", verbose_name=_("client"), null=True, db_index=False
    )
    card = models.ForeignKey(
        AccessCard, models.SET_NULL, related_name="events", verbose_name=_("carte"), null=True, db_index=False
    )
    vehicle = models.ForeignKey(
        Vehicle, models.SET_NULL, related_name="events", verbose_name=_("véhicule"), null=True, db_index=False
    )
    device = models.ForeignKey(
        Device, models.SET_NULL, related_name="events", verbose_name=_("appareil"), null=True, db_index=False
    )
    zone = models.ForeignKey(
        Zone, models.SET_NULL, related_name="events", verbose_name=_("zone"), null=True, db_index=False
    )
    entry = models.ForeignKey(Entry, models.SET_NULL, related_name="events", verbose_name=_("entrée"), null=True)
    direction = models.CharField(_("sens"), max_length=4, choices=Direction, blank=True)
    # Codes of access.gate.reasons: why it was refused.
    reasons = models.JSONField(_("motifs"), default=list)
    anomalies = models.JSONField(_("anomalies"), default=list)
    # What happened, as a code of `access.events.words`.
    said = models.CharField(_("code"), max_length=30, blank=True, default="", editable=False)
    # The values of what is said, or the facts of the decision, enough to decide again; never a QR value or a token.
    inputs = models.JSONField(_("faits"), default=dict)
    # The key of a plate that is no vehicle’s, or was misread; such events are found by it.
    plate_read = models.CharField(max_length=20, editable=False, default="", blank=True)
    # What a person typed.
    text = models.CharField(_("texte"), max_length=LONGEST_TEXT, blank=True)
    tags = models.ManyToManyField(Tag, related_name="events", verbose_name=_("tags"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", verbose_name=_("par"), null=True, db_index=False
    )

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("événement")
        verbose_name_plural = _("événements")
        ordering = ("-at", "-pk")
        default_permissions = ("view",)
        permissions = (("export_event", _("Peut exporter les événements")),)
        indexes = (
            models.Index(fields=("-at", "-id"), name="event_by_time"),
            models.Index(fields=("client", "-at", "-id"), name="event_by_client"),
            models.Index(fields=("kind", "-at", "-id"), name="event_by_kind"),
            models.Index(fields=("device", "-at", "-id"), name="event_by_device"),
            models.Index(fields=("card", "-at", "-id"), name="event_by_card"),
            models.Index(fields=("vehicle", "-at", "-id"), name="event_by_vehicle"),
            models.Index(fields=("zone", "-at", "-id"), name="event_by_zone"),
            # Those of one intervention, whoever its client was then.
            models.Index(
                F("inputs__intervention"),
                F("at").desc(),
                F("id").desc(),
                name="event_by_intervention",
                condition=Q(kind__in=("job", "payment", "note")),
            ),
            models.Index(fields=("plate_read", "-at"), name="event_by_plate_read", condition=~Q(plate_read="")),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {timezone.localtime(self.at):%d/%m/%Y %H:%M}"

    # Events that follow from other changes: they do not keep an import from being undone.
    _following = Q(kind__in=(Kind.STATUS, Kind.CARD, Kind.VEHICLE, Kind.JOB, Kind.PAYMENT))
    told_by_itself = _following | Q(kind=Kind.NOTIFICATION, actor=None)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly


class Read(models.Model):
    """An answered read: the same nonce from the same device gets the same answer.

    It also tells repeated reads: who or what was presented (`subject`), where, which way and when. The counter keeps
    its passages here for that, without a device where none serves it.
    """

    device = models.ForeignKey(Device, models.CASCADE, related_name="reads", verbose_name=_("appareil"), null=True)
    nonce = models.CharField(_("numéro unique"), max_length=100)
    body_hash = models.CharField(max_length=64)
    answer = models.JSONField(_("réponse"))
    created_at = models.DateTimeField(_("reçu le"), db_index=True)
    subject = models.CharField(max_length=60, default="", editable=False)
    zone = models.ForeignKey(Zone, models.CASCADE, related_name="+", null=True, db_index=False, editable=False)
    direction = models.CharField(_("sens"), max_length=4, choices=Direction, default="", editable=False)
    read_at = models.DateTimeField(_("lu le"), null=True, editable=False)

    class Meta:
        verbose_name = _("lecture")
        verbose_name_plural = _("lectures")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("device", "nonce"), name="read_once"),)
        indexes = (
            models.Index(
                fields=("subject", "zone", "read_at"), name="read_by_subject", condition=Q(read_at__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"{self.device_id} {self.nonce}"


class CardUse(models.Model):
    """Passages of a card whose row somebody else was writing: access.services.card_uses adds them up."""

    # No foreign key: who deletes a card does not wait for this.
    card_key = models.BigIntegerField()
    uses = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.card_key} {self.at}"


class StaleClient(models.Model):
    """A client whose computed columns could not be written with a passage: access.services.client_columns."""

    # No foreign key: who deletes a client does not wait for this.
    client_key = models.BigIntegerField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.client_key)
