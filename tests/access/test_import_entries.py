"""Files of entries: whole rows, their money, and taking them back."""

import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from access.entries.importer import EntryImporter
from access.events.words import words_of
from access.models import AccessCard, Entry, Event, Payment, Zone
from access.services import record_payment
from clients.models import Client
from fixaloop.imports.importer import Options
from fixaloop.imports.run import ImportFailed, run_import
from tests.access.factories import make_active_client, make_card, make_device, make_entry, make_vehicle, make_zone
from tests.access.importing import at, exported, run, write

pytestmark = pytest.mark.django_db


class TestEntries:
    """A history makes last visits and presence right."""

    HEADER = "Client;Carte;Véhicule;Zone;Entrée le;Sortie le;Entrée par;Montant dû;Payé;Note"

    def row(self, tmp_path: Path, text: str, *options: str) -> tuple[int, dict[str, Any]]:
        return run("import_entries", write(tmp_path / "e.csv", f"{self.HEADER}\n{text}\n"), *options)

    def test_it_closes_an_entry_within_its_minute(self, tmp_path: Path) -> None:
        client = make_active_client()
        entered = datetime.fromisoformat("2026-11-03T08:00:30+01:00")
        Entry.objects.create(client=client, zone=make_zone("Parking"), entered_at=entered)
        row = f"{client.reference};;;Parking;03/11/2026 08:00;03/11/2026 08:00;;;;"
        assert self.row(tmp_path, row)[1]["updated"] == 1
        assert Entry.objects.get().exited_at == entered

    def test_it_counts_them_as_passages_of_their_cards(self, tmp_path: Path) -> None:
        (card, _qr), (other, _other) = make_card(username="jean"), make_card(username="marie")
        AccessCard.objects.filter(pk=other.pk).update(use_count=3, last_used_at=timezone.now())
        rows = [
            f"{card.client.reference};jean;;Parking;03/11/2026 08:00;03/11/2026 18:30;;;;",
            f"{card.client.reference};jean;;Parking;04/11/2026 08:00;;;;;",
            f"{other.client.reference};marie;;Parking;03/11/2026 08:00;03/11/2026 18:30;;;;",
        ]
        _code, first = self.row(tmp_path, "\n".join(rows))
        left = f"{card.client.reference};jean;;Parking;04/11/2026 08:00;04/11/2026 9:00;;;;"
        _code, second = self.row(tmp_path, left)

        def uses() -> tuple[int, str]:
            card.refresh_from_db()
            return card.use_count, f"{timezone.localtime(card.last_used_at):%d/%m %H:%M}"

        assert uses() == (4, "04/11 09:00")
        assert AccessCard.objects.get(pk=other.pk).use_count == 5
        call_command("undo_import", str(second["batch"]), stdout=io.StringIO())
        assert uses() == (3, "04/11 08:00")
        call_command("undo_import", str(first["batch"]), stdout=io.StringIO())
        assert (uses()[0], card.was_used) == (0, False)

    def test_it_keeps_stays_with_their_money(self, tmp_path: Path) -> None:
        zone, (card, _qr) = make_zone("Parking"), make_card(username="jean")
        vehicle, (device, _token) = make_vehicle(card.client), make_device(zone, name="Borne")
        reference = card.client.reference
        code, report = self.row(
            tmp_path,
            f"{reference};jean;;Parking;03/11/2026 08:00;03/11/2026 18:30;Borne;12,50;12,50;ok\n"
            f"{reference};;AB-123-CD;Parking;04/11/2026 09:15;;;5;;",
        )
        assert (code, report["created"]) == (0, 2)
        past, present = Entry.objects.order_by("entered_at")
        assert (past.card, past.zone, past.device_in, past.payment_status) == (card, zone, device, "paid")
        assert past.exited_at == timezone.make_aware(datetime(2026, 11, 3, 18, 30))  # noqa: DTZ001
        assert (present.vehicle, present.is_open, present.balance) == (vehicle, True, Decimal(5))
        assert Payment.objects.get().amount == Decimal("12.50")
        client = Client.objects.get()
        assert client.last_visit_at == client.inside_since == present.entered_at

    def test_it_changes_nothing_the_second_time_and_closes_what_was_open(self, tmp_path: Path) -> None:
        client = make_active_client()
        text = f"{client.reference};;;Cave;03/11/2026 08:00;;;;;"
        assert self.row(tmp_path, text)[1]["created"] == 1
        assert self.row(tmp_path, text)[1]["unchanged"] == 1
        report = self.row(tmp_path, f"{client.reference};;;Cave;03/11/2026 08:00;03/11/2026 09:00;;;;")[1]
        assert (report["updated"], Entry.objects.open().count()) == (1, 0)
        assert Client.objects.get().inside_since is None

    def test_it_knows_an_entry_of_the_gate_to_the_minute(self, tmp_path: Path) -> None:
        client, zone = make_active_client(), make_zone("Cave")
        moment = timezone.make_aware(datetime(2026, 11, 3, 8, 0, 42))  # noqa: DTZ001
        Entry.objects.create(client=client, zone=zone, entered_at=moment, exited_at=moment)
        report = self.row(tmp_path, f"{client.reference};;;Cave;03/11/2026 08:00;03/11/2026 08:00;;;;")[1]
        assert report["unchanged"] == 1

    @pytest.mark.parametrize(
        ("text", "column"),
        [
            (";;;Cave;03/11/2026 08:00;;;;;", "Client"),
            ("{client};;;;03/11/2026 08:00;;;;;", "Zone"),
            ("{client};;;Cave;;;;;;", "Entrée le"),
            ("{client};;;Cave;hier;;;;;", "Entrée le"),
            ("{client};;;Cave;03/11/2096 08:00;;;;;", "Entrée le"),
            ("{client};;;Cave;03/11/2026 08:00;02/11/2026 08:00;;;;", "Sortie le"),
            ("{client};;;Cave;03/11/2026 08:00;31/12/9999 23:59;;;;", "Sortie le"),
            ("{client};d’un autre;;Cave;03/11/2026 08:00;;;;;", "Carte"),
            ("{client};;ZZ-999-ZZ;Cave;03/11/2026 08:00;;;;;", "Véhicule"),
            ("{client};;;Cave;03/11/2026 08:00;;;cher;;", "Montant dû"),
            ("{client};;;Cave;03/11/2026 08:00;;;-5;;", "Montant dû"),
            ("{client};;;Cave;03/11/2026 08:00;;;5;6;", "Payé"),
        ],
    )
    def test_it_refuses_what_makes_no_sense(self, tmp_path: Path, text: str, column: str) -> None:
        code, report = self.row(tmp_path, text.format(client=make_active_client().reference))
        assert (code, report["errors"][0]["column"], Zone.objects.count()) == (2, column, 0)

    def test_it_says_what_it_cannot_change(self, tmp_path: Path, admin_client: Any) -> None:
        zone, (card, _qr) = make_zone("Parking"), make_card(username="jean")
        make_device(zone, name="Borne")
        entry = make_entry(card, zone, entered_at=at("2026-11-03T08:00:30Z"), exited_at=at("2026-11-03T09:00:30Z"))
        kept = Entry.objects.filter(pk=entry.pk).values().get()

        def change(row: dict[str, Any]) -> None:
            row["Sortie le"].value = datetime(2026, 11, 3, 12, 30)  # noqa: DTZ001
            row["Entrée par"].value, row["Sortie par"].value, row["Payé"].value = "Borne", "Borne", 5

        file = exported(admin_client, "/access/entries/export/", tmp_path, change)
        code, report = run("import_entries", file)
        assert (code, report["unchanged"]) == (0, 1)
        warned = {issue["column"]: issue for issue in report["warnings"]}
        assert set(warned) == {"Sortie le", "Entrée par", "Sortie par", "Payé"}
        assert (warned["Payé"]["value"], "remboursement" in warned["Payé"]["message"]) == ("5", True)
        assert "03/11/2026 10:00" in warned["Sortie le"]["message"]
        assert Entry.objects.filter(pk=entry.pk).values().get() == kept

    def test_it_keeps_the_seconds_of_an_exit_when_something_else_changes(
        self, tmp_path: Path, admin_client: Any
    ) -> None:
        card, _qr = make_card(username="jean")
        exited = at("2026-11-03T09:00:30.5Z")
        make_entry(card, entered_at=at("2026-11-03T08:00:30.2Z"), exited_at=exited)

        def change(row: dict[str, Any]) -> None:
            row["Note"].value = "Livraison"

        code, report = run("import_entries", exported(admin_client, "/access/entries/export/", tmp_path, change))
        assert (code, report["updated"], report["warnings"]) == (0, 1, [])
        assert (Entry.objects.get().note, Entry.objects.get().exited_at) == ("Livraison", exited)

    def test_it_keeps_by_which_device_somebody_left(self, tmp_path: Path) -> None:
        zone = make_zone("Parking")
        device, _token = make_device(zone, "out", name="Portail")
        card, _qr = make_card(username="jean")
        entry = make_entry(card, zone, entered_at=at("2026-11-03T08:00:30Z"))
        text = "Client;Carte;Zone;Entrée le;Sortie le;Sortie par\n"
        text += f"{card.client.reference};jean;Parking;03/11/2026 09:00;03/11/2026 10:00;Portail\n"
        _code, report = run("import_entries", write(tmp_path / "e.csv", text))
        entry.refresh_from_db()
        assert (report["updated"], report["warnings"], entry.device_out) == (1, [], device)
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        entry.refresh_from_db()
        assert (entry.exited_at, entry.device_out) == (None, None)

    def test_it_sets_no_amount_below_what_was_paid(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        exited = at("2026-11-03T09:00:00Z")
        entry = make_entry(card, make_zone("Parking"), entered_at=exited, exited_at=exited, amount_due=Decimal(20))
        payment = Payment(entry=entry, amount=Decimal(20), method="cash", paid_on=date(2026, 11, 3))
        record_payment(payment, by=None)
        row = f"{card.client.reference};jean;;Parking;03/11/2026 10:00;03/11/2026 10:00;;%s;;"
        code, report = self.row(tmp_path, row % "5")
        assert (code, report["errors"][0]["column"]) == (2, "Montant dû")
        assert "remboursez" in report["errors"][0]["message"]
        code, report = self.row(tmp_path, row % "25")
        assert (code, report["updated"], Entry.objects.get().balance) == (0, 1, Decimal(5))
        assert [words_of(event) for event in entry.events.filter(kind="note")] == ["Montant dû\xa0: 25,00\xa0€"]
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        told = entry.events.filter(kind="note").order_by("pk").last()
        assert (Entry.objects.get().amount_due, "20,00" in words_of(told)) == (Decimal(20), True)

    def test_it_takes_no_longer_note_than_a_column_holds(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        make_zone("Parking")
        row = f"{card.client.reference};jean;;Parking;03/11/2026 10:00;03/11/2026 10:00;;;;%s"
        code, report = self.row(tmp_path, row % ("x" * 201))
        assert (code, report["errors"][0]["column"]) == (2, "Note")
        assert self.row(tmp_path, row % ("x" * 200))[0] == 0

    def test_it_takes_no_amount_that_no_column_holds(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        make_zone("Parking")
        row = f"{card.client.reference};jean;;Parking;03/11/2026 10:00;03/11/2026 10:00;;%s;;"
        code, report = self.row(tmp_path, row % "99999999,99")
        assert (code, report["errors"][0]["column"]) == (2, "Montant dû")
        assert not Entry.objects.exists()

    def test_it_gives_way_to_who_was_quicker(self, tmp_path: Path) -> None:
        moment = at("2026-11-03T08:00:00Z")
        entry = make_entry(zone=make_zone("Parking"), entered_at=moment, exited_at=moment, amount_due=Decimal(20))
        row = f"{entry.client.reference};{entry.card};;Parking;03/11/2026 09:00;;;5;;"

        def pay(done: int, total: int) -> None:
            if not entry.payments.exists():
                payment = Payment(entry=entry, amount=Decimal(20), method="cash", paid_on=date(2026, 11, 3))
                record_payment(payment, by=None)

        path = write(tmp_path / "e.csv", f"{self.HEADER}\n{row}\n")
        with pytest.raises(ImportFailed):
            run_import(EntryImporter(Options()), path, timezone.now(), pay)
        assert Entry.objects.get().amount_due == Decimal(20)

    def test_it_lets_nobody_be_inside_twice(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        first, second = (f"{card.client.reference};jean;;Cave;0{day}/11/2026 08:00;;;;;" for day in (3, 4))
        assert self.row(tmp_path, first)[1]["created"] == 1
        _code, report = self.row(tmp_path, second)
        assert report["errors"][0]["column"] == "Sortie le"
        twice = f"{card.client.reference};jean;;Parking;03/11/2026 08:00;;;;;"
        assert self.row(tmp_path, f"{twice}\n{twice}")[1]["errors"][0]["row"] == 3

    def test_it_is_taken_back_whole(self, tmp_path: Path) -> None:
        client = make_active_client()
        text = f"{client.reference};;;Cave;03/11/2026 08:00;03/11/2026 09:00;;10;10;"
        _code, report = self.row(tmp_path, text)
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        # Its payment stays, with the opposite that answers it, and so does the entry, for which nothing is due.
        paid = [[payment.kind, payment.amount] for payment in Payment.objects.all()]
        assert paid == [["payment", 10], ["correction", -10]]
        entry = Entry.objects.get()
        assert [entry.amount_due, entry.paid_amount, entry.payment_status] == [0, 0, "none"]
        _code, report = self.row(tmp_path, text.replace(";10;10;", ";;;").replace("08:00", "07:00"))
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        assert Entry.objects.get() == entry

    def test_taken_back_it_leaves_nobody_inside(self, tmp_path: Path) -> None:
        """An open entry that stays because of its payment is void, as one that somebody takes back on its page."""
        card, _qr = make_card(username="jean")
        today = f"{timezone.localtime():%d/%m/%Y} 00:00"
        _code, report = self.row(tmp_path, f"{card.client.reference};jean;;Cave;{today};;;10;10;")
        card.client.refresh_from_db()
        assert card.client.inside_since is not None
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        entry = Entry.objects.get()
        card.refresh_from_db()
        card.client.refresh_from_db()
        assert entry.exited_at == entry.entered_at
        assert not Client.objects.exclude(inside_since=None).exists()
        assert card.use_count == 0
        assert entry.voided_at is not None
        told = Event.objects.get(entry=entry, kind="correction")
        assert told.text == entry.note != ""

    def test_it_tells_of_stays_of_one_card_that_overlap(self, tmp_path: Path) -> None:
        (card, _qr), (other, _other) = make_card(username="jean"), make_card(username="marie")
        rows = [
            f"{card.client.reference};jean;;Parking;03/11/2026 08:00;03/11/2026 12:00;;;;",
            f"{card.client.reference};jean;;Parking;03/11/2026 12:00;03/11/2026 18:00;;;;",
            f"{card.client.reference};jean;;Parking;03/11/2026 17:00;03/11/2026 19:00;;;;",
            f"{other.client.reference};marie;;Parking;03/11/2026 09:00;03/11/2026 19:00;;;;",
            f"{card.client.reference};jean;;Atelier;03/11/2026 09:00;03/11/2026 10:00;;;;",
        ]
        _code, report = self.row(tmp_path, "\n".join(rows))
        assert [issue["row"] for issue in report["warnings"] if "à la ligne 3" in issue["message"]] == [4]
        assert len([issue for issue in report["warnings"] if "chevauche" in issue["message"]]) == 1
