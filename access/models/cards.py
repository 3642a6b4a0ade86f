"""Access cards: who may come in, where, when and until which day."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from access.hours import validate_hours
from access.models.places import Tag, Zone
from access.periods import Stored, Window, read_periods, show_periods, validate_periods, window_at
from clients.models import NEVER, Client
from clients.status import active, inactive, is_active
from fixaloop.models import DerivedColumns, QuickRow
from fixaloop.words.dates import day_of
from fixaloop.words.text import normalise

DERIVED = ("username_key", "last_day", "over_at", "search_text")


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


def days_of_pass(starts_at: datetime, ends_at: datetime) -> dict[str, date]:
    return {"valid_from": day_of(starts_at), "valid_until": day_of(ends_at)}


STATE_COLUMNS = ("status", "valid_from", "valid_until", "starts_at", "ends_at", "periods")


def state_of(
    at: datetime,
    status: str,
    first: date,
    last: date | None,
    starts_at: datetime | None,
    ends_at: datetime | None,
    periods: Stored,
) -> str:
    """The state of a card with these `STATE_COLUMNS`: one of `CARD_STATES`, never “inactive”."""
    if status != CardStatus.ACTIVE:
        return str(status)
    window, today = window_at(Window(first, last, starts_at, ends_at), periods, at), day_of(at)
    if window.is_over(at, today):
        return "expired"
    return "active" if window.has_begun(at, today) else "upcoming"


def in_state(state: str, at: datetime) -> Q:
    """The condition of `AccessCard.state`: cards by their days, visitors’ passes and further periods to the minute."""
    today = day_of(at)
    # Outside its first validity, as a condition that null ends do not hide.
    outside = Q(valid_from__gt=today) | Q(starts_at__gt=at) | Q(valid_until__lt=today) | Q(ends_at__lte=at)
    inside = (
        Q(valid_from__lte=today)
        & (Q(starts_at=None) | Q(starts_at__lte=at))
        & (Q(valid_until=None) | Q(valid_until__gte=today))
        & (Q(ends_at=None) | Q(ends_at__gt=at))
    )
    in_period = Exists(CardPeriod.objects.filter(card=OuterRef("pk"), starts_at__lte=at, ends_at__gt=at))
    by_time = {
        "active": under_way(at) & (inside | Q(in_period)),
        "upcoming": under_way(at) & outside & ~Q(in_period),
        "expired": Q(last_day__lte=today) & (Q(last_day__lt=today) | Q(over_at__lte=at)),
    }
    return Q(status=CardStatus.ACTIVE) & by_time[state] if state in by_time else Q(status=state)


def is_worth(worth: str, at: datetime) -> Q:
    if worth == "inactive":
        return in_state("active", at) & inactive(at, "client__")
    return in_state(worth, at) & (active(at, "client__") if worth == "active" else Q())


def under_way(at: datetime) -> Q:
    return Q(last_day__gte=day_of(at)) & (Q(over_at=None) | Q(over_at__gt=at))


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
    """A QR code, kept as a hash, or a badge with its number. Services write its status."""

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
    # What it is valid for after that, to the minute; `CardPeriod` has the rows that conditions look up.
    periods = models.JSONField(_("périodes"), default=list, blank=True, validators=[validate_periods])
    max_visits = models.PositiveSmallIntegerField(_("visites au plus"), null=True, blank=True)
    visits = models.PositiveIntegerField(_("visites"), default=0, editable=False)

    use_count = models.PositiveIntegerField(_("passages"), default=0, editable=False)
    last_used_at = models.DateTimeField(_("dernier passage"), default=NEVER, editable=False)
    # The day of its last use in a stay that is forgotten.
    used_before = models.DateTimeField(null=True, editable=False)

    # Derived from the columns above by `derive`.
    username_key = models.CharField(max_length=128, editable=False, unique=True)
    last_day = models.DateField(default=date.max, editable=False)
    # The moment of the end where it is no day’s.
    over_at = models.DateTimeField(null=True, editable=False)
    search_text = models.CharField(max_length=250, editable=False, default="")

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("émise le"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("modifiée le"), default=timezone.now, editable=False)

    objects = AccessCardQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["use_count", "visits", "last_used_at", "used_before", *DERIVED, "version", "updated_at"]
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
        self.over_at = read_periods(self.periods)[-1].end if self.periods else self.ends_at
        last = self.valid_until or date.max
        if self.over_at is not None:
            last = day_of(self.over_at) if self.periods else min(last, day_of(self.over_at))
        self.last_day = last
        self.search_text = " ".join(filter(None, (normalise(self.username), self.badge_number.lower())))

    def get_absolute_url(self) -> str:
        return reverse("access:card", args=[self.pk])

    def state(self, at: datetime) -> str:
        return state_of(at, *(getattr(self, name) for name in STATE_COLUMNS))

    def window(self, at: datetime) -> Window:
        """The period that is under way or comes next; else the last one."""
        return window_at(Window(self.valid_from, self.valid_until, self.starts_at, self.ends_at), self.periods, at)

    def worth(self, at: datetime) -> str:
        """One of `CARD_STATES`: its state, and “inactive” where it has no effect because its client is inactive."""
        state = self.state(at)
        return "inactive" if state == "active" and not is_active(self.client, at) else state

    @property
    def holder(self) -> str:
        """Who has it, as far as the card says: a visitor, else its username."""
        return self.visitor or self.username

    @property
    def final_day(self) -> date | None:
        """The last day of its last period; None without end."""
        return self.last_day if self.periods else self.valid_until

    @property
    def periods_text(self) -> str:
        return show_periods(self.periods)

    @property
    def was_used(self) -> bool:
        return self.last_used_at > NEVER


class CardPeriod(models.Model):
    """A further period of a card, written from `AccessCard.periods`.

    The database refuses two of one card that overlap: see the migration that makes this table.
    """

    card = models.ForeignKey(
        AccessCard, models.CASCADE, related_name="period_rows", verbose_name=_("carte"), db_index=False
    )
    starts_at = models.DateTimeField(_("valable de"))
    ends_at = models.DateTimeField(_("valable jusqu’à"))

    class Meta:
        verbose_name = _("période d’une carte")
        verbose_name_plural = _("périodes de cartes")
        default_permissions = ()
        ordering = ("starts_at",)
        constraints = (
            models.UniqueConstraint(fields=("card", "starts_at"), name="card_period_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="card_period_in_order"),
        )

    def __str__(self) -> str:
        return f"{self.card_id} {self.starts_at:%Y-%m-%d %H:%M}"


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
