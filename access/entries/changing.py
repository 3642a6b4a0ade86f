"""What a file changes on entries that are there."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from access.entries.matching import exit_after, means
from access.models import Entry, Event, PricedBy
from access.models.entries import DERIVED
from access.services import prices
from access.services.card_uses import Span, count_uses, passages_of
from access.services.payments import amount_event, check_amount
from fixaloop.imports.report import Record
from fixaloop.records.bulk import Changed, Signature, plain
from fixaloop.records.refusal import Refused
from fixaloop.words.money import euros

PRICED = ("amount_due", "priced_by", "pricing")
CHANGEABLE = ("exited_at", "device_out_id", "note", *PRICED)


def changes_of(record: Record, entry: Entry) -> dict[str, Any]:
    """What a row changes on an entry. It is told what a file cannot change, and where one can."""
    values = record.values
    changes = {"client_id": values["client_id"], "zone": values["zone"]}
    exited = values.get("exited_at")
    if exited and entry.is_open:
        changes["exited_at"] = exit_after(record, entry.entered_at)
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
        record.note("paid_amount", message % {"paid": euros(entry.paid_amount)})
    if values.get("amount_due") not in (None, entry.amount_due):
        changes["amount_due"] = values["amount_due"]
        try:
            check_amount(entry, values["amount_due"])
        except Refused as refusal:
            record.refuse("amount_due", str(refusal))
    if values.get("note") not in (None, "", entry.note):
        changes["note"] = values["note"]
    return changes


def locked(keys: Iterable[int]) -> list[Entry]:
    return list(Entry.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys).order_by("pk"))


def keep_changes(entries: Sequence[Entry], changes: Mapping[int, Mapping[str, Any]], signed: Signature) -> Changed:
    """Write what rows change, or what was before. A stay that ends without an amount costs what its tariff says."""
    wanted = {entry.pk: _wanted(changes[entry.pk]) for entry in entries}
    amounts = {entry.pk: (passages_of(entry), entry.amount_due, entry.exited_at) for entry in entries}
    was = {entry.pk: {name: plain(getattr(entry, name)) for name in (*wanted[entry.pk], *PRICED)} for entry in entries}
    for entry in entries:
        for name, value in wanted[entry.pk].items():
            column: Any = Entry._meta.get_field(name)
            setattr(entry, name, column.to_python(value))
        entry.derive()
    ended = [entry for entry in entries if "exited_at" in wanted[entry.pk] and "amount_due" not in wanted[entry.pk]]
    prices.apply(ended)
    names = [name.removesuffix("_id") for name in CHANGEABLE]
    Entry.objects.bulk_update(entries, [*names, *DERIVED], batch_size=500)
    counted: Counter[int] = Counter()
    taken: list[Span] = []
    events = []
    for entry in entries:
        passages, amount, exited_at = amounts[entry.pk]
        if entry.amount_due != amount:
            events.append(amount_event(entry, by=signed.by, at=signed.at))
        if entry.card_id and passages_of(entry) != passages:
            counted[entry.card_id] += passages_of(entry) - passages
            if passages_of(entry) < passages:
                taken.append((entry.card_id, entry.entered_at, exited_at))
    count_uses(counted, taken)
    Event.objects.record_all(events)
    return {entry.pk: (was[entry.pk], mark_of(entry)) for entry in entries}


def _wanted(change: Mapping[str, Any]) -> dict[str, Any]:
    """What a row, or what was before it, says of a stay. An amount that a file gives is somebody’s."""
    wanted = {name: value for name, value in change.items() if name in CHANGEABLE}
    return {"priced_by": PricedBy.PERSON, **wanted} if "amount_due" in wanted else wanted


def mark_of(entry: Entry) -> str:
    exited = f"{entry.exited_at.timestamp():.6f}" if entry.exited_at else ""
    void = "|void" if entry.voided_at else ""
    return f"{exited}|{entry.amount_due:.2f}|{entry.paid_amount:.2f}|{entry.note}{void}"
