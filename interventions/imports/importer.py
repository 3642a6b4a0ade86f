"""Interventions in from a file: past work as it was, work under way, corrections of what a form may change."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from access.models import Vehicle
from clients.imports.owners import OwnedImporter
from clients.models import Client
from fixaloop.forms.parsing import YEARS
from fixaloop.imports.importer import Options
from fixaloop.imports.money import ZERO, part_paid, settle_paid, told_payment
from fixaloop.imports.report import Record
from fixaloop.records.bulk import Changed, Signature, delete
from fixaloop.records.numbering import LAST_KEPT, Numbers
from fixaloop.words.money import euros
from interventions.checks import check, check_past
from interventions.imports.matching import Garage, Jobs, Team, completed, identity, is_same_job
from interventions.models import INTERVENTION, Intervention, InterventionPayment
from interventions.pages.file_columns import COLUMNS
from interventions.services.correcting import correct_times
from interventions.services.telling import forget_told
from interventions.services.writing import (
    SERIES,
    follow,
    give_back_payments,
    insert_past,
    lock_clients,
    take_back,
    take_over_payments,
    update,
)
from interventions.states import OPEN, State
from interventions.times import check_given, check_times, correctable, same

INSTANTS = ("planned_start", "planned_end", "started_at", "finished_at", "waiting_since", "created_at")
# What transitions decide: a file may tell it of past work, not change it.
DECIDED = ("state", "state_reason", "waiting_since")
# What a file may put right once it has happened.
REAL = ("started_at", "finished_at")
# What planning and transitions move, and the title, which tells a job from others.
MOVED = frozenset((*DECIDED, *REAL, "title", "technician_id", "planned_start", "planned_end"))


class InterventionImporter(OwnedImporter):
    """Imports interventions with their state and times, or changes what their form holds."""

    kind = "intervention"
    things = ("interventions",)
    model = Intervention
    parts = (InterventionPayment,)
    columns = COLUMNS
    titled = ("title", "reference", "state", "planned_start", "started_at", "finished_at")
    numbered = True
    existing = gettext_lazy("Cette intervention existe déjà : %(row)s.")
    missing = gettext_lazy("Aucune intervention existante ne correspond à cette ligne.")

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        # Those that came with payments, which are written last.
        self.paid: list[int] = []
        # What is told of these payments, by the key of the intervention.
        self.told: dict[int, dict[str, Any]] = {}
        self.readers["technician"] = Team().find
        self.at = timezone.now()
        self.numbers = Numbers(SERIES)
        self.garage = Garage(())
        self.jobs = Jobs(())
        # The history record of its import, by the number of a row that is an imported job.
        self.births: dict[int, Any] = {}

    def read(self, record: Record) -> None:
        part_paid(record)
        super().read(record)
        values = record.values
        amounts = [values[name] for name in ("parts_amount", "labor_amount") if values.get(name) is not None]
        settle_paid(record, sum(amounts, ZERO) if amounts else None, counts_yes=self.counts_yes)
        if "technician" in record.values:
            record.values["technician_id"] = record.values.pop("technician")

    def look_up(self, records: Sequence[Record]) -> None:
        self.jobs = Jobs(records)
        self.garage = Garage(records)
        self.births = {}

    def match(self, record: Record, client: Client) -> Intervention | None:
        mark: tuple[Any, ...] = identity(completed(record.values))
        if text := record.typed.get("reference", "").strip():
            found = self.jobs.named(text)
            if self.options.keep_references:
                self._keep_number(record, text, found)
            elif found is None:
                record.refuse("reference", _("Aucune intervention n’a cette référence : videz la cellule."))
            if record.errors:
                return None
        else:
            found, self.births[record.number] = self.jobs.find(mark)
        self.refuse_repeated(record, ("row", found.pk) if found else mark)
        return found

    def _keep_number(self, record: Record, text: str, found: Intervention | None) -> None:
        """Give a new intervention the number of its row, unless it is another one’s."""
        number = INTERVENTION.parse(text)
        if found is not None and not is_same_job(record.values, found):
            message = _("Cette référence est déjà celle de « %(row)s » : elle ne peut pas être gardée.")
            record.refuse("reference", message % {"row": found})
        elif found is None and (not number or number > LAST_KEPT):
            record.refuse("reference", _("Ce n’est pas une référence d’intervention (INT-001) : videz la cellule."))
        elif found is None and not self.refuse_repeated(record, ("number", number), "reference"):
            record.values["own_number"] = number

    def settle_row(self, record: Record, client: Client) -> None:
        found = self.match(record, client)
        if record.errors:
            return
        if vehicle := self.garage.of(record, client, found):
            record.values["vehicle_id"] = vehicle
        _refuse_years(record, found)
        self.forgive(record)
        self.decide(record, found)
        if found is None and not record.errors and (number := record.values.get("own_number")):
            self.numbers.keep(number)

    def prepare(self, record: Record) -> None:
        if not record.values.get("title"):
            record.refuse("title", _("Indiquez l’objet : ce qui est à faire."))
            return
        told = record.values
        record.values = completed(told)
        _check_paid(record)
        fresh = self._with(Intervention(client=self.clients[record.number]), _columns(record.values))
        _refusing(record, lambda: check_past(fresh, self.at), unsaid=record.values.keys() - told.keys())

    def differences(self, record: Record, row: Intervention) -> dict[str, tuple[str, str]]:
        record.values.pop("created_at", None)
        told_payment(record.values, take=True)
        if record.values.pop("paid_amount", row.paid_amount) != row.paid_amount:
            message = _("Il a été reçu %(paid)s : enregistrez un paiement ou un remboursement sur la fiche.")
            record.note("paid_amount", message % {"paid": euros(row.paid_amount)})
        changes = {name: value for name, value in record.values.items() if not same(getattr(row, name), value)}
        if born := self.births.get(record.number):
            changes = _news(changes, row, born)
            _tell_end(record, row, born)
        for name in {*DECIDED, *REAL}.difference(correctable(row)):
            if name in changes:
                record.refuse(name, _("L’état et ses dates ne changent que par les étapes, sur la fiche."))
        if changes and row.state == State.CLOSED:
            record.refuse("", _("%(row)s est clôturée : elle ne change plus.") % {"row": row.reference})
        if record.errors:
            return {}
        record.values = changes
        stored = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        changed = self._with(Intervention(**stored), changes)
        _refusing(record, lambda: check(changed, row))
        if times := {name: changes[name] for name in REAL if name in changes}:
            _refusing(record, lambda: check_given(row, self.at, **times))
            _refusing(record, lambda: check_times(changed, self.at))
        names = [name.removesuffix("_id") for name in changes]
        return {name: (_said(row, name), _said(changed, name)) for name in names}

    def _with(self, intervention: Intervention, values: Mapping[str, Any]) -> Intervention:
        for name, value in values.items():
            setattr(intervention, name, value)
        if vehicle := self.garage.vehicles.get(values.get("vehicle_id", 0)):
            intervention.vehicle = vehicle
        return intervention

    def put_aside(self, creations: int) -> None:
        self.numbers.put_aside(creations)

    def hold(self, creations: int) -> None:
        self.numbers.hold(creations, simulated=self.options.dry_run)

    def create(self, rows: Sequence[dict[str, Any]], signed: Signature) -> dict[int, str]:
        owners = {row["client_id"] for row in rows}
        lock_clients(owners)
        clients = Client.objects.in_bulk(owners)
        vehicles = Vehicle.objects.in_bulk({row["vehicle_id"] for row in rows if "vehicle_id" in row})
        numbers = self.numbers.give([row.pop("own_number", None) for row in rows])
        payments = [told_payment(row, take=True) for row in rows]
        fresh = [Intervention(**_columns(row)) for row in rows]
        for intervention in fresh:
            intervention.client = clients[intervention.client_id]
            # One that is gone meanwhile is left to the database, which refuses its key.
            if vehicle := vehicles.get(intervention.vehicle_id or 0):
                intervention.vehicle = vehicle
        created = insert_past(fresh, by=signed.by, reason=signed.reason, at=signed.at, numbers=numbers)
        self.paid += [row.pk for row in created if row.paid_amount]
        self.told |= {row.pk: told for row, told in zip(created, payments, strict=True) if told}
        return {row.pk: str(row.version) for row in created}

    def finish(self, signed: Signature) -> None:
        take_over_payments(self.paid, by=signed.by, at=signed.at, told=self.told)

    @classmethod
    def change(cls, changes: Mapping[int, dict[str, Any]], signed: Signature) -> Changed:
        return {key: _change(key, values, signed) for key, values in changes.items()}

    @classmethod
    def remove(cls, ids: Sequence[int], signed: Signature) -> None:
        """Delete interventions; those that came with payments stay, cancelled. Their clients' status follows."""
        clients = cls.clients_of(ids)
        take_back(
            [pk for (pk,) in Intervention.objects.filter(pk__in=ids).exclude(payments=None).values_list("pk")], signed
        )
        unpaid = Intervention.objects.filter(pk__in=ids, payments=None)
        forget_told(list(unpaid.only("number", "client")))
        delete(unpaid, signed)
        follow(clients, signed.at)

    @classmethod
    def give_back(cls, ids: Sequence[int], signed: Signature) -> None:
        give_back_payments(ids, signed)


def _change(key: int, values: Mapping[str, Any], signed: Signature) -> tuple[dict[str, Any], str]:
    """Change an intervention; return its values before, as text, and its new version."""
    intervention = Intervention.objects.select_related("client", "technician", "vehicle").get(pk=key)
    before: dict[str, Any] = {}
    for name, value in values.items():
        field: Any = Intervention._meta.get_field(name)
        stored = getattr(intervention, name)
        before[name] = None if stored is None else field.value_to_string(intervention)
        setattr(intervention, name, field.to_python(value))
    times = {name: getattr(intervention, name) for name in REAL if name in values}
    if values.keys() - times.keys():
        update(intervention, by=signed.by, at=signed.at, reason=signed.reason)
    if times:
        correct_times(intervention, by=signed.by, at=signed.at, reason=signed.reason, **times)
    return before, str(intervention.version)


def _check_paid(record: Record) -> None:
    """Refuse more than is due, and a closed intervention that is not paid. Without a word, a closed one is."""
    values = record.values
    due = (values.get("parts_amount") or ZERO) + (values.get("labor_amount") or ZERO)
    paid = values.get("paid_amount")
    if paid is None:
        return
    if paid < ZERO:
        record.refuse(
            "paid_amount", _("Ce qui a été reçu n’est jamais négatif : un remboursement se saisit sur la fiche.")
        )
    elif paid > due:
        record.refuse("paid_amount", _("Le montant payé dépasse le montant dû."))
    elif values.get("state") == State.CLOSED and paid < due:
        record.refuse("paid_amount", _("Une intervention clôturée est payée en entier : écrivez Terminée."))
    elif values.get("state") == State.CANCELLED and paid:
        record.refuse("paid_amount", _("Rien n’est dû pour une intervention annulée."))


def _said(intervention: Intervention, name: str) -> str:
    value = getattr(intervention, name)
    return "" if value is None else str(value)


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _news(changes: Mapping[str, Any], stored: Intervention, born: Any) -> dict[str, Any]:
    """The changes without what the row said already when its job was imported.

    So an old file does not undo what people did since: plan, move, rename, or close for good.
    """
    kept = changes.keys() if stored.state == State.CLOSED else MOVED
    return {name: value for name, value in changes.items() if name not in kept or not same(getattr(born, name), value)}


def _tell_end(record: Record, stored: Intervention, born: Any) -> None:
    """Say of a row that its job has ended since: another job may be meant."""
    if born.state in OPEN and not stored.is_open:
        message = _(
            "%(reference)s, créée de cette ligne, est %(state)s depuis : "
            "pour un autre travail, donnez une date ou un autre objet."
        )
        values = {"reference": stored.reference, "state": stored.get_state_display().lower()}
        record.note("", message % values)


def _refuse_years(record: Record, stored: Intervention | None) -> None:
    """Refuse the years that the form refuses, unless they are stored already."""
    for name in INSTANTS:
        value = record.values.get(name)
        if value and value.year not in YEARS and not (stored and same(getattr(stored, name), value)):
            message = _("« %(value)s » est trop loin dans le temps : vérifiez l’année.")
            record.refuse(name, message % {"value": record.typed[name].strip()})


def _refusing(record: Record, judge: Any, unsaid: Collection[str] = ()) -> None:
    """Refuse what `judge` refuses by ValidationError, except the `unsaid` fields, which follow from others."""
    try:
        judge()
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            if name not in unsaid:
                record.refuse(name, " ".join(messages))
