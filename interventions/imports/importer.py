"""Interventions in from a file: past work as it was, work under way, corrections of what a form may change."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from access.imports.owners import KEYS, Owners
from access.models import Vehicle
from clients.models import Client
from fixaloop.forms.parsing import YEARS
from fixaloop.imports.importer import Importer, Options
from fixaloop.imports.report import Action, Record
from fixaloop.imports.undo import remember
from fixaloop.models import ImportBatch
from fixaloop.records.bulk import Signature, record_history
from fixaloop.records.numbering import Numbers
from interventions.checks import check, check_past
from interventions.imports.matching import Jobs, completed, identity, same
from interventions.imports.reading import INSTANTS, Team, read_row
from interventions.imports.vehicles import Garage
from interventions.models import Intervention, InterventionPayment
from interventions.pages.file_columns import COLUMNS
from interventions.services.past import record_past
from interventions.services.writing import SERIES, follow, update
from interventions.states import OPEN, State

# What transitions decide: a file may tell it of past work, not change it.
DECIDED = ("state", "state_reason", "started_at", "finished_at")
# What planning and transitions move, and the title, which tells a job from others.
MOVED = frozenset((*DECIDED, "title", "technician_id", "planned_start", "planned_end"))


class InterventionImporter(Importer):
    """Interventions, created with their state and real times, or brought up to date in what their form holds."""

    kind = "intervention"
    model = Intervention
    parts = (InterventionPayment,)
    columns = COLUMNS
    keys = KEYS

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.team = Team()
        self.at = timezone.now()
        self.seen: dict[tuple[Any, ...], int] = {}
        self.garage = Garage(())
        self.numbers = Numbers(SERIES)

    def read(self, record: Record) -> None:
        read_row(record, self.team)

    def settle(self, records: Sequence[Record]) -> None:
        """Find each row's client, vehicle and intervention, and refuse what could not have been."""
        owners = Owners(records, self.options.key)
        clients = {record.number: owners.of(record) for record in records}
        jobs = Jobs(records, clients)
        self.garage = Garage(records)
        for record in records:
            client = clients[record.number]
            if client is not None:
                self._decide(record, client, jobs)

    def _decide(self, record: Record, client: Client, jobs: Jobs) -> None:
        record.values["client_id"] = client.pk
        mark: tuple[Any, ...] = identity(client.pk, completed(record.values))
        born = None
        if text := record.typed.get("reference", "").strip():
            found = jobs.named(text)
            if found is None:
                record.refuse("reference", _("Aucune intervention n’a cette référence : videz la cellule."))
                return
        else:
            found, born = jobs.find(mark)
        mark = ("row", found.pk) if found else mark
        first = self.seen.setdefault(mark, record.number)
        if first != record.number:
            record.refuse("", _("Déjà à la ligne %(row)d de ce fichier.") % {"row": first})
            return
        if vehicle := self.garage.of(record, client, found):
            record.values["vehicle_id"] = vehicle
        _refuse_years(record, found)
        self.forgive(record)
        if found:
            self._prepare_change(record, found, born)
        else:
            self._prepare_creation(record, client)

    def _prepare_creation(self, record: Record, client: Client) -> None:
        if self.options.mode == "update":
            record.refuse("", _("Aucune intervention existante ne correspond à cette ligne."))
            return
        if not record.values.get("title"):
            record.refuse("title", _("Indiquez l’objet : ce qui est à faire."))
            return
        told = record.values
        record.values = completed(told)
        fresh = self._with(Intervention(client=client), _columns(record.values))
        _refusing(record, lambda: check_past(fresh, self.at), unsaid=record.values.keys() - told.keys())

    def _prepare_change(self, record: Record, stored: Intervention, born: Any) -> None:
        if self.options.mode == "create":
            record.refuse("", _("Cette intervention existe déjà : %(row)s.") % {"row": stored})
            return
        record.values.pop("created_at", None)
        changes = {name: value for name, value in record.values.items() if not same(getattr(stored, name), value)}
        if born:
            changes = _news(changes, stored, born)
            _tell_end(record, stored, born)
        for name in DECIDED:
            if name in changes:
                record.refuse(name, _("L’état et ses dates ne changent que par les étapes, sur la fiche."))
        if changes and stored.state == State.CLOSED:
            record.refuse("", _("%(row)s est clôturée : elle ne change plus.") % {"row": stored.reference})
        if record.errors:
            return
        record.target, record.values = stored.pk, changes
        record.action = Action.UPDATE if changes else Action.UNCHANGED
        before = {field.attname: getattr(stored, field.attname) for field in stored._meta.concrete_fields}
        changed = self._with(Intervention(**before), changes)
        names = [name.removesuffix("_id") for name in changes]
        record.changes = {name: (_said(stored, name), _said(changed, name)) for name in names}
        _refusing(record, lambda: check(changed, stored))

    def _with(self, intervention: Intervention, values: Mapping[str, Any]) -> Intervention:
        """An intervention with these values, and its vehicle where it is known already."""
        for name, value in values.items():
            setattr(intervention, name, value)
        if vehicle := self.garage.vehicles.get(values.get("vehicle_id", 0)):
            intervention.vehicle = vehicle
        return intervention

    def reserve(self, creations: int) -> None:
        self.numbers.reserve(creations, simulated=self.options.dry_run)

    def write(self, records: Sequence[Record], batch: ImportBatch, at: datetime) -> None:
        """Past work in bulk; changes one by one, as the form makes them."""
        creations = [record.values for record in records if record.action is Action.CREATE]
        clients = Client.objects.in_bulk({values["client_id"] for values in creations})
        fresh = [Intervention(**_columns(values)) for values in creations]
        vehicles = Vehicle.objects.in_bulk({values["vehicle_id"] for values in creations if "vehicle_id" in values})
        for intervention in fresh:
            intervention.client = clients[intervention.client_id]
            intervention.vehicle = vehicles.get(intervention.vehicle_id or 0)
        numbers = self.numbers.take(len(fresh))
        created = record_past(fresh, by=batch.by, reason=str(batch), at=at, numbers=numbers) if fresh else []
        changed = {
            record.target: _change(record.target, record.values, batch.by, str(batch), at)
            for record in records
            if record.action is Action.UPDATE and record.target
        }
        remember(batch, created={row.pk: str(row.version) for row in created}, changed=changed)

    @classmethod
    def mark(cls, row: Any) -> str:
        return str(row.version)

    @classmethod
    def restore(cls, before: Mapping[int, Mapping[str, Any]], batch: ImportBatch, at: datetime) -> None:
        reason = _("Annulation : %(batch)s") % {"batch": batch}
        for key, values in before.items():
            typed = {name: _field(name).to_python(value) for name, value in values.items()}
            _change(key, typed, batch.undone_by, reason, at)

    @classmethod
    def remove(cls, ids: Sequence[int], batch: ImportBatch, at: datetime) -> None:
        """Delete interventions with the payments taken over with them; their clients' status follows."""
        signed = Signature(by=batch.undone_by, reason=_("Annulation : %(batch)s") % {"batch": batch}, at=at)
        interventions = Intervention.objects.filter(pk__in=ids)
        payments = InterventionPayment.objects.filter(intervention__in=ids)
        clients = set(interventions.values_list("client", flat=True))
        for rows in (payments, interventions):
            record_history(rows, "-", signed)
            rows._raw_delete(rows.db)
        follow(clients, at)


def _change(key: int, values: Mapping[str, Any], by: Any, reason: str, at: datetime) -> tuple[dict[str, Any], str]:
    """Change one intervention as its form does; what it was, and its mark now."""
    intervention = Intervention.objects.select_related("client", "technician", "vehicle").get(pk=key)
    before = {name: _field(name).value_to_string(intervention) for name in values}
    before = {name: None if getattr(intervention, name) is None else text for name, text in before.items()}
    for name, value in values.items():
        setattr(intervention, name, value)
    update(intervention, by=by, at=at, reason=reason)
    return before, str(intervention.version)


def _said(intervention: Intervention, name: str) -> str:
    value = getattr(intervention, name)
    return "" if value is None else str(value)


def _field(name: str) -> Any:
    return Intervention._meta.get_field(name.removesuffix("_id"))


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _news(changes: Mapping[str, Any], stored: Intervention, born: Any) -> dict[str, Any]:
    """The changes without what the row said already when an import made the job of it.

    Such a row does not undo what people have done since: plan, move, rename, or close for good.
    """
    kept = changes.keys() if stored.state == State.CLOSED else MOVED
    return {name: value for name, value in changes.items() if name not in kept or not same(getattr(born, name), value)}


def _tell_end(record: Record, stored: Intervention, born: Any) -> None:
    """Say of a row that it is a job done since: somebody may have meant another."""
    if born.state in OPEN and not stored.is_open:
        message = _(
            "%(reference)s, créée de cette ligne, est %(state)s depuis : "
            "pour un autre travail, donnez une date ou un autre objet."
        )
        values = {"reference": stored.reference, "state": stored.get_state_display().lower()}
        record.note("", message % values)


def _refuse_years(record: Record, stored: Intervention | None) -> None:
    """Refuse the years that the form refuses, but where they are stored already."""
    for name in INSTANTS:
        value = record.values.get(name)
        if value and value.year not in YEARS and not (stored and same(getattr(stored, name), value)):
            message = _("« %(value)s » est trop loin dans le temps : vérifiez l’année.")
            record.refuse(name, message % {"value": record.typed[name].strip()})


def _refusing(record: Record, judge: Any, unsaid: Collection[str] = ()) -> None:
    """Refuse what a judge refuses; of `unsaid` fields, which follow from others, nothing is wrong by itself."""
    try:
        judge()
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            if name not in unsaid:
                record.refuse(name, " ".join(messages))
