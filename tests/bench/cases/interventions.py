"""Interventions: the list with its filters, sorts and searches, one intervention, the planning."""

import random
from datetime import date, timedelta
from typing import Any

import psycopg

from tests.bench.cases.case import Case, address, column, depth, every_sort
from tests.bench.cases.clients import Sample, reference

LIST = "/interventions/"
STATES = ("to_plan", "planned", "in_progress", "on_hold", "done", "closed", "cancelled")
SORTS = ("reference", "planned", "created", "balance")
BAR, TAB, PLANNING = 1.5, 4, 3
WEEK_OF = 300


def cases(database: psycopg.Connection[Any], sample: Sample, wanted: int) -> list[Case]:
    """All that is measured of interventions."""
    return [
        *_list(database, sample, wanted),
        *depth(database, LIST, "interventions_intervention", "number DESC", wanted, (10_000, 100_000, 1_000_000), BAR),
        *_searches(database, sample, wanted),
        *_pages(database, sample, wanted),
    ]


def link(**parameters: Any) -> str:
    return address(LIST, **parameters)


def _list(database: psycopg.Connection[Any], sample: Sample, wanted: int) -> list[Case]:
    technicians = [*column(database, "SELECT id FROM auth_user ORDER BY id"), "me", "none"]
    clients = [reference(row) for row in sample.rows[:wanted]]
    today = date.today()  # noqa: DTZ011 — the days of the machine, which seeded around today
    days = [today + timedelta(days=step) for step in range(-200, 20, 7)]
    spans = [{"planned_after": day, "planned_before": day + timedelta(days=6)} for day in days]
    return [
        Case("interventions", [LIST], BAR),
        *(Case(f"interventions state={state}", [link(state=state)], BAR) for state in ("open", *STATES)),
        Case("interventions technician=", [link(technician=who) for who in technicians], BAR),
        Case("interventions client=", [link(client=client) for client in clients], BAR),
        Case("interventions late=", [link(late="true")], BAR),
        Case("interventions unpaid=", [link(unpaid="true")], BAR),
        Case("interventions planned in a week", [link(**span) for span in spans], BAR),
        Case("interventions planned after", [link(planned_after=day) for day in days], BAR),
        Case("interventions planned before", [link(planned_before=day) for day in days], BAR),
        *(Case(f"interventions sort={sort}", [link(sort=sort)], BAR) for way in ("", "-") for sort in
          (f"{way}{name}" for name in SORTS)),
        Case("interventions open, every sort", every_sort(LIST, SORTS, state="open"), BAR),
        Case("interventions closed, every sort", every_sort(LIST, SORTS, state="closed"), BAR),
        Case("interventions late, every sort", every_sort(LIST, SORTS, late="true"), BAR),
        Case("interventions unpaid, every sort", every_sort(LIST, SORTS, unpaid="true"), BAR),
        Case("interventions one technician, every sort", every_sort(LIST, SORTS, technician=technicians[1]), BAR),
        Case(
            "interventions technician and state",
            [link(technician=who, state=state) for who in technicians for state in ("open", *STATES)],
            BAR,
        ),
        Case("interventions late and unpaid", [link(late="true", unpaid="true")], BAR),
        Case(
            "interventions mine, by slot",
            [link(technician=who, state="open", sort="planned") for who in technicians],
            BAR,
        ),
        Case("interventions state and week", [link(state="done", **span) for span in spans], BAR),
    ]  # fmt: skip


def _searches(database: psycopg.Connection[Any], sample: Sample, wanted: int) -> list[Case]:
    chance = random.Random(13)
    [total] = column(database, "SELECT max(number) FROM interventions_intervention")
    drawn = [chance.randint(1, total) for _draw in range(wanted)]
    serials = column(database, "SELECT equipment_serial FROM interventions_intervention WHERE number = ANY(%s)", drawn)
    people = [row for row in sample.rows if row["kind"] == "individual"][:wanted]
    terms = {
        "reference": [chance.choice([f"INT-{number:03d}", f"int {number}"]) for number in drawn],
        "client": [f"{row['first_name']} {row['last_name']}" for row in people],
        "last name": sample.each(wanted, lambda row: row["last_name"]),
        "client's reference": [reference(row) for row in sample.rows[:wanted]],
        "serial number": list(filter(None, serials)),
        "title and name": [f"freins {row['last_name']}" for row in people],
        "1 or 2 letters": ["a", "ma", "be", "x", "zz", "42", "du"],
        "frequent": ["vidange", "peugeot", "martin", "marie", "batterie", "int", "clt"],
        "no match": [f"{row['last_name']}{chance.choice(['xq', 'zzz', 'wk'])}" for row in people],
        "no match, two frequent words": ["vidange thermaplus", "peugeot galaxy", "macbook courroie"],
    }
    rare = [{"late": "true"}, {"late": "waiting"}, {"unpaid": "true"}, {"state": "on_hold"}, {"technician": "none"}]
    return [
        *(Case(f"interventions q: {name}", [link(q=term) for term in some], 3, 6) for name, some in terms.items()),
        Case("interventions frequent term, filter", [link(q=q, **some) for q in ("vidange", "martin", "peugeot")
             for some in rare], 3, 6),
        Case("interventions frequent term, every sort", every_sort(LIST, SORTS, q="vidange"), 3, 6),
    ]  # fmt: skip


def _pages(database: psycopg.Connection[Any], sample: Sample, wanted: int) -> list[Case]:
    some = column(
        database,
        "SELECT number FROM interventions_intervention WHERE mod(number, 997) = 5 ORDER BY md5(id::text) LIMIT %s",
        wanted,
    )
    pages = [f"{LIST}INT-{number:03d}/" for number in some]
    unlocked = column(
        database,
        "SELECT number FROM interventions_intervention WHERE state = 'planned' ORDER BY md5(id::text) LIMIT %s",
        wanted,
    )
    tabs = [f"/clients/{reference(row)}/interventions/" for row in sample.rows[:wanted]]
    return [
        Case("client's interventions", tabs, TAB),
        Case("client's interventions, fleets", [f"/clients/CLT-{n:03d}/interventions/" for n in (1, 2001, 4001)], TAB),
        Case("intervention page", pages, 0),
        Case("intervention edit form", [f"{LIST}INT-{number:03d}/edit/" for number in unlocked], 0),
        Case("new intervention", [f"{LIST}new/"], 0),
        *_planning(database),
    ]


def _planning(database: psycopg.Connection[Any]) -> list[Case]:
    weeks = _weeks(database)
    mondays = [date.fromisoformat(f"{week}-1") for week in weeks]
    return [
        Case("planning of a full week", [address(f"{LIST}planning/", week=week) for week in weeks], PLANNING),
        Case("planning of a full day", [address(f"{LIST}planning/day/", day=day) for day in mondays], PLANNING),
        Case(
            "planning of a full month", [address(f"{LIST}planning/month/", month=f"{day:%Y-%m}") for day in mondays], 0
        ),
    ]


def _weeks(database: psycopg.Connection[Any]) -> list[str]:
    """The week whose number of slots is nearest to three hundred."""
    query = (
        "SELECT to_char(planned_start AT TIME ZONE 'Europe/Paris', 'IYYY-\"W\"IW') FROM interventions_intervention"
        " WHERE planned_start IS NOT NULL AND state NOT IN ('cancelled', 'to_plan')"
        " GROUP BY 1 ORDER BY abs(count(*) - %s), 1 DESC LIMIT 1"
    )
    return column(database, query, WEEK_OF)
