"""The site in Fixaloop, and what readers and the guard say to it, through the reader API and the counter."""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from django.test import Client as Browser

from access.models import Zone
from clients.models import Client
from tests.access.factories import make_active_client, make_card, make_device, make_vehicle, make_zone
from tests.factories import make_user
from tests.site_year.people import CARD, VAN, Person
from tests.site_year.place import DEPOT, DOORS, PARENT, WITHIN, YARD, Door
from tests.site_year.shown import Registry

_ADMITTED = re.compile(r'<section class="answer" data-tone="(?:ok|brand)"')
REASON = "reconnu par le gardien"
ANTI_PASSBACK = {DEPOT: "refuse"}


@dataclass
class World:
    """Tokens of the readers, the counters of the two sites, and whose rows are whose."""

    tokens: dict[str, str]
    counters: dict[str, int]
    registry: Registry
    references: dict[int, str]
    browser: Browser = field(default_factory=Browser)
    nonces: Any = field(default_factory=lambda: count(1))

    def read(self, door: Door, value: str) -> dict[str, Any]:
        """The answer to one read."""
        return self._post(door, "/api/v1/reads", self._message(door, value))

    def batch(self, door: Door, reads: list[tuple[datetime, str]], at: datetime) -> list[dict[str, Any]]:
        """What became of the reads that a door kept while it was offline."""
        messages = [self._message(door, value) | {"read_at": moment.isoformat()} for moment, value in reads]
        results: list[dict[str, Any]] = self._post(
            door, "/api/v1/reads/batch", {"sent_at": at.isoformat(), "reads": messages}
        )["results"]
        return results

    def _message(self, door: Door, value: str) -> dict[str, Any]:
        return {"nonce": f"n{next(self.nonces)}", "type": "plate" if door.camera else "badge", "value": value}

    def _post(self, door: Door, address: str, body: dict[str, Any]) -> Any:
        headers = {"authorization": f"Bearer {self.tokens[door.name]}"}
        response = self.browser.post(address, json.dumps(body), content_type="application/json", headers=headers)
        if response.status_code != 200:
            raise RuntimeError(f"{door.name}: {response.status_code} {response.content!r}")
        return response.json()

    def guard(self, who: Person, zone: str, way: str, user: Any, *, plate: bool) -> bool:
        """Whether the counter lets somebody pass, typed in by the guard with a reason."""
        self.browser.force_login(user)
        value = who.plate if plate else who.badge or self.references[who.number]
        posted = {"value": value, "action": "enter" if way == "in" else "exit", "reason": REASON}
        posted["device"] = str(self.counters[zone if zone in self.counters else PARENT[zone]])
        response = self.browser.post("/access/control/", posted)
        return response.status_code == 200 and bool(_ADMITTED.search(response.content.decode()))


def make_world(people: list[Person]) -> World:
    zones: dict[str, Zone] = {}
    for name in WITHIN:
        zones[name] = make_zone(
            name, parent=zones.get(PARENT.get(name, "")), anti_passback=ANTI_PASSBACK.get(name, "warn")
        )
    tokens = {door.name: make_device(zones[door.zone], door.direction, name=door.name)[1] for door in DOORS}
    counters = {
        name: make_device(zones[name], "both", name=f"Accueil, {name}", at_counter=True)[0].pk for name in (YARD, DEPOT)
    }
    registry = Registry({}, {}, {}, {person.number for person in people if person.is_van})
    world = World(tokens, counters, registry, {})
    firms: dict[tuple[str, int], Client] = {}
    for person in people:
        _register(person, world, firms, list(zones.values()))
    return world


def _register(person: Person, world: World, firms: dict[tuple[str, int], Client], zones: list[Zone]) -> None:
    """A card of a firm’s employee is the firm’s; everybody else is a client."""
    if person.kind in (CARD, VAN):
        client = firms.setdefault((person.kind, person.firm), _firm(person, firms))
    else:
        client = make_active_client(first_name="Personne", last_name=f"Numéro {person.number}")
        world.registry.clients[client.pk] = person.number
    world.references[person.number] = client.reference
    if person.badge:
        card, _value = make_card(
            client,
            username=f"porteur.{person.number}",
            kind="badge",
            badge_number=person.badge,
            zones=zones,
            valid_until=None,
        )
        world.registry.cards[card.pk] = person.number
    if person.plate:
        world.registry.vehicles[make_vehicle(client, plate=person.plate).pk] = person.number


def _firm(person: Person, firms: dict[tuple[str, int], Client]) -> Client:
    known = firms.get((person.kind, person.firm))
    return known or make_active_client(company_name=f"Entreprise {person.kind} {person.firm}")


def make_guard() -> Any:
    return make_user(group="Gardien", username="gardien.simulation")
