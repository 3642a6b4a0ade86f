"""Files of cards and of visitors’ passes."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import Workbook

from access.cards.importer import CardImporter
from access.events.words import words_of
from access.gate.codes import digest
from access.hours import parse_hours
from access.models import AccessCard, Event, Tag
from access.services import change_card_status, reissue_card
from clients.models import Client
from fixaloop.imports.importer import Options
from fixaloop.imports.run import ImportFailed, run_import
from tests.access.factories import make_active_client, make_card, make_zone
from tests.access.importing import exported, run, write

pytestmark = pytest.mark.django_db


class TestCards:
    """What is promised of any file."""

    HEADER = "Nom d’utilisateur;Type;N° de badge;Code QR;Client;Statut;Valable du;Valable au;Zones;Horaires"

    def row(self, tmp_path: Path, text: str, *options: str) -> tuple[int, dict[str, Any]]:
        return run("import_cards", write(tmp_path / "c.csv", f"{self.HEADER}\n{text}\n"), *options)

    def test_it_keeps_permissions_as_written(self, tmp_path: Path) -> None:
        zone, client = make_zone("Parking"), make_active_client()
        self.row(tmp_path, f"jean;QR;;;{client.reference};Active;;;parking;lun-ven 8h-18h")
        card = AccessCard.objects.get()
        assert (list(card.zones.all()), card.everywhere, card.valid_until) == ([zone], False, None)
        assert card.hours == parse_hours("lun-ven 08:00-18:00")

    def test_it_refuses_hours_it_cannot_read_even_when_lenient(self, tmp_path: Path) -> None:
        code, report = self.row(tmp_path, f"jean;QR;;;{make_active_client().reference};;;;;le soir", "--lenient")
        assert (code, report["errors"][0]["column"]) == (2, "Horaires")

    @pytest.mark.parametrize(
        ("heading", "wrong"),
        [
            ("Valable de", "à midi"),
            ("Valable jusqu’à", "le soir du 31/12"),
            ("Valable jusqu’à", "-"),
            ("Visites au plus", "une"),
        ],
    )
    def test_it_opens_nothing_wider_by_what_it_cannot_read(self, tmp_path: Path, heading: str, wrong: str) -> None:
        client = make_active_client().reference
        rows = "".join(f"{name};{client};{wrong}\n" for name in ("jean", "marie"))
        path = write(tmp_path / "c.csv", f"Nom d’utilisateur;Client;{heading}\n{rows}")
        for options in ((), ("--lenient",)):
            code, report = run("import_cards", path, *options)
            assert (code, [issue["column"] for issue in report["errors"]]) == (2, [heading, heading])
        assert not AccessCard.objects.exists()

    def test_what_is_merged_over_several_cards_holds_for_each(self, tmp_path: Path) -> None:
        client, zone = make_active_client(), make_zone("Parking")
        book = Workbook()
        sheet = book.worksheets[0]
        sheet.append(("Nom d’utilisateur", "Client", "Valable au", "Zones", "Horaires"))
        for row in (("anna", client.reference, "31/12/2026", "Parking", "lun-ven 8h-18h"), ("bela", client.reference)):
            sheet.append(row)
        for column in "CDE":
            sheet.merge_cells(f"{column}2:{column}3")
        book.save(path := tmp_path / "c.xlsx")
        run("import_cards", path)
        card = AccessCard.objects.get(username="bela")
        assert (list(card.zones.all()), card.everywhere, card.valid_until) == ([zone], False, date(2026, 12, 31))
        assert card.hours == parse_hours("lun-ven 08:00-18:00")

    def test_two_digits_of_a_last_day_are_of_this_century(self, tmp_path: Path) -> None:
        reference = make_active_client().reference
        self.row(tmp_path, f"jean;QR;;;{reference};;01/01/26;28/02/45;;")
        assert AccessCard.objects.get().valid_until == date(2045, 2, 28)
        _code, report = self.row(tmp_path, f"anna;QR;;;{reference};;01/01/45;28/02/45;;")
        assert "1945" not in report["errors"][0]["message"]

    def test_it_takes_a_client_without_an_e_mail(self, tmp_path: Path) -> None:
        client = make_active_client(email="")
        self.row(tmp_path, f"jean;QR;;;{client.reference};;;;;")
        assert AccessCard.objects.get().client == client

    @pytest.mark.parametrize(
        ("text", "column"),
        [
            ("pris;QR;;;{client};;;;;", "Nom d’utilisateur"),
            ("jean;Badge;12345678;;{client};;;;;", "N° de badge"),
            ("jean;Badge;;;{client};;;;;", "N° de badge"),
            ("jean;Badge;4,5E+12;;{client};;;;;", "N° de badge"),
            ("jean;QR;;court;{client};;;;;", "Code QR"),
            ("jean;QR;;9,87654321098765E+15;{client};;;;;", "Code QR"),
            ("jean;QR;;;{client};Peut-être;;;;", "Statut"),
            ("jean;Clé;;;{client};;;;;", "Type"),
            ("jean;QR;;;{client};;31/12/2026;01/01/2026;;", "Valable au"),
            ("jean valjean;QR;;;{client};;;;;", "Nom d’utilisateur"),
        ],
    )
    def test_it_refuses_what_is_taken_or_makes_no_sense(self, tmp_path: Path, text: str, column: str) -> None:
        make_card(username="Pris", kind="badge", badge_number="0012345678")
        code, report = self.row(tmp_path, text.format(client=make_active_client().reference))
        assert (code, report["errors"][0]["column"]) == (2, column)

    def test_it_takes_a_number_in_hexadecimal_that_looks_like_a_power_of_ten(self, tmp_path: Path) -> None:
        self.row(tmp_path, f"jean;Badge;12E34567;;{make_active_client().reference};;;;;")
        assert AccessCard.objects.get().badge_number == "12E34567"

    def test_it_is_taken_back_whole(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        text = f"jean;QR;;;{card.client.reference};Perdue;;;;\nmarie;QR;;FXL-OLD-CODE;{card.client.reference};;;;Cave;"
        _code, report = self.row(tmp_path, text)
        assert (report["created"], report["updated"]) == (1, 1)
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        [left] = AccessCard.objects.all()
        assert (left.username, left.status, left.valid_until) == ("jean", "active", card.valid_until)
        assert Client.objects.get().last_card_day == card.valid_until

    def test_it_gives_the_code_back_that_it_replaced(self, tmp_path: Path) -> None:
        card, qr = make_card(username="jean")
        badge, _none = make_card(card.client, username="marie", kind="badge", badge_number="12")
        text = f"jean;QR;;FXL-NEW-CODE;{card.client.reference};;;;\nmarie;QR;;FXL-2ND-CODE;{card.client.reference};;;;"
        _code, report = self.row(tmp_path, text)
        assert report["updated"] == 2
        old, new = card.secrets.get(secret_hash=digest(qr)), card.secrets.get(revoked_at=None)
        assert (old.revoked_at is not None, new.secret_hash) == (True, digest("FXL-NEW-CODE"))
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        assert card.secrets.get() == old
        assert card.secrets.get().revoked_at is None
        assert not badge.secrets.exists()

    def test_it_lets_no_new_code_be_lost_by_taking_it_back(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        _code, report = self.row(tmp_path, f"jean;QR;;FXL-NEW-CODE;{card.client.reference};;;;")
        issued = reissue_card(card, by=None)
        with pytest.raises(CommandError):
            call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        assert card.secrets.get(revoked_at=None).secret_hash == digest(issued.qr_value)

    @pytest.mark.parametrize("row", ["jean;QR;;;{client};Active;;;", "jean;QR;;FXL-NEW-CODE;{client};;;;"])
    def test_it_revives_no_revoked_card(self, tmp_path: Path, row: str) -> None:
        card, _qr = make_card(username="jean")
        change_card_status(card, "revoked", by=None)
        code, report = self.row(tmp_path, row.format(client=card.client.reference))
        assert (code, report["refused"]) == (2, 1)
        assert "révoquée" in report["errors"][0]["message"]
        assert self.row(tmp_path, f"jean;QR;;;{card.client.reference};Révoquée;01/01/2020;;")[1]["updated"] == 1

    @pytest.mark.parametrize(("before", "to"), [("lost", "Suspendue"), ("revoked", "Perdue"), ("revoked", "Suspendue")])
    def test_it_knows_no_other_moves_than_people(self, tmp_path: Path, before: str, to: str) -> None:
        card, _qr = make_card(username="jean")
        change_card_status(card, before, by=None)
        code, report = self.row(tmp_path, f"jean;QR;;;{card.client.reference};{to};;;")
        assert (code, report["errors"][0]["column"], AccessCard.objects.get().status) == (2, "Statut", before)

    def test_it_gives_way_to_who_was_quicker(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        text = f"{self.HEADER}\njean;QR;;;{card.client.reference};Suspendue;;;;\n"

        def revoke(done: int, total: int) -> None:
            change_card_status(card, "revoked", by=None)

        with pytest.raises(ImportFailed):
            run_import(CardImporter(Options()), write(tmp_path / "c.csv", text), timezone.now(), revoke)
        assert AccessCard.objects.get().status == "revoked"

    def test_it_tells_what_became_of_cards(self, tmp_path: Path) -> None:
        tag = Tag.objects.create(name="VIP")
        card, _qr = make_card(username="jean", tags=[tag])
        make_card(card.client, username="marie", valid_until=None)
        client = card.client.reference
        text = "Nom d’utilisateur;Client;Statut;Motif du statut;Valable au;Code QR;Horaires\n"
        rows = [
            f"jean;{client};Suspendue;impayé;31/12/2099;FXL-NEW-CODE;",
            f"marie;{client};;;;;lun-ven 8h-18h",
            f"lea;{client};Perdue;au parc;;;",
        ]
        known = set(Event.objects.values_list("pk", flat=True))
        _code, report = run("import_cards", write(tmp_path / "c.csv", text + "\n".join(rows)))
        assert (report["created"], report["updated"]) == (1, 2)

        def told(username: str) -> list[str]:
            events = Event.objects.exclude(pk__in=known).filter(card__username=username, kind="card").order_by("pk")
            return [words_of(event) for event in events]

        status = "Carte suspendue\xa0: impayé"
        valid = f"Carte valable du {card.valid_from:%d/%m/%Y} au "
        assert told("jean") == [status, "Nouveau code QR, l’ancien est révoqué", f"{valid}31/12/2099"]
        assert told("marie") == ["Horaires de la carte\xa0: lun-ven 8 h–18 h"]
        assert told("lea") == ["Carte émise", "Carte perdue\xa0: au parc"]
        assert list(Event.objects.get(card=card, said="card_status").tags.all()) == [tag]
        known |= set(Event.objects.values_list("pk", flat=True))
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        active, former = told("jean")
        assert active.startswith("Carte active\xa0: Annulation")
        assert former == f"{valid}{card.valid_until:%d/%m/%Y}"
        assert Event.objects.get(said="card_issued", card=None, client=card.client).pk in known

    def test_it_drops_the_reason_of_the_status_that_was(self, tmp_path: Path, admin_client: Any) -> None:
        card, _qr = make_card(username="jean")
        change_card_status(card, "suspended", reason="impayé", by=None)

        def free(row: dict[str, Any]) -> None:
            row["Statut"].value = "Active"

        run("import_cards", exported(admin_client, "/access/cards/export/", tmp_path, free))
        assert (AccessCard.objects.get().status, AccessCard.objects.get().status_reason) == ("active", "")
        assert words_of(Event.objects.filter(card=card).latest("pk")) == "Carte active"

    def test_it_leaves_the_day_of_a_status_that_stays(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        _code, report = self.row(tmp_path, f"jean;QR;;;{card.client.reference};Active;;31/12/2099;")
        assert (report["updated"], AccessCard.objects.get().status_at) == (1, card.status_at)

    def test_many_rows_take_no_more_queries_than_few(self, tmp_path: Path) -> None:
        client, counts = make_active_client(), []
        for count in (2, 12):
            for number in range(count // 2):
                make_card(client, username=f"old-{count}-{number}")
            old, new = (
                [
                    f"{name}-{count}-{number};QR;;FXL-{name}-{count}-{number};{client.reference};Suspendue;;31/12/2099;"
                    for number in range(count // 2)
                ]
                for name in ("old", "new")
            )
            with CaptureQueriesContext(connection) as queries:
                assert self.row(tmp_path, "\n".join([*old, *new]))[0] == 0
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_it_leaves_a_badge_a_badge(self, tmp_path: Path) -> None:
        card, _none = make_card(username="jean", kind="badge", badge_number="12")
        assert self.row(tmp_path, f"jean;;;;{card.client.reference};Perdue;;;")[1]["updated"] == 1
        assert (AccessCard.objects.get().kind, AccessCard.objects.get().badge_number) == ("badge", "12")

    @pytest.mark.parametrize(("days", "column"), [("01/01/2099;", "Valable du"), (";01/01/2001", "Valable au")])
    def test_it_refuses_a_day_that_does_not_go_with_the_other(self, tmp_path: Path, days: str, column: str) -> None:
        card, _qr = make_card(username="jean")
        code, report = self.row(tmp_path, f"jean;QR;;;{card.client.reference};;{days};")
        assert (code, report["refused"]) == (2, 1)
        assert "avant le premier" in report["errors"][0]["message"]
        assert report["errors"][0]["column"] == column

    def test_it_says_since_when_a_card_has_its_status(self, tmp_path: Path) -> None:
        card, _qr = make_card(username="jean")
        _code, report = self.row(tmp_path, f"jean;QR;;;{card.client.reference};Perdue;;;")
        since = AccessCard.objects.get().status_at
        assert since > card.status_at
        call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
        assert AccessCard.objects.get().status_at == card.status_at


def test_a_visitor_s_pass_comes_in_as_it_goes_out(tmp_path: Path, admin_client: Browser) -> None:
    host, zone = make_active_client(email=""), make_zone("Parking")
    text = "Nom d’utilisateur;Client;Zones;Visiteur;Valable de;Valable jusqu’à;Visites au plus\n"
    text += f"visite-1;{host.reference};Parking;Paul Visiteur;31/12/2030 09:00;31/12/2030 18:00;2\n"
    code, report = run("import_cards", write(tmp_path / "c.csv", text))
    assert (code, report["created"]) == (0, 1), report["errors"]
    card = AccessCard.objects.get()
    assert (card.visitor, card.max_visits, card.everywhere, list(card.zones.all())) == (
        "Paul Visiteur",
        2,
        False,
        [zone],
    )
    assert f"{timezone.localtime(card.ends_at):%Y-%m-%d %H:%M}" == "2030-12-31 18:00"
    assert (card.valid_from, card.valid_until) == (date(2030, 12, 31), date(2030, 12, 31))
    code, report = run("import_cards", exported(admin_client, "/access/cards/export/", tmp_path))
    assert (code, report["unchanged"], report["errors"]) == (0, 1, [])
    later = text.replace("31/12/2030 18:00", "02/01/2031 18:00")
    code, report = run("import_cards", write(tmp_path / "c.csv", later))
    card.refresh_from_db()
    assert (report["updated"], card.valid_until) == (1, date(2031, 1, 2))
    call_command("undo_import", str(report["batch"]), stdout=io.StringIO())
    card.refresh_from_db()
    assert f"{timezone.localtime(card.ends_at):%Y-%m-%d %H:%M}" == "2030-12-31 18:00"


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("Visites au plus", {"Paul Visiteur": ""}),
        ("Valable jusqu’à", {"Paul Visiteur": "", ";2\n": ";\n", "31/12/2030 18:00": "31/12/2030 08:00"}),
        ("Valable jusqu’à", {"31/12/2030 18:00": ""}),
        ("Valable jusqu’à", {"31/12/2030 18:00": "31/12/2030 08:00"}),
        ("Zones", {"Parking": ""}),
        ("Visites au plus", {";2\n": ";0\n"}),
    ],
)
def test_a_pass_in_a_file_follows_the_rules_of_its_form(tmp_path: Path, column: str, change: dict[str, str]) -> None:
    host = make_active_client()
    make_zone("Parking")
    text = "Nom d’utilisateur;Client;Zones;Visiteur;Valable de;Valable jusqu’à;Visites au plus\n"
    text += f"visite-1;{host.reference};Parking;Paul Visiteur;31/12/2030 09:00;31/12/2030 18:00;2\n"
    for old, new in change.items():
        text = text.replace(old, new)
    _code, report = run("import_cards", write(tmp_path / "c.csv", text))
    assert [error["column"] for error in report["errors"]] == [column]
    assert not AccessCard.objects.exists()


def test_a_card_that_is_not_active_there_is_suspended_here(tmp_path: Path) -> None:
    client = make_active_client()
    text = "Badge;Login;Client;Actif\n"
    text += f"01;u1;{client.reference};Oui\n02;u2;{client.reference};Non\n03;u3;{client.reference};bloqué\n"
    code, report = run("import_cards", write(tmp_path / "cards.csv", text))
    assert (code, report["errors"]) == (0, [])
    assert [*AccessCard.objects.order_by("username").values_list("status", flat=True)] == [
        "active", "suspended", "suspended",
    ]  # fmt: skip


@pytest.mark.parametrize("zone", ["-", "Aucune", "néant"])
def test_a_dash_opens_no_zone(tmp_path: Path, zone: str) -> None:
    text = f"Badge;Login;Client;Zones\n01;u1;{make_active_client().reference};{zone}\n"
    code, report = run("import_cards", write(tmp_path / "cards.csv", text))
    assert (code, [issue["column"] for issue in report["errors"]]) == (2, ["Zones"])


@pytest.mark.parametrize("last", ["31/12/26", "31 décembre 2026", "jeudi 31 déc. 2026", "31/12/2026 00:00:00", "46387"])
def test_days_are_read_as_in_any_file(tmp_path: Path, last: str) -> None:
    text = f"Badge;Login;Client;Valable au\n01;u1;{make_active_client().reference};{last}\n"
    code, report = run("import_cards", write(tmp_path / "cards.csv", text))
    assert (code, report["errors"]) == (0, [])
    assert AccessCard.objects.get().valid_until == date(2026, 12, 31)


def test_a_last_day_with_an_hour_is_refused(tmp_path: Path) -> None:
    text = f"Badge;Login;Client;Valable au\n01;u1;{make_active_client().reference};31/12/2026 12:00\n"
    code, report = run("import_cards", write(tmp_path / "cards.csv", text))
    assert (code, [issue["column"] for issue in report["errors"]]) == (2, ["Valable au"])
