"""Demonstration clients: the invented clientele of a workshop near Metz, three years of it.

Towns and postal codes are real; phones are in the ranges ARCEP keeps for fiction, e-mails in domains kept for examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from clients import services
from clients.models import Client, ClientTemplate
from clients.services.clients import SERIES
from clients.typed import end_of_day, read_client
from fixaloop.records.numbering import allot
from fixaloop.words.text import normalise

if TYPE_CHECKING:
    from faker import Faker

COUNT = 400
DAYS = 3 * 365
MOBILE = "06 39 98 ## ##"
# Postal code, town, phones of the region, country, languages: the usual one first.
Place = tuple[str, str, str, str, str]
NEAR: tuple[Place, ...] = tuple(
    (code, town, "03 53 01 ## ##", "FR", "fr pt tr ar it pl en")
    for code, town in (
        ("57000", "Metz"), ("57050", "Metz"), ("57070", "Metz"), ("57950", "Montigny-lès-Metz"), ("57140", "Woippy"),
        ("57155", "Marly"), ("57050", "Longeville-lès-Metz"), ("57130", "Ars-sur-Moselle"), ("57100", "Thionville"),
        ("57970", "Yutz"), ("57300", "Hagondange"), ("57360", "Amnéville"), ("57290", "Fameck"), ("57700", "Hayange"),
        ("57500", "Saint-Avold"), ("57600", "Forbach"), ("54000", "Nancy"), ("54500", "Vandœuvre-lès-Nancy"),
        ("54700", "Pont-à-Mousson"), ("54200", "Toul"), ("55100", "Verdun"), ("88000", "Épinal"),
    )
)  # fmt: skip
AWAY: tuple[Place, ...] = (
    ("75011", "Paris", "01 99 00 ## ##", "FR", "fr"),
    ("44000", "Nantes", "02 61 91 ## ##", "FR", "fr"),
    ("69003", "Lyon", "04 65 71 ## ##", "FR", "fr"),
    ("33000", "Bordeaux", "05 36 49 ## ##", "FR", "fr es"),
    ("6700", "Arlon", "+33 6 39 98 ## ##", "BE", "fr nl"),
    ("4000", "Liège", "+33 6 39 98 ## ##", "BE", "fr nl"),
    ("66111", "Saarbrücken", "+33 6 39 98 ## ##", "DE", "de"),
    ("54290", "Trier", "+33 6 39 98 ## ##", "DE", "de"),
    ("4051", "Basel", "+33 6 39 98 ## ##", "CH", "de fr"),
    ("1204", "Genève", "+33 6 39 98 ## ##", "CH", "fr en"),
)
TRADES = (
    "Boulangerie", "Taxis", "Ambulances", "Transports", "Déménagements", "Menuiserie", "Plomberie", "Électricité",
    "Maçonnerie", "Couverture", "Peinture", "Auto-école", "Carrosserie", "Garage", "Traiteur", "Pharmacie",
    "Cabinet infirmier", "Pompes funèbres", "Terrassement", "Cycles", "Brasserie", "Imprimerie", "Serrurerie",
    "Chauffage", "Pépinières", "Location", "Boucherie", "Miroiterie", "Ébénisterie", "Vidange et assainissement",
)  # fmt: skip
ENDINGS = ("", "", "", " & Fils", " SARL", " SAS", " EURL", " Frères")
PLACES = (
    "de la Seille",
    "du Saulnois",
    "de la Porte des Allemands",
    "des Trois-Frontières",
    "du Val de Metz",
    "du Lac",
)
EXTRAS = ("Bâtiment B", "Zone artisanale", "2e étage", "Résidence Les Tilleuls", "Entrée côté cour", "Appartement 12")
NOTES = (
    "Préfère être appelé après 18 h.",
    "Flotte de trois utilitaires, entretien tous les six mois.",
    "Règle en fin de mois, sur facture.",
    "Demande toujours un devis avant travaux.",
    "Portail de 2,10 m : pas de fourgon surélevé.",
    "Client de l’ancien atelier, repris avec son dossier.",
    "Laisse les clés dans la boîte aux lettres.",
    "Outillage électroportatif sous contrat d’entretien.",
    "Ne pas appeler le mercredi.\nDemander Mme Weber à l’accueil.",
)
# Mode, reason, decided how many days ago, held for how many days (None: without an end).
FORCED: tuple[tuple[str, str, int, int | None], ...] = (
    ("active", "Parking mensuel", 40, 90),
    ("active", "Contrat d’entretien annuel", 120, 365),
    ("active", "Véhicule en gardiennage", 12, 45),
    ("active", "Parking mensuel", 300, None),
    ("active", "Accès livraison", 75, 180),
    ("inactive", "Impayé en cours de recouvrement", 60, None),
    ("inactive", "Fermé pour travaux", 20, 100),
    ("active", "Parking d’été", 200, 90),
)


def obstacle() -> str:
    """Why these clients must not be added here, or nothing."""
    return _("elle contient des clients") if Client.objects.exists() else ""


def load(faker: Faker, by: User) -> None:
    """Create the clients, numbered as they came, and force the status of some."""
    now = timezone.now()
    ages = [DAYS * faker.random.random() ** 1.3 for _index in range(COUNT)]
    dates = sorted(_at_work(faker, now - timedelta(days=1 + int(age))) for age in ages)
    clients = [
        _client(faker, number, at, _company(faker) if index % 3 == 0 else _individual(faker))
        for index, (number, at) in enumerate(zip(allot(SERIES, COUNT), dates, strict=True))
    ]
    companies = [client for client in clients if client.is_company]
    individuals = [client for client in clients if not client.is_company]
    reason = _("Données de démonstration")
    services.create_clients(companies, by=by, reason=reason, at=now)
    for client in individuals:
        _employ(faker, client, companies)
    services.create_clients(individuals, by=by, reason=reason, at=now)
    _force_some(faker, clients[: COUNT // 2], now, by)
    _models(companies[0])


def _models(employer: Client) -> None:
    """Two models for similar clients: the people of one company, and subscribers of the car park."""
    shared = {"postal_code": employer.postal_code, "city": employer.city, "country": employer.country}
    ClientTemplate.objects.create(name=f"Salariés de {employer.name}"[:80], company=employer, **shared)
    subscribed = {"status_mode": Client.StatusMode.ACTIVE, "status_reason": "Parking mensuel"}
    ClientTemplate.objects.create(name="Abonnés du parking", **subscribed)


def _client(faker: Faker, number: int, at: datetime, typed: dict[str, str]) -> Client:
    """A client as a form would have read it. Raises ValueError where a form would have refused it."""
    place = faker.random_element(AWAY if _one_in(faker, 8) else NEAR)
    postal_code, city, phone, country, languages = place
    typed |= {"street": faker.street_address(), "postal_code": postal_code, "city": city, "country": country}
    if country != "FR":
        typed.pop("siret", None)
    name = typed.get("company_name") or f"{typed['first_name']} {typed['last_name']}"
    typed["email"] = "" if _one_in(faker, 7) else _email(faker, name, number)
    typed["street_extra"] = faker.random_element(EXTRAS) if _one_in(faker, 6) else ""
    typed["description"] = faker.random_element(NOTES) if _one_in(faker, 9) else ""
    typed["external_reference"] = f"A{number:05d}" if number < COUNT // 5 else ""
    landline = typed["kind"] == Client.Kind.COMPANY or _one_in(faker, 5)
    pattern = phone if landline or country != "FR" else MOBILE
    typed["phone"] = "" if _one_in(faker, 10) else faker.unique.numerify(pattern)
    reading = read_client(typed)
    if reading.errors:
        raise ValueError(reading.errors)
    usual, *others = languages.split()
    language = faker.random_element(others) if others and _one_in(faker, 7) else usual
    reading.values |= {"kind": typed["kind"], "country": country, "language": language}
    client = Client(number=number, **reading.values)
    client.created_at = client.updated_at = at
    client._history_date = at  # type: ignore[attr-defined]
    return client


def _company(faker: Faker) -> dict[str, str]:
    name = faker.random_element(PLACES) if _one_in(faker, 7) else faker.last_name() + faker.random_element(ENDINGS)
    contact = _one_in(faker, 2)
    return {
        "kind": Client.Kind.COMPANY.value,
        "company_name": f"{faker.random_element(TRADES)} {name}",
        "first_name": faker.first_name() if contact else "",
        "last_name": faker.last_name() if contact else "",
        "siret": "" if _one_in(faker, 6) else faker.unique.siret(),
    }


def _individual(faker: Faker) -> dict[str, str]:
    return {
        "kind": Client.Kind.INDIVIDUAL.value,
        "first_name": faker.first_name(),
        "last_name": faker.last_name(),
    }


def _email(faker: Faker, name: str, number: int) -> str:
    """An address of this name; the number tells it from a namesake’s."""
    local_part = normalise(name).replace(" ", ".")[:40]
    return f"{local_part}{number}@{faker.random_element(('example.org', 'example.com'))}"


def _employ(faker: Faker, client: Client, companies: Sequence[Client]) -> None:
    """Link a person to a company that was a client before."""
    known = [company for company in companies if company.number < client.number]
    if known and faker.random.random() < 0.4:
        # The first companies have the most members.
        client.company = known[int(len(known) * faker.random.random() ** 3)]


def _force_some(faker: Faker, clients: Sequence[Client], now: datetime, by: User) -> None:
    for index, client in enumerate(faker.random_elements(clients, length=60, unique=True)):
        mode, reason, ago, days = FORCED[index % len(FORCED)]
        at = _at_work(faker, now - timedelta(days=ago + index // 2))
        client._history_date = at  # type: ignore[attr-defined]
        until = end_of_day(timezone.localdate(at) + timedelta(days=days + index)) if days else None
        services.force_status(client, mode=mode, until=until, reason=reason, by=by, at=at)


def _at_work(faker: Faker, at: datetime) -> datetime:
    """An hour of the same day at which the desk is open, or of the Friday before."""
    day = timezone.localtime(at)
    day -= timedelta(days=max(0, day.weekday() - 4))
    return day.replace(hour=faker.random_int(8, 18), minute=faker.random_int(0, 59), second=0, microsecond=0)


def _one_in(faker: Faker, count: int) -> bool:
    return faker.random_int(1, count) == 1
