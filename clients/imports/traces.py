"""Rows of files known again: by what they said when they were last taken, whatever people have corrected since."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from clients.models import Client, ImportedRow
from fixaloop.imports.report import Record
from fixaloop.models import ImportBatch
from fixaloop.records import bulk

# What tells who a row is. Its other cells may change.
TELLING = (
    *("first_name", "last_name", "company_name", "siret", "email", "phone", "external_reference"),
    *("street", "postal_code", "city"),
)


class Earlier(NamedTuple):
    """What a row was when it was last taken: its client, and whether all its cells are the same."""

    client: int
    is_merged: bool
    is_same: bool


def digest(texts: Iterable[str]) -> str:
    return blake2b("\0".join(texts).encode(), digest_size=16).hexdigest()


def content_of(typed: Mapping[str, str]) -> str:
    return digest(part for name in sorted(typed) if typed[name].strip() for part in (name, typed[name].strip()))


def row_of(values: Mapping[str, Any]) -> str:
    return digest(str(values.get(name, "")) for name in TELLING)


class Traces:
    """What is kept of the rows of a chunk. `shape` is the digest of the columns of their file."""

    def __init__(self, records: Sequence[Record], shape: str) -> None:
        rows = {record.trace[0] for record in records if record.trace}
        found = ImportedRow.objects.filter(row__in=rows).order_by("pk").values_list("row", "client", "origin")
        self._rows = {row: (client, origin) for row, client, origin in found}
        origins = {origin for _client, origin in self._rows.values()}
        # Of two versions of a row, the last one counts.
        latest = ImportedRow.objects.filter(origin__in=origins, shape=shape).order_by("pk")
        self._latest = dict(latest.values_list("origin", "content"))
        self.clients = {client for client, _origin in self._rows.values()}

    def of(self, record: Record) -> Earlier | None:
        if not record.trace or record.trace[0] not in self._rows:
            return None
        row, content = record.trace
        client, origin = self._rows[row]
        return Earlier(client, client != origin, self._latest.get(origin) == content)


def keep(records: Sequence[Record], batch: ImportBatch | None, shape: str) -> None:
    numbers = [record.values["number"] for record in records if record.target is None]
    created = dict(Client.objects.filter(number__in=numbers).values_list("number", "pk"))
    rows = []
    for record in records:
        if record.trace:
            client = record.target or created[record.values["number"]]
            row, content = record.trace
            rows.append({"client_id": client, "origin": client, "row": row, "content": content})
    same = {"batch_id": batch and batch.pk, "shape": shape}
    bulk.insert(ImportedRow, [row | same for row in rows])
