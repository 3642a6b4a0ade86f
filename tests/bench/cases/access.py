"""What the gate knows: lists of entries, events, vehicles and cards, tabs of a client, the counter."""

from datetime import date, timedelta
from itertools import product
from typing import Any

import psycopg

from tests.bench.cases.case import Case, address, column, depth, every_sort
from tests.bench.cases.clients import Sample, reference
from tests.bench.keys import qr_value

ENTRIES, EVENTS, VEHICLES, CARDS = (f"/access/{name}/" for name in ("entries", "events", "vehicles", "cards"))
BAR = 4
TABS = ("interventions", "events", "vehicles", "cards", "entries", "members", "history")
FLEETS = ("CLT-001", "CLT-2001", "CLT-4001", "CLT-6001")
FREQUENT = ("martin", "gmail", "marie", "peugeot", "garage")
DEEP = (10_000, 100_000, 1_000_000, 2_500_000)


def cases(database: psycopg.Connection[Any], sample: Sample, wanted: int, token: str) -> list[Case]:
    """All that is measured of the gate but decisions."""
    known = Known(database, sample, wanted)
    return [
        *_entries(known),
        *depth(database, ENTRIES, "access_entry", "entered_at DESC, id DESC", wanted, DEEP, BAR),
        *_events(known),
        *depth(database, EVENTS, "access_event", "at DESC, id DESC", wanted, DEEP, BAR),
        *_vehicles(known),
        *_cards(known),
        *_clients(known),
        *_counter(known, token),
    ]


class Known:
    """Some of everything, to ask for."""

    def __init__(self, database: psycopg.Connection[Any], sample: Sample, wanted: int) -> None:
        def some(table: str, name: str, condition: str = "true") -> list[Any]:
            query = f"SELECT {name} FROM {table} WHERE mod(id, 499) = 3 AND {condition} ORDER BY md5(id::text) LIMIT %s"
            return column(database, query, wanted)

        self.zones = column(database, "SELECT id FROM access_zone ORDER BY id")
        self.devices = column(database, "SELECT id FROM access_device ORDER BY id")
        self.tags = column(database, "SELECT id FROM access_tag ORDER BY id")
        self.plates = some("access_vehicle", "plate")
        self.usernames = some("access_accesscard", "username")
        self.codes = [qr_value(card) for card in some("access_accesscard", "id", "kind = 'qr'")]
        self.entries = some("access_entry", "id")
        self.references = [reference(row) for row in sample.rows[:wanted]]
        self.names = sample.each(wanted, lambda row: f"{row['first_name']} {row['last_name']}".strip())
        today = date.today()  # noqa: DTZ011 — the days of the machine, which seeded around today
        self.days = [today - timedelta(days=step) for step in (0, 1, 2, 5, 10, 20, 40, 60, 80, 100)]


def _filters(path: str, noun: str, alone: dict[str, list[Any]]) -> list[Case]:
    """A case for each filter, over its values."""
    return [Case(f"{noun} {name}=", [address(path, **{name: value}) for value in values], BAR)
            for name, values in alone.items()]  # fmt: skip


def _searches(path: str, noun: str, known: Known, **terms: list[str]) -> list[Case]:
    some = {"name": known.names, "reference": known.references, "frequent": list(FREQUENT),
            "no match": [f"{name} zzq" for name in known.names], **terms}  # fmt: skip
    return [Case(f"{noun} q: {name}", [address(path, q=term) for term in values], BAR) for name, values in some.items()]


def _entries(known: Known) -> list[Case]:
    days, spans = known.days, [(day - timedelta(days=2), day) for day in known.days]
    return [
        Case("entries", [ENTRIES], BAR),
        *_filters(ENTRIES, "entries", {
            "open": ["true", "false"], "zone": known.zones, "payment": ["none", "unpaid", "partial", "paid"],
            "device": known.devices, "entered_after": days, "entered_before": days, "exited_after": days,
            "exited_before": days, "amount_min": [1, 10, 30], "amount_max": [0, 5, 20], "client": known.references,
            "card": known.usernames, "vehicle": known.plates, "sort": ["entered", "-entered", "amount", "-amount"],
        }),
        Case("entries of some days", [address(ENTRIES, entered_after=a, entered_before=b) for a, b in spans], BAR),
        Case("entries exits of some days", [address(ENTRIES, exited_after=a, exited_before=b) for a, b in spans], BAR),
        Case("entries zone and payment", [address(ENTRIES, zone=z, payment=p) for z, p in
             product(known.zones, ("unpaid", "partial"))], BAR),
        Case("entries open, zone, device", [address(ENTRIES, open="true", zone=z, device=d) for z, d in
             product(known.zones, known.devices[:5])], BAR),
        Case("entries amount, every sort", every_sort(ENTRIES, ("entered", "amount"), amount_min=32), BAR),
        Case("entries unpaid, every sort", every_sort(ENTRIES, ("entered", "amount"), payment="unpaid"), BAR),
        *_searches(ENTRIES, "entries", known, plate=known.plates),
        Case("entry page", [f"{ENTRIES}{key}/" for key in known.entries], 0),
    ]  # fmt: skip


def _events(known: Known) -> list[Case]:
    kinds = ("entry", "exit", "refused", "payment", "notification", "status", "card", "note")
    return [
        Case("events", [EVENTS], BAR),
        *_filters(EVENTS, "events", {
            "kind": list(kinds), "after": known.days, "before": known.days, "device": known.devices,
            "zone": known.zones, "tag": known.tags, "client": known.references, "card": known.usernames,
            "vehicle": known.plates, "sort": ["at", "-at"],
        }),
        Case("events kind and day", [address(EVENTS, kind=k, after=day, before=day) for k, day in
             product(kinds, known.days)], BAR),
        Case("events kind and zone", [address(EVENTS, kind=k, zone=z) for k, z in product(kinds, known.zones)], BAR),
        Case("events kind and device", [address(EVENTS, kind=k, device=d) for k, d in
             product(("entry", "exit", "refused", "note"), known.devices)], BAR),
        Case("events tag and kind", [address(EVENTS, tag=t, kind=k) for t, k in
             product(known.tags, ("refused", "note"))], BAR),
        *_searches(EVENTS, "events", known, plate=known.plates),
    ]  # fmt: skip


def _vehicles(known: Known) -> list[Case]:
    return [
        Case("vehicles", [VEHICLES], BAR),
        *_filters(VEHICLES, "vehicles", {
            "make": ["Peugeot", "Citroën", "Lancia", "ren", "zzz"], "model": ["208", "Ypsilon", "C3", "Model"],
            "color": ["Blanc", "doré", "Noir"], "year_min": [1999, 2015, 2026], "year_max": [2000, 2010, 2026],
            "tag": known.tags, "active": ["true", "false"], "client": known.references,
        }),
        Case("vehicles plate=", [address(VEHICLES, plate=plate) for plate in known.plates], BAR),
        Case("vehicles part of a plate", [address(VEHICLES, plate=plate[3:]) for plate in known.plates], BAR),
        Case("vehicles 2 letters of a plate", [address(VEHICLES, plate=plate[:2]) for plate in known.plates], BAR),
        Case("vehicles, every sort", every_sort(VEHICLES, ("plate", "make", "created")), BAR),
        Case("vehicles rare make, every sort", every_sort(VEHICLES, ("plate", "make", "created"), make="Alpine"), BAR),
        Case("vehicles color and year", [address(VEHICLES, color=c, year_min=2025) for c in ("Doré", "Blanc")], BAR),
        Case("vehicles make and tag", [address(VEHICLES, make="Tesla", tag=tag) for tag in known.tags], BAR),
        *_searches(VEHICLES, "vehicles", known, plate=known.plates),
    ]  # fmt: skip


def _cards(known: Known) -> list[Case]:
    sorts = ("username", "created", "valid_until", "last_used")
    states = ("active", "expired", "upcoming", "suspended", "lost", "revoked")
    return [
        Case("cards", [CARDS], BAR),
        *_filters(CARDS, "cards", {
            "status": list(states), "zone": known.zones, "unused": ["true", "false"], "expires_within": [1, 7, 30, 400],
            "valid_after": known.days, "valid_before": known.days, "used_after": known.days, "used_before": known.days,
            "kind": ["qr", "badge"], "tag": known.tags, "client": known.references,
        }),
        Case("cards, every sort", every_sort(CARDS, sorts), BAR),
        *(Case(f"cards {state}, every sort", every_sort(CARDS, sorts, status=state), BAR) for state in states),
        Case("cards never used, every sort", every_sort(CARDS, sorts, unused="true"), BAR),
        Case("cards zone and status", [address(CARDS, zone=z, status=s) for z, s in product(known.zones, states)], BAR),
        Case("cards tag and unused", [address(CARDS, tag=tag, unused="true") for tag in known.tags], BAR),
        *_searches(CARDS, "cards", known, username=known.usernames),
    ]  # fmt: skip


def _clients(known: Known) -> list[Case]:
    """Each tab of a client, of anybody and of those with hundreds of rows."""
    whose = {"": known.references, ", fleets": list(FLEETS)}
    return [Case(f"client tab {tab}{note}", [f"/clients/{name}/{tab}/" for name in names], BAR)
            for tab in TABS for note, names in whose.items()]  # fmt: skip


def _counter(known: Known, token: str) -> list[Case]:
    """What is typed or scanned at the counter: somebody is asked about, nothing is written."""
    typed = {"QR": known.codes, "plate": known.plates, "username": known.usernames, "name": known.names,
             "reference": known.references, "frequent name": ["martin", "marie", "dupont"],
             "unknown": [f"{name} zzq" for name in known.names]}  # fmt: skip
    path = "/access/control/"
    posted = {name: [{"csrfmiddlewaretoken": token, "action": "check", "value": value} for value in values]
              for name, values in typed.items()}  # fmt: skip
    return [
        Case("counter", [path], 0),
        *(Case(f"counter: {name}", [path], 3, 6, data) for name, data in posted.items()),
        Case("who is inside", ["/access/occupancy/"], 0),
    ]
