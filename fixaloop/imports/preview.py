"""The first rows of an import as they will be: what becomes of each, who it is, what was changed, what is doubtful."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from typing import Any

from django.utils.translation import gettext_lazy as _

from fixaloop.imports.columns import Columns
from fixaloop.imports.report import Action, Record
from fixaloop.tables import Cell, as_text

SHOWN = 50
# The title of a row, and a line more.
Called = Callable[[Record], tuple[str, str]]
# Field → what is proposed for a row.
Proposed = Callable[[Record], Mapping[str, str]]
REFUSED, DOUBTFUL, CHANGED, NEW = "refused", "doubtful", "changed", "new"
# In the order in which they are shown.
LABELS = {REFUSED: _("refusées"), DOUBTFUL: _("douteuses"), CHANGED: _("modifiées"), NEW: _("nouvelles")}
ACTIONS = {
    Action.REFUSE: (_("refusée"), "stop"),
    Action.CREATE: (_("à créer"), "ok"),
    Action.UPDATE: (_("à modifier"), "brand"),
    Action.UNCHANGED: (_("inchangée"), "muted"),
}


@dataclass(frozen=True)
class RefusedCell:
    """A cell of the file by the index of its column."""

    index: int
    header: str
    value: str


@dataclass(frozen=True)
class Sample:
    """One row. `remarks` are (column, sentence), `changes` (column, text now, text in the file).

    `proposals` are (column, text) that somebody may prefer to what the file says; the import changes nothing by them.
    """

    row: int
    action: str
    title: str
    detail: str
    remarks: Sequence[tuple[str, str]]
    changes: Sequence[tuple[str, str, str]]
    # What may be corrected of a refused row.
    cells: Sequence[RefusedCell] = ()
    proposals: Sequence[tuple[str, str]] = ()


class Preview:
    """Keeps the first rows of each sort, whatever the length of the file."""

    def __init__(self, called: Called, proposed: Proposed) -> None:
        self._called, self._proposed = called, proposed
        self._samples: dict[str, list[Sample]] = defaultdict(list)

    def add(self, record: Record, columns: Columns, headers: Sequence[str], cells: Sequence[Cell]) -> None:
        for sort in sorts_of(record):
            if len(self._samples[sort]) < SHOWN:
                sample = _sample(record, self._called(record), columns, headers, cells)
                if not record.errors:
                    proposed = self._proposed(record).items()
                    sample = replace(
                        sample, proposals=[(columns.header_of(name, headers), text) for name, text in proposed]
                    )
                self._samples[sort].append(sample)

    def as_json(self) -> dict[str, list[dict[str, Any]]]:
        return {sort: [asdict(sample) for sample in samples] for sort, samples in self._samples.items()}


def sorts_of(record: Record) -> list[str]:
    if record.action is Action.REFUSE:
        return [REFUSED]
    sorts = [DOUBTFUL] if record.notes or record.strays else []
    return sorts + {Action.UPDATE: [CHANGED], Action.CREATE: [NEW]}.get(record.action, [])


def _sample(
    record: Record, shown: tuple[str, str], columns: Columns, headers: Sequence[str], cells: Sequence[Cell]
) -> Sample:
    said = record.errors or record.notes
    remarks = [
        (columns.header_of(record.sources.get(name, name), headers), message)
        for name, messages in said.items()
        for message in messages
    ]
    changes = [(columns.header_of(name, headers), *pair) for name, pair in record.changes.items()]
    refused = _refused(record, columns, headers, cells) if record.errors else ()
    return Sample(record.number, record.action.value, *shown, remarks, changes, refused)


def _refused(record: Record, columns: Columns, headers: Sequence[str], cells: Sequence[Cell]) -> list[RefusedCell]:
    """The cells that a refused row is refused for; all that are read, where what is wrong is in none of them."""
    wrong = {record.sources.get(name, name) for name in record.errors}
    read = {index: field.name for index, field in columns.read.items() if not field.computed}
    indexes = [index for index, name in read.items() if name in wrong] or list(read)
    return [
        RefusedCell(index, headers[index], as_text(cells[index]) if index < len(cells) else "") for index in indexes
    ]


def chosen(rows: Mapping[str, Sequence[Mapping[str, Any]]], sort: str) -> list[Mapping[str, Any]]:
    """The rows of one sort; without one, the first of all, each once: refused, then doubtful, changed and new."""
    wanted = (sort,) if sort in LABELS else LABELS
    found: list[Mapping[str, Any]] = []
    for row in chain.from_iterable(rows.get(name, ()) for name in wanted):
        # Not by its number: a row may bring another one along.
        if row not in found:
            found.append(row)
    return found[:SHOWN]


def tabs(rows: Mapping[str, Sequence[Any]], sort: str) -> list[dict[str, Any]]:
    labels = {"": _("toutes")} | {name: label for name, label in LABELS.items() if rows.get(name)}
    return [{"value": name, "label": label, "is_chosen": name == sort} for name, label in labels.items()]
