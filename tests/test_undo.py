"""An import, then whatever people do: undoing it restores exactly what it had changed, or says why and does nothing."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import Phase, given, settings, strategies as st

from access import services as access
from access.models import AccessCard, Entry, Payment, Vehicle
from clients import services as clients
from clients.declared.nightly import repair
from clients.models import Client
from clients.privacy import anonymize_client
from clients.services.merging import merge_clients
from fixaloop.imports.kinds import importer_of
from fixaloop.imports.undo import Irreversible, undo_batch
from fixaloop.models import ImportBatch
from fixaloop.records.refusal import Refused, Stale
from interventions import services as work
from interventions.models import Intervention, InterventionPayment
from interventions.services.transitions import IllegalMove
from tests.access.factories import make_card, make_entry, make_event, make_vehicle, make_zone
from tests.factories import make_client, make_user
from tests.interventions.factories import make_intervention
from tests.tables import everything

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
Tables = dict[str, list[tuple[Any, ...]]]
AGO = timezone.now() - timedelta(days=3)
# What an undo counts and signs, and what follows from all else.
COUNTED = {"version", "updated_at", "search_text"}


def world() -> None:
    """What was there before: two clients of whom one has a vehicle, a card, a stay and a job."""
    owner = make_client(first_name="Zoé", last_name="Blanc", email="zoe@example.org", city="Lyon")
    make_client(first_name="Ada", last_name="Byron", email="ada@example.org")
    make_vehicle(owner, color="bleu")
    card, _value = make_card(owner, username="zoe", kind="badge", badge_number="1234")
    make_entry(card, make_zone("Cour"), entered_at=AGO, note="avant")
    make_intervention(owner, title="Porte", technician=make_user(username="paul"))


def stay() -> str:
    return f"{timezone.localtime(AGO):%d/%m/%Y %H:%M:%S}"


FILES: dict[str, Callable[[], str]] = {
    "clients": lambda: (
        "Prénom;Nom;E-mail;Ville\nZoé;Blanc;zoe@example.org;Metz\nLéa;Roy;lea@example.org;Nice\nLéo;Roi;;Nice\n"
    ),
    "vehicles": lambda: "Immatriculation;Client;Couleur\nAB-123-CD;CLT-001;noir\nAA-111-AA;CLT-001;gris\n",
    "cards": lambda: "Nom d’utilisateur;Client;Type;Numéro de badge\nzoe;CLT-001;Badge;5678\nlea;CLT-001;Badge;9999\n",
    "entries": lambda: (
        f"Client;Carte;Zone;Entrée le;Sortie le;Montant dû;Montant payé;Note\nCLT-001;zoe;Cour;{stay()};;;;après\n"
        "CLT-001;zoe;Cour;01/06/2026 08:00;01/06/2026 09:00;12;12;\n"
        "CLT-002;;Cour;02/06/2026 08:00;02/06/2026 09:00;;;\n"
    ),
    "interventions": lambda: (
        "Identifiant;Client;Objet;Technicien;Main-d’œuvre;État;Fin réelle;Payé\n"
        "INT-001;CLT-001;Porte cochère;lea;80;;;\n"
        ";CLT-001;Portail;;50;Terminée;01/06/2026 10:00;50\n;CLT-002;Volet;;;;;\n"
    ),
}


def fresh(model: Any, at: int) -> Any:
    """One of the rows, whichever there are."""
    rows = model._default_manager.order_by("pk")
    return rows[at % max(1, rows.count())]


def edit(row: Any, save: Callable[..., Any], name: str, value: Any) -> None:
    setattr(row, name, value)
    save(row, by=None)


def pay_stay(row: Entry, by: Any) -> None:
    access.set_amount(row, Decimal(30), by=by)
    paid = {"method": "cash", "paid_on": timezone.localdate()}
    access.record_payment(Payment(entry=row, kind="payment", amount=Decimal(5), **paid), by=by)


def pay_job(row: Intervention, by: Any) -> None:
    paid = {"method": "cash", "paid_on": timezone.localdate(), "kind": "partial"}
    work.record_payment(InterventionPayment(intervention=row, amount=Decimal(5), **paid), by=by)


Step = Callable[[int, Any], Any]
STEPS: dict[str, Step] = {
    "rename": lambda at, by: edit(fresh(Client, at), clients.update_client, "city", "Paris"),
    "take the e-mail": lambda at, by: make_client(email="lea@example.org"),
    "delete": lambda at, by: clients.delete_client(fresh(Client, at), by=by),
    "merge": lambda at, by: merge_clients(fresh(Client, at), fresh(Client, at + 1), by=by),
    "anonymize": lambda at, by: anonymize_client(fresh(Client, at), by=by),
    "attach": lambda at, by: make_client(company=fresh(Client, at)),
    "note": lambda at, by: make_event(fresh(Client, at)),
    "job": lambda at, by: make_intervention(fresh(Client, at)),
    "drive": lambda at, by: access.add_driver(fresh(Vehicle, at), fresh(Client, at + 1), by=by),
    "sell": lambda at, by: edit(fresh(Vehicle, at), access.update_vehicle, "is_active", False),
    "take the plate": lambda at, by: make_vehicle(make_client(), "AB-123-CD"),
    "give away": lambda at, by: edit(fresh(Vehicle, at), access.update_vehicle, "client", fresh(Client, at + 1)),
    "take the badge": lambda at, by: make_card(make_client(email="x@example.org"), kind="badge", badge_number="1234"),
    "revoke": lambda at, by: access.change_card_status(fresh(AccessCard, at), "revoked", by=by),
    "enter": lambda at, by: make_entry(fresh(AccessCard, at), fresh(Entry, at).zone),
    "void": lambda at, by: access.void(fresh(Entry, at), reason="erreur", by=by),
    "leave": lambda at, by: access.correct_exit(fresh(Entry, at), timezone.now(), reason="vu", by=by),
    "call the roll": lambda at, by: access.start_roll_call(note="", by=by, at=timezone.now()),
    "pay a stay": lambda at, by: pay_stay(fresh(Entry, at), by),
    "pay a job": lambda at, by: pay_job(fresh(Intervention, at), by),
    "start": lambda at, by: work.start(fresh(Intervention, at), by=by),
    "cancel": lambda at, by: work.cancel(fresh(Intervention, at), reason="erreur", by=by),
    "delete a job": lambda at, by: work.delete(fresh(Intervention, at), by=by),
    "delete the technician": lambda at, by: User.objects.filter(username=("paul", "lea")[at % 2]).delete(),
}


@contextmanager
def passing() -> Iterator[None]:
    """What is done within is gone afterwards; constraints that wait for the end are looked at before."""
    with transaction.atomic():
        yield
        connection.check_constraints()
        transaction.set_rollback(True)


def do(step: str, at: int, by: Any) -> None:
    with suppress(Refused, Stale, IllegalMove, ValidationError, IntegrityError, IndexError), transaction.atomic():
        STEPS[step](at, by)


def undone(batch: ImportBatch) -> Sequence[str] | None:
    """What it says where it refuses."""
    try:
        undo_batch(batch, by=None, at=timezone.now())
    except Irreversible as refusal:
        return refusal.obstacles
    return None


def rows_of(model: Any, keys: Any, tables: Tables) -> dict[int, dict[str, Any]]:
    names = [field.attname for field in model._meta.concrete_fields]
    found = (dict(zip(names, row, strict=True)) for row in tables[model._meta.db_table])
    return {row["id"]: {n: v for n, v in row.items() if n not in COUNTED} for row in found if row["id"] in keys}


def given_back(model: Any, keys: Any, *tables: Tables) -> dict[int, dict[str, Any]]:
    """The rows as they have become, but for what the import changed, which is as before."""
    before, imported, then = (rows_of(model, keys, some) for some in tables)
    return {
        key: row | {name: old for name, old in before[key].items() if old != imported[key][name]}
        for key, row in then.items()
    }


@pytest.mark.parametrize("kind", FILES)
def test_it_restores_exactly_or_says_why_and_changes_nothing(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"{kind}.csv"
    path.write_text(FILES[kind](), encoding="utf-8")
    world()
    make_user(username="lea")
    by = make_user(username="odile")
    before = everything()
    call_command(f"import_{kind}", str(path), stdout=io.StringIO())
    batch = ImportBatch.objects.get()
    assert batch.created, batch.updated
    imported = everything()

    @settings(max_examples=12, deadline=None, derandomize=True, phases=[Phase.generate])
    @given(steps=st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 3)), max_size=4))
    def whatever_is_done(steps: list[tuple[str, int]]) -> None:
        with passing():
            for step, at in steps:
                do(step, at, by)
            undoing_restores(ImportBatch.objects.get(), before, imported)

    whatever_is_done()


def undoing_restores(batch: ImportBatch, before: Tables, imported: Tables) -> None:
    [trace] = batch.traces.all()
    created, changed = {int(key) for key in trace.created}, {int(key) for key in trace.changed}
    importer = importer_of(batch.kind)
    assert importer is not None
    then = everything()
    obstacles = undone(batch)
    now = everything()
    if obstacles is not None:
        assert obstacles
        assert all(obstacles)
        assert now == then
    else:
        expected = given_back(importer.model, changed, before, imported, then)
        assert rows_of(importer.model, changed, now) == expected
        assert repair(Client.objects.all()) == 0
        left = rows_of(importer.model, created, now)
        assert all(row.get("voided_at") or row.get("state") == "cancelled" for row in left.values())
        others = {row[0] for row in then[importer.model._meta.db_table]} - created - changed
        assert rows_of(importer.model, others, now) == rows_of(importer.model, others, then)
