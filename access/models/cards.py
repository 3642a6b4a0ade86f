"""Access cards: who may come in, where, when and until which day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from access.hours import validate_hours
from access.models.places import Tag, Zone
from clients.models import NEVER, Client, ClientTemplate
from clients.status import active, inactive, is_active
from fixaloop.models import DerivedColumns, QuickRow
from fixaloop.words.dates import day_of
from fixaloop.words.text import normalise

DERIVED = ("username_key", "last_day", "search_text")
LONGEST_DEFAULT = 3650


class CardStatus(models.TextChoices):
    """What people decided about a card. Whether it has expired follows from its days (`AccessCard.state`)."""

    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspendue")
    LOST = "lost", _("Perdue")
    REVOKED = "revoked", _("Révoquée")


# What a card is worth at a moment (docs/rules.md, Cards): its status, or what clock and client make of an active one.
CARD_STATES = {
    "active": _("Valable"),
    "inactive": _("Client inactif"),
    "expired": _("Expirée"),
    "upcoming": _("Pas encore valable"),
    "suspended": _("Suspendue"),
    "lost": _("Perdue"),
    "revoked": _("Révoquée"),
}
# How many days before its end a card is said to expire soon.
SOON = 30


def has_begun(first: date | None, starts_at: datetime | None, at: datetime, day: date) -> bool:
    return (first is None or first <= day) and (starts_at is None or starts_at <= at)


def is_over(last: date | None, ends_at: datetime | None, at: datetime, day: date) -> bool:
    return (last is not None and last < day) or (ends_at is not None and ends_at <= at)


def days_of_pass(starts_at: datetime, ends_at: datetime) -> dict[str, date]:
    """The days of a visitor’s pass, which are those of its hours, by column."""
    return {"valid_from": day_of(starts_at), "valid_until": day_of(ends_at)}


def state_of(
    at: datetime, status: str, first: date, last: date, starts_at: datetime | None, ends_at: datetime | None
) -> str:
    """What a card with these columns (`STATE_COLUMNS`) is: one of `CARD_STATES` but “inactive”."""
    if status != CardStatus.ACTIVE:
        return str(status)
    today = day_of(at)
    if is_over(last, ends_at, at, today):
        return "expired"
    return "active" if has_begun(first, starts_at, at, today) else "upcoming"


STATE_COLUMNS = ("status", "valid_from", "last_day", "starts_at", "ends_at")


def in_state(state: str, at: datetime) -> Q:
    """The condition of `AccessCard.state`: cards by their days, visitors’ passes to the minute."""
    today = day_of(at)
    begun = Q(valid_from__lte=today) & (Q(starts_at=None) | Q(starts_at__lte=at))
    by_time = {
        "active": under_way(at) & begun,
        "upcoming": under_way(at) & ~begun,
        "expired": Q(last_day__lte=today) & (Q(last_day__lt=today) | Q(ends_at__lte=at)),
    }
    return Q(status=CardStatus.ACTIVE) & by_time[state] if state in by_time else Q(status=state)


def is_worth(worth: str, at: datetime) -> Q:
    """The condition of `AccessCard.worth`."""
    if worth == "inactive":
        return in_state("active", at) & inactive(at, "client__")
    return in_state(worth, at) & (active(at, "client__") if worth == "active" else Q())


def under_way(at: datetime) -> Q:
    """The condition of a card that is not over."""
    return Q(last_day__gte=day_of(at)) & (Q(ends_at=None) | Q(ends_at__gt=at))


def expiring(at: datetime, until: date) -> Q:
    """The condition of a card that is not over yet, and whose last day is `until` or earlier."""
    return under_way(at) & Q(status=CardStatus.ACTIVE, last_day__lte=until)


class AccessCardQuerySet(models.QuerySet["AccessCard"]):
    def in_state(self, state: str, at: datetime) -> AccessCardQuerySet:
        return self.filter(in_state(state, at))

    def usable(self, at: datetime) -> AccessCardQuerySet:
        return self.in_state("active", at)

    def expiring(self, at: datetime, until: date) -> AccessCardQuerySet:
        return self.filter(expiring(at, until))

    def unused(self) -> AccessCardQuerySet:
        return self.filter(use_count=0)


class AccessCard(DerivedColumns, QuickRow):
    """A QR code, of which only a hash is kept, or a badge with its number. Services write its status."""

    derived = DERIVED

    class Kind(models.TextChoices):
        QR = "qr", _("QR statique")
        BADGE = "badge", _("Badge")

    client = models.ForeignKey(Client, models.PROTECT, related_name="cards", verbose_name=_("client"), db_index=False)
    username = models.CharField(_("nom d’utilisateur"), max_length=64)
    kind = models.CharField(_("type"), max_length=5, choices=Kind, default=Kind.QR)
    badge_number = models.CharField(_("numéro de badge"), max_length=40, blank=True)
    status = models.CharField(_("statut"), max_length=9, choices=CardStatus, default=CardStatus.ACTIVE, editable=False)
    status_reason = models.CharField(_("motif du statut"), max_length=200, blank=True, editable=False)
    status_at = models.DateTimeField(_("statut depuis le"), default=timezone.now, editable=False)
    valid_from = models.DateField(_("valable du"), default=timezone.localdate)
    valid_until = models.DateField(
        _("valable au"), null=True, blank=True, help_text=_("Ce jour compris. Vide : sans fin.")
    )
    # A column of its own, so that taking away the last zone of a card does not open all others.
    everywhere = models.BooleanField(_("toutes les zones"), default=False)
    zones = models.ManyToManyField(Zone, related_name="cards", verbose_name=_("zones"), blank=True)
    hours = models.JSONField(_("horaires"), default=dict, blank=True, validators=[validate_hours])
    tags = models.ManyToManyField(Tag, related_name="cards", verbose_name=_("tags"), blank=True)
    # While somebody else of the client is inside, this card is refused, or its way in marked.
    one_inside = models.CharField(
        _("quand un autre du client est sur place"),
        max_length=6,
        choices=Zone.AntiPassback,
        default=Zone.AntiPassback.NONE,
    )
    # A visitor of the client, who needs no e-mail: their card is a pass, valid to the minute and so many times.
    visitor = models.CharField(_("visiteur"), max_length=80, blank=True)
    starts_at = models.DateTimeField(_("valable de"), null=True, blank=True)
    ends_at = models.DateTimeField(_("valable jusqu’à"), null=True, blank=True)
    max_visits = models.PositiveSmallIntegerField(_("visites au plus"), null=True, blank=True)
    visits = models.PositiveIntegerField(_("visites"), default=0, editable=False)

    use_count = models.PositiveIntegerField(_("passages"), default=0, editable=False)
    last_used_at = models.DateTimeField(_("dernier passage"), default=NEVER, editable=False)

    # Derived from the columns above by `derive`.
    username_key = models.CharField(max_length=128, editable=False, unique=True)
    last_day = models.DateField(default=date.max, editable=False)
    search_text = models.CharField(max_length=250, editable=False, default="")

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("émise le"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("modifiée le"), default=timezone.now, editable=False)

    objects = AccessCardQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["use_count", "visits", "last_used_at", *DERIVED, "version", "updated_at"]
    )

    class Meta:
        verbose_name = _("carte d’accès")
        verbose_name_plural = _("cartes d’accès")
        ordering = ("-created_at", "-pk")
        permissions = (("export_accesscard", _("Peut exporter les cartes d’accès")),)
        constraints = (
            models.UniqueConstraint(
                "badge_number",
                condition=~Q(badge_number="") & ~Q(status="revoked"),
                name="card_badge_unique",
                violation_error_message=_("Une autre carte porte déjà ce numéro de badge."),
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="card_validity",
                violation_error_message=_("Le dernier jour de validité est après le premier."),
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="card_hours_in_order",
                violation_error_message=_("La fin est après le début."),
            ),
            models.CheckConstraint(
                condition=Q(max_visits__isnull=True) | Q(max_visits__gte=1),
                name="card_visits",
                violation_error_message=_("Une visite au moins."),
            ),
            models.CheckConstraint(
                condition=Q(kind="qr") | ~Q(badge_number=""),
                name="card_badge_has_number",
                violation_error_message=_("Un badge a un numéro."),
            ),
        )
        indexes = (
            models.Index(fields=("client", "-created_at", "-id"), name="card_by_client"),
            models.Index(fields=("-created_at", "-id"), name="card_by_creation"),
            models.Index(fields=("status", "-created_at", "-id"), name="card_by_status"),
            models.Index(fields=("last_day", "id"), name="card_by_last_day"),
            models.Index(fields=("status", "last_day", "id"), name="card_by_status_last_day"),
            models.Index(fields=("-last_used_at", "-id"), name="card_by_last_use"),
            models.Index(fields=("valid_from",), name="card_by_first_day"),
            models.Index(fields=("-created_at", "-id"), name="card_unused", condition=Q(use_count=0)),
        )

    def __str__(self) -> str:
        return self.username

    def derive(self) -> None:
        self.username_key = username_key(self.username)
        last = self.valid_until or date.max
        self.last_day = last if self.ends_at is None else min(last, day_of(self.ends_at))
        self.search_text = " ".join(filter(None, (normalise(self.username), self.badge_number.lower())))

    def get_absolute_url(self) -> str:
        return reverse("access:card", args=[self.pk])

    def state(self, at: datetime) -> str:
        """What the card itself is, whoever has it."""
        return state_of(at, self.status, self.valid_from, self.last_day, self.starts_at, self.ends_at)

    def worth(self, at: datetime) -> str:
        """One of `CARD_STATES`: its state, and “inactive” where it has no effect because its client is inactive."""
        state = self.state(at)
        return "inactive" if state == "active" and not is_active(self.client, at) else state

    @property
    def holder(self) -> str:
        """Who has it, as far as the card says: a visitor, else its username."""
        return self.visitor or self.username

    @property
    def was_used(self) -> bool:
        return self.last_used_at > NEVER


def username_key(username: str) -> str:
    """Usernames that differ by case alone share this key."""
    return username.strip().casefold()


class CardSecret(models.Model):
    """The hash of a card’s QR code. Those of former codes stay, so that they are known as revoked."""

    card = models.ForeignKey(AccessCard, models.CASCADE, related_name="secrets", verbose_name=_("carte"))
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    issued_at = models.DateTimeField(_("émis le"), default=timezone.now)
    revoked_at = models.DateTimeField(_("révoqué le"), null=True)

    class Meta:
        verbose_name = _("code QR")
        verbose_name_plural = _("codes QR")
        constraints = (
            models.UniqueConstraint("card", condition=Q(revoked_at__isnull=True), name="card_one_live_secret"),
        )

    def __str__(self) -> str:
        return f"{self.card_id} {self.issued_at:%Y-%m-%d}"


class CardDefaults(models.Model):
    """The zones and the validity that a client template proposes for the card of its clients."""

    template = models.OneToOneField(
        ClientTemplate,
        models.CASCADE,
        primary_key=True,
        related_name="card_defaults",
        verbose_name=_("modèle de clients"),
    )
    days = models.PositiveSmallIntegerField(
        _("validité de la carte (jours)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_DEFAULT)],
    )
    zones = models.ManyToManyField(Zone, related_name="+", verbose_name=_("zones de la carte"), blank=True)

    class Meta:
        verbose_name = _("carte d’un modèle de clients")
        verbose_name_plural = _("cartes des modèles de clients")
        # The permissions on the template stand for both.
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.template)

    def last_day(self, first: date) -> date | None:
        """The last day of a card that begins on this one; None without a proposed validity."""
        return first + timedelta(days=self.days - 1) if self.days else None
