"""What a column of clients is where its heading alone misleads: identifiers not ours, a single column of names."""

from itertools import islice
from typing import Any

from clients.imports.vocabulary import BY_NAME
from clients.reference import parse_reference
from fixaloop.imports.columns import Columns
from fixaloop.imports.evidence import reason_of
from fixaloop.tables import Table, as_text
from fixaloop.words.text import normalise

SAMPLE = 50
SURNAMES = frozenset(("famille", "family", "surname", "last", "patronyme", "patronymique"))
NAMES = (
    "first_name",
    "last_name",
    "company_name",
    "full_name",
    "surname_first",
    "person_name",
    "any_name",
    "organisation",
)


def foreign_identifiers(table: Table, columns: Columns) -> dict[int, str]:
    """The column of identifiers that are not ours, where another one holds those of the former program; and why."""
    found = {index: field for index, field in columns.read.items() if field.name == "reference"}
    is_foreign = columns.has("external_reference") and not any(_is_ours(table, index) for index in found)
    return {index: reason_of(field) for index, field in found.items()} if is_foreign else {}


def _is_ours(table: Table, index: int) -> bool:
    """Whether a column holds a reference of ours, or nothing that would show that it does not."""
    texts = [as_text(cells[index]).strip() for _row, cells in islice(table.rows, SAMPLE)]
    return not any(texts) or any(parse_reference(text) for text in texts)


def meant(table: Table, columns: Columns, *, keep_references: bool) -> dict[str, Any]:
    """The fields of columns that hold something else than their headings say, by the names of these."""
    found = {}
    identifiers = [at for at, field in columns.read.items() if field.name == "reference"]
    are_ours = keep_references or all(_is_ours(table, at) for at in identifiers)
    if not are_ours and not columns.has("external_reference"):
        found["reference"] = BY_NAME["external_reference"]
    if columns.has("company") and not columns.has("reference", *NAMES):
        found["company"] = BY_NAME["company_name"]
    if columns.has("last_name") and not columns.has(*(name for name in NAMES if name != "last_name")):
        [heading] = [table.headers[at] for at, field in columns.read.items() if field.name == "last_name"]
        found["last_name"] = BY_NAME[_whom(heading, is_said=columns.has("kind", "civility"))]
    if columns.has("full_name") and columns.has("first_name") and not columns.has("last_name"):
        found["full_name"] = BY_NAME["last_name"]
    return found


def _whom(heading: str, *, is_said: bool) -> str:
    """Whom a single column of names speaks of: only people have a family name."""
    if not SURNAMES.isdisjoint(normalise(heading).split()):
        return "person_name"
    return "any_name" if is_said else "full_name"
