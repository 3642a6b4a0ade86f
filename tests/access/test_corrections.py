"""Putting right who is inside: somebody left without a read, an entry was a mistake, a zone is empty."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from access import services
from access.gate import persons
from access.gate.credentials import Credential
from access.models import AccessCard, Entry, Event, Payment, Zone
from access.reader.reads import Scan, answer, answer_batch
from clients.models import NEVER, Client
from tests.access.factories import make_active_client, make_card, make_device, make_entry, make_zone
from tests.conftest import SignIn
from tests.factories import make_user
from tests.pages import field_errors, find, rows, said, values

pytestmark = pytest.mark.django_db
LEFT = "/access/occupancy/left/"
HOUR = timedelta(hours=1)


@pytest.fixture
def guard(sign_in: SignIn) -> Browser:
    return sign_in(group="Gardien", first_name="Gilles", last_name="Garde")


def came(hours: float = 3, **fields: Any) -> Entry:
    at = timezone.now().replace(second=0, microsecond=0) - hours * HOUR
    return make_entry(entered_at=at, **fields)


def minute(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


def send(browser: Browser, path: str, page: Any = None, **fields: Any) -> Any:
    return browser.post(path, values(page or browser.get(path)) | fields)


def test_it_writes_when_somebody_left_without_a_read(guard: Browser) -> None:
    entry = came()
    path = f"{entry.get_absolute_url()}exit/"
    left = entry.entered_at + HOUR
    assert path in guard.get(entry.get_absolute_url()).content.decode()
    response = send(guard, path, exited_at=minute(left), reason="vu partir à pied")
    assert response.url == entry.get_absolute_url()
    entry.refresh_from_db()
    assert (entry.exited_at, entry.estimated, entry.anomalies) == (left, False, ["exit_corrected"])
    assert entry.card is not None
    assert entry.card.use_count == 0
    assert Client.objects.get().inside_since is None
    event = Event.objects.get(kind="exit")
    assert (event.at, event.text, event.entry, event.actor.last_name) == (left, "vu partir à pied", entry, "Garde")  # type: ignore[union-attr]
    page = said(guard.get(entry.get_absolute_url()))
    assert "Sortie notée après coup" in page
    assert "vu partir à pied" in page


def test_who_left_a_zone_has_left_those_inside_it(guard: Browser) -> None:
    yard = make_zone("Cour")
    shop = make_zone("Atelier", parent=yard)
    outer = came(5, zone=yard)
    inner, other = (came(4, card=card, zone=shop, anomalies=["two_sites"]) for card in (outer.card, None))
    path, left = f"{outer.get_absolute_url()}exit/", outer.entered_at + 2 * HOUR
    page = send(guard, path, exited_at=minute(left), reason="vu partir à pied")
    ended = {entry.pk: (entry.exited_at, entry.anomalies) for entry in Entry.objects.all()}
    assert ended == {
        outer.pk: (left, ["exit_corrected"]),
        inner.pk: (left, ["exit_corrected"]),
        other.pk: (None, ["two_sites"]),
    }
    button = find(guard.get(page.url), "name", "undo")
    assert button is not None
    guard.post("/undo/", {"undo": button.get("value", "")})
    back = {entry.pk: (entry.exited_at, entry.anomalies) for entry in Entry.objects.all()}
    assert back == {outer.pk: (None, []), inner.pk: (None, ["two_sites"]), other.pk: (None, ["two_sites"])}


@pytest.mark.parametrize(("path", "code"), [("{LEFT}?zone={zone}", "emptied"), ("{entry}exit/", "exit_corrected")])
def test_a_read_takes_the_place_of_what_was_written(guard: Browser, path: str, code: str) -> None:
    card, qr = make_card()
    entry = came(card=card, zone=make_zone())
    written = path.format(LEFT=LEFT, zone=entry.zone.pk, entry=entry.get_absolute_url())
    send(guard, written, exited_at=minute(entry.entered_at + 2 * HOUR), reason="fermeture")
    assert Entry.objects.get().anomalies == [code]
    seen, now = entry.entered_at + HOUR, timezone.now()
    answer_batch(make_device(entry.zone, "out")[0], now, [Scan("late", Credential("qr", qr), read_at=seen)], now)
    entry.refresh_from_db()
    assert (entry.exited_at, entry.estimated, entry.anomalies) == (seen, False, [])


@pytest.mark.parametrize("later", [2, -1])
def test_a_read_says_when_they_left_whatever_was_written_before(later: int) -> None:
    card, qr = make_card()
    now = timezone.now()
    written, read_at = now - 3 * HOUR, now - 3 * HOUR + later * HOUR
    entry = make_entry(card, make_zone(), entered_at=now - 5 * HOUR)
    services.correct_exit(entry, written, reason="vu sortir", by=make_user())
    said = answer(make_device(entry.zone, "out")[0], Scan("out", Credential("qr", qr)), read_at)
    entry.refresh_from_db()
    assert (said["entry"], entry.exited_at, entry.anomalies) == (entry.pk, read_at, [])


def test_it_replaces_an_estimate(guard: Browser) -> None:
    entry = came(5, exited_at=timezone.now(), estimated=True, anomalies=["orphan"])
    send(guard, f"{entry.get_absolute_url()}exit/", exited_at=minute(entry.entered_at + HOUR), reason="au registre")
    entry.refresh_from_db()
    assert (entry.exited_at, entry.estimated, entry.anomalies) == (entry.entered_at + HOUR, False, ["exit_corrected"])


def test_it_refuses_an_impossible_exit_beside_its_field(guard: Browser) -> None:
    entry = came()
    later = make_entry(entry.card, entry.zone, entered_at=entry.entered_at + HOUR, exited_at=timezone.now())
    assert later.client == entry.client
    path = f"{entry.get_absolute_url()}exit/"
    for moment, told in (
        (entry.entered_at - HOUR, "La sortie est avant l’entrée"),
        (timezone.now() + HOUR, "Cette sortie est à venir"),
        (entry.entered_at + 2 * HOUR, "Une autre entrée suit"),
    ):
        response = send(guard, path, exited_at=minute(moment), reason="oubli")
        assert response.status_code == 422
        assert told in field_errors(response)["exited_at"]
    assert "reason" in field_errors(send(guard, path, exited_at=minute(timezone.now()), reason=" "))
    assert Entry.objects.get(pk=entry.pk).is_open


def test_the_second_of_two_who_disagree_is_told_what_happened(guard: Browser, sign_in: SignIn) -> None:
    entry = came()
    path = f"{entry.get_absolute_url()}exit/"
    stale = guard.get(path)
    boss = sign_in(group="Direction", first_name="Odile", last_name="Durand")
    send(boss, f"{entry.get_absolute_url()}void/", reason="mauvais badge")
    response = send(guard, path, stale, exited_at=minute(entry.entered_at + HOUR), reason="vu partir")
    assert response.status_code == 409
    page = said(response)
    assert "Odile Durand" in page
    assert "mauvais badge" in page
    assert "Entrée annulée" in page
    assert values(response)["reason"] == "vu partir"
    again = send(guard, path, response)
    assert again.status_code == 422
    assert "annulée" in field_errors(again)["exited_at"]


def test_a_read_meanwhile_is_a_conflict_too_and_may_be_overwritten_knowingly(guard: Browser) -> None:
    entry = came()
    path = f"{entry.get_absolute_url()}exit/"
    stale = guard.get(path)
    services.correct_exit(entry, timezone.now(), reason="lu", by=make_user())
    first = send(guard, path, stale, exited_at=minute(entry.entered_at + HOUR), reason="vu partir")
    assert first.status_code == 409
    assert send(guard, path, first).status_code == 302
    assert Entry.objects.get(pk=entry.pk).exited_at == entry.entered_at + HOUR


def test_an_entry_that_was_a_mistake_counts_no_more(guard: Browser) -> None:
    card = make_card()[0]
    entry = came(card=card)
    type(card).objects.update(use_count=1)
    response = send(guard, f"{entry.get_absolute_url()}void/", reason="mauvaise personne")
    assert response.url == entry.get_absolute_url()
    entry.refresh_from_db()
    card.refresh_from_db()
    client = Client.objects.get()
    assert (entry.is_open, entry.voided_at is not None, card.use_count) == (False, True, 0)
    assert (client.last_visit_at, client.inside_since) == (NEVER, None)
    page = said(guard.get(entry.get_absolute_url()))
    assert "elle ne compte plus comme une visite" in page
    assert "mauvaise personne" in page
    assert "Annulée" in said(guard.get("/access/entries/"))
    shown = [len(rows(guard.get("/access/entries/", {"open": asked}))) for asked in ("void", "false", "true")]
    assert shown == [1, 0, 0]
    assert Event.objects.get(kind="correction").text == "mauvaise personne"


@pytest.mark.each_database
def test_a_mistake_takes_no_other_use_from_its_card() -> None:
    now = timezone.now()
    used_before, seen_out, by = now - timedelta(days=400), now - 2 * HOUR, make_user()
    guessed, left = make_card()[0], make_card()[0]
    came(50, card=guessed, exited_at=now - 26 * HOUR, estimated=True, anomalies=["orphan"])
    came(60, card=guessed, exited_at=now - 25 * HOUR, anomalies=["exit_corrected"])
    there = came(3, card=left, exited_at=seen_out)
    # The stay of a use is forgotten after some time, and a use at the gate may have none.
    AccessCard.objects.filter(pk=left.pk).update(last_used_at=used_before, use_count=2)
    services.void(came(1, card=left), reason="erreur", by=by)
    left.refresh_from_db()
    assert left.last_used_at == seen_out
    AccessCard.objects.filter(pk=left.pk).update(last_used_at=now)
    services.void(there, reason="erreur", by=by)
    left.refresh_from_db()
    assert left.last_used_at == now
    wrong = came(1, card=guessed)
    AccessCard.objects.filter(pk=guessed.pk).update(last_used_at=wrong.entered_at)
    services.void(wrong, reason="erreur", by=by)
    guessed.refresh_from_db()
    assert now - guessed.last_used_at == pytest.approx(50 * HOUR, abs=HOUR)


def test_what_was_paid_for_a_mistake_is_to_be_given_back(sign_in: SignIn) -> None:
    entry = came(amount_due=Decimal(12), exited_at=timezone.now())
    services.record_payment(
        Payment(entry=entry, amount=Decimal(5), method="cash", paid_on=timezone.localdate()), by=None
    )
    boss = sign_in(group="Direction")
    path = f"{entry.get_absolute_url()}void/"
    assert "5,00 € ont été payés" in said(boss.get(path)).replace("\xa0", " ").replace("\u202f", " ")
    assert "payés pour cette" not in said(sign_in("access.correct_entry").get(path))
    send(boss, path, reason="double")
    entry.refresh_from_db()
    assert [int(amount) for amount in (entry.amount_due, entry.paid_amount, entry.balance)] == [0, 5, -5]


def test_it_corrects_once_however_often_it_is_sent(guard: Browser) -> None:
    entry = came()
    for what in ("exit", "void"):
        path = f"{entry.get_absolute_url()}{what}/"
        page = guard.get(path)
        answers = [send(guard, path, page, reason="oubli") for _time in range(2)]
        assert [each.status_code for each in answers] == [302, 302]
    assert Event.objects.filter(kind="exit").count() == Event.objects.filter(kind="correction").count() == 1


def test_it_writes_out_those_who_were_chosen(guard: Browser) -> None:
    entries = [came(zone=make_zone()) for _person in range(3)]
    listed = guard.get("/access/occupancy/")
    assert find(listed, "id", f"stay-{entries[0].pk}") is not None
    page = guard.get(LEFT, {"stay": [entries[0].pk, entries[1].pk]})
    form = values(page) | {"stay": [str(entry.pk) for entry in entries[:2]], "reason": "sortis à la main"}
    response = guard.post(LEFT, form)
    assert response.url == "/access/occupancy/"
    assert [entry.pk for entry in Entry.objects.open()] == [entries[2].pk]
    assert Event.objects.filter(kind="exit", text="sortis à la main").count() == 2


def test_it_empties_a_zone_with_its_zones(guard: Browser) -> None:
    site = make_zone("Site")
    box = make_zone("Box", parent=site)
    elsewhere = came(zone=make_zone("Ailleurs"))
    inside = [came(zone=zone) for zone in (site, box)]
    assert f"{LEFT}?zone={site.pk}" in guard.get(site.get_absolute_url()).content.decode()
    page = guard.get(LEFT, {"zone": site.pk})
    late = came(0, zone=box)
    response = send(guard, LEFT, page, reason="ronde du soir")
    assert response.status_code == 302
    assert {entry.pk for entry in Entry.objects.open()} == {elsewhere.pk, late.pk}
    told = said(guard.get(response.url))
    assert "2 sorties sont notées" in told
    assert "1 personne entrée depuis reste sur place" in told
    stay = Entry.objects.get(pk=inside[0].pk)
    assert (stay.estimated, stay.anomalies) == (True, ["emptied"])


def test_everybody_is_out_and_the_second_to_say_so_learns_it(guard: Browser, sign_in: SignIn) -> None:
    came(zone=make_zone("Site"))
    stale = guard.get(LEFT)
    assert send(sign_in(group="Accueil", first_name="Sophie"), LEFT, reason="fin de l’exercice").status_code == 302
    assert persons.everywhere() == 0
    response = send(guard, LEFT, stale, reason="soir")
    assert response.status_code == 409
    assert "fin de l’exercice" in said(response)
    assert "Sophie" in said(response)


def test_an_exit_settles_the_same_doubts_for_one_and_for_several(guard: Browser) -> None:
    alone, chosen, emptied = (came(anomalies=["offline", "two_sites"], to_check=True) for _stay in range(3))
    send(guard, f"{alone.get_absolute_url()}exit/", reason="vu partir")
    send(guard, f"{LEFT}?stay={chosen.pk}", reason="vu partir")
    send(guard, f"{LEFT}?zone={emptied.zone.pk}", reason="ronde du soir")
    assert list(Entry.objects.order_by("pk").values_list("anomalies", flat=True)) == [
        ["offline", "exit_corrected"],
        ["offline", "exit_corrected"],
        ["offline", "emptied"],
    ]


def test_it_takes_any_address(guard: Browser) -> None:
    came(zone=Zone.objects.first() or make_zone())
    for query in ({"zone": "x"}, {"zone": "9" * 30}, {"stay": "x"}, {"stay": ["1"] * 101}, {"zone": "99999"}):
        assert guard.get(LEFT, query).status_code == 302
        assert guard.post(LEFT, query).status_code == 302
    assert Entry.objects.open().count() == 1


def test_it_leads_from_the_counter_to_a_forgotten_exit(guard: Browser, sign_in: SignIn) -> None:
    entry = came(zone=make_zone())
    address = f"{entry.get_absolute_url()}exit/"
    asked = {"value": entry.card.username}  # type: ignore[union-attr]
    assert address in guard.post("/access/control/", asked).content.decode()
    assert address not in sign_in("access.use_control").post("/access/control/", asked).content.decode()


def test_it_is_for_who_may_correct(sign_in: SignIn) -> None:
    entry = came()
    stranger = sign_in("access.view_entry", "access.use_control", "access.change_entry")
    for path in (f"{entry.get_absolute_url()}exit/", f"{entry.get_absolute_url()}void/", LEFT):
        assert stranger.get(path).status_code == 403
        assert stranger.post(path, {"reason": "x"}).status_code == 403
        assert path not in stranger.get(entry.get_absolute_url()).content.decode()
    assert LEFT not in stranger.get("/access/occupancy/").content.decode()
    assert Entry.objects.get().is_open


def test_a_member_of_a_company_stays_known_after_its_correction() -> None:
    entry = came(card=make_card(make_active_client(company_name="Garage du Port"))[0])
    services.end_stays(Entry.objects.all(), timezone.now(), reason="soir", by=make_user())
    assert persons.everywhere() == 0
    assert Entry.objects.get(pk=entry.pk).anomalies == ["exit_corrected"]
