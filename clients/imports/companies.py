"""The company that a row belongs to, which may come later in the same file."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clients.imports.other_programs import beside
from clients.models import Client
from clients.pages.picker import find_client
from clients.reference import parse_reference
from clients.values.keys import name_key
from fixaloop.imports.columns import Columns
from fixaloop.imports.report import Issue, Record
from fixaloop.tables import Table, as_text

NAMES = ("company_name", "full_name", "surname_first", "person_name", "any_name", "organisation")
PENDING = "company_named"
# Who pays, as a function of the company.
PAYER = "payer_by_company"


class CompanyLinks:
    """Finds the company that a cell names by reference, e-mail, SIRET or name, even if it comes later in the file."""

    def __init__(self) -> None:
        self._known: dict[str, Client | str] = {}
        self._file: tuple[Table, Columns] | None = None
        self._in_file: frozenset[int] | None = None
        self._late: list[tuple[str, int, str, int, Any]] = []

    def prepare(self, table: Table, columns: Columns) -> None:
        self._file = table, columns

    def settle(self, records: Sequence[Record]) -> None:
        for record in records:
            if text := record.typed.get("company", "").strip():
                self._link(record, text, strict=True)
            elif text := record.typed.get("employer", "").strip():
                self._link(record, text, strict=False)

    def _link(self, record: Record, text: str, *, strict: bool) -> None:
        if text not in self._known:
            self._known[text] = self._find(text)
        found = self._known[text]
        if isinstance(found, Client):
            record.values["company_id"] = found.pk
        elif self._comes_with_file(text):
            record.values[PENDING] = (name_key(text), record.number)
        elif strict:
            record.refuse("company", found)
        else:
            beside(record, _("Entreprise : %(name)s") % {"name": text})
            record.note("company", _("« %(name)s » n’est pas un client : gardée dans la description.") % {"name": text})

    @staticmethod
    def _find(text: str) -> Client | str:
        key = name_key(text)
        if parse_reference(text) is None and key:
            named = list(Client.objects.filter(name_key=key, kind=Client.Kind.COMPANY)[:2])
            if len(named) == 1:
                return named[0]
        try:
            return find_client(text, companies_only=True)
        except ValidationError as error:
            return " ".join(error.messages)

    def _comes_with_file(self, text: str) -> bool:
        if parse_reference(text) is not None:
            return False
        if self._in_file is None:
            self._in_file = self._names_of_file()
        return hash(name_key(text)) in self._in_file

    def _names_of_file(self) -> frozenset[int]:
        """The names of the file’s rows, as hashes. In the row of a person, an organisation is not the row’s name."""
        if self._file is None:
            return frozenset()
        table, columns = self._file
        at = {column.name: index for index, column in columns.read.items()}
        named = [at[name] for name in NAMES if name in at]
        person = at.get("last_name", at.get("person_name")) if "organisation" in at else None
        return frozenset(
            hash(name_key(as_text(cells[index])))
            for _row, cells in table.rows
            if person is None or not cells[person]
            for index in named
            if cells[index]
        )

    def resolve(self, rows: Iterable[dict[str, Any]], by: str) -> None:
        """Give rows the company they name. Rows whose company is missing wait for `late`, known by their value `by`."""
        rows = [row for row in rows if PENDING in row]
        named = self._keys({row[PENDING][0] for row in rows})
        for row in rows:
            (key, line), payer = row.pop(PENDING), row.pop(PAYER)
            if key in named and named[key] != row.get("id"):
                row |= {"company_id": named[key], **payer(named[key])}
            else:
                self._late.append((by, row[by], key, line, payer))

    def late(self) -> tuple[dict[int, dict[str, Any]], list[Issue]]:
        """The links of rows written before their company (primary key → values), and remarks on missing companies."""
        named = self._keys({key for _by, _value, key, *_rest in self._late})
        numbers = [value for by, value, *_rest in self._late if by == "number"]
        by_number = dict(Client.objects.filter(number__in=numbers).values_list("number", "pk"))
        changes: dict[int, dict[str, Any]] = {}
        issues = []
        for by, value, key, line, payer in self._late:
            client = by_number[value] if by == "number" else value
            if key in named and named[key] != client:
                changes[client] = {"company_id": named[key], **payer(named[key])}
            else:
                issues.append(
                    Issue(line, "", key, _("L’entreprise n’a pas été importée : ce client n’y est pas rattaché."))
                )
        return changes, issues

    @staticmethod
    def _keys(keys: set[str]) -> dict[str, int]:
        if not keys:
            return {}
        found = Client.objects.filter(name_key__in=keys, kind=Client.Kind.COMPANY).order_by("-pk")
        return dict(found.values_list("name_key", "pk"))
