"""“Vouliez-vous dire…”: what somebody may have meant who typed one wrong letter and found nobody.

Only names that somebody has are proposed. One wrong, missing, doubled or swapped letter leaves the rest of a word as it
is, so each way to put the word right is a pattern with at most one unknown letter. Patterns are looked up in the same
indexes as searches; those that no index would serve are left out.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections, transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan, Lookup

from clients.models import Client
from clients.search import SHORT, holding_all, search_terms

# Shorter words have too many neighbours; longer ones are no names.
LENGTHS = range(4, 25)
# Of a query, the longest words are tried.
WORDS_TRIED = 3
ROWS_READ = 60
PROPOSED = 3
ANY = "_"


class Like(Lookup):
    """`column LIKE pattern`, for patterns of letters and “_”, which need no escape."""

    lookup_name = "like"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} LIKE %s", [*params, self.rhs]


def near_queries(query: str, clients: QuerySet[Client]) -> list[str]:
    """The query with one word put right, so that some of these clients match, the commonest first."""
    terms = search_terms(query)
    tried = sorted((term for term in terms if term.isalpha() and len(term) in LENGTHS), key=len, reverse=True)
    for term in tried[:WORDS_TRIED]:
        others = [other for other in terms if other != term]
        if found := _near(term, others, clients):
            return [" ".join(word if other == term else other for other in terms) for word in found]
    return []


def _near(term: str, others: list[str], clients: QuerySet[Client]) -> list[str]:
    if (condition := _condition(term)) is None:
        return []
    rows = clients.filter(condition, holding_all(others)) if others else clients.filter(condition)
    with _by_index(rows.db):
        texts = list(rows.order_by().values_list("search_text", flat=True)[:ROWS_READ])
    found: Counter[str] = Counter()
    for text in texts:
        found.update(word for word in set(text.split()) if word.isalpha() and is_near(term, word))
    return [word for word, _count in sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:PROPOSED]]


@contextmanager
def _by_index(alias: str) -> Iterator[None]:
    """Have PostgreSQL use the index: it takes a few of so many patterns for common, and would read the whole table."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        yield
        cursor.execute("SET LOCAL enable_seqscan = on")


def _condition(term: str) -> Q | None:
    inside, beginning = Q(), Q()
    for pattern in patterns(term):
        runs = pattern.split(ANY)
        if any(len(run) >= SHORT for run in runs):
            inside |= Q(Like(F("search_text"), f"%{pattern}%"))
        elif len(runs[0]) >= 2:
            beginning |= Q(Like(F("sort_name"), f"{pattern}%"))
    condition = inside | beginning
    if connection.vendor == "sqlite":
        # Half of the word is right: that is told of most rows at once, without a pattern.
        half = len(term) // 2
        condition &= _holds(term[: half - 1]) | _holds(term[half + 1 :])
    return condition or None


def _holds(part: str) -> Q:
    return Q(GreaterThan(StrIndex("search_text", Value(part)), 0))


def patterns(term: str) -> Iterator[str]:
    """Every way to put one letter right: another one, one more, one less, or two the other way round."""
    for at in range(len(term)):
        before, after = term[:at], term[at + 1 :]
        yield f"{before}{ANY}{after}"
        yield f"{before}{after}"
        if at:
            yield f"{before}{ANY}{term[at:]}"
        if after and after[0] != term[at]:
            yield f"{before}{after[0]}{term[at]}{after[1:]}"


def is_near(term: str, word: str) -> bool:
    """Whether one letter makes a word of what was typed."""
    return word != term and any(re.fullmatch(pattern.replace(ANY, "."), word) for pattern in patterns(term))
