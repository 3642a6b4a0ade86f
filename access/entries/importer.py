"""Past entries in from a file: a history that makes last visits and presence right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from access.entries.card_uses import count_entries, count_uses, passages_of
from access.entries.columns import COLUMNS
from access.entries.matching import Holders, StoredEntries, holder_of, means, readings
from access.gate.plates import plate_key
from access.imports.labels import find_zones, known_zones
from access.imports.owners import KEYS, Owners
from access.imports.rows import changes_of, plain_value, settle_match, signed
from access.models import Device, Entry, Payment
from access.models.entries import DERIVED
from access.services import client_columns
from access.services.events import record_all
from access.services.payments import amount_error, money
from access.services.stays import amount_event, check_amount
from fixaloop.forms.parsing import parse_amount
from fixaloop.imports.cells import parse_date
from fixaloop.imports.importer import Importer, Options, Overtaken
from fixaloop.imports.report import Action, Record
from fixaloop.imports.undo import remember
from fixaloop.models import ImportBatch
from fixaloop.records.bulk import Signature, record_history
from fixaloop.records.refusal import Refused
from fixaloop.words.text import clean

LONGEST_NOTE = 200
CHANGEABLE = ("exited_at", "device_out_id", "amount_due", "note")
BESIDE = ("zone", "vehicles")
ZERO = Decimal(0)


def _parse_note(text: str) -> str:
    note = clean(text)
    if len(note) > LONGEST_NOTE:
        message = _("Ce texte a %(length)d caractères ; %(limit)d au plus.")
        raise ValidationError(message % {"length": len(note), "limit": LONGEST_NOTE})
    return note


class EntryImporter(Importer):
    """Entries of the past, told apart by client, card, vehicle, zone and moment of entry."""

    kind = "entry"
    model = Entry
    parts = (Payment,)
    columns = COLUMNS
    keys = KEYS

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.zones: dict[str, Any] = dict(known_zones())
        self.devices = {device.name.lower(): device.pk for device in Device.objects.all()}
        self.seen: dict[tuple[Any, ...], int] = {}
        self.taken: set[int] = set()
        self.now = timezone.now()

    def read(self, record: Record) -> None:
        typed = {name: text.strip() for name, text in record.typed.items() if text.strip()}
        for name in ("zone", "entered_at"):
            if name not in typed:
                record.refuse(
                    name, _("Indiquez la zone.") if name == "zone" else _("Indiquez quand l’entrée a eu lieu.")
                )
        for name, reader in (
            ("entered_at", self._parse_past), ("exited_at", self._parse_past), ("amount_due", parse_amount),
            ("paid_amount", parse_amount), ("note", _parse_note),
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

    def _parse_past(self, text: str) -> datetime | None:
        """A moment as UTC has it, so that moments compare as they follow one another; the first, in a double hour."""
        moment = parse_date(text)
        if moment and moment > self.now:
            raise ValidationError(_("Cette date est à venir : seules les entrées passées s’importent."))
        return moment.astimezone(UTC) if moment else None

    def _check(self, record: Record) -> None:
        values = record.values
        entered, exited = values.get("entered_at"), values.get("exited_at")
        if entered and exited and max(readings(exited)) < entered:
            record.refuse("exited_at", _("La sortie est avant l’entrée."))
        for name in ("amount_due", "paid_amount"):
            amount = values.get(name) or ZERO
            if amount < 0:
                record.refuse(name, _("Un montant n’est jamais négatif."))
            elif error := amount_error(amount):
                record.refuse(name, error)

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
        stored = StoredEntries(good, self.zones)
        entries = stored.match(good, self.taken)
        for record in good:
            self._match(record, stored, entries.get(record.number))

    def _give_zone(self, record: Record) -> None:
        name = record.typed["zone"].strip()
        if name.lower() not in self.zones:
            self.zones[name.lower()] = None
            record.note("zone", _("La zone « %(name)s » n’existait pas : elle est créée.") % {"name": name})
        record.values["zone"] = name

    def _match(self, record: Record, stored: StoredEntries, entry: Entry | None) -> None:
        values = record.values
        holder = (values.get("card_id"), plate_key(record.typed.get("vehicle", "")))
        first = self.seen.setdefault(
            (values["client_id"], values["zone"].lower(), values["entered_at"], *holder), record.number
        )
        if entry is not None:
            record.values = _changes(record, entry)
        elif first != record.number:
            record.refuse("", _("Déjà à la ligne %(row)d de ce fichier.") % {"row": first})
        else:
            self._prepare_creation(record, stored)
        if not record.errors:
            settle_match(self, record, entry, _differences)

    def _prepare_creation(self, record: Record, stored: StoredEntries) -> None:
        values = record.values
        if "vehicles" in values and values["vehicle_id"] is None:
            record.refuse("vehicle", _("Ce client n’a pas ce véhicule."))
        if (values.get("paid_amount") or ZERO) > (values.get("amount_due") or ZERO):
            record.refuse("paid_amount", _("Le montant payé dépasse le montant dû."))
        if values.get("exited_at"):
            values["exited_at"] = _exit_after(record, values["entered_at"])
        else:
            self._refuse_second_stay(record, stored, self.zones[values["zone"].lower()])

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
        changed = self._change(changes_of(records), signed(batch, at))
        remember(batch, created={entry.pk: mark_of(entry) for entry in entries}, changed=changed)
        clients = {values["client_id"] for values in creations} | {
            record.values["client_id"] for record in records if record.action is Action.UPDATE
        }
        client_columns.refresh_locked(clients)

    @staticmethod
    def _change(changes: Mapping[int, Mapping[str, Any]], sign: Signature) -> dict[int, tuple[dict[str, Any], str]]:
        entries = _locked(changes)
        for entry in entries:
            wanted = changes[entry.pk]
            if "exited_at" in wanted and not entry.is_open:
                raise Overtaken
            try:
                check_amount(entry, wanted.get("amount_due", entry.amount_due))
            except Refused as refusal:
                raise Overtaken from refusal
        return keep_changes(entries, changes, sign)

    @classmethod
    def mark(cls, row: Any) -> str:
        return mark_of(row)

    @classmethod
    def restore(cls, before: Mapping[int, Mapping[str, Any]], batch: ImportBatch, at: datetime) -> None:
        keep_changes(_locked(before), before, signed(batch, at))
        client_columns.refresh_locked(Entry.objects.filter(pk__in=before).values_list("client", flat=True))

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
        client_columns.refresh_locked(clients)


def _exit_after(record: Record, entered: datetime) -> datetime:
    """The exit of a row: the first that is not before its entry, whose seconds the file may not hold."""
    exited: datetime = record.values["exited_at"]
    if means(exited, entered):
        return entered
    later = [moment for moment in readings(exited) if moment >= entered]
    if not later:
        record.refuse("exited_at", _("La sortie est avant l’entrée."))
    return min(later, default=exited)


def _changes(record: Record, entry: Entry) -> dict[str, Any]:
    """What a row changes on an entry; it is told what of it a file cannot change, and where one can."""
    values = record.values
    changes = {"client_id": values["client_id"], "zone": values["zone"]}
    exited = values.get("exited_at")
    if exited and entry.is_open:
        changes["exited_at"] = _exit_after(record, entry.entered_at)
        if "device_out_id" in values:
            changes["device_out_id"] = values["device_out_id"]
    elif exited and entry.exited_at and not means(exited, entry.exited_at):
        message = _("La sortie est déjà enregistrée (%(moment)s) et ne change plus : dites-le dans la note.")
        record.note("exited_at", message % {"moment": f"{timezone.localtime(entry.exited_at):%d/%m/%Y %H:%M}"})
    for name in ("device_in", "device_out"):
        column = f"{name}_id"
        if column not in changes and values.get(column, getattr(entry, column)) != getattr(entry, column):
            record.note(name, _("L’appareil d’une entrée enregistrée ne change plus : dites-le dans la note."))
    if values.get("paid_amount") not in (None, entry.paid_amount):
        message = _("Il a été reçu %(paid)s : enregistrez un paiement ou un remboursement sur la page de l’entrée.")
        record.note("paid_amount", message % {"paid": money(entry.paid_amount)})
    if values.get("amount_due") not in (None, entry.amount_due):
        changes["amount_due"] = values["amount_due"]
        try:
            check_amount(entry, values["amount_due"])
        except Refused as refusal:
            record.refuse("amount_due", str(refusal))
    if values.get("note") not in (None, "", entry.note):
        changes["note"] = values["note"]
    return changes


def _new(values: Mapping[str, Any], zone: int) -> Entry:
    columns = {name: value for name, value in values.items() if name not in BESIDE and value is not None}
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


def _locked(keys: Iterable[int]) -> list[Entry]:
    return list(Entry.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))


def keep_changes(
    entries: Sequence[Entry], changes: Mapping[int, Mapping[str, Any]], sign: Signature
) -> dict[int, tuple[dict[str, Any], str]]:
    """Write what rows change on entries, locked; return what each was, and its mark now."""
    before = {}
    counted: Counter[int] = Counter()
    events = []
    for entry in entries:
        passages, amount = passages_of(entry), entry.amount_due
        wanted = {name: value for name, value in changes[entry.pk].items() if name in CHANGEABLE}
        was = {name: plain_value(getattr(entry, name)) for name in wanted}
        for name, value in wanted.items():
            column: Any = Entry._meta.get_field(name)
            setattr(entry, name, column.to_python(value))
        entry.derive()
        if entry.amount_due != amount:
            events.append(amount_event(entry, by=sign.by, at=sign.at))
        if entry.card_id and passages_of(entry) != passages:
            counted[entry.card_id] += passages_of(entry) - passages
        before[entry.pk] = (
            {name: str(value) if isinstance(value, Decimal) else value for name, value in was.items()},
            mark_of(entry),
        )
    names = [name.removesuffix("_id") for name in CHANGEABLE]
    Entry.objects.bulk_update(entries, [*names, *DERIVED], batch_size=500)
    count_uses(counted)
    record_all(events)
    return before


def mark_of(entry: Entry) -> str:
    """What changes whenever somebody changes an entry."""
    exited = f"{entry.exited_at.timestamp():.6f}" if entry.exited_at else ""
    return f"{exited}|{entry.amount_due:.2f}|{entry.paid_amount:.2f}|{entry.note}"


def _differences(entry: Entry, changes: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Field → what it was and would be."""
    found = {
        name: (str(getattr(entry, name)), str(changes[name])) for name in ("amount_due", "note") if name in changes
    }
    if "exited_at" in changes:
        found["exited_at"] = ("", f"{timezone.localtime(changes['exited_at']):%d/%m/%Y %H:%M}")
    return found
