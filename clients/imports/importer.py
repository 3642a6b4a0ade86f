"""Clients in from a file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from clients import services
from clients.imports import traces
from clients.imports.companies import CompanyLinks
from clients.imports.contacts import Contacts
from clients.imports.exchanged import exchanged, tell_exchanged
from clients.imports.kinds import doubt_lone_name
from clients.imports.likeness import tell_duplicates, tell_renamed
from clients.imports.matching import Known, refuse_repeated_client, refuse_repeated_values
from clients.imports.meaning import foreign_identifiers, meant
from clients.imports.reach import settle_contacts, taken_emails
from clients.imports.reading import (
    KEYS,
    change_kind,
    check_subscription,
    describe,
    differences,
    read_row,
    refuse_itself,
    settle_payer,
    tell_language,
)
from clients.imports.vocabulary import COLUMNS, LAYOUTS, PADDING
from clients.models import Client, ClientTemplate, FormerReference, ImportedRow, OtherContact
from clients.pages.presets import defaults_of, find_template
from clients.reference import CLIENT, parse_reference
from clients.services import bulk
from clients.services.clients import SERIES
from clients.services.forgotten import Forgotten
from clients.typed import NO_EMAIL, STILL_NO_EMAIL, lacks_email, requires_email
from clients.values.names import same_name
from clients.values.phones import show_phone
from clients.values.usual import usual_case
from fixaloop.imports.columns import Columns
from fixaloop.imports.evidence import without
from fixaloop.imports.importer import Importer, Options, Overtaken
from fixaloop.imports.report import Action, Issue, Record
from fixaloop.models import ImportBatch
from fixaloop.records.bulk import Changed, Signature
from fixaloop.records.history import last_known
from fixaloop.records.numbering import LAST_KEPT, Numbers
from fixaloop.tables import Table

# In a list of more columns than this, a row with a single value may be the title of a group.
ALONE = 2
TOWN = ("postal_code", "city", "country")


class ClientImporter(Importer):
    kind = "client"
    things = ("clients", "contacts", "tiers")
    model = Client
    parts = (ImportedRow, OtherContact)
    columns = COLUMNS
    layouts = LAYOUTS
    padding = PADDING
    keys = KEYS
    templates = True
    numbered = True
    forgetful = True
    distinct = {"email": (str.lower, Lower("email")), "external_reference": (str, F("external_reference"))}
    existing = gettext_lazy("Ce client existe déjà : %(client)s.")
    missing = gettext_lazy("Aucun client existant ne correspond à cette ligne.")

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        template = find_template(options.template) if options.template else None
        self.defaults: Mapping[str, Any] = defaults_of(template, by=options.by) if template else {}
        self.arranged = self.exchanged = False
        self.requires_email = requires_email()
        self.links = CompanyLinks()
        self.contacts = Contacts()
        # The companies that the last chunk brings along, and the digest of the file’s columns.
        self.companies: Sequence[Record] = ()
        self.shape = ""
        self.numbers = Numbers(SERIES)

    @classmethod
    def template_names(cls) -> Sequence[str]:
        return list(ClientTemplate.objects.values_list("name", flat=True))

    def understand(self, table: Table) -> Columns:
        """Understand two more cases: identifiers that are not ours, and a single name column."""
        columns = super().understand(table)
        if not {"reference", "last_name"} & set(self.options.mapped.values()):
            if not self.options.keep_references:
                columns = without(columns, foreign_identifiers(table, columns), table.headers)
            columns = columns.renamed(meant(table, columns, keep_references=self.options.keep_references))
        self.arranged = any(field.foreign for field in columns.read.values())
        self.exchanged = exchanged(table, columns)
        self.links.prepare(table, columns)
        self.contacts.prepare(table, columns)
        self.shape = traces.digest(sorted(field.name for field in columns.read.values()))
        return columns

    def read(self, record: Record) -> None:
        content = traces.content_of(record.typed)
        alone = len(record.typed) > ALONE and len(record.filled()) == 1
        read_row(record, arranged=self.arranged)
        if alone:
            doubt_lone_name(record)
        if self.exchanged:
            tell_exchanged(record)
            self.exchanged = False
        if not record.typed.get("reference", "").strip():
            record.trace = (traces.row_of(record.values), content)

    def settle(self, records: Sequence[Record]) -> None:
        self.contacts.settle(records)
        self.links.settle(records)
        for record in records:
            self.forgive(record)
        records = [record for record in records if not record.errors]
        earlier = traces.Traces(records, self.shape)
        known = Known(records, earlier.clients)
        for record in records:
            refuse_repeated_values(record, self.first)
            self.forgive(record)
            if not record.errors and not self._is_settled(record, known, earlier):
                self._settle_row(record, known, earlier)
            if record.errors:
                self.give_up(record)
        self._refuse_forgotten([record for record in records if _is_new(record)])
        fresh = [record for record in records if _is_new(record)]
        for record in fresh:
            if number := record.values.get("own_number"):
                self.numbers.keep(number)
        tell_duplicates(fresh, self.first)
        self.companies = self.contacts.companies(fresh)

    def _refuse_forgotten(self, records: Sequence[Record]) -> None:
        """Nobody who was forgotten comes back by an old file unless somebody says so."""
        if self.options.take_forgotten:
            return
        forgotten = Forgotten([(record.values, record.trace[0] if record.trace else "") for record in records])
        for record in records:
            if at := forgotten.on(record.values, record.trace[0] if record.trace else ""):
                message = _("Client oublié le %(day)s : retirez la ligne, ou demandez à l’import de les reprendre.")
                record.refuse("", message % {"day": f"{timezone.localtime(at):%d/%m/%Y}"})
                self.give_up(record)

    def _is_settled(self, record: Record, known: Known, earlier: traces.Traces) -> bool:
        """Leave a client alone whose row was taken before as it is, or is that of a client merged into it."""
        row = earlier.of(record)
        if self.options.mode != "upsert" or self.options.key or not record.trace:
            return False
        client = known.by_pk(row.client) if row else known.by_key_of_merged(record)
        if client is None:
            return False
        if row and row.is_same:
            if not row.is_merged:
                # A second row of the same client is refused.
                self.first(record, ("client", str(client.pk)))
            return _leave(record, client, _("Ligne déjà importée : %(client)s garde ce qui a été changé depuis."))
        if row is None or (row.is_merged and known.by_external_reference(record) is None):
            message = _("Client fusionné dans %(client)s : la ligne n’y change rien, modifiez sa fiche s’il le faut.")
            return _leave(record, client, message)
        return False

    def _settle_row(self, record: Record, known: Known, earlier: traces.Traces) -> None:
        client = self._match(record, known, earlier)
        if client is None and not record.errors and self.contacts.attach(record):
            client = self._match(record, known, earlier)
        known.refuse_taken(record, client)
        known.leave_to_others(record, client, self.first)
        refuse_repeated_client(record, client, self.first)
        self.forgive(record)
        if not record.errors:
            self.decide(record, client)

    def shown(self, record: Record) -> tuple[str, str]:
        values = {**record.typed, **{name: str(value or "") for name, value in record.values.items()}}
        if phone := record.values.get("phone"):
            values["phone"] = show_phone(phone, record.values.get("country") or "FR")
        person = f"{values.get('first_name', '')} {values.get('last_name', '')}".strip()
        town = f"{values.get('postal_code', '')} {values.get('city', '')}".strip()
        kind = dict(Client.Kind.choices).get(values.get("kind", ""), "")
        detail = (kind, values.get("street"), town, values.get("email"), values.get("phone"))
        return values.get("company_name") or person, " · ".join(str(text) for text in detail if text)

    def proposed(self, record: Record) -> Mapping[str, str]:
        return usual_case(record.values)

    def brought(self) -> Sequence[Record]:
        for record in self.companies:
            self.decide(record, None)
        return self.companies

    def _match(self, record: Record, known: Known, earlier: traces.Traces) -> Client | None:
        if text := record.typed.get("reference", "").strip():
            client = known.by_reference(text)
            if self.options.keep_references:
                self._keep_number(record, client, known.merged_into(text))
            elif client is None:
                record.refuse("reference", _unknown(known.merged_into(text)))
            return client
        if self.options.key:
            return known.by_key(self.options.key, record)
        row = earlier.of(record)
        return known.by_any(record) if row is None else known.by_pk(row.client)

    def _keep_number(self, record: Record, client: Client | None, merged_into: str) -> None:
        """Give a new client the number of its row, unless it is somebody else’s."""
        number = parse_reference(record.typed["reference"].strip())
        if client is not None and not same_name(record.values, vars(client)):
            message = _("Cette référence est déjà celle de %(client)s : elle ne peut pas être gardée.")
            record.refuse("reference", message % {"client": client})
        elif client is None and (merged_into or not number or number > LAST_KEPT):
            record.refuse("reference", _unknown(merged_into))
        elif client is None and not self.refuse_repeated(record, ("number", number), "reference"):
            record.values["own_number"] = number

    def prepare(self, record: Record) -> None:
        if not record.values.get("kind"):
            record.refuse("", _("Ni nom ni raison sociale : impossible de créer un client."))
            return
        settle_contacts(record, None)
        tell_language(record)
        check_subscription(record)
        # A company that only its members’ rows name has no cell for it.
        if self.requires_email and not record.values.get("email") and record not in self.companies:
            record.refuse("email", str(NO_EMAIL))
        describe(record, record.values.pop("beside", ()), "")
        record.values.pop("kind_guessed", None)
        # An address of one's own is not completed with the town of a model.
        own = any(record.values.get(name) for name in ("street", *TOWN))
        defaults = {name: value for name, value in self.defaults.items() if not (own and name in TOWN)}
        record.values = {**defaults, **record.values}
        settle_payer(record, None, timezone.localdate())
        record.values = bulk.prepare(record.values)

    def differences(self, record: Record, row: Client) -> dict[str, tuple[str, str]]:
        settle_contacts(record, row)
        beside: list[str] = record.values.pop("beside", [])
        record.values.pop("created_at", None)
        if not record.typed.get("country", "").strip():
            record.values.pop("country", None)
        change_kind(record, row, beside)
        refuse_itself(record, row)
        check_subscription(record, row)
        self.forgive(record)
        describe(record, beside, row.description)
        settle_payer(record, row, timezone.localdate())
        found = differences(row, record.values)
        tell_renamed(record, row, found)
        if "language" in found:
            tell_language(record)
        if found and row.anonymized_at:
            record.refuse("reference", services.anonymized(row))
        if lacks_email(row) and not record.values.get("email"):
            record.note("email", str(STILL_NO_EMAIL))
        record.values["id"] = row.pk
        return found

    def put_aside(self, creations: int) -> None:
        self.numbers.put_aside(creations)

    def hold(self, creations: int) -> None:
        self.numbers.hold(creations, simulated=self.options.dry_run)

    def make_links(self, rows: Sequence[dict[str, Any]]) -> None:
        self.links.resolve([row for row in rows if "id" in row], by="id")

    def create(self, rows: Sequence[dict[str, Any]], signed: Signature) -> dict[int, str]:
        numbers = self.numbers.give([row.get("own_number") for row in rows])
        for row, number in zip(rows, numbers, strict=True):
            row["number"] = number
        self.links.resolve(rows, by="number")
        return bulk.create(rows, signed)

    def write(self, records: Sequence[Record], batch: ImportBatch, at: datetime) -> None:
        super().write(records, batch, at)
        if Client.objects.filter(pk__in=[record.target for record in records]).exclude(anonymized_at=None).exists():
            raise Overtaken
        traces.keep(records, batch, self.shape)

    def know_again(self, records: Sequence[Record], batch: ImportBatch | None) -> None:
        traces.keep(records, batch, self.shape)

    @classmethod
    def change(cls, changes: Mapping[int, dict[str, Any]], signed: Signature) -> Changed:
        return bulk.update(changes, signed)

    def late(self) -> tuple[Mapping[int, dict[str, Any]], Sequence[Issue]]:
        return self.links.late()

    @classmethod
    def tell_changed(cls, row: Client) -> str:
        if row.anonymized_at:
            return _("%(client)s a été anonymisé depuis : rien ne peut lui être rendu.") % {"client": row.reference}
        return super().tell_changed(row)

    @classmethod
    def tell_gone(cls, keys: Sequence[int], *, was_changed: bool) -> Iterator[str]:
        numbers = {key: row.number for key, row in last_known(Client, keys).items()}
        former = FormerReference.objects.filter(number__in=numbers.values()).select_related("client")
        kept = {row.number: row.client for row in former}
        message = _("%(lost)s a été fusionné dans %(kept)s depuis : ôtez-en à la main ce qui n’est pas à y garder.")
        for number in (number for number in numbers.values() if number in kept):
            yield message % {"lost": CLIENT.show(number), "kept": kept[number]}
        yield from super().tell_gone([key for key in keys if numbers.get(key) not in kept], was_changed=was_changed)

    @classmethod
    def remove(cls, ids: Sequence[int], signed: Signature) -> None:
        ImportedRow.objects.filter(client__in=ids).delete()
        bulk.delete(ids, signed)

    @classmethod
    def taken_beside(cls, rows: Mapping[int, Client]) -> Iterable[str]:
        return taken_emails(rows)

    @classmethod
    def forget_file(cls, batch: ImportBatch) -> None:
        ImportedRow.objects.filter(batch=batch).delete()


def _is_new(record: Record) -> bool:
    return record.action is Action.CREATE and not record.errors


def _unknown(merged_into: str) -> str:
    if merged_into:
        message = _("Ce client a été fusionné dans %(reference)s : indiquez cette référence, ou retirez la ligne.")
        return message % {"reference": merged_into}
    return _("Aucun client n’a cette référence : videz la cellule pour créer un client.")


def _leave(record: Record, client: Client, message: str) -> bool:
    columns = {field.attname for field in Client._meta.concrete_fields} - {"kind", "created_at", "description"}
    if differences(client, {name: value for name, value in record.values.items() if name in columns}):
        record.note("", message % {"client": client})
    record.action, record.target, record.trace = Action.UNCHANGED, client.pk, ()
    return True
