"""Demonstration clients: three years of the invented clientele of a workshop near Metz (demo.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from clients import services
from clients.models import Client, ClientTemplate
from clients.services.clients import SERIES
from clients.typed import read_client
from fixaloop.records.numbering import allot
from fixaloop.words.dates import end_of
from fixaloop.words.text import normalise

if TYPE_CHECKING:
    from faker import Faker

with Path(__file__).with_suffix(".toml").open("rb") as _file:
    DATA: dict[str, Any] = tomllib.load(_file)
COUNT = 400
DAYS = 3 * 365
# Every so many clients has a subscription.
SUBSCRIBED = 40
MOBILE = "06 39 98 ## ##"


def obstacle() -> str:
    return _("elle contient des clients") if Client.objects.exists() else ""


def load(faker: Faker, by: User) -> None:
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
    shared = {"postal_code": employer.postal_code, "city": employer.city, "country": employer.country}
    ClientTemplate.objects.create(name=f"Salariés de {employer.name}"[:80], company=employer, **shared)
    subscribed = {"status_mode": Client.StatusMode.ACTIVE, "status_reason": "Parking mensuel"}
    ClientTemplate.objects.create(name="Abonnés du parking", **subscribed)


def _client(faker: Faker, number: int, at: datetime, typed: dict[str, str]) -> Client:
    """A client as the form reads it. Raises ValueError if the form would refuse it."""
    town = faker.random_element(DATA["away" if _one_in(faker, 8) else "near"])
    postal_code, city, phone, country, languages = town if len(town) > 2 else (*town, *DATA["near_all"])
    typed |= {"street": faker.street_address(), "postal_code": postal_code, "city": city, "country": country}
    if country != "FR":
        typed.pop("siret", None)
    name = typed.get("company_name") or f"{typed['first_name']} {typed['last_name']}"
    typed["email"] = "" if _one_in(faker, 7) else _email(faker, name, number)
    typed["street_extra"] = faker.random_element(DATA["extras"]) if _one_in(faker, 6) else ""
    typed["description"] = faker.random_element(DATA["notes"]) if _one_in(faker, 9) else ""
    typed["external_reference"] = f"A{number:05d}" if number < COUNT // 5 else ""
    landline = typed["kind"] == Client.Kind.COMPANY or _one_in(faker, 5)
    pattern = phone if landline or country != "FR" else MOBILE
    typed["phone"] = "" if _one_in(faker, 10) else faker.unique.numerify(pattern)
    if number % 6 == 0:
        typed["other_contacts"] = f"+33 6 39 98 {50 + number // 100} {number % 100:02d}\t{DATA['labels'][number % 4]}"
    reading = read_client(typed)
    if reading.errors:
        raise ValueError(reading.errors)
    usual, *others = languages.split()
    language = faker.random_element(others) if others and _one_in(faker, 7) else usual
    reading.values |= {"kind": typed["kind"], "country": country, "language": language}
    if number % SUBSCRIBED == 0:
        today = timezone.localdate()
        days = {"subscribed_from": today - timedelta(days=200), "subscribed_until": today + timedelta(days=number)}
        reading.values |= days
    client = Client(number=number, **reading.values)
    client.created_at = client.updated_at = at
    client._history_date = at  # type: ignore[attr-defined]
    return client


def _company(faker: Faker) -> dict[str, str]:
    if _one_in(faker, 7):
        name = faker.random_element(DATA["neighbourhoods"])
    else:
        name = faker.last_name() + faker.random_element(DATA["endings"])
    contact = _one_in(faker, 2)
    return {
        "kind": Client.Kind.COMPANY.value,
        "company_name": f"{faker.random_element(DATA['trades'])} {name}",
        "first_name": faker.first_name() if contact else "",
        "last_name": faker.last_name() if contact else "",
        "siret": "" if _one_in(faker, 6) else faker.unique.siret(),
    }


def _individual(faker: Faker) -> dict[str, str]:
    return {"kind": Client.Kind.INDIVIDUAL.value, "first_name": faker.first_name(), "last_name": faker.last_name()}


def _email(faker: Faker, name: str, number: int) -> str:
    local_part = normalise(name).replace(" ", ".")[:40]
    return f"{local_part}{number}@{faker.random_element(('example.org', 'example.com'))}"


def _employ(faker: Faker, client: Client, companies: Sequence[Client]) -> None:
    known = [company for company in companies if company.number < client.number]
    if known and faker.random.random() < 0.4:
        # The first companies have the most members.
        client.company = known[int(len(known) * faker.random.random() ** 3)]
        client.payer = Client.Payer.OWN if faker.random.random() < 0.2 else Client.Payer.COMPANY


def _force_some(faker: Faker, clients: Sequence[Client], now: datetime, by: User) -> None:
    for index, client in enumerate(faker.random_elements(clients, length=60, unique=True)):
        mode, reason, ago, days = DATA["forced"][index % len(DATA["forced"])]
        at = _at_work(faker, now - timedelta(days=ago + index // 2))
        client._history_date = at  # type: ignore[attr-defined]
        until = end_of(timezone.localdate(at) + timedelta(days=days + index)) if days else None
        services.force_status(client, mode=mode, until=until, reason=reason, by=by, at=at)


def _at_work(faker: Faker, at: datetime) -> datetime:
    day = timezone.localtime(at)
    day -= timedelta(days=max(0, day.weekday() - 4))
    return day.replace(hour=faker.random_int(8, 18), minute=faker.random_int(0, 59), second=0, microsecond=0)


def _one_in(faker: Faker, count: int) -> bool:
    return faker.random_int(1, count) == 1
