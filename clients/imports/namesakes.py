"""Clients by their names, as people write them: “Jean Dupont”, “DUPONT Jean”, “Garage du Port SARL”."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from clients.models import Client
from clients.values.keys import name_parts

# How many of one name a refusal tells.
TOLD = 5
# More words than these are turned round no more: they are a company’s.
MOST_WORDS = 6


class Namesakes:
    """The clients of some names, a few of each."""

    def __init__(self, names: Iterable[str]) -> None:
        self._found: dict[str, list[Client]] = defaultdict(list)
        wanted = {key for name in names for key in _keys(name)}
        if not wanted:
            return
        rank = Window(RowNumber(), partition_by=F("name_key"), order_by="number")
        clients = Client.objects.filter(name_key__in=wanted, anonymized_at=None).order_by().annotate(rank=rank)
        for client in clients.filter(rank__lte=TOLD + 1).order_by("number").defer("search_text"):
            self._found[client.name_key].append(client)

    def of(self, name: str) -> Sequence[Client]:
        """Those of this name, at most one more than are told. A company’s words stand in their order."""
        whole, *turned = [*_keys(name)] or [""]
        persons = [client for key in turned for client in self._found.get(key, ()) if not client.is_company]
        return [*self._found.get(whole, ()), *persons][: TOLD + 1]


def _keys(name: str) -> Iterator[str]:
    """The `name_key` as written, then of each way to put the last words first."""
    parts = name_parts(name)
    turns = range(len(parts)) if len(parts) <= MOST_WORDS else range(1)
    yield from dict.fromkeys("".join(parts[turn:] + parts[:turn])[:310] for turn in turns)
