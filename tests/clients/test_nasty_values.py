"""Every nasty value that people and files hold, typed in the real form: taken and shown, or refused in words."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.forms import model_to_dict
from django.test import Client as Browser
from django.utils.html import escape

from clients.models import Client
from tests.factories import company, person
from tests.pages import field_errors, records, said, values

FILE = Path(__file__).parents[2].parent / "shared" / "data" / "nasty_values.json"
COUNTRIES = {"Belgique": "BE", "Allemagne": "DE", "Royaume-Uni": "GB", "Portugal": "PT", "Andorre": "AD"}
SHEET = "/clients/CLT-001/"
# Of all values these say the name alone.
NAMING = (f"{SHEET}history/", f"{SHEET}delete/")
HEADERS = {
    "Raison sociale": "company_name",
    "Prénom": "first_name",
    "Nom": "last_name",
    "SIRET": "siret",
    "E-mail": "email",
    "Ville": "city",
}


def nasty() -> dict[str, tuple[dict[str, str], dict[str, Any]]]:
    """Each value as the fields of a form, with the file's own words on it."""
    data = json.loads(FILE.read_text(encoding="utf-8"))
    forms: dict[str, tuple[dict[str, str], dict[str, Any]]] = {}
    for kind, make in READERS.items():
        for entry in data[kind]:
            forms[f"{kind}-{len(forms)}"] = make(entry["valeur"]), entry
    return forms


def address(value: dict[str, str]) -> dict[str, str]:
    country = COUNTRIES[value["pays"]] if "pays" in value else "FR"
    return person(street=value["adresse"], postal_code=value["code_postal"], city=value["ville"], country=country)


READERS: dict[str, Any] = {
    "noms_personnes": lambda value: person(first_name=value["prenom"], last_name=value["nom"]),
    "raisons_sociales": lambda value: company(company_name=value),
    "siret": lambda value: company(siret=value),
    "telephones": lambda value: person(phone=value),
    "emails": lambda value: person(email=value),
    "adresses": address,
}
CASES = nasty() if FILE.exists() else {}


pytestmark = pytest.mark.skipif(not CASES, reason="needs the shared data beside the repository")


@contextmanager
def passing(case: str, subtests: pytest.Subtests) -> Iterator[None]:
    """What is done within is gone afterwards."""
    with subtests.test(case), transaction.atomic():
        yield
        transaction.set_rollback(True)
    cache.clear()


@pytest.mark.long
def test_it_takes_and_shows_every_value_or_refuses_it_in_words(desk: Browser, subtests: pytest.Subtests) -> None:
    taken = []
    for case, (typed, entry) in CASES.items():
        with passing(case, subtests):
            response = desk.post("/clients/new/", typed)
            assert response.status_code in (302, 422)
            expected = entry["attendu"]
            if response.status_code == 422:
                assert not expected.startswith("accepter") or "signaler" in expected or "note" in expected
                refused(response, typed)
            else:
                assert not expected.startswith("refuser") or "convertir" in expected
                taken.append(client := Client.objects.get())
                stored(client, entry)
                # Pages say the same on each database.
                if connection.vendor == "sqlite":
                    shown_alone(desk, client, NAMING if case.startswith(("noms", "raisons")) else ())
    shown_together(desk, taken)


def stored(client: Client, entry: dict[str, Any]) -> None:
    if "normalise" in entry:
        assert client.siret == entry["normalise"]
    if entry.get("e164"):
        assert client.phone == entry["e164"]
    assert entry.get("interdit", "-") not in (client.siret, client.phone)


def refused(response: Any, typed: dict[str, str]) -> None:
    """The value is kept in its field and a sentence beside it says what is wrong."""
    errors = field_errors(response)
    assert len(errors) >= 1
    assert set(errors) <= set(typed)
    assert all(len(sentence) > 20 for sentence in errors.values())
    assert not Client.objects.exists()
    for name in errors:
        # A browser makes one line of a text field, and has no NUL to show.
        assert values(response)[name].replace("\ufffd", "") == typed[name].replace("\x00", "").replace("\n", "")


def shown_alone(desk: Browser, client: Client, others: Sequence[str]) -> None:
    """What is stored is on its pages, escaped, and in the form."""
    for screen in others:
        shows_names(desk.get(screen), client)
    sheet = desk.get(SHEET)
    shows_names(sheet, client)
    page = said(sheet)
    stored = (client.name, client.email, client.street, client.city, client.phone_display, client.siret_display)
    assert [value for value in stored if " ".join(value.split()) not in page] == []
    typed_again = values(desk.get(f"{SHEET}edit/"))
    assert (typed_again["last_name"], typed_again["company_name"]) == (client.last_name, client.company_name)
    # Saved again as it is shown, nothing of it changes.
    before = model_to_dict(client)
    assert desk.post(f"{SHEET}edit/", typed_again).status_code == 302
    assert model_to_dict(Client.objects.get()) == before


def shown_together(desk: Browser, clients: list[Client]) -> None:
    """What is stored is in the list, escaped, and in the file; of those that are one client, the first."""
    for number, client in enumerate(clients, 1):
        client.pk, client.number = None, number
    Client.objects.bulk_create(clients, ignore_conflicts=True)
    for kind in ("company", "individual"):
        shows_names(desk.get(f"/clients/?kind={kind}&per_page=100"), *(one for one in clients if one.kind == kind))
    lines = {tuple(line[header] or "" for header in HEADERS) for line in records(desk.get("/clients/export/"))}
    stored = {tuple(getattr(client, name) for name in HEADERS.values()) for client in clients}
    assert stored - lines == set()


def shows_names(response: Any, *clients: Client) -> None:
    assert response.status_code == 200
    page = response.content.decode()
    assert [client.name for client in clients if escape(client.name) not in page] == []
    assert "<b>Jean</b>" not in page
