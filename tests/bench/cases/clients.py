"""Clients: the list with its filters, sorts and searches, one client."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.bench.cases.case import Case, address, depth

LIST = "/clients/"
DEFAULT_ORDER = "active_until DESC, sort_name, id"


@dataclass(frozen=True)
class Sample:
    """Some clients of the database, drawn by a fixed seed."""

    rows: list[dict[str, Any]]
    companies: list[dict[str, Any]]

    def each(self, wanted: int, value: Callable[[dict[str, Any]], str]) -> list[str]:
        """`wanted` different values of the sampled clients, blank ones left out; fewer where there are fewer."""
        return list(dict.fromkeys(filter(None, map(value, self.rows))))[:wanted]


def draw(database: psycopg.Connection[Any], wanted: int) -> Sample:
    """Ten times the clients needed, so that blank values may be left out."""
    cursor = database.cursor(row_factory=psycopg.rows.dict_row)
    [(total,)] = database.execute("SELECT max(id) FROM clients_client")
    ids = random.Random(7).sample(range(1, total + 1), min(total, wanted * 10))
    cursor.execute("SELECT * FROM clients_client WHERE id = ANY(%s) ORDER BY md5(id::text)", [ids])
    rows = cursor.fetchall()
    return Sample(rows, [row for row in rows if row["kind"] == "company"])


def cases(database: psycopg.Connection[Any], sample: Sample, wanted: int, token: str) -> list[Case]:
    """All that is measured of clients, the list first."""
    return [
        *list_cases(sample, wanted),
        *depth(database, LIST, "clients_client", DEFAULT_ORDER, wanted, (10_000, 100_000, 750_000), 1.5),
        *search_cases(sample, wanted),
        *worst_cases(sample, wanted),
        *page_cases(sample, wanted, token),
    ]


def link(**parameters: Any) -> str:
    """The list with a query string."""
    return address(LIST, **parameters)


def reference(row: dict[str, Any]) -> str:
    return f"CLT-{row['number']:03d}"


def list_cases(sample: Sample, wanted: int) -> list[Case]:
    """The first page, every filter and every sort."""
    towns = sample.each(wanted, lambda row: row["city"])
    codes = sample.each(wanted, lambda row: row["postal_code"])
    companies = [reference(row) for row in sample.companies[:wanted]]
    sorts = ("name", "reference", "city", "created", "status")
    return [
        Case("list", [LIST], 1.5),
        Case("list, 50 rows", [link(per_page=50)], 1.5),
        Case("list, 100 rows", [link(per_page=100)], 0),
        Case("status=", [link(status=s) for s in ("active", "inactive")], 1.5),
        Case("kind=", [link(kind=k) for k in ("company", "individual")], 1.5),
        Case("city=", [link(city=town) for town in towns], 1.5),
        Case("postal_code=", [link(postal_code=code) for code in codes], 1.5),
        Case("postal_code= (two digits)", [link(postal_code=code) for code in sorted({c[:2] for c in codes})], 1.5),
        Case("language=", [link(language=code) for code in ("en", "de", "tr", "ro", "fr", "pl")], 1.5),
        Case("incomplete=", [link(incomplete="true")], 1.5),
        Case("quality=", [link(quality=quality) for quality in ("any", "case", "town")], 1.5),
        Case("company=", [link(company=company) for company in companies], 1.5),
        Case(
            "status and kind",
            [link(status=s, kind=k) for s in ("active", "inactive") for k in ("company", "individual")],
            1.5,
        ),
        Case("town and status", [link(city=town, status="active") for town in towns], 1.5),
        Case("code, kind, language", [link(postal_code=c, kind="company", language="en") for c in codes], 1.5),
        Case("incomplete, status, town", [link(incomplete="true", status="inactive", city=t) for t in towns], 1.5),
        *(Case(f"sort={way}{sort}", [link(sort=f"{way}{sort}")], 1.5) for sort in sorts for way in ("", "-")),
        Case("active, every sort", [link(status="active", sort=w + s) for s in sorts for w in ("", "-")], 1.5),
        Case("inactive, every sort", [link(status="inactive", sort=w + s) for s in sorts for w in ("", "-")], 1.5),
        Case("rare language, every sort", [link(language="tr", sort=w + s) for s in sorts for w in ("", "-")], 1.5),
        Case("two digits, every sort", [link(postal_code="48", sort=w + s) for s in sorts for w in ("", "-")], 1.5),
        Case("town, every sort", [link(city=towns[0], sort=w + s) for s in sorts for w in ("", "-")], 1.5),
    ]


def search_cases(sample: Sample, wanted: int) -> list[Case]:
    """What people type at a desk."""
    people = [row for row in sample.rows if row["kind"] == "individual"]
    chance = random.Random(11)
    each = sample.each

    def part(row: dict[str, Any]) -> str:
        name = row["last_name"]
        return name[: chance.randint(3, max(3, len(name) - 1))] if len(name) > 3 else name

    def phone(row: dict[str, Any]) -> str:
        digits = f"0{row['phone'][3:]}" if row["phone"] else ""
        pairs = [digits[i : i + 2] for i in range(0, len(digits), 2)]
        return (
            chance.choice([" ".join(pairs), ".".join(pairs), digits, row["phone"], " ".join(pairs[:3])])
            if digits
            else ""
        )

    def siret(row: dict[str, Any]) -> str:
        text = row["siret"]
        return chance.choice([text, f"{text[:3]} {text[3:6]} {text[6:9]} {text[9:]}", text[:9]]) if text else ""

    terms = {
        "full name": [f"{row['first_name']} {row['last_name']}" for row in people[:wanted]],
        "last name": each(wanted, lambda row: row["last_name"]),
        "part of a name": each(wanted, part),
        "two words": [f"{row['last_name']} {row['first_name'][:4]}" for row in people[:wanted]],
        "company": each(wanted, lambda row: row["company_name"]),
        "e-mail": each(wanted, lambda row: row["email"]),
        "start of an e-mail": each(wanted, lambda row: row["email"].partition("@")[0][:12]),
        "phone": each(wanted, phone),
        "end of a phone": each(wanted, lambda row: row["phone"][-6:]),
        "reference": each(wanted, lambda row: chance.choice([reference(row), f"clt {row['number']}"])),
        "SIRET": each(wanted, siret),
        "1 or 2 letters": ["a", "ma", "be", "le", "x", "zz", "7", "42", "é", "jo", "du", "o"],
        "frequent": ["martin", "bernard", "marie", "jean", "gmail", "orange.fr", "sarl", "garage", "dupont"],
        "no match": [f"{row['last_name']}{chance.choice(['xq', 'zzz', 'wk'])}" for row in people[:wanted]],
        "no match, two words": [f"{row['first_name']} wq{chance.randrange(100)}" for row in people[:wanted]],
        "no match, two frequent words": ["martin bernardsas", "gmail orange", "jean gmailorange", "marie 99999999"],
    }  # fmt: skip
    return [Case(f"q: {name}", [link(q=term) for term in values], 3, 6) for name, values in terms.items()]


def worst_cases(sample: Sample, wanted: int) -> list[Case]:
    """A frequent term with a rare filter, and the other way round: where planners go wrong."""
    frequent = ("gmail", "martin", "marie", "jean", "06", "orange.fr", "sarl")
    towns = sample.each(wanted, lambda row: row["city"])
    emails = sample.each(wanted, lambda row: row["email"])
    sorts = ("name", "-created", "city")
    rare = [{"language": "tr"}, {"language": "ro", "status": "active"}, {"incomplete": "true"}, {"city": towns[0]}]
    return [
        Case("frequent term, rare filter", [link(q=q, **some) for q in frequent for some in rare], 3, 6),
        Case("frequent term, any town", [link(q="gmail", city=town) for town in towns], 3, 6),
        Case("frequent term, other sort", [link(q=q, sort=s) for q in frequent for s in sorts], 3, 6),
        Case("rare term, common filter", [link(q=email, status="active") for email in emails], 3, 6),
    ]  # fmt: skip


def page_cases(sample: Sample, wanted: int, token: str) -> list[Case]:
    """One client: its page, its form, and what is asked while one types."""
    pages = [f"{LIST}{reference(row)}/" for row in sample.rows[:wanted]]
    typed = [
        {"csrfmiddlewaretoken": token, **{name: row[name] or "" for name in
         ("kind", "first_name", "last_name", "company_name", "siret", "email", "phone", "postal_code")}}
        for row in sample.rows[:wanted]
    ]  # fmt: skip
    names = sample.each(wanted, lambda row: row["last_name"][:5])
    return [
        Case("client page", pages, 2),
        Case("history of a client", [f"{url}history/" for url in pages], 2),
        Case("members of a company", [f"{LIST}{reference(row)}/members/" for row in sample.companies[:wanted]], 2),
        Case("edit form", [f"{url}edit/" for url in pages], 0),
        Case("new client", [f"{LIST}new/?kind=company"], 0),
        Case("picker suggestions", [address(f"{LIST}pick/", company=name) for name in names], 3, 6),
        Case("duplicates check", [f"{LIST}check/"], 3, 6, typed),
        Case("dashboard", ["/"], 0),
    ]  # fmt: skip
