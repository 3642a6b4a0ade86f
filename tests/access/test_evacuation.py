"""The evacuation list: people first, cars beside, doubts told; and roll calls that several people mark at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import ProtectedError
from django.test import Client as Browser
from django.utils import timezone

from access import services
from access.gate import persons
from access.models import Entry, RollCall, RollCallLine, Zone
from access.services import client_columns
from clients.models import Client
from clients.services import update_client
from clients.services.merging import merge_clients
from tests.access.factories import make_active_client, make_card, make_entry, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.factories import make_user
from tests.pages import find, parse, records, said, text

pytestmark = pytest.mark.django_db
LIST = "/access/occupancy/evacuation/"
HX = {"HX-Request": "true"}
HOUR = timedelta(hours=1)


@pytest.fixture
def guard(sign_in: SignIn) -> Browser:
    return sign_in(group="Gardien", first_name="Gilles", last_name="Garde")


@pytest.fixture
def zone() -> Zone:
    return make_zone("Parking")


def person(name: str = "Curie", **fields: Any) -> Client:
    return make_active_client(first_name="Marie", last_name=name, phone="+33612345678", **fields)


def inside(client: Client, zone: Zone, *, hours: float = 1, **fields: Any) -> Entry:
    values: dict[str, Any] = {"client": client, "zone": zone, "entered_at": timezone.now() - hours * HOUR}
    entry = Entry.objects.create(**values | fields)
    client_columns.refresh(Client.objects.filter(pk=client.pk))
    return entry


def tables(response: Any) -> dict[str, str]:
    return {text(table.find("caption")): text(table.find("tbody")) for table in parse(response).iter("table")}


def start(browser: Browser) -> RollCall:
    browser.post(f"{LIST}start/", {"note": "Exercice"})
    return RollCall.objects.get(ended_at=None)


def test_a_note_that_is_too_long_holds_up_no_roll_call_and_is_told(desk: Browser) -> None:
    page = desk.post(f"{LIST}start/", {"note": "fumée " * 40}, follow=True)
    assert "trop longue (239 caractères)" in said(page)
    assert RollCall.objects.get(ended_at=None).note.startswith("fumée fumée")


def mark(browser: Browser, roll_call: RollCall, entry: Entry, safe: str = "1", **more: Any) -> Any:
    return browser.post(f"{roll_call.get_absolute_url()}mark/", {"entry": entry.pk, "safe": safe, **more}, headers=HX)


def test_it_lists_a_particulier_once_with_the_car_beside(guard: Browser, zone: Zone) -> None:
    company = make_active_client(company_name="Garage du Port")
    client = person(company=company)
    inside(client, zone, card=make_card(client)[0])
    inside(client, zone, vehicle=make_vehicle(client, "AB-123-CD"))
    page = guard.get(LIST)
    assert "1 personne sur place · 1 véhicule ·" in said(page)
    [line] = tables(page).values()
    for shown in ("Marie Curie", "06 12 34 56 78", "AB-123-CD", "Garage du Port"):
        assert shown in line
    assert find(page, "href", "tel:+33612345678") is not None


def test_it_lists_the_cars_of_companies_apart_as_somebody_may_be_in_them(guard: Browser, zone: Zone) -> None:
    company = make_active_client(company_name="Garage du Port")
    inside(company, zone, card=make_card(company, username="paul")[0])
    inside(company, zone, vehicle=make_vehicle(company, "AB-123-CD"))
    page = guard.get(LIST)
    assert "1 personne sur place · 1 véhicule, dont 1 d’entreprise" in said(page)
    found = tables(page)
    assert list(found) == ["Parking (1)", "Véhicules d’entreprises, conducteur inconnu (1)"]
    assert "paul" in found["Parking (1)"]
    assert "quelqu’un peut être à bord" in found["Véhicules d’entreprises, conducteur inconnu (1)"]


def test_it_tells_what_is_doubtful(guard: Browser, zone: Zone) -> None:
    long, odd, twice = person("Long"), person("Odd"), person("Twice")
    inside(long, zone, hours=25)
    inside(odd, zone, anomalies=["manual"])
    for _badge in range(2):
        inside(twice, zone, card=make_card(twice)[0])
    inside(person("Parti"), zone, hours=30, exited_at=timezone.now() - HOUR, estimated=True, anomalies=["orphan"])
    inside(person("Vidé"), zone, hours=30, exited_at=timezone.now() - HOUR, estimated=True, anomalies=["emptied"])
    back = person("Revenu")
    inside(back, zone, hours=30, exited_at=timezone.now() - 2 * HOUR, estimated=True)
    inside(back, zone)
    found = tables(guard.get(LIST))
    assert list(found) == ["Parking (4)", "Peut-être encore là : sortie estimée depuis hier (1)"]
    for doubt in (
        "présent depuis trop longtemps",
        "Passage enregistré à la main",
        "2 badges : peut-être plusieurs personnes",
    ):
        assert doubt in found["Parking (4)"].replace("\xa0", " ")
    assert "Parti" in found["Peut-être encore là : sortie estimée depuis hier (1)"]


def test_it_costs_the_same_with_many(guard: Browser, zone: Zone, django_assert_max_num_queries: Any) -> None:
    for number in range(6):
        client = person(f"N{number}", company=make_active_client(company_name=f"Firme {number}"))
        inside(client, zone, card=make_card(client)[0])
    with django_assert_max_num_queries(12):
        guard.get(LIST)


def test_it_goes_into_a_file(sign_in: SignIn, zone: Zone) -> None:
    inside(person(), zone)
    [row] = records(sign_in(group="Accueil").get(f"{LIST}export/"))
    assert (row["Nom"], row["Zone"]) == ("Marie Curie", "Parking")
    assert sign_in("access.view_entry").get(f"{LIST}export/").status_code == 403


def test_one_tap_marks_somebody_safe_for_everybody(guard: Browser, sign_in: SignIn, zone: Zone) -> None:
    entry = inside(person(), zone)
    roll_call = start(guard)
    other = sign_in(group="Technicien", first_name="Tom", last_name="Vis")
    seen = find(other.get(LIST), "id", "evacuation")
    assert seen is not None
    assert mark(other, roll_call, entry).status_code == 204
    news = guard.get(seen.get("data-hx-get", ""), headers=HX)
    assert news.status_code == 200
    assert "1 en sécurité" in said(news)
    assert "0 à retrouver" in said(news)
    assert "Tom Vis" in said(news)
    # The first one who saw them stays named, and marking again changes nothing.
    mark(guard, roll_call, entry)
    assert RollCallLine.objects.get().safe_by.first_name == "Tom"  # type: ignore[union-attr]
    mark(guard, roll_call, entry, "0")
    assert RollCallLine.objects.get().safe_at is None


def test_it_works_without_a_script(guard: Browser, zone: Zone) -> None:
    entry = inside(person(), zone)
    roll_call = start(guard)
    response = guard.post(f"{roll_call.get_absolute_url()}mark/", {"entry": entry.pk, "safe": "1"})
    assert response.url == LIST
    assert "en sécurité à" in said(guard.get(LIST))


def test_it_keeps_who_left_by_a_reader_and_adds_who_came_in(guard: Browser, zone: Zone) -> None:
    gone, stays = inside(person("Partie"), zone), inside(person("Reste"), zone)
    roll_call = start(guard)
    services.correct_exit(gone, timezone.now(), reason="lu", by=make_user())
    late = inside(person("Tard"), zone, hours=0)
    page = said(guard.get(LIST))
    assert "sortie lue à" in page
    assert "2 personnes sur place" in page
    assert "2 à retrouver" in page
    mark(guard, roll_call, late)
    response = guard.post(f"{roll_call.get_absolute_url()}end/")
    told = tables(guard.get(response.url))
    assert list(told) == ["Jamais pointés (2)", "En sécurité (1)"]
    assert "Tard" in told["En sécurité (1)"]
    assert "Gilles Garde" in told["En sécurité (1)"]
    assert {line.entry_id for line in RollCallLine.objects.all()} == {gone.pk, stays.pk, late.pk}
    assert "1 en sécurité sur 3" in said(guard.get("/access/roll-calls/"))
    assert "1 en sécurité sur 3" not in said(guard.get(LIST))


def test_a_mark_that_waited_for_the_network_keeps_its_time(guard: Browser, zone: Zone) -> None:
    entry, other = inside(person(), zone), inside(person("Reste"), zone)
    RollCall.objects.create(started_at=timezone.now() - HOUR)
    roll_call = RollCall.objects.get()
    services.end_roll_call(roll_call, by=make_user(), at=timezone.now() - HOUR / 4)
    assert mark(guard, roll_call, entry, age="1800").status_code == 204
    line = RollCallLine.objects.get(entry=entry)
    assert line.safe_at is not None
    assert abs(timezone.now() - line.safe_at - HOUR / 2) < HOUR / 60
    # Made after the end: too late, and told so.
    assert mark(guard, roll_call, other, age="0").status_code == 409
    assert RollCallLine.objects.get(entry=other).safe_at is None


@pytest.mark.parametrize("age", ["x", "-5", "9" * 40, ""])
def test_a_mark_takes_any_age_and_refuses_strangers(guard: Browser, zone: Zone, age: str) -> None:
    entry = inside(person(), zone)
    roll_call = start(guard)
    assert mark(guard, roll_call, entry, age=age).status_code == 204
    assert RollCallLine.objects.get().safe_at >= roll_call.started_at  # type: ignore[operator]
    posted = {"entry": age or "0", "safe": "1"}
    assert guard.post(f"{roll_call.get_absolute_url()}mark/", posted, headers=HX).status_code == 404


def test_one_roll_call_runs_at_a_time(guard: Browser, zone: Zone) -> None:
    inside(person(), zone)
    first = start(guard)
    guard.post(f"{LIST}start/")
    assert RollCall.objects.count() == 1
    guard.post(f"{first.get_absolute_url()}end/")
    ended = RollCall.objects.get().ended_at
    guard.post(f"{first.get_absolute_url()}end/")
    assert RollCall.objects.get().ended_at == ended
    guard.post(f"{LIST}start/")
    assert RollCall.objects.count() == 2


def test_each_right_opens_its_own(sign_in: SignIn, zone: Zone) -> None:
    entry = inside(person(), zone)
    roll_call = RollCall.objects.create(started_at=timezone.now())
    address = roll_call.get_absolute_url()
    wanted = {
        ("post", f"{LIST}start/"): "access.lead_rollcall",
        ("post", f"{address}end/"): "access.lead_rollcall",
        ("post", f"{address}mark/"): "access.mark_rollcall",
        ("get", address): "access.view_rollcall",
        ("get", "/access/roll-calls/"): "access.view_rollcall",
    }
    rights = sorted({*wanted.values(), "access.view_entry"})
    for (method, path), right in wanted.items():
        stranger = sign_in(*(each for each in rights if each != right))
        assert getattr(stranger, method)(path, {"entry": entry.pk, "safe": "1"}).status_code == 403, path
    assert sign_in("access.view_event").get(LIST).status_code == 403
    reader = sign_in("access.view_entry").get(LIST)
    assert find(reader, "aria-pressed", "false") is None
    assert "Terminer l’appel" not in said(reader)
    assert sign_in("access.mark_rollcall").get(LIST).status_code == 200


def test_what_a_roll_call_names_is_not_deleted(zone: Zone) -> None:
    entry = make_entry(zone=zone)
    services.start_roll_call(note="", by=make_user(), at=timezone.now())
    with pytest.raises(ProtectedError):
        entry.delete()


def test_thousands_are_counted_whole_and_drawn_a_page_at_a_time(
    guard: Browser, zone: Zone, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr("access.presence.evacuation.PAGE", 2)
    entries = [inside(person(name), zone) for name in ("Aa", "Bb", "Cc", "Dd", "Ee")]
    with django_assert_max_num_queries(14):
        first = guard.get(LIST)
    assert "5 personnes sur place" in said(first)
    assert "Page 1 sur 3" in said(first)
    assert "Bb" in tables(first)["Parking (5)"]
    assert "Cc" not in tables(first)["Parking (5)"]
    assert find(first, "href", f"{LIST}?page=2") is not None
    roll_call = start(guard)
    mark(guard, roll_call, entries[4])
    last = guard.get(f"{LIST}?page=3")
    assert "Ee" in tables(last)["Parking (5)"]
    assert "1 en sécurité" in said(last)
    assert "4 à retrouver" in said(last)
    assert "Dd" in tables(guard.get(f"{LIST}?page=2"))["Parking (5)"]
    assert len(tables(guard.get(f"{LIST}?page=99"))) == 1


def test_a_company_s_car_holds_somebody_as_long_as_a_stay_of_its_zone(guard: Browser) -> None:
    company = make_active_client(company_name="Garage du Port")
    for hours, plate in ((2, "AB-123-CD"), (30, "CD-456-EF")):
        inside(company, make_zone(longest_stay=hours), hours=20, vehicle=make_vehicle(company, plate))
    found = tables(guard.get(LIST))
    assert "CD-456-EF" in found["Véhicules d’entreprises, conducteur inconnu (1)"]
    assert "AB-123-CD" in found["Véhicules garés, personne à bord (1)"]
    assert [zone.inside for zone in Zone.objects.annotate(inside=persons.counted()).order_by("longest_stay")] == [0, 1]


def test_a_client_who_becomes_another_kind_of_client_counts_as_such(guard: Browser, zone: Zone) -> None:
    client = person()
    inside(client, zone, vehicle=make_vehicle(client))
    assert list(tables(guard.get(LIST))) == ["Parking (1)"]
    client.kind, client.company_name, client.first_name, client.last_name = "company", "Curie SARL", "", ""
    update_client(client, by=None)
    assert list(tables(guard.get(LIST))) == ["Véhicules d’entreprises, conducteur inconnu (1)"]


def test_two_clients_that_are_merged_are_one_person(guard: Browser, zone: Zone) -> None:
    kept, lost = person(), person()
    inside(kept, zone, card=make_card(kept)[0])
    inside(lost, zone, card=make_card(lost)[0])
    assert persons.inside(zone) == 2
    merge_clients(kept, lost, by=make_user())
    assert persons.inside(zone) == 1
