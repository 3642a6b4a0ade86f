"""The flow that imports of all kinds share. Each app names its importers in `declared/importers.py`."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.files.columns import FileColumn
from fixaloop.imports.beside import Beside
from fixaloop.imports.cells import comes_twice
from fixaloop.imports.columns import Columns, Layout, match_columns
from fixaloop.imports.corrections import Corrections, corrected
from fixaloop.imports.evidence import judge
from fixaloop.imports.headings import Headings
from fixaloop.imports.money import counts_yes
from fixaloop.imports.report import Action, Issue, Record
from fixaloop.models import ImportBatch, ImportTrace
from fixaloop.records.bulk import Changed, Signature, delete
from fixaloop.records.history import last_known
from fixaloop.tables import Table, open_table

MODES = ("create", "update", "upsert")
REPEATED = gettext_lazy("Déjà à la ligne %(row)d de ce fichier.")
# What a batch does not keep of its options.
UNTOLD = ("by", "dry_run", "corrections")


class BadOption(Exception):
    """An option that cannot be followed; says what would be right."""


class Overtaken(Exception):
    """Somebody changed meanwhile what was decided about a row."""


@dataclass
class Options:
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
    # Of operators alone: a firm that moves in keeps its numbers.
    keep_references: bool = False
    # Whether rows bring back who was forgotten since.
    take_forgotten: bool = False
    # Whether what does not tell if it was paid was (`paid`) or is still due (`due`).
    unsaid: str = ""
    # Cells that were corrected on the page, over those of the file.
    corrections: Corrections = field(default_factory=dict)
    by: User | None = None

    def record(self) -> dict[str, Any]:
        chosen = {name: value for name, value in asdict(self).items() if name not in UNTOLD}
        return {name: value for name, value in chosen.items() if value}


class Importer(ABC):
    """How one kind of thing is imported. An instance serves one file and remembers what its rows have been so far.

    `model` is what the kind is about. `parts` are models whose rows belong to those of `model`: an undo deletes them
    too. `padding` are words that headings hold besides what they name (“du client”): they are compared without.
    `things` is what programs call the rows when they count them below a list (“12 clients”).
    """

    kind: ClassVar[str]
    columns: ClassVar[Sequence[FileColumn]]
    keys: ClassVar[Sequence[str]]
    # What keys are called that are no columns of this kind.
    key_words: ClassVar[Mapping[str, Any]] = {}
    model: ClassVar[Any]
    parts: ClassVar[Sequence[type[Model]]] = ()
    layouts: ClassVar[Sequence[Layout]] = ()
    padding: ClassVar[frozenset[str]] = frozenset()
    things: ClassVar[Sequence[str]] = ()
    templates: ClassVar[bool] = False
    # Whether what is imported has numbers that a firm may bring along.
    numbered: ClassVar[bool] = False
    # Whether what is imported may have been forgotten since.
    forgetful: ClassVar[bool] = False
    # Asked, with the reason, where somebody must say if rows were paid that do not tell.
    paid_question: ClassVar[Any] = ""
    paid_reason: ClassVar[Any] = ""
    # Columns that no two rows share: how a value is compared, here and by the database.
    distinct: ClassVar[Mapping[str, tuple[Callable[[str], str], Combinable]]] = {}
    # What is said of a row that exists, or does not, where the mode wants the contrary.
    existing: ClassVar[Any] = gettext_lazy("Existe déjà : %(row)s.")
    missing: ClassVar[Any] = gettext_lazy("Rien d’existant ne correspond à cette ligne.")

    def __init__(self, options: Options) -> None:
        self.options = options
        self.readers = {column.name: column.read for column in self.columns if column.read}
        self._required = {column.name: column.required for column in self.columns if column.required}
        self._optional = frozenset(column.name for column in self.columns if column.optional)
        self._fields = {field.name: field for field in self.model._meta.concrete_fields}
        self._seen: dict[int, int] = {}
        # Whether the column of what was paid may say yes and no by 1 and 0.
        self.counts_yes = False
        # What the rows of a chunk name and was made for them: label of a model → primary keys.
        self.beside: dict[str, list[int]] = {}

    @classmethod
    def template_names(cls) -> Sequence[str]:
        return ()

    @classmethod
    def key_labels(cls) -> dict[str, str]:
        headers = {column.name: column.header for column in cls.columns}
        return {key: str(cls.key_words.get(key) or headers.get(key, key)) for key in cls.keys}

    @classmethod
    def headings(cls) -> Headings:
        of_layouts = (key for layout in cls.layouts for key, field in layout.columns.items() if field)
        return Headings(cls.columns, cls.padding, frozenset(of_layouts))

    def open(self, path: Path) -> Table:
        """The table in a file. Raises TableError."""
        options = self.options
        table = open_table(path, options.sheet, options.encoding, options.delimiter, self.headings())
        return corrected(table, options.corrections)

    def understand(self, table: Table) -> Columns:
        """Which column is which field. Raises HeaderError where none is."""
        mapped = self.options.mapped
        found = match_columns(table.headers, self.columns, mapped, self.layouts, self.padding)
        columns = judge(table, found, mapped)
        self.counts_yes = counts_yes(table, columns)
        return columns

    # Reading a row

    def read(self, record: Record) -> None:
        """Fill the values of a record from its cells. Blank cells are left out, so that they never erase anything."""
        for name, text in record.typed.items():
            if name not in self.readers or not text.strip():
                continue
            try:
                value = self.readers[name](text.strip())
                self._check_length(name, value)
            except ValidationError as error:
                record.refuse(name, " ".join(error.messages))
            else:
                if value not in (None, ""):
                    record.values[name] = value
        for name, message in self._required.items():
            if name not in record.values and name not in record.errors:
                record.refuse(name, str(message))

    def _check_length(self, name: str, value: Any) -> None:
        limit = getattr(self._fields.get(name), "max_length", None)
        if limit and isinstance(value, str) and len(value) > limit:
            message = _("Ce texte a %(length)d caractères ; %(limit)d au plus.")
            raise ValidationError(message % {"length": len(value), "limit": limit})

    def forgive(self, record: Record) -> None:
        """With --lenient, leave wrong optional values empty and keep the row."""
        if self.options.lenient:
            record.forgive(self._optional)

    # Deciding what becomes of it

    @abstractmethod
    def settle(self, records: Sequence[Record]) -> None:
        """Find what a chunk's rows already are in the database, in a few queries, and `decide` what becomes of each."""

    def first(self, record: Record, mark: Any) -> int:
        """The number of the first row with this mark. Marks are kept as hashes: files are long."""
        key = hash(mark)
        if key not in self._seen:
            self._seen[key] = record.number
            record.claims.append(key)
        return self._seen[key]

    def give_up(self, record: Record) -> None:
        """Leave the marks of a row that is refused to the next row with them."""
        for key in record.claims:
            del self._seen[key]
        record.claims = []

    def refuse_repeated(self, record: Record, mark: Any, name: str = "", message: Any = REPEATED) -> bool:
        first = self.first(record, mark)
        if first != record.number:
            record.refuse(name, message % {"row": first})
        return first != record.number

    def decide(self, record: Record, row: Any) -> None:
        """Set what is done with a row of the file. `row` is what it already is in the database, None for a new one."""
        if row is None:
            if self.options.mode == "update":
                record.refuse("", str(self.missing))
            else:
                self.prepare(record)
                _tell_hours(record)
        elif self.options.mode == "create":
            record.refuse("", self.existing % {"row": row, self.kind: row})
        else:
            record.target = row.pk
            record.changes = self.differences(record, row)
            record.action = Action.UPDATE if record.changes else Action.UNCHANGED

    def prepare(self, record: Record) -> None:  # noqa: B027 - most kinds have nothing to prepare
        """Complete a row that becomes something new, or refuse it."""

    @abstractmethod
    def differences(self, record: Record, row: Any) -> dict[str, tuple[str, str]]:
        """Field → its text now and in the file, of what a row changes. It may refuse the row, and trim its values."""

    def shown(self, record: Record) -> tuple[str, str]:
        """What a simulation calls a row: its title, and a line more."""
        texts = [text.strip() for text in record.filled().values()]
        return " · ".join(texts[:2]), " · ".join(texts[2:5])

    def proposed(self, record: Record) -> Mapping[str, str]:
        """Field → a text that somebody may prefer to the file’s; the import itself changes nothing by it."""
        return {}

    def brought(self) -> Sequence[Record]:
        """Records that the rows of the last chunk bring along: the company of its contacts."""
        return ()

    # Writing

    def put_aside(self, creations: int) -> None:  # noqa: B027 - most kinds have no numbers
        """Put aside what nobody should wait for until everything is written; in a transaction of its own."""

    def hold(self, creations: int) -> None:  # noqa: B027 - most kinds have no numbers
        """Make what was put aside part of the transaction that writes."""

    def write(self, records: Sequence[Record], batch: ImportBatch, at: datetime) -> None:
        """Write the rows of a chunk. Raises Overtaken, or what services raise, where somebody was quicker."""
        signed, self.beside = signature(batch, at), {}
        creations = [record.values for record in records if record.action is Action.CREATE]
        changes = {record.target: record.values for record in records if record.target is not None}
        self.make_links(creations)
        created = self.create(creations, signed) if creations else {}
        self.make_links(list(changes.values()))
        changed = self.change(changes, signed) if changes else {}
        if len(changed) < len(changes):
            raise Overtaken
        remember(batch, created, changed, self.beside)

    def know_again(self, records: Sequence[Record], batch: ImportBatch | None) -> None:  # noqa: B027 - most do not
        """Keep what rows that change nothing are known by when their file is loaded again."""

    def make_links(self, rows: Sequence[dict[str, Any]]) -> None:  # noqa: B027 - most kinds have no such links
        """Replace names in the values of rows by what they name, which is made where it is missing."""

    @abstractmethod
    def create(self, rows: Sequence[dict[str, Any]], signed: Signature) -> dict[int, str]:
        """Keep new rows; return primary key → mark."""

    @classmethod
    @abstractmethod
    def change(cls, changes: Mapping[int, dict[str, Any]], signed: Signature) -> Changed:
        """Change rows (primary key → values); return what each was, as JSON holds it, and its mark now."""

    def late(self) -> tuple[Mapping[int, dict[str, Any]], Sequence[Issue]]:
        """What can only be written once all rows are: changes (primary key → values), and remarks."""
        return {}, ()

    def finish(self, signed: Signature) -> None:  # noqa: B027 - most kinds have no payments
        """Write what must come last in the transaction: payments."""

    # Undo

    @classmethod
    def mark(cls, row: Any) -> str:
        """A text that changes whenever somebody changes a row."""
        return str(row.version)

    @classmethod
    def former(cls, mark: str) -> str:
        """The mark of a row before the change that gave it this one; "" where marks are not numbered."""
        return str(int(mark) - 1) if mark.isdecimal() else ""

    @classmethod
    def tell_changed(cls, row: Any) -> str:
        """Say of a row that somebody changed since, what to do instead of undoing its import."""
        message = _("%(row)s a été modifié depuis, ce qui serait perdu : corrigez cette fiche à la main.")
        return message % {"row": row}

    @classmethod
    def tell_gone(cls, keys: Sequence[int], *, was_changed: bool) -> Iterator[str]:
        """Report deleted rows whose former values cannot be restored; rows that had none are left out."""
        if was_changed:
            known = last_known(cls.model, keys)
            message = _("%(row)s a été supprimé depuis : il ne peut pas être remis. Corrigez les autres à la main.")
            yield from (message % {"row": known.get(key, key)} for key in keys)

    @classmethod
    def restore(cls, before: Mapping[int, dict[str, Any]], signed: Signature) -> None:
        cls.change(before, signed)

    @classmethod
    def remove(cls, ids: Sequence[int], signed: Signature) -> None:
        delete(cls.model._default_manager.filter(pk__in=ids), signed)

    @classmethod  # noqa: B027 - most kinds keep nothing else of a file
    def forget_file(cls, batch: ImportBatch) -> None:
        """Forget what was kept of the rows of a batch to know them again."""

    @classmethod
    def taken_beside(cls, rows: Mapping[int, Any]) -> Iterable[str]:
        """A sentence for each row, with its former values, that another table says is somebody else’s now."""
        return ()

    @classmethod  # noqa: B027 - most kinds have no payments
    def give_back(cls, ids: Sequence[int], signed: Signature) -> None:
        """Answer the payments of what was created by opposite ones, last in the transaction too."""


def _tell_hours(record: Record) -> None:
    for name in record.typed:
        value = record.values.get(name)
        if isinstance(value, datetime) and comes_twice(value):
            record.note(name, _("Cette heure a eu lieu deux fois, au passage à l’heure d’hiver."))


def signature(batch: ImportBatch, at: datetime) -> Signature:
    if batch.undone_at:
        return Signature(by=batch.undone_by, reason=_("Annulation : %(batch)s") % {"batch": batch}, at=at)
    return Signature(by=batch.by, reason=str(batch), at=at)


def remember(batch: ImportBatch, created: Mapping[int, str], changed: Changed, beside: Beside | None = None) -> None:
    if created or changed:
        ImportTrace.objects.create(batch=batch, created=created, changed=changed, beside=beside or {})
