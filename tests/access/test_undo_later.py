"""An import is undone exactly, or refused with what stands in the way: never half, never by a crash."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from fixaloop.models import ImportBatch
from tests.access.factories import make_card, make_vehicle
from tests.factories import make_client, make_user
from tests.interventions.factories import make_intervention
from tests.tables import everything

pytestmark = pytest.mark.django_db


def run(kind: str, folder: Path, text: str) -> None:
    path = folder / f"{kind}.csv"
    path.write_text(text, encoding="utf-8")
    call_command(f"import_{kind}", str(path), stdout=io.StringIO())


def email(folder: Path) -> str:
    make_client(external_reference="A1", email="old@example.org")
    run("clients", folder, "Code client;Prénom;Nom;E-mail\nA1;Camille;Martin;new@example.org\n")
    make_client(email="OLD@example.org")
    return "CLT-002"


def plate(folder: Path) -> str:
    vehicle = make_vehicle()
    run("vehicles", folder, f"Immatriculation;Client;En circulation\nAB-123-CD;{vehicle.client.reference};non\n")
    make_vehicle(make_client(first_name="Zoé"))
    return "AB-123-CD"


def badge(folder: Path) -> str:
    card, _qr = make_card(kind="badge", badge_number="1234")
    text = f"Nom d’utilisateur;Client;Type;Numéro de badge\n{card.username};{card.client.reference};Badge;5678\n"
    run("cards", folder, text)
    make_card(kind="badge", badge_number="1234", username="other")
    return "1234"


def technician(folder: Path) -> str:
    paul = make_user(username="paul")
    make_user(username="lea")
    job = make_intervention(make_client(), technician=paul)
    run("interventions", folder, f"Identifiant;Client;Technicien\n{job.reference};CLT-001;lea\n")
    paul.delete()
    return "INT-001"


@pytest.mark.parametrize("change", [email, plate, badge, technician])
def test_it_names_what_has_taken_the_place_of_what_it_would_restore(
    change: Callable[[Path], str], tmp_path: Path
) -> None:
    named = change(tmp_path)
    before = everything()
    with pytest.raises(CommandError) as refusal:
        call_command("undo_import", str(ImportBatch.objects.get().pk), stdout=io.StringIO())
    assert refusal.value.returncode == 2
    assert named in str(refusal.value)
    assert everything() == before
