"""Invented French people and companies, as frequent as in life: a few names are everywhere, most are rare."""

import csv
import random
import tomllib
from bisect import bisect
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

from faker.providers.person.fr_FR import Provider as Names

from fixaloop.words.text import normalise

COMMUNES = Path(__file__).parents[3] / "clients" / "values" / "data" / "communes.csv"
START = datetime(2015, 1, 1, tzinfo=UTC)

with (Path(__file__).parent / "words.toml").open("rb") as file:
    WORDS = {name: words.split() for name, words in tomllib.load(file).items()}
FORMS = ("SARL", "SAS", "EURL", "SA", "SCI", "", "", "Association")
STREETS = ("rue de la République", "avenue Jean Jaurès", "rue Victor Hugo", "place de l’Église", "chemin des Œillets")
DOMAINS = ("gmail.com", "orange.fr", "free.fr", "laposte.net", "wanadoo.fr", "hotmail.fr", "sfr.fr", "example.org")
LANGUAGES = ("fr", "en", "de", "es", "it", "nl", "pt", "ar", "pl", "ro", "tr")
LANGUAGE_WEIGHTS = (920, 30, 10, 10, 8, 5, 8, 5, 2, 1, 1)


class Skewed:
    """Draws from a sequence whose first values are the most frequent, by Zipf's law softened by `offset`."""

    def __init__(self, values: Sequence[Any], offset: int) -> None:
        self.values = values
        self.bounds = list(accumulate(1 / (rank + offset) for rank in range(len(values))))

    def draw(self, chance: random.Random) -> Any:
        return self.values[bisect(self.bounds, chance.random() * self.bounds[-1])]


class People:
    """Clients number 1, 2, 3… as dictionaries of the model's columns, the same ones for the same seed and instant."""

    def __init__(self, at: datetime, seed: int = 2026) -> None:
        self.at = at
        self.chance = random.Random(seed)
        invented = [stem + ending for stem in WORDS["stems"] for ending in WORDS["endings"]]
        self.chance.shuffle(invented)
        self.last_names = Skewed(list(dict.fromkeys([*WORDS["frequent_names"], *Names.last_names, *invented])), 30)
        firsts = list(dict.fromkeys([*Names.first_names_male, *Names.first_names_female]))
        double = [f"{a}-{b}" for a in firsts[::3] for b in firsts[::5]]
        self.chance.shuffle(firsts)
        self.first_names = Skewed([*firsts, *double], 25)
        with COMMUNES.open(encoding="utf-8", newline="") as file:
            self.communes = [(row["code_postal"], row["commune"]) for row in csv.DictReader(file)]
        self.large = [place for place in self.communes if place[1] in WORDS["large_towns"]]
        self.companies: list[int] = []

    def client(self, number: int) -> dict[str, Any]:
        """The next client: one in five is a company."""
        chance = self.chance
        first, last = self.first_names.draw(chance), self.last_names.draw(chance)
        values = self._place() | self._status() | self._contact(first, last, number)
        is_company = chance.random() < 0.2
        values |= {"kind": "company" if is_company else "individual", "first_name": first, "last_name": last}
        values |= {"company_name": "", "siret": "", "company_id": None, "payer": "own", "number": number, "id": number}
        if is_company:
            values |= self._company(last)
            self.companies.append(number)
        elif self.companies and chance.random() < 0.12:
            values |= {"company_id": chance.choice(self.companies), "payer": "company"}
        return values

    def _company(self, last: str) -> dict[str, Any]:
        chance = self.chance
        trade = chance.choice(WORDS["trades"])
        name = f"{trade} {last} {chance.choice(FORMS)}".strip()
        siret = f"{chance.randrange(10**13, 10**14)}" if chance.random() < 0.85 else ""
        contact = {} if chance.random() < 0.6 else {"first_name": "", "last_name": ""}
        return {"company_name": name, "siret": siret, **contact}

    def _contact(self, first: str, last: str, number: int) -> dict[str, Any]:
        chance = self.chance
        local = normalise(f"{first} {last}").replace(" ", ".")
        email = f"{local}{number}@{chance.choice(DOMAINS)}" if chance.random() < 0.92 else ""
        prefix = chance.choice(("6", "6", "6", "7", "1", "2", "3", "4", "5"))
        phone = f"+33{prefix}{chance.randrange(10**8):08d}" if chance.random() < 0.9 else ""
        return {
            "email": email,
            "phone": phone,
            "language": chance.choices(LANGUAGES, LANGUAGE_WEIGHTS)[0],
            "description": "Préfère être rappelé le matin." if chance.random() < 0.3 else "",
            "external_reference": f"ANC{number * 7}" if chance.random() < 0.2 else "",
        }

    def _place(self) -> dict[str, Any]:
        chance = self.chance
        postal_code, city = chance.choice(self.large if chance.random() < 0.4 else self.communes)
        street = f"{chance.randrange(1, 200)} {chance.choice(STREETS)}"
        return {"street": street, "street_extra": "", "postal_code": postal_code, "city": city, "country": "FR"}

    def _status(self) -> dict[str, Any]:
        """Somebody decided of one in twenty-five; interventions decide of the others."""
        chance = self.chance
        created = START + timedelta(seconds=chance.randrange(int((self.at - START).total_seconds())))
        values: dict[str, Any] = {
            "status_mode": "automatic",
            "status_reason": "",
            "status_at": None,
            "status_until": None,
        }
        drawn = chance.random()
        if drawn < 0.02:
            values |= {"status_mode": "active", "status_reason": "contrat annuel", "status_at": created}
        elif drawn < 0.04:
            values |= {"status_mode": "inactive", "status_reason": "impayés", "status_at": created}
        return values | {"created_at": created, "updated_at": created}
