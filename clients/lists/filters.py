"""The filters of the list of clients."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from clients.models import Client, ClientQuerySet
from clients.pages.picker import ClientField
from clients.payers import paid_by
from clients.search import matching
from clients.services.due import without_contact
from clients.status import active, inactive, resumed
from clients.values.parsing import parse_postal_code
from fixaloop.lists.days import DayFilter
from fixaloop.lists.filters import ListFilter
from fixaloop.words.dates import day_of, end_of, start_of

# What somebody decided about the status, as long as it holds.
MODES = (
    ("automatic", gettext_lazy("Automatique")),
    ("active", gettext_lazy("Forcé actif")),
    ("inactive", gettext_lazy("Forcé inactif")),
    ("endless", gettext_lazy("Forcé sans fin")),
)
STATUSES = (("active", gettext_lazy("Actif")), ("inactive", gettext_lazy("Inactif")))
PAYERS = (
    (Client.Payer.COMPANY.value, gettext_lazy("Membres dont l’entreprise paie")),
    (Client.Payer.OWN.value, gettext_lazy("Membres qui paient eux-mêmes")),
)
SUBSCRIPTIONS = (
    ("active", gettext_lazy("Abonnés")),
    ("ending", gettext_lazy("Abonnés pour 30 jours au plus")),
    ("expired", gettext_lazy("Abonnement fini")),
    ("none", gettext_lazy("Jamais abonnés")),
)
ENDING = timedelta(days=30)
LONGEST_SEARCH = 200
# What may be wrong with a name or an address → its column.
ODDITIES = {"case": "odd_name", "address": "odd_address", "town": "odd_town", "kind": "odd_kind", "any": ""}
QUALITIES = (
    ("any", gettext_lazy("À vérifier")),
    ("case", gettext_lazy("Nom en capitales ou en minuscules")),
    ("address", gettext_lazy("Adresse en capitales ou en minuscules")),
    ("town", gettext_lazy("Code postal d’une autre ville")),
    ("kind", gettext_lazy("Particulier au nom d’entreprise")),
)


class SearchField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST_SEARCH, widget=forms.TextInput(attrs={"type": "search"}), **kwargs)


class SearchFilter(django_filters.Filter):
    field_class = SearchField


class PostalCodeField(forms.CharField):
    """A postal code, or its beginning: the two digits of a department find all its towns."""

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text:
            return ""
        if len(text) > 16 or not text.replace(" ", "").replace("-", "").isalnum():
            raise ValidationError(_("« %(text)s » n’est pas un code postal.") % {"text": text[:20]})
        return parse_postal_code(text, "FR").value if is_whole_code(text) else text.upper()


def is_whole_code(text: str) -> bool:
    return len(text) == 5 and text.isdigit()


class PostalCodeFilter(django_filters.Filter):
    field_class = PostalCodeField


class NamedClientField(ClientField):
    may_choose = False


class ClientFilter(django_filters.Filter):
    field_class = NamedClientField


class ClientListFilter(ListFilter):
    q = SearchFilter(label=gettext_lazy("Recherche"), method="search_words")
    status = django_filters.ChoiceFilter(
        label=gettext_lazy("Statut"), choices=STATUSES, empty_label=gettext_lazy("Tous les statuts"), method="by_status"
    )
    status_mode = django_filters.ChoiceFilter(
        label=gettext_lazy("Statut forcé"),
        choices=MODES,
        empty_label=gettext_lazy("Tous"),
        method="by_mode",
    )
    reviewed_before = DayFilter(label=gettext_lazy("Revus jusqu’au, ou jamais"), method="last_reviewed")
    no_contact_since = DayFilter(label=gettext_lazy("Sans contact depuis le"), method="out_of_touch")
    kind = django_filters.ChoiceFilter(
        label=gettext_lazy("Type"), choices=Client.Kind.choices, empty_label=gettext_lazy("Tous les types")
    )
    city = django_filters.CharFilter(
        label=gettext_lazy("Ville"),
        method="in_town",
        max_length=120,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Ville")}),
    )
    company = ClientFilter(label=gettext_lazy("Entreprise"), companies_only=True)
    payer = django_filters.ChoiceFilter(
        label=gettext_lazy("Qui paie"),
        choices=PAYERS,
        empty_label=gettext_lazy("Tous"),
        method="by_payer",
    )
    postal_code = PostalCodeFilter(label=gettext_lazy("Code postal"), method="with_code")
    language = django_filters.ChoiceFilter(
        label=gettext_lazy("Langue"), choices=Client.Language.choices, empty_label=gettext_lazy("Toutes les langues")
    )
    open = django_filters.ChoiceFilter(
        label=gettext_lazy("Interventions"),
        choices=(("true", gettext_lazy("Avec interventions en cours")),),
        empty_label=gettext_lazy("Tous les clients"),
        method="with_open_interventions",
    )
    subscription = django_filters.ChoiceFilter(
        label=gettext_lazy("Abonnement"),
        choices=SUBSCRIPTIONS,
        empty_label=gettext_lazy("Tous"),
        method="by_subscription",
    )
    incomplete = django_filters.ChoiceFilter(
        label=gettext_lazy("Fiche incomplète"),
        choices=(("true", gettext_lazy("Incomplètes seulement")),),
        empty_label=gettext_lazy("Toutes les fiches"),
        method="lacking",
    )
    quality = django_filters.ChoiceFilter(
        label=gettext_lazy("Qualité"),
        choices=QUALITIES,
        empty_label=gettext_lazy("Toutes les fiches"),
        method="by_quality",
    )

    created_after = DayFilter(label=gettext_lazy("Créés depuis le"), method="created_from")
    created_before = DayFilter(label=gettext_lazy("Créés jusqu’au"), method="created_until")

    primary = ("status", "kind", "city", "card")
    may_begin_late = ("created_after", "created_before", "no_contact_since", "reviewed_before")
    search_label = gettext_lazy("Rechercher un client")
    search_placeholder = gettext_lazy("Nom, e-mail, téléphone, référence, SIRET, plaque, carte…")

    class Meta:
        model = Client
        fields: tuple[str, ...] = ()

    def search_words(self, clients: ClientQuerySet, name: str, query: str) -> QuerySet[Client]:
        return clients.filter(matching(query))

    def by_status(self, clients: ClientQuerySet, name: str, status: str) -> QuerySet[Client]:
        if status == "inactive":
            return clients.filter(inactive(self.at))
        # Those soonest to end come after all inactive ones in the index; only the end itself says where they begin.
        soonest_first = self.data.get("sort") == "-status"
        if soonest_first and not Client.objects.filter(resumed(self.at)).exists():
            return clients.filter(active_until__gt=self.at)
        return clients.filter(active(self.at))

    def by_mode(self, clients: ClientQuerySet, name: str, mode: str) -> QuerySet[Client]:
        if mode in ("active", "inactive"):
            return clients.filter(Q(status_until=None) | Q(status_until__gt=self.at), status_mode=mode)
        forced = (Client.StatusMode.ACTIVE, Client.StatusMode.INACTIVE)
        if mode == "endless":
            return clients.filter(status_mode__in=forced, status_until=None)
        return clients.filter(Q(status_mode=Client.StatusMode.AUTOMATIC) | Q(status_until__lte=self.at))

    def last_reviewed(self, clients: ClientQuerySet, name: str, day: date) -> QuerySet[Client]:
        return clients.filter(Q(reviewed_at=None) | Q(reviewed_at__lt=end_of(day)))

    def by_payer(self, clients: ClientQuerySet, name: str, payer: str) -> QuerySet[Client]:
        today = timezone.localdate(self.at)
        return clients.filter(paid_by(Client.Payer(payer), today), company__isnull=False)

    def created_from(self, clients: ClientQuerySet, name: str, day: date) -> QuerySet[Client]:
        return clients.filter(created_at__gte=start_of(day))

    def created_until(self, clients: ClientQuerySet, name: str, day: date) -> QuerySet[Client]:
        return clients.filter(created_at__lt=end_of(day))

    def out_of_touch(self, clients: ClientQuerySet, name: str, day: date) -> QuerySet[Client]:
        return without_contact(clients, start_of(day))

    def in_town(self, clients: ClientQuerySet, name: str, town: str) -> QuerySet[Client]:
        return clients.in_town(town)

    def with_code(self, clients: ClientQuerySet, name: str, code: str) -> QuerySet[Client]:
        return clients.filter(postal_code=code) if is_whole_code(code) else clients.filter(postal_code__startswith=code)

    @property
    def indexed_sorts(self) -> Mapping[str, tuple[str, ...]]:
        code = {"postal_code": ("status",)} if is_whole_code(self._raw("postal_code")) else {}
        return {"city": ("status", "name"), "company": ("status",), **code}

    def with_open_interventions(self, clients: ClientQuerySet, name: str, asked: str) -> QuerySet[Client]:
        return clients.filter(open_interventions__gt=0)

    def by_subscription(self, clients: ClientQuerySet, name: str, asked: str) -> QuerySet[Client]:
        today = day_of(self.at)
        if asked == "none":
            return clients.filter(subscribed_until=None)
        if asked == "expired":
            return clients.filter(subscribed_until__lt=today)
        begun = Q(subscribed_from=None) | Q(subscribed_from__lte=today)
        ending = Q(subscribed_until__lte=today + ENDING) if asked == "ending" else Q()
        return clients.filter(begun, ending, subscribed_until__gte=today)

    def lacking(self, clients: ClientQuerySet, name: str, asked: str) -> QuerySet[Client]:
        return clients.incomplete()

    def by_quality(self, clients: ClientQuerySet, name: str, quality: str) -> QuerySet[Client]:
        return clients.odd(ODDITIES[quality])
