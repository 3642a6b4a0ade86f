"""Files that say whose vehicle or card it is by a name, or by several columns."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from access.models import AccessCard, Vehicle
from clients.models import Client
from clients.privacy import anonymize_client
from tests.access.importing import run, write
from tests.factories import make_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def jean() -> Client:
    return make_client(first_name="Jean", last_name="Le Guen", email="jean@example.org", external_reference="JLG")


def vehicles(tmp_path: Path, *lines: str, options: tuple[str, ...] = ()) -> tuple[dict[str, Client], list[str]]:
    """The clients of the plates that came in, and what was refused."""
    _code, report = run("import_vehicles", write(tmp_path / "v.csv", "\n".join(lines)), "--on-error=skip", *options)
    found = {row.plate: row.client for row in Vehicle.objects.select_related("client") if row.client}
    return found, [f"{issue['column']} {issue['message']}" for issue in report["errors"]]


def test_a_name_that_one_client_has_is_enough(tmp_path: Path, jean: Client) -> None:
    port = make_client(company_name="Garage du Port SARL")
    make_client(company_name="Guen Le Jean et Fils")
    names = ("Jean Le Guen", "LE GUEN Jean", "M. Jean LE-GUEN", "garage du port", "Port du Garage", "Le Guen")
    lines = [f"AB-{number}-CD;{name}" for number, name in enumerate(names, 101)]
    found, refused = vehicles(tmp_path, "Immatriculation;Propriétaire", *lines)
    assert [found.get(f"AB-{number}-CD") for number in range(101, 107)] == [jean, jean, jean, port, None, None]
    assert len(refused) == 2
    assert all("ce nom" in message for message in refused)
    code, _report = run(
        "import_cards", write(tmp_path / "c.csv", "N° badge;Utilisateur;Titulaire\n77;jean;Jean Le Guen\n")
    )
    assert (code, AccessCard.objects.get().client) == (0, jean)


def test_several_of_one_name_are_told_and_the_forgotten_are_not(tmp_path: Path, jean: Client) -> None:
    lucien = make_client(first_name="Lucien", last_name="Schmitt")
    anonymize_client(lucien, by=None)
    others = [make_client(first_name="Jean", last_name="Le Guen", city="Metz") for _other in range(6)]
    lines = ("AB-101-CD;Jean Le Guen", "AB-102-CD;Lucien Schmitt")
    found, (several, none) = vehicles(tmp_path, "Immatriculation;Propriétaire", *lines)
    assert not found
    assert f"({jean.reference})" in several
    assert f"({others[0].reference}, Metz)" in several
    assert f"({others[-1].reference}, Metz)" not in several
    assert "…" in several
    assert "ce nom" in none


def test_columns_of_the_owner_are_told_apart(tmp_path: Path, jean: Client) -> None:
    other, bare = make_client(), make_client(first_name="Ana", last_name="Roy")
    header = "Propriétaire;Email client;Client;Immatriculation"
    lines = (
        f"Anybody;jean@example.org;{jean.reference};AB-101-CD",
        "Jean Le Guen;JEAN@example.org;;AB-102-CD",
        ";;JLG;AB-103-CD",
        f"Jean Le Guen;jean@example.org;{other.reference};AB-104-CD",
        "Jean Le Guen;other@example.org;;AB-105-CD",
        "Ana Roy;ana@example.org;;AB-106-CD",
        ";;;AB-107-CD",
    )
    found, refused = vehicles(tmp_path, header, *lines)
    assert {plate: client for plate, client in found.items() if client != jean} == {"AB-106-CD": bare}
    assert set(found) == {"AB-101-CD", "AB-102-CD", "AB-103-CD", "AB-106-CD"}
    contradiction, another, nobody = refused
    assert "lequel est-ce" in contradiction
    assert another.startswith("Email client Inconnu ici")
    assert "Indiquez le client" in nobody


def test_a_chosen_key_is_the_only_one_and_has_a_word(tmp_path: Path, jean: Client) -> None:
    lines = ("Client;Immatriculation", "Jean Le Guen;AB-101-CD", "JLG;AB-102-CD")
    found, refused = vehicles(tmp_path, *lines, options=("--key=Référence externe",))
    assert (found, len(refused)) == ({"AB-102-CD": jean}, 1)


def test_a_column_left_aside_is_mapped_by_the_words_of_its_field(tmp_path: Path, jean: Client) -> None:
    text = "Immatriculation;À qui;Vu par\nAB-101-CD;Jean Le Guen;Paul\n"
    with pytest.raises(SystemExit):
        call_command("import_vehicles", str(write(tmp_path / "v.csv", text)), stdout=(told := io.StringIO()))
    assert '--map "À qui="' in told.getvalue()
    assert "Champs possibles\u00a0: Immatriculation, Pays" in told.getvalue()
    found, _refused = vehicles(tmp_path, *text.splitlines(), options=("--map=À qui=Client",))
    assert found == {"AB-101-CD": jean}
