"""Anonymising: nothing of the person is left anywhere, accounts and counts are as before ."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.test import Client as Browser
from django.utils import timezone

from access import services as access
from access.declared import nightly
from access.gate.credentials import BADGE, PLATE, QR, USERNAME, Credential, identify
from access.gate.decision import Door
from access.gate.passages import Circumstances, check, pass_door
from access.models import AccessCard, Entry, Event, Payment, Vehicle
from clients import services
from clients.models import Client
from clients.privacy import anonymize_client
from clients.services.merging import merge_clients
from fixaloop.models import ImportBatch, ImportTrace
from interventions import services as work
from interventions.models import Intervention
from tests.access.factories import make_card, make_entry, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.factories import make_client, make_user
from tests.interventions.factories import in_state, make_intervention, pay
from tests.loading import loaded
from tests.pages import field_errors, links, said, values, workbook
from tests.tables import left_of

URL = "/clients/CLT-001/anonymize/"
# In every value that could tell who it was; kept texts hold none of it.
MARK = "zorglub"
PHONE, SIRET, PLATE_OF_HIS = "+33199001234", "40125156601475", "ZG-777-LB"
MARKS = (MARK, "199001234", SIRET, "zg777lb", "zg-777-lb", "04a2b9c1")


def make_known() -> Client:
    """A client of whom every record there is holds something."""
    now = timezone.now()
    admin = make_user(username="odette")
    client = make_client(
        company_name="Zorglub SARL",
        first_name="Zoé",
        last_name="Zorglub",
        siret=SIRET,
        email="zorglub@example.org",
        phone=PHONE,
        street="1 rue Zorglub",
        street_extra="chez Zorglub",
        postal_code="17000",
        city="Zorglub-sur-Mer",
        description="Tutoyer Zorglub",
        external_reference="ZORGLUB-9",
        status_mode="active",
        status_reason="parking de Zorglub",
    )
    client = merge_clients(client, make_client(company_name="Zorglub et fils"), by=admin)
    vehicle = make_vehicle(client, plate=PLATE_OF_HIS, make="Renault", model="Clio", color="rouge")
    job = in_state("done", client, title="Clio de Zorglub", description="Zorglub l’a cassée", diagnosis="Zorglub")
    Intervention.objects.filter(pk=job.pk).update(vehicle=vehicle, report="Zorglub", equipment_serial="ZORGLUB1")
    job.refresh_from_db()
    work.update(job, by=None, at=now)
    Intervention.objects.filter(pk=job.pk).update(parts_amount=100, balance=100)
    pay(job, "40", note="chèque de Zorglub")
    in_state("cancelled", client, state_reason="Zorglub est parti")
    _visits(client, vehicle)
    _beside(client, admin)
    return client


def _visits(client: Client, vehicle: Vehicle) -> None:
    now = timezone.now()
    zone = make_zone("Cour")
    card, _value = make_card(client, username="zorglub")
    badge, _none = make_card(client, username="zorglub2", kind="badge", badge_number="04A2B9C1")
    access.change_card_status(badge, "suspended", reason="perdu par Zorglub", by=None)
    for credential in (Credential(USERNAME, "zorglub"), Credential(BADGE, "04A2B9C1"), Credential(PLATE, PLATE_OF_HIS)):
        pass_door(credential, Door(zone, "in", None), Circumstances(now, text="Zorglub insiste"))
    Entry.objects.filter(client=client).update(exited_at=now + timedelta(hours=1))
    entry = make_entry(card, zone, exited_at=now, entered_at=now - timedelta(days=1), vehicle=vehicle)
    access.set_amount(entry, Decimal(30), note="remise pour Zorglub", by=None)
    for amount, note in ((Decimal(20), "Zorglub"), (Decimal(-5), "geste pour Zorglub")):
        words = {"reference": MARK, "note": note}
        money = Payment(entry=entry, amount=amount, method="cheque", paid_on=now.date(), **words)
        access.record_payment(money, by=None)
    access.add_note(client, "Zorglub a téléphoné", by=None)


def _beside(client: Client, admin: Any) -> None:
    LogEntry.objects.log_actions(admin.pk, [client], CHANGE, single_object=True)
    LogEntry.objects.log_actions(admin.pk, list(client.vehicles.all()), CHANGE, single_object=True)
    batch = ImportBatch.objects.create(kind="client", file_name="a.csv", created_at=timezone.now())
    ImportTrace.objects.create(batch=batch, changed={str(client.pk): [{"last_name": "Zorglub"}, "1"], "999": [{}, "2"]})


made = loaded(make_known)


@pytest.fixture
def known(made: Client, db: None) -> Client:
    return Client.objects.get(pk=made.pk)


def test_it_leaves_nothing_of_the_person_anywhere(known: Client) -> None:
    # The test would prove nothing of a column it does not fill.
    before = left_of(MARKS)
    for column in (
        "clients_client.search_text",
        "clients_historicalclient.history_change_reason",
        "interventions_intervention.search_text",
        "access_event.inputs",
        "access_event.text",
        "access_historicalvehicle.plate",
        "django_admin_log.object_repr",
        "fixaloop_importtrace.changed",
    ):
        assert column in before
    anonymize_client(known, by=None)
    assert left_of(MARKS) == []


def test_it_keeps_accounts_and_counts(known: Client) -> None:
    def accounts() -> list[Any]:
        return [
            known.interventions.aggregate(due=Sum("parts_amount"), paid=Sum("paid_amount"), left=Sum("balance")),
            list(known.interventions.order_by("pk").values_list("number", "state", "finished_at")),
            known.entries.aggregate(due=Sum("amount_due"), paid=Sum("paid_amount"), left=Sum("balance")),
            list(known.entries.order_by("pk").values_list("entered_at", "exited_at", "zone")),
            list(Payment.objects.order_by("pk").values_list("amount", "method", "paid_on")),
            list(known.events.exclude(kind__in=("card", "status")).order_by("pk").values_list("kind", "at", "reasons")),
            [known.vehicles.count(), known.cards.count(), known.history.count(), known.former_references.count()],
        ]

    before = accounts()
    [[*counts], history] = [before[-1][:2] + before[-1][3:], before[-1][2]]
    anonymize_client(known, by=None)
    after = accounts()
    assert after[:-1] == before[:-1]
    assert after[-1][:2] + after[-1][3:] == counts
    assert after[-1][2] == history + 1
    known.refresh_from_db()
    assert (known.reference, known.name, known.status_mode) == ("CLT-001", "Entreprise anonymisée", "automatic")


def test_what_is_derived_follows(known: Client) -> None:
    anonymize_client(known, by=None)
    known.refresh_from_db()
    for row in (Client.objects.get(pk=known.pk), *known.interventions.all(), *known.cards.all(), *known.vehicles.all()):
        kept = dict(vars(row))
        row.derive()
        assert vars(row) == kept
    repaired = [line for line in nightly.run(timezone.now()) if "réparé" in line]
    assert repaired
    assert all(line.endswith(" 0") for line in repaired)


def test_it_opens_no_gate_any_more(known: Client) -> None:
    zone = make_zone()
    _card, value = make_card(known, username="zorglub3")
    shown = (Credential(QR, value), Credential(USERNAME, "zorglub3"), Credential(PLATE, PLATE_OF_HIS))
    assert check(identify(shown[0], zone), shown[0], Door(zone, "in", None), timezone.now()).decision.granted
    anonymize_client(known, by=None)
    for credential in shown:
        decision = check(identify(credential, zone), credential, Door(zone, "in", None), timezone.now()).decision
        assert decision.codes == ["unknown_credential"]
    assert set(AccessCard.objects.values_list("status", flat=True)) == {"revoked"}
    assert not Vehicle.objects.filter(is_active=True).exists()
    # Somebody else may have them from now on.
    other = make_client(email="autre@example.org")
    make_vehicle(other, plate=PLATE_OF_HIS)
    make_card(other, username="zorglub")


@pytest.mark.django_db
def test_it_anonymises_a_person() -> None:
    client = anonymize_client(make_client(email="camille@example.org"), by=None)
    client.refresh_from_db()
    assert (client.name, client.email, client.sort_name) == ("Client anonymisé", "", "anonymise client")


def test_it_does_nothing_the_second_time(known: Client) -> None:
    first = anonymize_client(known, by=None)
    again = anonymize_client(known, by=None)
    assert (again.version, again.anonymized_at) == (first.version, first.anonymized_at)
    assert known.history.filter(history_change_reason="Anonymisation").count() == 1


def test_it_waits_for_work_and_visits_to_end(known: Client) -> None:
    job = make_intervention(known)
    make_entry(known.cards.first(), client=known)
    with pytest.raises(services.Refused) as refusal:
        anonymize_client(known, by=None)
    assert job.reference in refusal.value.obstacles[0]
    assert "sur place" in refusal.value.obstacles[1]
    assert left_of(MARKS)


def test_the_command_says_what_it_did_and_may_run_twice(known: Client, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("anonymize_client", "clt-1", dry_run=True)
    assert left_of(MARKS)
    call_command("anonymize_client", "CLT-001")
    assert left_of(MARKS) == []
    assert "CLT-001 est anonymisé" in capsys.readouterr().out
    call_command("anonymize_client", "CLT-001", "--yes")
    assert "déjà anonymisé" in capsys.readouterr().out


@pytest.mark.parametrize(("reference", "sentence"), [("CLT-999", "CLT-999"), ("n’importe", "n’importe"), ("", "CLT-")])
def test_the_command_refuses_who_there_is_not(reference: str, sentence: str, known: Client) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("anonymize_client", reference, "--yes")
    assert sentence in str(refusal.value)
    assert refusal.value.returncode == 2


def test_the_command_leads_from_a_former_reference(known: Client) -> None:
    with pytest.raises(CommandError, match="CLT-001"):
        call_command("anonymize_client", "CLT-002", "--yes")
    assert left_of(MARKS)


def test_the_command_says_what_stands_in_the_way(known: Client) -> None:
    job = make_intervention(known)
    with pytest.raises(CommandError, match=job.reference):
        call_command("anonymize_client", "CLT-001", "--yes")


@pytest.mark.parametrize(("typed", "gone"), [("CLT-001\n", True), ("clt-1\n", True), ("oui\n", False), ("\n", False)])
def test_the_command_asks_on_a_terminal(typed: str, gone: bool, known: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt="": typed.strip())
    if gone:
        call_command("anonymize_client", "CLT-001")
    else:
        with pytest.raises(CommandError):
            call_command("anonymize_client", "CLT-001")
    assert (left_of(MARKS) == []) is gone


def test_the_page_asks_then_does_it(known: Client, desk: Browser) -> None:
    page = desk.get(URL)
    assert page.status_code == 200
    assert "Zorglub SARL" in said(page)
    assert "définitivement" in said(page)
    assert left_of(MARKS)
    done = desk.post(URL, follow=True)
    assert done.redirect_chain == [("/clients/CLT-001/", 302)]
    assert "Entreprise anonymisée" in said(done)
    assert known.history.first().history_user.username == "odile"
    messages = [name for name in left_of(MARKS) if "session" not in name]
    assert messages == []


def test_the_page_says_what_stands_in_the_way(known: Client, desk: Browser) -> None:
    job = make_intervention(known)
    assert job.reference in said(desk.get(URL))
    refused = desk.post(URL)
    assert refused.status_code == 409
    assert job.reference in said(refused)


def test_it_is_offered_where_deletion_is_refused(known: Client, desk: Browser, sign_in: SignIn) -> None:
    refused = desk.get("/clients/CLT-001/delete/")
    assert URL in links(refused).values()
    clerk = sign_in(group="Accueil")
    assert URL not in links(clerk.get("/clients/CLT-001/")).values()
    assert clerk.post(URL).status_code == 403
    assert left_of(MARKS)


@pytest.mark.parametrize("door", ["edit/", "status/", "merge/"])
def test_nothing_makes_a_person_of_it_again(door: str, known: Client, desk: Browser) -> None:
    anonymize_client(known, by=None)
    page = desk.get("/clients/CLT-001/")
    assert f"/clients/CLT-001/{door}" not in links(page).values()
    make_client()
    answer = desk.post(f"/clients/CLT-001/{door}", {"other": "CLT-003", "confirm": "1"})
    assert answer.status_code == 409
    assert "anonymisé" in said(answer)


def test_nothing_is_asked_of_who_is_not_known_any_more(known: Client, desk: Browser) -> None:
    anonymize_client(known, by=None)
    assert "Fiche à compléter" not in said(desk.get("/clients/CLT-001/"))
    assert "Entreprise anonymisée" not in said(desk.get("/clients/?incomplete=true"))


def test_an_import_does_not_bring_the_person_back(known: Client, desk: Browser, tmp_path: Any) -> None:
    exported = workbook(desk.get("/clients/export/?q=CLT-001"))
    exported.save(tmp_path / "clients.xlsx")
    anonymize_client(known, by=None)
    with pytest.raises(SystemExit) as end:
        call_command("import_clients", str(tmp_path / "clients.xlsx"), key="reference")
    assert end.value.code == 2
    assert left_of(MARKS) == []


def test_events_stay_readable(known: Client, desk: Browser) -> None:
    anonymize_client(known, by=None)
    for event in Event.objects.filter(client=known):
        assert desk.get(f"/access/events/{event.pk}/").status_code == 200
    for tab in ("", "interventions/", "events/", "vehicles/", "cards/", "entries/", "history/"):
        assert desk.get(f"/clients/CLT-001/{tab}").status_code == 200


@pytest.mark.parametrize(
    ("url", "typed"),
    [
        ("/interventions/new/", {"client": "CLT-001", "title": "Mme Zorglub rappelle", "place": "workshop"}),
        ("/access/vehicles/new/", {"client": "CLT-001", "plate": "ZZ-999-ZZ", "country": "FR"}),
        ("/access/events/new/", {"client": "CLT-001", "text": "Mme Zorglub rappelle"}),
    ],
)
def test_nothing_new_is_written_of_it(url: str, typed: dict[str, str], known: Client, desk: Browser) -> None:
    anonymize_client(known, by=None)
    response = desk.post(url, typed)
    assert response.status_code == 422
    assert "anonymisé" in field_errors(response)["client"]
    assert left_of(MARKS) == []


def test_the_admin_gives_it_no_vehicle(known: Client, admin_client: Browser) -> None:
    anonymize_client(known, by=None)
    typed = {"client": str(known.pk), "plate": "ZZ-999-ZZ", "country": "FR", "is_active": "on"}
    page = admin_client.post("/admin/access/vehicle/add/", typed)
    assert "anonymisé" in said(page)
    assert left_of(MARKS) == []


def test_no_work_is_given_to_it_nor_begun_again(known: Client, desk: Browser) -> None:
    anonymize_client(known, by=None)
    job = make_intervention(make_client(), title="Portail")
    form = values(desk.get(f"{job.get_absolute_url()}edit/")) | {"client": "CLT-001"}
    assert "anonymisé" in field_errors(desk.post(f"{job.get_absolute_url()}edit/", form))["client"]
    ended = known.interventions.filter(state="done").first() or known.interventions.get(state="cancelled")
    answer = desk.post(f"{ended.get_absolute_url()}transition/", {"to": "in_progress", "reason": "oubli"})
    assert answer.status_code in (409, 422)
    assert not known.interventions.filter(state="in_progress").exists()


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("import_vehicles", "Client;Plaque\nCLT-001;ZZ-999-ZZ\n"),
        ("import_interventions", "Client;Objet\nCLT-001;Mme Zorglub rappelle\n"),
    ],
)
def test_no_file_writes_anything_new_of_it(command: str, text: str, known: Client, tmp_path: Any) -> None:
    anonymize_client(known, by=None)
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        call_command(command, str(path))
    assert end.value.code == 2
    assert left_of(MARKS) == []
