"""What one kind of thing brings to the machinery: an `Importer` in the module `imports` of its app."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, User
from django.db.models import Model

from fixaloop.discovery import modules
from fixaloop.files.columns import FileColumn
from fixaloop.imports.columns import Columns, Layout, match_columns
from fixaloop.imports.report import Issue, Record
from fixaloop.models import ImportBatch
from fixaloop.tables import Table

MODES = ("create", "update", "upsert")


class BadOption(Exception):
    """An option that cannot be followed; says which, and what would be right."""


class Overtaken(Exception):
    """What was settled is no longer so when it is written: somebody was quicker."""


@dataclass
class Options:
    """What was asked on the command line or in the browser."""

    mode: str = "upsert"
    key: str = ""
    dry_run: bool = False
    skip: bool = False
    lenient: bool = False
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    mapped: dict[str, str] = field(default_factory=dict)
    template: str = ""
    by: User | None = None

    def record(self) -> dict[str, Any]:
        """What a batch keeps of them: those that were chosen."""
        chosen = {name: value for name, value in asdict(self).items() if name not in ("by", "dry_run")}
        return {name: value for name, value in chosen.items() if value}


class Importer(ABC):
    """How one kind of thing is imported. An instance serves one file: it remembers what the file has held so far.

    `model` is what the kind is about: its name on pages, the rights it takes, and what `undo_import` takes back. An
    importer that can be undone tells `fixaloop.imports.undo` what it creates and changes, in `write`. `parts` are
    models whose rows belong to those of `model`: they do not keep them from being taken back, and `remove` takes them.
    `padding` are words that headings hold besides what they name, such as of whom: they are compared without.
    """

    kind: ClassVar[str]
    columns: ClassVar[Sequence[FileColumn]]
    keys: ClassVar[Sequence[str]]
    model: ClassVar[type[Model] | None] = None
    parts: ClassVar[Sequence[type[Model]]] = ()
    layouts: ClassVar[Sequence[Layout]] = ()
    padding: ClassVar[frozenset[str]] = frozenset()
    templates: ClassVar[bool] = False

    def __init__(self, options: Options) -> None:
        self.options = options
        self._optional = frozenset(column.name for column in self.columns if column.optional)

    @classmethod
    def template_names(cls) -> Sequence[str]:
        """The models that new rows may be made from, where the kind has such."""
        return ()

    @classmethod
    def headings(cls) -> frozenset[str]:
        """All headings that files of this kind may have, in the form they are compared in."""
        of_layouts = (key for layout in cls.layouts for key, field in layout.columns.items() if field)
        return frozenset(key for column in cls.columns for key in column.headings()).union(of_layouts)

    def understand(self, table: Table) -> Columns:
        """Which column is which field. Raises HeaderError where none is."""
        return match_columns(table.headers, self.columns, self.options.mapped, self.layouts, self.padding)

    def forgive(self, record: Record) -> None:
        """Where asked to be lenient, leave wrong optional values empty rather than refuse the row."""
        if self.options.lenient:
            record.forgive(self._optional)

    @abstractmethod
    def read(self, record: Record) -> None:
        """Fill the values of a record from what was typed, by the rules of the forms."""

    @abstractmethod
    def settle(self, records: Sequence[Record]) -> None:
        """Find what a chunk's rows already are in the database and set their actions, in a few queries."""

    def reserve(self, creations: int) -> None:  # noqa: B027 - most kinds have nothing to reserve
        """Take what must not be held while everything is written, such as numbers; in a transaction of its own."""

    @abstractmethod
    def write(self, records: Sequence[Record], batch: ImportBatch, at: datetime) -> None:
        """Create and update what a chunk's rows come to, in bulk."""

    def finish(self, batch: ImportBatch, at: datetime) -> Sequence[Issue]:
        """What can only be written once all rows are, such as links to later rows. Returns remarks."""
        return ()

    # To be undone

    @classmethod
    def mark(cls, row: Any) -> str:
        """A text that changes whenever somebody changes a row of the model."""
        raise NotImplementedError

    @classmethod
    def former(cls, mark: str) -> str:
        """The mark that a row had before a change gave it this one; '' where marks are not numbered."""
        return str(int(mark) - 1) if mark.isdecimal() else ""

    @classmethod
    def restore(cls, before: Mapping[int, Mapping[str, Any]], batch: ImportBatch, at: datetime) -> None:
        """Give rows (primary key → values) back what a batch changed."""
        raise NotImplementedError

    @classmethod
    def remove(cls, ids: Sequence[int], batch: ImportBatch, at: datetime) -> None:
        """Delete the rows a batch created; nothing depends on them."""
        raise NotImplementedError


@lru_cache(maxsize=1)
def importers() -> dict[str, type[Importer]]:
    """Every kind by its name, in the order of the apps."""
    return {importer.kind: importer for importer in _found()}


def _found() -> Iterator[type[Importer]]:
    for module in modules("imports").values():
        for item in vars(module).values():
            if isinstance(item, type) and issubclass(item, Importer) and hasattr(item, "kind"):
                yield item


def importer_of(kind: str) -> type[Importer] | None:
    """The importer of a kind; None for one that is no more."""
    return importers().get(kind)


def model_of(importer: type[Importer]) -> type[Model]:
    """What a kind is about. Raises TypeError for an importer that does not say."""
    if importer.model is None:
        raise TypeError(importer)
    return importer.model


def rights_of(importer: type[Importer], mode: str = "upsert") -> list[str]:
    """The rights it takes to import a kind: to import at all, and to add and change what the mode adds and changes."""
    rights = ["fixaloop.add_importbatch"]
    if importer.model is not None:
        meta = importer.model._meta
        verbs = {"create": ("add",), "update": ("change",)}.get(mode, ("add", "change"))
        rights += [f"{meta.app_label}.{verb}_{meta.model_name}" for verb in verbs]
    return rights


def allowed(user: AbstractBaseUser, mode: str = "upsert") -> dict[str, type[Importer]]:
    """The kinds that a person may import."""
    return {
        kind: importer
        for kind, importer in importers().items()
        if importer.model is not None and user.has_perms(rights_of(importer, mode))  # type: ignore[attr-defined]
    }
