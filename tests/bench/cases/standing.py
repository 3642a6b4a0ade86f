"""Clients filtered by what the gate knows of them, alone and together."""

import random
from datetime import date, timedelta
from itertools import product
from typing import Any

from tests.bench.cases.case import Case, every_sort
from tests.bench.cases.clients import LIST, Sample, link

BAR = 4
CARDS = ("active", "inactive", "upcoming", "suspended", "expired", "lost", "revoked", "none")
STATUSES = ("active", "inactive")
FREQUENT = ("martin", "gmail")
INSIDE = ("true", "false")
STAYS = ("entered_after", "entered_before", "exited_after", "exited_before")
VISITS = ("last_visit_after", "last_visit_before")
SINCE = ("no_contact_since", "reviewed_before")
MODES = ("automatic", "active", "inactive", "endless")
SORTS = ("name", "city", "created", "status", "open", "last_visit")
COMBINATIONS = 120


def cases(sample: Sample, wanted: int) -> list[Case]:
    """Each filter alone, then together, with others and in every order."""
    today = date.today()  # noqa: DTZ011 — the days of the machine, which seeded around today
    days = [today - timedelta(days=step) for step in (0, 1, 2, 5, 10, 20, 40, 60, 80, 100)]
    towns = sample.each(wanted, lambda row: row["city"])
    return [
        *(Case(f"clients card={card}", [link(card=card)], BAR) for card in CARDS),
        *(Case(f"clients inside={inside}", [link(inside=inside)], BAR) for inside in INSIDE),
        *(Case(f"clients {name}", [link(**{name: day}) for day in days], BAR) for name in (*VISITS, *STAYS)),
        *(Case(f"clients {name}", [link(**{name: day}) for day in days], BAR) for name in SINCE),
        Case("clients never visited", [link(never_visited=never) for never in INSIDE], BAR),
        Case("clients status_mode", [link(status_mode=mode) for mode in MODES], BAR),
        Case("clients one day's entries", [link(entered_after=day, entered_before=day) for day in days], BAR),
        Case("clients entered then left", [link(entered_after=day, exited_before=day) for day in days], BAR),
        Case("clients card and inside", [link(card=c, inside=i) for c, i in product(CARDS, INSIDE)], BAR),
        Case("clients card and status", [link(card=c, status=s) for c, s in product(CARDS, STATUSES)], BAR),
        Case("clients card and town", [link(card=c, city=t) for c, t in product(CARDS, towns[:8])], BAR),
        Case("clients inside and town", [link(inside=i, city=t) for i, t in product(INSIDE, towns[:8])], BAR),
        Case("clients card and entries", [link(card=c, entered_after=day) for c, day in product(CARDS, days)], BAR),
        Case("clients inside and entries", [link(inside=i, entered_after=d) for i, d in product(INSIDE, days)], BAR),
        *(Case(f"clients card={card}, every sort", every_sort(LIST, SORTS, card=card), BAR) for card in CARDS),
        *(Case(f"clients inside={i}, every sort", every_sort(LIST, SORTS, inside=i), BAR) for i in INSIDE),
        Case("clients entries, every sort", every_sort(LIST, SORTS, entered_after=days[5]), BAR),
        Case("clients visits, every sort", every_sort(LIST, SORTS, last_visit_after=days[3]), BAR),
        Case("clients rare term and card", [link(q=town, card="suspended") for town in towns], BAR),
        Case("clients frequent term and card", [link(q=q, card=c) for q, c in product(FREQUENT, CARDS)], BAR),
        *_combined(days, towns),
    ]  # fmt: skip


def _combined(days: list[date], towns: list[str]) -> list[Case]:
    """Filters of all sorts together, drawn by a fixed seed."""
    chance = random.Random(17)
    choices: dict[str, list[Any]] = {
        "card": list(CARDS), "inside": list(INSIDE), **dict.fromkeys((*VISITS, *STAYS), days),
        "status": list(STATUSES), "kind": ["company", "individual"], "city": towns[:10],
        "sort": [f"{way}{name}" for name in SORTS for way in ("", "-")],
    }  # fmt: skip
    urls = []
    for _draw in range(COMBINATIONS):
        names = chance.sample(sorted(choices), chance.randint(2, 5))
        urls.append(link(**{name: chance.choice(choices[name]) for name in names}))
    return [Case("clients filters together", urls, BAR)]
