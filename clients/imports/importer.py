"""Clients in from a file."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from clients import services
from clients.imports.matching import CompanyLinks, Known, refuse_repeated_client, refuse_repeated_values
from clients.imports.other_programs import BY_NAME, COLUMNS, LAYOUTS, PADDING
from clients.imports.reading import KEYS, change_kind, describe, differences, read_row, refuse_itself
from clients.models import Client, ClientTemplate
from clients.pages.presets import defaults_of, find_template
from clients.reference import parse_reference
from clients.services import bulk
from clients.services.clients import SERIES
from fixaloop.imports.columns import Columns
from fixaloop.imports.importer import Importer, Options
from fixaloop.imports.report import Issue, Record
from fixaloop.records.bulk import Changed, Signature
from fixaloop.records.numbering import Numbers
from fixaloop.tables import Table, as_text

SAMPLE = 50
TOWN = ("postal_code", "city", "country")
NAMES = ("first_name", "last_name", "company_name", "full_name", "any_name", "organisation")


class ClientImporter(Importer):
    kind = "client"
    model = Client
    columns = COLUMNS
    layouts = LAYOUTS
    padding = PADDING
    keys = KEYS
    templates = True
    existing = gettext_lazy("Ce client existe déjà : %(client)s.")
    missing = gettext_lazy("Aucun client existant ne correspond à cette ligne.")

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        template = find_template(options.template) if options.template else None
        self.defaults: Mapping[str, Any] = defaults_of(template, by=options.by) if template else {}
        self.arranged = False
        self.links = CompanyLinks()
        self.numbers = Numbers(SERIES)

    @classmethod
    def template_names(cls) -> Sequence[str]:
        return list(ClientTemplate.objects.values_list("name", flat=True))

    def understand(self, table: Table) -> Columns:
        """Understand two more cases: identifiers that are not ours, and a single name column."""
        columns = super().understand(table)
        if not {"reference", "last_name"} & set(self.options.mapped.values()):
            columns = columns.renamed(self._meant(table, columns))
        self.arranged = any(field.foreign for field in columns.read.values())
        self.links.prepare(table, columns)
        return columns

    @staticmethod
    def _meant(table: Table, columns: Columns) -> dict[str, Any]:
        meant = {}
        [identifier] = [at for at, field in columns.read.items() if field.name == "reference"] or [-1]
        if identifier >= 0 and not columns.has("external_reference"):
            texts = [as_text(cells[identifier]).strip() for _row, cells in islice(table.rows, SAMPLE)]
            if any(texts) and not any(parse_reference(text) for text in texts):
                meant["reference"] = BY_NAME["external_reference"]
        if columns.has("last_name") and not columns.has(*(name for name in NAMES if name != "last_name")):
            meant["last_name"] = BY_NAME["any_name" if columns.has("kind", "civility") else "full_name"]
        if columns.has("full_name") and columns.has("first_name") and not columns.has("last_name"):
            meant["full_name"] = BY_NAME["last_name"]
        return meant

    def read(self, record: Record) -> None:
        read_row(record, arranged=self.arranged)

    def settle(self, records: Sequence[Record]) -> None:
        self.links.settle(records)
        for record in records:
            refuse_repeated_values(record, self.first)
            self.forgive(record)
        records = [record for record in records if not record.errors]
        known = Known(records)
        for record in records:
            client = self._match(record, known)
            known.refuse_taken(record, client)
            refuse_repeated_client(record, client, self.first)
            self.forgive(record)
            if not record.errors:
                self.decide(record, client)

    def _match(self, record: Record, known: Known) -> Client | None:
        if text := record.typed.get("reference", "").strip():
            client = known.by_reference(text)
            if client is None:
                record.refuse("reference", _unknown(known.merged_into(text)))
            return client
        if self.options.key:
            return known.by_key(self.options.key, record)
        return known.by_any(record)

    def prepare(self, record: Record) -> None:
        if not record.values.get("kind"):
            record.refuse("", _("Ni nom ni raison sociale : impossible de créer un client."))
            return
        describe(record, record.values.pop("beside", ()), "")
        record.values.pop("kind_guessed", None)
        # An address of one's own is not completed with the town of a model.
        own = any(record.values.get(name) for name in ("street", *TOWN))
        defaults = {name: value for name, value in self.defaults.items() if not (own and name in TOWN)}
        record.values = bulk.prepare({**defaults, **record.values})

    def differences(self, record: Record, row: Client) -> dict[str, tuple[str, str]]:
        beside: list[str] = record.values.pop("beside", [])
        record.values.pop("created_at", None)
        change_kind(record, row, beside)
        refuse_itself(record, row)
        self.forgive(record)
        describe(record, beside, row.description)
        found = differences(row, record.values)
        if found and row.anonymized_at:
            record.refuse("reference", services.anonymized(row))
        record.values["id"] = row.pk
        return found

    def reserve(self, creations: int) -> None:
        self.numbers.reserve(creations, simulated=self.options.dry_run)

    def make_links(self, rows: Sequence[dict[str, Any]]) -> None:
        self.links.resolve([row for row in rows if "id" in row], by="id")

    def create(self, rows: Sequence[dict[str, Any]], signed: Signature) -> dict[int, str]:
        numbered = [row | {"number": number} for row, number in zip(rows, self.numbers.take(len(rows)), strict=True)]
        self.links.resolve(numbered, by="number")
        return bulk.create(numbered, signed)

    @classmethod
    def change(cls, changes: Mapping[int, dict[str, Any]], signed: Signature) -> Changed:
        return bulk.update(changes, signed)

    def late(self) -> tuple[Mapping[int, dict[str, Any]], Sequence[Issue]]:
        return self.links.late()

    @classmethod
    def remove(cls, ids: Sequence[int], signed: Signature) -> None:
        bulk.delete(ids, signed)


def _unknown(merged_into: str) -> str:
    if merged_into:
        message = _("Ce client a été fusionné dans %(reference)s : indiquez cette référence, ou retirez la ligne.")
        return message % {"reference": merged_into}
    return _("Aucun client n’a cette référence : videz la cellule pour créer un client.")
