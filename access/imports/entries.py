"""Past entries in from a file: a history that makes last visits and presence right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from access import standing
from access.headings import ENTRY_FIELDS
from access.import_help import ENTRY_CHOICES, ENTRY_EXAMPLES, ENTRY_HELP
from access.imports.entry_matching import Holders, StoredEntries, holder_of, minute_of
from access.imports.labels import find_zones, known_zones
from access.imports.owners import KEYS, Owners
from access.imports.rows import changes_of, plain_value, settle_match, signed
from access.imports.uses import count_entries, count_uses, passages_of
from access.models import Device, Entry, Payment
from access.models.entries import DERIVED
from fixaloop.bulk import record_history
from fixaloop.imports.batches import remember
from fixaloop.imports.dates import parse_date
from fixaloop.imports.importer import Importer, Options
from fixaloop.imports.records import Action, Record
from fixaloop.models import ImportBatch
from fixaloop.text import clean
from interventions.entry import parse_amount

CHANGEABLE = ("exited_at", "amount_due", "note")
ZERO = Decimal(0)


class EntryImporter(Importer):
    """Entries of the past, told apart by client, zone and minute of entry."""

    kind = "entry"
    model = Entry
    parts = (Payment,)
    fields = ENTRY_FIELDS
    keys = KEYS
    optional = frozenset(("device_in", "device_out", "note"))
    choices = ENTRY_CHOICES
    help = ENTRY_HELP
    examples = ENTRY_EXAMPLES

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.zones: dict[str, Any] = dict(known_zones())
        self.devices = {device.name.lower(): device.pk for device in Device.objects.all()}
        self.seen: dict[tuple[Any, ...], int] = {}
        self.now = timezone.now()

    def read(self, record: Record) -> None:
        typed = {name: text.strip() for name, text in record.typed.items() if text.strip()}
        for name in ("zone", "entered_at"):
            if name not in typed:
                record.refuse(
                    name, _("Indiquez la zone.") if name == "zone" else _("Indiquez quand l’entrée a eu lieu.")
                )
        for name, reader in (
            ("entered_at", parse_date), ("exited_at", parse_date), ("amount_due", parse_amount),
            ("paid_amount", parse_amount), ("note", clean),
        ):  # fmt: skip
            if name in typed:
                self._keep(record, name, reader, typed[name])
        for name in ("device_in", "device_out"):
            if name in typed:
                record.values[f"{name}_id"] = self.devices.get(typed[name].lower())
                if record.values[f"{name}_id"] is None:
                    record.values.pop(f"{name}_id")
                    record.refuse(name, _("Aucun appareil ne porte ce nom."))
        self._check(record)

    @staticmethod
    def _keep(record: Record, name: str, reader: Any, text: str) -> None:
        try:
            record.values[name] = reader(text)
        except ValidationError as error:
            record.refuse(name, " ".join(error.messages))

    def _check(self, record: Record) -> None:
        values = record.values
        entered, exited = values.get("entered_at"), values.get("exited_at")
        for name, moment in (("entered_at", entered), ("exited_at", exited)):
            if moment and moment > self.now:
                record.refuse(name, _("Cette date est à venir : seules les entrées passées s’importent."))
        if entered and exited and exited < entered:
            record.refuse("exited_at", _("La sortie est avant l’entrée."))
        due, paid = values.get("amount_due") or ZERO, values.get("paid_amount") or ZERO
        if due < 0 or paid < 0:
            record.refuse("amount_due" if due < 0 else "paid_amount", _("Un montant n’est jamais négatif."))
        elif paid > due:
            record.refuse("paid_amount", _("Le montant payé dépasse le montant dû."))

    def settle(self, records: Sequence[Record]) -> None:
        """Find each row's client, card, vehicle and zone, and whether the entry is there already."""
        owners = Owners(records, self.options.key)
        holders = Holders(records)
        for record in records:
            client = owners.of(record)
            if client is not None:
                record.values["client_id"] = client.pk
                holders.give(record)
                self._give_zone(record)
        good = [record for record in records if not record.errors]
        stored = StoredEntries(good)
        for record in good:
            self._match(record, stored)

    def _give_zone(self, record: Record) -> None:
        name = record.typed["zone"].strip()
        if name.lower() not in self.zones:
            self.zones[name.lower()] = None
            record.note("zone", _("La zone « %(name)s » n’existait pas : elle est créée.") % {"name": name})
        record.values["zone"] = name

    def _match(self, record: Record, stored: StoredEntries) -> None:
        values = record.values
        zone = self.zones[values["zone"].lower()]
        mark = (values["client_id"], values["zone"].lower(), minute_of(values["entered_at"]), holder_of(values))
        first = self.seen.setdefault(mark, record.number)
        if first != record.number:
            record.refuse("", _("Déjà à la ligne %(row)d de ce fichier.") % {"row": first})
            return
        entry = stored.find(values, zone.pk) if zone is not None else None
        if entry is not None and values.get("exited_at"):
            # Within the minute of the entry, whose seconds the file does not hold.
            values["exited_at"] = max(values["exited_at"], entry.entered_at)
        if entry is None and not values.get("exited_at"):
            self._refuse_second_stay(record, stored, zone)
        if not record.errors:
            settle_match(self, record, entry, _differences)

    def _refuse_second_stay(self, record: Record, stored: StoredEntries, zone: Any) -> None:
        """Nobody is inside twice: one open entry a card, and a vehicle, in a zone."""
        holder = holder_of(record.values)
        if holder == (None, None):
            return
        mark = ("open", *holder, record.values["zone"].lower())
        first = self.seen.setdefault(mark, record.number)
        if first != record.number:
            record.refuse("exited_at", _("Encore sur place à la ligne %(row)d : indiquez la sortie.") % {"row": first})
        elif zone is not None and stored.is_inside(holder, zone.pk):
            record.refuse("exited_at", _("Déjà sur place dans cette zone : indiquez la sortie."))

    def write(self, records: Sequence[Record], batch: ImportBatch, at: datetime) -> None:
        """Create and update in bulk, with the payments of the past, then what clients keep of it."""
        zones = find_zones(record.values["zone"] for record in records)
        creations = [record.values for record in records if record.action is Action.CREATE]
        entries = [_new(values, zones[values["zone"].lower()].pk) for values in creations]
        Entry.objects.bulk_create(entries, batch_size=500)
        _keep_payments(entries, batch, at)
        count_entries(entries)
        changed = keep_changes(changes_of(records))
        remember(batch, created={entry.pk: mark_of(entry) for entry in entries}, changed=changed)
        clients = {values["client_id"] for values in creations} | {
            record.values["client_id"] for record in records if record.action is Action.UPDATE
        }
        standing.refresh_locked(clients)

    @classmethod
    def mark(cls, row: Any) -> str:
        return mark_of(row)

    @classmethod
    def restore(cls, before: Mapping[int, Mapping[str, Any]], batch: ImportBatch, at: datetime) -> None:
        keep_changes(before)
        standing.refresh_locked(Entry.objects.filter(pk__in=before).values_list("client", flat=True))

    @classmethod
    def remove(cls, ids: Sequence[int], batch: ImportBatch, at: datetime) -> None:
        entries = Entry.objects.filter(pk__in=ids)
        clients = set(entries.values_list("client", flat=True))
        payments = Payment.objects.filter(entry__in=ids)
        record_history(payments, "-", signed(batch, at))
        payments._raw_delete(payments.db)
        removed = list(entries.only("card", "exited_at", "estimated"))
        entries._raw_delete(entries.db)
        count_entries(removed, -1)
        standing.refresh_locked(clients)


def _new(values: Mapping[str, Any], zone: int) -> Entry:
    columns = {name: value for name, value in values.items() if name != "zone" and value is not None}
    entry = Entry(**columns, zone_id=zone)
    entry.derive()
    return entry


def _keep_payments(entries: Sequence[Entry], batch: ImportBatch, at: datetime) -> None:
    """What was paid before: one payment an entry, on the day it ended."""
    payments = [
        Payment(
            entry=entry,
            amount=entry.paid_amount,
            method=Payment.Method.OTHER,
            paid_on=timezone.localdate(entry.exited_at or entry.entered_at),
            note=str(batch)[:200],
            by=batch.by,
            created_at=at,
        )
        for entry in entries
        if entry.paid_amount
    ]
    Payment.objects.bulk_create(payments, batch_size=500)
    if payments:
        record_history(Payment.objects.filter(pk__in=[payment.pk for payment in payments]), "+", signed(batch, at))


def keep_changes(changes: Mapping[int, Mapping[str, Any]]) -> dict[int, tuple[dict[str, Any], str]]:
    """Write what rows change on entries; return what each was, and its mark now."""
    before = {}
    entries = list(Entry.objects.select_for_update(of=("self",)).filter(pk__in=changes).order_by("pk"))
    counted: Counter[int] = Counter()
    for entry in entries:
        passages = passages_of(entry)
        wanted = {name: value for name, value in changes[entry.pk].items() if name in CHANGEABLE}
        was = {name: plain_value(getattr(entry, name)) for name in wanted}
        for name, value in wanted.items():
            column: Any = Entry._meta.get_field(name)
            setattr(entry, name, column.to_python(value))
        entry.derive()
        if entry.card_id and passages_of(entry) != passages:
            counted[entry.card_id] += passages_of(entry) - passages
        before[entry.pk] = (
            {name: str(value) if isinstance(value, Decimal) else value for name, value in was.items()},
            mark_of(entry),
        )
    Entry.objects.bulk_update(entries, [*CHANGEABLE, *DERIVED], batch_size=500)
    count_uses(counted)
    return before


def mark_of(entry: Entry) -> str:
    """What changes whenever somebody changes an entry."""
    exited = f"{entry.exited_at.timestamp():.6f}" if entry.exited_at else ""
    return f"{exited}|{entry.amount_due:.2f}|{entry.paid_amount:.2f}|{entry.note}"


def _differences(entry: Entry, values: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Field → what it was and would be. An exit that is known stays, to the minute."""
    found = {}
    if entry.exited_at is None and values.get("exited_at"):
        found["exited_at"] = ("", f"{values['exited_at']:%d/%m/%Y %H:%M}")
    if values.get("amount_due") is not None and values["amount_due"] != entry.amount_due:
        found["amount_due"] = (str(entry.amount_due), str(values["amount_due"]))
    if values.get("note") and values["note"] != entry.note:
        found["note"] = (entry.note, values["note"])
    return found
