"""Existing clients that a new one might be: shown while typing, asked about before saving."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clients.models import Client
from clients.values.keys import name_key

BLOCK, CONFIRM, WARN = "block", "confirm", "warn"
SHOWN = 3


@dataclass(frozen=True)
class Duplicate:
    """An existing client that looks like the one typed. `level` is BLOCK, CONFIRM or WARN."""

    level: str
    field: str
    message: str
    client: Client

    @property
    def url(self) -> str:
        return self.client.get_absolute_url()

    @property
    def reference(self) -> str:
        return self.client.reference

    @property
    def name(self) -> str:
        return self.client.name

    @property
    def sentence(self) -> SafeString:
        return format_html('<a href="{}">{} {}</a> {}.', self.url, self.reference, self.name, self.message)


def find_duplicates(values: Mapping[str, str], exclude: int | None = None) -> list[Duplicate]:
    """Existing clients like these values, most serious first, each client once."""
    found: dict[int, Duplicate] = {}
    for level, field, message, clients in _searches(values):
        for client in clients.exclude(pk=exclude or 0).order_by("pk")[:SHOWN]:
            found.setdefault(client.pk, Duplicate(level, field, message, client))
    return list(found.values())


def _searches(values: Mapping[str, str]) -> Iterator[tuple[str, str, str, QuerySet[Client]]]:
    clients = Client.objects.all()
    if email := values.get("email"):
        yield BLOCK, "email", _("a déjà cette adresse e-mail"), clients.with_email(email)
    if external := values.get("external_reference"):
        yield (
            BLOCK,
            "external_reference",
            _("a déjà cette référence externe"),
            clients.filter(external_reference=external),
        )
    if siret := values.get("siret"):
        yield CONFIRM, "siret", _("a déjà ce SIRET"), clients.filter(siret=siret)
        same_company = clients.filter(siret__startswith=siret[:9]).exclude(siret=siret)
        yield WARN, "siret", _("est un autre établissement de la même entreprise (même SIREN)"), same_company
    if phone := values.get("phone"):
        yield WARN, "phone", _("a le même numéro de téléphone"), clients.filter(phone=phone)
    key = name_key(values.get("company_name") or f"{values.get('last_name', '')} {values.get('first_name', '')}")
    if key and (postal_code := values.get("postal_code")):
        same_name = clients.filter(name_key=key, postal_code=postal_code)
        yield WARN, "postal_code", _("porte le même nom au même code postal"), same_name
