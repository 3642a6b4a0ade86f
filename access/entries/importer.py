"""Past entries in from a file. Last visits and presence follow from them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from access.entries.changing import changes_of, keep_changes, locked, mark_of
from access.entries.columns import COLUMNS
from access.entries.following import Following, join_hours, settle_exit
from access.entries.matching import Holders, StoredEntries, exit_after, holder_of, name_clients
from access.entries.overlaps import Overlaps
from access.entries.priced import IN_FULL, KnownTariffs, fixed_by, price_new
from access.gate.lapse import lapse_in
from access.gate.plates import plate_key
from access.models import Device, Entry, Payment, Zone
from access.models.entries import PaymentStatus
from access.services import client_columns, person_numbers
from access.services.card_uses import count_entries
from access.services.corrections import void_all
from access.services.old_stays import kept_since
from access.services.payments import check_amount, size_error
from access.shared.files import KnownZones, find_zones
from clients.imports.owners import OwnedImporter
from clients.models import Client
from fixaloop.imports.columns import Columns
from fixaloop.imports.importer import Options, Overtaken
from fixaloop.imports.money import PAID, part_paid, settle_paid, told_payment
from fixaloop.imports.report import Record
from fixaloop.installation.firm import rule
from fixaloop.records import chain
from fixaloop.records.bulk import Changed, Signature, batches
from fixaloop.records.payments import corrections
from fixaloop.records.refusal import Refused
from fixaloop.tables import Table

DEVICES = ("device_in", "device_out")
BESIDE = ("zone", "vehicles", "method", "paid_on", IN_FULL)
ZERO = Decimal(0)
STILL_INSIDE = gettext_lazy("Encore sur place à la ligne %(row)d : indiquez la sortie.")


class EntryImporter(OwnedImporter):
    """Imports entries of the past, told apart by client, card, vehicle, zone and moment of entry."""

    kind = "entry"
    things = ("entrées",)
    model = Entry
    parts = (Payment,)
    columns = COLUMNS
    paid_question = gettext_lazy("Si rien ne dit qu’un passage est payé")
    paid_reason = gettext_lazy("Un reste dû peut fermer la porte à son client : répondez si le fichier ne le dit pas.")
    titled = ("", "entered_at", "exited_at", "zone", "card", "vehicle", "amount_due")

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.zones = KnownZones()
        self.devices = {device.name.lower(): device for device in Device.objects.select_related("zone")}
        self.readers |= dict.fromkeys(DEVICES, lambda text: self.devices[text.lower()].pk)
        self.following = Following(self._complete)
        # Those that came with payments, which are written last.
        self.paid: list[int] = []
        # What is told of these payments, by the key of the entry.
        self.told: dict[int, dict[str, Any]] = {}
        # The entries that had their row.
        self.taken: set[int] = set()
        self.stored = StoredEntries((), {})
        self.found: dict[int, Entry] = {}
        self.kept_since = kept_since(timezone.now())
        self.overlaps = Overlaps()
        self.tariffs = KnownTariffs()

    def understand(self, table: Table) -> Columns:
        columns = super().understand(table)
        self.following.prepare(table, columns)
        return columns

    def _find_zone(self, typed: dict[str, str]) -> None:
        """Fill the zone of a row that names none: its devices determine it."""
        if not typed.get("zone", "").strip():
            devices = (self.devices.get(typed.get(name, "").strip().lower()) for name in DEVICES)
            typed["zone"] = next((device.zone.name for device in devices if device), "")

    def complete(self, records: Sequence[Record]) -> None:
        name_clients(records)

    def _complete(self, typed: dict[str, str]) -> None:
        join_hours(typed)
        self._find_zone(typed)

    def read(self, record: Record) -> None:
        has_exit_day = bool(record.typed.get("exited_at", "").strip())
        self._complete(record.typed)
        self._keep_unknown_devices(record)
        part_paid(record)
        super().read(record)
        values = record.values
        for name in DEVICES:
            if name in values:
                values[f"{name}_id"] = values.pop(name)
        self.tariffs.understand(values)
        settle_paid(record, values.get("amount_due"), counts_yes=self.counts_yes)
        settle_exit(record, has_day=has_exit_day)
        for name in ("amount_due", "paid_amount"):
            amount = values.get(name) or ZERO
            if amount < 0:
                record.refuse(name, _("Un montant n’est jamais négatif."))
            elif error := size_error(amount):
                record.refuse(name, error)

    def _keep_unknown_devices(self, record: Record) -> None:
        typed = record.typed
        for name, label in ((DEVICES[0], _("Entrée par : %(text)s")), (DEVICES[1], _("Sortie par : %(text)s"))):
            text = typed.get(name, "").strip()
            if text and text.lower() not in self.devices:
                record.note(name, _("« %(text)s » n’est pas un appareil connu : gardé dans la note.") % {"text": text})
                record.quoted[name], typed[name] = text, ""
                typed["note"] = " · ".join(filter(None, (typed.get("note", "").strip(), label % {"text": text})))

    def look_up(self, records: Sequence[Record]) -> None:
        holders = Holders(records)
        for record in records:
            holders.give(record)
            self.zones.note_new(record, "zone", [record.values["zone"]])
        good = [record for record in records if not record.errors]
        self.stored = StoredEntries(good, self.zones.by_name)
        self.found = self.stored.match(good, self.taken)

    def match(self, record: Record, client: Client) -> Entry | None:
        values = record.values
        entry = self.found.get(record.number)
        holder = (values.get("card_id"), plate_key(record.typed.get("vehicle", "")))
        mark = (client.pk, values["zone"].lower(), values["entered_at"], *holder)
        if entry is None:
            self.refuse_repeated(record, mark)
        else:
            self.first(record, mark)
        return entry

    def prepare(self, record: Record) -> None:
        values = record.values
        if "vehicles" in values and values["vehicle_id"] is None:
            record.refuse("vehicle", _("Ce client n’a pas ce véhicule."))
        if (values.get("paid_amount") or ZERO) > (values.get("amount_due") or ZERO):
            record.refuse("paid_amount", _("Le montant payé dépasse le montant dû."))
        if values.get("exited_at"):
            values["exited_at"] = exit_after(record, values["entered_at"])
        elif after := self.following.after(record.typed, values["entered_at"]):
            self._end(record, after)
        else:
            self._refuse_second_stay(record)
        if values.get("exited_at") and "paid_amount" not in values and self._cost(values):
            self._settle_unsaid(record)
        self._refuse_forgotten(record)
        if not record.errors:
            self.overlaps.tell(record)

    def _cost(self, values: Mapping[str, Any]) -> Decimal:
        """What is due for a row that does not say whether it was paid."""
        if "amount_due" in values or IN_FULL in values:
            return values.get("amount_due") or ZERO
        return self.tariffs.cost(values["zone"], values["entered_at"], values["exited_at"])

    def _refuse_forgotten(self, record: Record) -> None:
        """Refuse rows of settled stays that are old enough to be forgotten; unpaid ones are taken."""
        values = record.values
        paid = (values.get("amount_due") or ZERO) == (values.get("paid_amount") or ZERO)
        if paid and values.get("exited_at") and values["exited_at"] < self.kept_since:
            message = _("Ce séjour a plus de %(days)s jours : qui est venu alors ne se garde plus. Retirez la ligne.")
            record.refuse("exited_at", message % {"days": rule("ENTRY_RETENTION_DAYS")})

    def _end(self, record: Record, after: datetime) -> None:
        """End a stay without an exit before its holder comes again, when it lapses at the latest."""
        values = record.values
        # A zone that the file brings has no hours of its own.
        lapse = lapse_in(self.zones.by_name[values["zone"].lower()] or Zone(), values["entered_at"])
        values |= {"exited_at": min(after, lapse), "estimated": True, "to_check": True}
        values["anomalies"] = ["exit_missed"]
        message = _("Sans sortie, et revenu le %(moment)s : la sortie est estimée.")
        record.note("exited_at", message % {"moment": f"{timezone.localtime(after):%d/%m/%Y %H:%M}"})

    def _settle_unsaid(self, record: Record) -> None:
        """What is paid of a stay whose row does not tell: as somebody says for the whole file. Nobody is locked out."""
        if not self.options.unsaid:
            message = _(
                "Rien ne dit si ce passage a été payé : dites-le pour tout le fichier (--unsaid paid ou due), ou "
                "remplissez la colonne Payé."
            )
            record.refuse("amount_due", message)
        elif self.options.unsaid == PAID and "amount_due" in record.values:
            record.values["paid_amount"] = record.values["amount_due"]
        elif self.options.unsaid == PAID:
            record.values[IN_FULL] = True

    def _refuse_second_stay(self, record: Record) -> None:
        holder = holder_of(record.values)
        if holder == (None, None):
            return
        name = record.values["zone"].lower()
        zone = self.zones.by_name[name]
        if not self.refuse_repeated(record, ("open", *holder, name), "exited_at", STILL_INSIDE) and (
            zone is not None and self.stored.is_inside(holder, zone.pk)
        ):
            record.refuse("exited_at", _("Déjà sur place dans cette zone : indiquez la sortie."))

    def differences(self, record: Record, row: Entry) -> dict[str, tuple[str, str]]:
        record.values = changes = changes_of(record, row)
        found = {
            name: (str(getattr(row, name)), str(changes[name])) for name in ("amount_due", "note") if name in changes
        }
        if "exited_at" in changes:
            found["exited_at"] = ("", f"{timezone.localtime(changes['exited_at']):%d/%m/%Y %H:%M}")
        return found

    def make_links(self, rows: Sequence[dict[str, Any]]) -> None:
        zones = find_zones((row["zone"] for row in rows), self.beside)
        for row in rows:
            row["zone_id"] = zones[row["zone"].lower()].pk

    def create(self, rows: Sequence[dict[str, Any]], signed: Signature) -> dict[int, str]:
        entries = [
            Entry(**{name: value for name, value in row.items() if name not in BESIDE and value is not None})
            for row in rows
        ]
        person_numbers.number(entries)
        for entry, row in zip(entries, rows, strict=True):
            entry.priced_by = fixed_by(row)
            entry.derive()
        Entry.objects.bulk_create(entries, batch_size=500)
        price_new(entries, rows)
        self.paid += [entry.pk for entry in entries if entry.paid_amount]
        self.told |= {entry.pk: told for entry, row in zip(entries, rows, strict=True) if (told := told_payment(row))}
        count_entries(entries)
        return {entry.pk: mark_of(entry) for entry in entries}

    def finish(self, signed: Signature) -> None:
        for keys in batches(self.paid):
            entries = Entry.objects.filter(pk__in=keys).order_by("pk")
            chain.append([_taken_over(entry, self.told.get(entry.pk, {}), signed) for entry in entries])

    @classmethod
    def change(cls, changes: Mapping[int, dict[str, Any]], signed: Signature) -> Changed:
        entries = locked(changes)
        for entry in entries:
            wanted = changes[entry.pk]
            if entry.is_forgotten or ("exited_at" in wanted and not entry.is_open):
                raise Overtaken
            try:
                check_amount(entry, wanted.get("amount_due", entry.amount_due))
            except Refused as refusal:
                raise Overtaken from refusal
        return keep_changes(entries, changes, signed)

    @classmethod
    def refresh(cls, clients: Iterable[int]) -> None:
        client_columns.refresh_locked(clients)

    @classmethod
    def mark(cls, row: Entry) -> str:
        return mark_of(row)

    @classmethod
    def tell_changed(cls, row: Entry) -> str:
        if row.is_forgotten:
            return _("L’entrée du %(entry)s est oubliée depuis : elle ne change plus.") % {"entry": row}
        if row.voided_at:
            return _("L’entrée %(entry)s est annulée depuis : elle compte pour rien, et reste.") % {"entry": row}
        return super().tell_changed(row)

    @classmethod
    def restore(cls, before: Mapping[int, dict[str, Any]], signed: Signature) -> None:
        keep_changes(locked(before), before, signed)
        cls.refresh(cls.clients_of(before))

    @classmethod
    def remove(cls, ids: Sequence[int], signed: Signature) -> None:
        """Delete entries; those that came with payments stay with them, void: nobody is there, and nothing is due."""
        clients = cls.clients_of(ids)
        entries = Entry.objects.filter(pk__in=ids)
        paid = [pk for (pk,) in entries.exclude(payments=None).distinct().values_list("pk")]
        void_all(paid, reason=signed.reason, by=signed.by, at=signed.at)
        # Their payments are answered by their opposites.
        nothing = {"paid_amount": ZERO, "balance": ZERO, "payment_status": PaymentStatus.NONE}
        Entry.objects.filter(pk__in=paid).update(**nothing, note=signed.reason[:200])
        entries = entries.exclude(pk__in=paid)
        removed = list(entries.only("card", "entered_at", "exited_at", "estimated", "anomalies", "voided_at"))
        entries._raw_delete(entries.db)
        count_entries(removed, -1)
        cls.refresh(clients)

    @classmethod
    def give_back(cls, ids: Sequence[int], signed: Signature) -> None:
        for keys in batches(ids):
            payments = Payment.objects.filter(entry__in=keys)
            if answers := corrections(payments, reason=signed.reason, by=signed.by, at=signed.at):
                chain.append(answers)


def _taken_over(entry: Entry, told: Mapping[str, Any], signed: Signature) -> Payment:
    return Payment(
        entry=entry,
        kind=Payment.Kind.PAYMENT,
        amount=entry.paid_amount,
        method=told.get("method", Payment.Method.OTHER),
        paid_on=told.get("paid_on", timezone.localdate(entry.exited_at or entry.entered_at)),
        note=signed.reason[:200],
        by=signed.by,  # type: ignore[misc]
        created_at=signed.at,
    )
