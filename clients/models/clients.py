"""A client of the firm: a person or a company (docs/rules.md, Clients)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField
from simple_history.models import HistoricalRecords

from clients.models import choices
from clients.models.indexes import INDEXES
from clients.models.querysets import ClientQuerySet
from clients.phone import PhoneField
from clients.reference import PREFIX
from clients.values import keys, quality
from clients.values.contacts import Line, read_lines
from clients.values.parsing import show_siret
from clients.values.phones import show_phone
from fixaloop.models import DerivedColumns, QuickRow

NEVER = datetime(1970, 1, 1, tzinfo=UTC)

# Filled by `derive`.
DERIVED = (
    *("sort_name", "name_key", "city_key", "search_text", "review_since"),
    *quality.ODD,
)
# What the name and the address of a client’s page are made of.
NAMED_BY = ("number", "kind", "first_name", "last_name", "company_name")


def named_by(path: str) -> tuple[str, ...]:
    """The same of a related client, as `only` takes it."""
    return tuple(f"{path}__{name}" for name in NAMED_BY)


# Written by the apps above, never by a form.
KEPT_ELSEWHERE = (
    *("active_until", "resumes_at", "resumes_until", "told_active"),
    *("open_interventions", "deciding_number", "deciding_state", "deciding_end"),
    *("last_visit_at", "visited_before", "inside_since", "last_card_day", "card_suspended", "extra_search"),
    "last_contact_at",
)
# What the history does not tell either.
UNTOLD = ("anonymized_at", "version", "updated_at", "touched_at")


class Client(DerivedColumns, QuickRow):
    """A person (particulier) or a company (entreprise)."""

    derived = DERIVED

    class Kind(models.TextChoices):
        INDIVIDUAL = "individual", _("Particulier")
        COMPANY = "company", _("Entreprise")

    class StatusMode(models.TextChoices):
        AUTOMATIC = "automatic", _("Automatique")
        ACTIVE = "active", _("Forcé actif")
        INACTIVE = "inactive", _("Forcé inactif")

    Language = choices.Language
    Channel = choices.Channel
    Payer = choices.Payer

    number = models.PositiveIntegerField(_("numéro"), unique=True, editable=False)
    kind = models.CharField(_("type"), max_length=10, choices=Kind, default=Kind.INDIVIDUAL)
    first_name = models.CharField(_("prénom"), max_length=150, blank=True)
    last_name = models.CharField(_("nom"), max_length=150, blank=True)
    company_name = models.CharField(_("raison sociale"), max_length=255, blank=True)
    siret = models.CharField(_("SIRET"), max_length=14, blank=True, db_index=True)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    phone = PhoneField(_("téléphone"), max_length=20, blank=True, db_index=True)
    # Lines of clients.values.contacts; the rows of OtherContact follow them.
    other_contacts = models.TextField(_("autres contacts"), max_length=8000, blank=True, default="", db_default="")
    street = models.CharField(_("adresse"), max_length=255, blank=True)
    street_extra = models.CharField(_("complément"), max_length=255, blank=True)
    postal_code = models.CharField(_("code postal"), max_length=16, blank=True)
    city = models.CharField(_("ville"), max_length=120, blank=True)
    country = CountryField(_("pays"), default="FR")
    description = models.TextField(_("description"), max_length=5000, blank=True)
    language = models.CharField(_("langue des messages"), max_length=5, choices=Language, default=Language.FRENCH)
    channel = models.CharField(
        _("canal préféré"), max_length=5, choices=Channel, default=Channel.NONE, db_default=Channel.NONE
    )
    # Said in words in the history.
    no_messages = models.BooleanField(
        _("ne veut pas de messages"), choices=((True, _("oui")), (False, _("non"))), default=False, db_default=False
    )
    company = models.ForeignKey(
        "self",
        models.PROTECT,
        related_name="members",
        verbose_name=_("entreprise"),
        null=True,
        blank=True,
        limit_choices_to={"kind": "company"},
        db_index=False,
    )
    # Who pays for what arises from a day on; without a day, for everything (clients.payers).
    payer = models.CharField(_("payeur"), max_length=7, choices=Payer, default=Payer.OWN, db_default=Payer.OWN)
    payer_since = models.DateField(_("payeur depuis le"), null=True, blank=True)
    external_reference = models.CharField(_("référence externe"), max_length=100, blank=True)
    # Both days included; without a first day, since always.
    subscribed_from = models.DateField(_("abonné du"), null=True, blank=True)
    subscribed_until = models.DateField(_("abonné jusqu’au"), null=True, blank=True)

    status_mode = models.CharField(_("mode du statut"), max_length=10, choices=StatusMode, default=StatusMode.AUTOMATIC)
    status_until = models.DateTimeField(_("statut forcé jusqu’au"), null=True, blank=True)
    status_reason = models.CharField(_("motif du statut"), max_length=200, blank=True)
    status_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        verbose_name=_("statut forcé par"),
        null=True,
        blank=True,
        editable=False,
    )
    status_at = models.DateTimeField(_("statut forcé le"), null=True, blank=True, editable=False)

    # Written only by `review_client`.
    reviewed_at = models.DateTimeField(_("revu le"), null=True, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        related_name="+",
        verbose_name=_("revu par"),
        null=True,
        editable=False,
        db_index=False,
    )

    # Written only by the app that computes the status: until when the client is active and, where a forced inactive
    # period has an end, when it is active again.
    active_until = models.DateTimeField(_("actif jusqu’au"), default=NEVER, editable=False)
    resumes_at = models.DateTimeField(_("de nouveau actif le"), null=True, editable=False)
    resumes_until = models.DateTimeField(_("puis actif jusqu’au"), null=True, editable=False)
    open_interventions = models.PositiveIntegerField(_("interventions en cours"), default=0, editable=False)
    # The intervention that decides the automatic status: the most advanced open one, else the last one finished.
    deciding_number = models.PositiveIntegerField(null=True, editable=False)
    deciding_state = models.CharField(max_length=12, blank=True, default="", editable=False)
    deciding_end = models.DateTimeField(null=True, editable=False)
    # The status that the last recorded event of a change says.
    told_active = models.BooleanField(default=False, editable=False)

    # Written only by the app that knows stays and cards. `last_card_day` is the last day of the longest valid card.
    last_visit_at = models.DateTimeField(_("dernière visite"), default=NEVER, editable=False)
    # The day of the last visit whose stay is forgotten.
    visited_before = models.DateTimeField(null=True, editable=False)
    inside_since = models.DateTimeField(_("sur place depuis"), null=True, editable=False)
    last_card_day = models.DateField(_("carte valable au"), null=True, editable=False)
    card_suspended = models.BooleanField(_("carte suspendue"), default=False, editable=False)
    extra_search = models.TextField(editable=False, default="")

    # Derived from the columns above by `derive`.
    sort_name = models.CharField(max_length=310, editable=False, default="")
    name_key = models.CharField(max_length=310, editable=False, default="")
    city_key = models.CharField(max_length=120, editable=False, default="")
    search_text = models.TextField(editable=False, default="")
    # Since when nobody has reviewed the client; for ever, if it was forced without end since.
    review_since = models.DateTimeField(default=NEVER, editable=False)

    # Whether names, or the address, stand in capitals or lower case; the postal code is not the town’s; a person bears
    # the name of a company.
    odd_name = models.BooleanField(default=False, db_default=False, editable=False)
    odd_address = models.BooleanField(default=False, db_default=False, editable=False)
    odd_town = models.BooleanField(default=False, db_default=False, editable=False)
    odd_kind = models.BooleanField(default=False, db_default=False, editable=False)

    # Written by clients.privacy alone.
    anonymized_at = models.DateTimeField(_("anonymisé le"), null=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("créé le"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("modifié le"), default=timezone.now, editable=False)
    # When a person last wrote the record: NEVER if a file brought it, null from the time before this was kept.
    touched_at = models.DateTimeField(null=True, editable=False)
    # Written every night by clients.services.due.
    last_contact_at = models.DateTimeField(_("dernier contact"), null=True, editable=False)

    # What the client’s cards are worth, where a list has added it.
    card_worth: str

    # Read by simple-history when a row is saved: who changed it, and why.
    _history_user: Any
    _change_reason: Any

    objects = ClientQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=[*KEPT_ELSEWHERE, *DERIVED, *UNTOLD])

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        ordering = ("-active_until", "sort_name", "pk")
        permissions = (
            ("export_reports", _("Peut exporter les rapports")),
            ("export_client", _("Peut exporter les clients")),
            ("force_status", _("Peut forcer le statut d’un client")),
            ("merge_client", _("Peut fusionner deux clients")),
            ("view_statement", _("Peut voir et exporter le relevé de compte d’un client")),
            ("export_statement", _("Peut exporter les relevés du mois de toutes les entreprises")),
            ("review_client", _("Peut revoir les clients")),
            ("forget_client", _("Peut anonymiser les clients sans contact")),
        )
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="client_email_unique",
                violation_error_message=_("Un autre client a déjà cette adresse e-mail."),
            ),
            models.UniqueConstraint(
                "external_reference",
                condition=~Q(external_reference=""),
                name="client_external_reference_unique",
                violation_error_message=_("Un autre client a déjà cette référence externe."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind="individual", company_name="", siret="") & ~Q(first_name="") & ~Q(last_name="")
                    | Q(kind="company") & ~Q(company_name="")
                ),
                name="client_named_by_kind",
                violation_error_message=_(
                    "Un particulier a un prénom et un nom ; une entreprise a une raison sociale."
                ),
            ),
            models.CheckConstraint(
                condition=Q(company__isnull=True) | ~Q(company=models.F("id")),
                name="client_not_own_company",
                violation_error_message=_("Un client ne peut pas être sa propre entreprise."),
            ),
            models.CheckConstraint(
                condition=Q(company__isnull=False) | Q(payer="own", payer_since__isnull=True),
                name="client_payer_is_a_company",
            ),
            models.CheckConstraint(
                condition=Q(subscribed_from__isnull=True)
                | Q(subscribed_until__isnull=False, subscribed_until__gte=models.F("subscribed_from")),
                name="client_subscription",
                violation_error_message=_("Un abonnement a un dernier jour, qui n’est pas avant le premier."),
            ),
            models.CheckConstraint(
                condition=Q(status_mode="automatic", status_until__isnull=True) | ~Q(status_mode="automatic"),
                name="client_automatic_has_no_end",
            ),
        )
        indexes = INDEXES

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    def derive(self) -> None:
        """Fill the columns that lists sort and search by; bulk writes call it before they write."""
        self.sort_name = keys.sort_name(self)
        self.name_key = keys.name_key(keys.whole_name(self))
        self.city_key = keys.town_key(self.city)
        self.search_text = keys.search_text(self)
        for name, is_odd in quality.oddities(self).items():
            setattr(self, name, is_odd)
        self.review_since = NEVER if self._is_forced_unreviewed else self.reviewed_at or self.created_at

    @property
    def _is_forced_unreviewed(self) -> bool:
        forced = self.status_mode != self.StatusMode.AUTOMATIC and self.status_until is None
        return forced and (self.reviewed_at is None or (self.status_at or NEVER) > self.reviewed_at)

    def get_absolute_url(self) -> str:
        return reverse("clients:detail", args=[self.reference])

    @property
    def reference(self) -> str:
        """`CLT-001`; given on creation, never reused."""
        return f"{PREFIX}{self.number:03d}"

    @property
    def name(self) -> str:
        return self.company_name if self.is_company else self.contact

    @property
    def contact(self) -> str:
        """The person: the client itself, or the contact in a company."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_company(self) -> bool:
        return self.kind == self.Kind.COMPANY

    @property
    def wants_emails(self) -> bool:
        """Whether what the firm has to say by itself may be said by e-mail."""
        return bool(self.email) and self.channel == self.Channel.EMAIL and not self.no_messages

    @property
    def phone_display(self) -> str:
        return show_phone(self.phone, self.country_code)

    @property
    def other_phones(self) -> list[Line]:
        lines = (line for line in read_lines(self.other_contacts) if not line.is_email)
        return [line.shown(self.country_code) for line in lines]

    @property
    def other_emails(self) -> list[Line]:
        return [line for line in read_lines(self.other_contacts) if line.is_email]

    @property
    def country_code(self) -> str:
        """Two letters, without loading the country’s name."""
        return str(vars(self).get("country") or self.country)

    @property
    def siret_display(self) -> str:
        return show_siret(self.siret)
