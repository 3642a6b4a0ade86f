"""What the lists of access find."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from access import search, services
from access.gate.codes import fingerprint
from access.gate.credentials import Credential
from access.models import Tag
from access.reader.reads import Scan, answer
from fixaloop.lists import counting
from tests.access.factories import (
    make_active_client,
    make_card,
    make_device,
    make_entry,
    make_event,
    make_vehicle,
    make_zone,
)
from tests.conftest import SignIn
from tests.pages import find, records, rows, said

TODAY = timezone.localdate


def found(desk: Browser, url: str, **query: Any) -> list[str]:
    response = desk.get(url, query)
    assert response.context["list"].errors == []
    return rows(response)


def test_it_finds_cards(desk: Browser) -> None:
    zone, inner = make_zone("Site"), make_zone("Atelier")
    inner.parent = zone
    services.save_zone(inner, by=None)
    tag = Tag.objects.create(name="VIP")
    client = make_active_client(last_name="Lefèvre")
    make_card(client, username="valable", zones=[zone], tags=[tag], valid_until=TODAY() + timedelta(days=5))
    make_card(username="perimee", valid_until=TODAY() - timedelta(days=1), zones=[make_zone("Cave")])
    make_card(username="future", valid_from=TODAY() + timedelta(days=3))
    suspended, _value = make_card(username="suspendue", kind="badge", badge_number="04A2B9C1")
    services.change_card_status(suspended, "suspended", by=None)
    url = "/access/cards/"
    assert found(desk, url, status="active") == ["valable"]
    assert found(desk, url, status="expired") == ["perimee"]
    assert found(desk, url, status="upcoming") == ["future"]
    assert found(desk, url, status="suspended") == ["suspendue"]
    assert found(desk, url, expires_within=7) == ["valable"]
    assert found(desk, url, valid_before=TODAY().isoformat()) == ["perimee"]
    assert found(desk, url, zone=inner.pk, sort="username") == ["future", "suspendue", "valable"]
    assert found(desk, url, unused="true", client=client.reference) == ["valable"]
    assert found(desk, url, tag=tag.pk) == ["valable"]
    assert found(desk, url, q="lefevre") == ["valable"]
    assert found(desk, url, q="04a2 b9c1") == ["suspendue"]
    assert found(desk, f"/clients/{client.reference}/cards/") == ["valable"]


@pytest.mark.parametrize("promised", [None, 0, 1_000_000])
@pytest.mark.parametrize("name", ["cards", "vehicles"])
def test_it_finds_the_same_however_much_is_expected(
    desk: Browser, monkeypatch: pytest.MonkeyPatch, name: str, promised: int | None
) -> None:
    for module in (search, counting):
        monkeypatch.setattr(module, "expected_count", lambda rows: promised)
    for number in range(2):
        client = make_active_client(last_name="Lefèvre")
        make_card(client, username=f"u{number}")
        make_vehicle(client, plate=f"AB-10{number}-CD")
    make_card(username="lefevre.x")
    make_vehicle(plate="AB-103-CD", model="Lefèvre")
    make_card(username="autre")
    make_vehicle(plate="AB-104-CD")
    shown: Any = desk.get(f"/access/{name}/", {"q": "lefevre"}).context["list"]
    assert (len(shown.pager.page.rows), shown.pager.total) == (3, 3)
    assert len(found(desk, f"/access/{name}/", q="lefevre", client=client.reference)) == 1
    assert found(desk, f"/access/{name}/", q="lefevre zzz") == []
    assert len(records(desk.get(f"/access/{name}/export/?q=lefevre"))) == 3


def test_it_finds_vehicles(desk: Browser) -> None:
    tag = Tag.objects.create(name="VIP")
    client = make_active_client(last_name="Lefèvre")
    make_vehicle(client, "AB-123-CD", make="Citroën", model="C3", color="Rouge foncé", year=2015)
    other = make_vehicle(plate="EF-456-GH", make="Peugeot", model="208", year=2020)
    other.tags.add(tag)
    url = "/access/vehicles/"
    first, second = ["AB-123-CD"], ["EF-456-GH"]
    assert found(desk, url, make="citroen") == first
    assert found(desk, url, model="c3", color="rouge") == first
    assert found(desk, url, year_min=2016) == second
    assert found(desk, url, year_max=2016) == first
    assert found(desk, url, plate="456") == second
    assert found(desk, url, tag=tag.pk) == second
    assert found(desk, url, client=client.reference) == first
    assert found(desk, url, q="ab123cd") == found(desk, url, q="AB 123 CD") == found(desk, url, q="lefèvre") == first
    assert found(desk, url, q="peugeot 208") == second


def test_it_finds_entries(desk: Browser) -> None:
    now, park, shop = timezone.now(), make_zone("Parking"), make_zone("Atelier")
    door, _token = make_device(park)
    old = make_entry(zone=park, device_in=door, entered_at=now - timedelta(days=9), exited_at=now - timedelta(days=8))
    new = make_entry(zone=shop, entered_at=now)

    def pks(**query: Any) -> list[int]:
        response = desk.get("/access/entries/", query)
        assert response.context["list"].errors == []
        return [row.pk for row in response.context["list"].pager.page.rows]

    week = (TODAY() - timedelta(days=5)).isoformat()
    assert pks(open="true") == pks(zone=shop.pk) == pks(entered_after=week) == [new.pk]
    assert pks(open="false") == pks(device=door.pk) == pks(entered_before=week) == pks(exited_before=week) == [old.pk]
    assert pks(client=old.client.reference) == pks(card=old.card.username) == pks(q=old.client.reference) == [old.pk]
    assert pks(exited_after=week) == []


def test_it_finds_by_vehicle(desk: Browser) -> None:
    vehicle = make_vehicle(plate="AB-123-CD", year=2015)
    entry = make_entry(vehicle=vehicle)
    make_entry()
    make_event(vehicle.client, "entry", vehicle=vehicle)
    for name, count in (("entries", 1), ("events", 2)):
        response = desk.get(f"/access/{name}/", {"vehicle": "ab 123 cd"})
        assert response.status_code == 200
        assert len(response.context["list"].pager.page.rows) == count
        assert [token.value for token in response.context["list"].tokens] == ["AB-123-CD"]
    assert desk.get("/access/entries/", {"vehicle": vehicle.pk}).context["list"].pager.page.rows == [entry]


def test_it_keeps_the_days_of_events_in_every_link(desk: Browser) -> None:
    client = make_active_client()
    for minutes in range(25):
        make_event(client, "note", text="Note", at=timezone.now() - timedelta(minutes=minutes))
    day = TODAY() - timedelta(days=3)
    for name in ("after", "before"):
        kept = f"{name}={day if name == 'after' else TODAY()}"
        page = desk.get(f"/access/events/?{kept}&per_page=10&page=2")
        shown: Any = page.context["list"]
        pager = find(page, "class", "pager")
        assert pager is not None
        turning = [link.get("href", "") for link in pager.iter("a")]
        assert len(turning) == 8  # four sizes, four pages
        links = [*turning, shown.query.url(path="export/"), shown.query.url(sort="at")]
        assert all(kept in link for link in links), links
        assert len(desk.get(shown.pager.next_url).context["list"].pager.page.rows) == 6  # with its flip


def test_it_finds_events_and_tells_them_by_day(desk: Browser) -> None:
    now = timezone.now()
    device, _token = make_device(name="Barrière Nord")
    card, _value = make_card(username="zoe")
    tag = Tag.objects.create(name="VIP")
    refused = {"reasons": ["card_expired"], "device": device, "zone": device.zone, "card": card, "tags": [tag]}
    make_event(card.client, "refused", at=now - timedelta(days=1), **refused)
    make_event(make_active_client(), "note", text="A téléphoné", at=now)
    url = "/access/events/"
    page = said(desk.get(url))
    assert page.index("Aujourd’hui") < page.index("A téléphoné") < page.index("Hier") < page.index("Accès refusé")
    expected = ["Accès refusé : carte expirée"]
    asked = {"kind": "refused", "device": device.pk, "zone": device.zone.pk, "tag": tag.pk}
    for name, value in asked.items():
        assert found(desk, url, **{name: value}) == expected, name
    assert found(desk, url, before=(TODAY() - timedelta(days=1)).isoformat()) == expected
    assert expected[0] in found(desk, f"/clients/{card.client.reference}/events/")
    line = records(desk.get(f"{url}export/?kind=refused"))[0]
    told = (line["Événement"], line["Appareil"], line["Motifs"])
    assert told == ("Accès refusé\u00a0: carte expirée", "Barrière Nord", "Carte expirée")


def test_it_keeps_vehicles_and_events_apart(sign_in: SignIn) -> None:
    vehicle = make_vehicle(plate="AB-123-CD")
    make_event(vehicle.client, "entry", vehicle=vehicle)
    watcher = sign_in("access.view_event", "clients.view_client")
    page = watcher.get("/access/events/")
    assert "AB-123-CD" not in page.content.decode()
    assert watcher.get("/access/vehicles/").status_code == 403
    assert watcher.get(f"/clients/{vehicle.client.reference}/vehicles/").status_code == 403
    assert "vehicles/" not in watcher.get(vehicle.client.get_absolute_url()).content.decode()
    assert sign_in("access.view_vehicle").get("/access/events/").status_code == 403


@pytest.mark.parametrize(
    ("url", "query", "named"),
    [
        ("/access/cards/", "expires_within=bientot", "Expire d’ici"),
        ("/access/cards/", "zone=999", "Ouvre la zone"),
        ("/access/vehicles/", "year_min=abc", "Année"),
        ("/access/vehicles/", "plate=---", "Immatriculation"),
        ("/access/entries/", "amount_min=cher", "Montant minimum"),
        ("/access/entries/", "entered_after=2026-13-45", "Entrées depuis le"),
        ("/access/events/", "card=inconnue", "Carte"),
        ("/access/events/", "kind=party", "Type"),
        ("/clients/", "card=gold", "Carte d’accès"),
        ("/clients/", "entered_after=hier", "Entrés depuis le"),
    ],
)
def test_it_says_which_filter_makes_no_sense(url: str, query: str, named: str, desk: Browser) -> None:
    response = desk.get(f"{url}?{query}")
    assert response.status_code == 200
    assert any(sentence.startswith(named) for sentence in response.context["list"].errors)


def test_it_tells_one_unknown_code_from_another_and_shows_none(desk: Browser) -> None:
    device, _token = make_device()
    said_to_reader = answer(device, Scan("n1", Credential("qr", "FXL-UNKNOWN-CODE")), timezone.now())
    page = said(desk.get(f"/access/events/{said_to_reader['event']}/"))
    assert f"code QR, empreinte {fingerprint('FXL-UNKNOWN-CODE')}" in page
    assert "UNKNOWN-CODE" not in page
    assert fingerprint("FXL-UNKNOWN-CODE") in said(desk.get("/access/events/"))


@pytest.mark.parametrize(
    ("url", "query"),
    [
        ("/access/events/", "after=2026-02-02&before=2026-02-01"),
        ("/access/entries/", "entered_after=2026-02-02&entered_before=2026-02-01"),
        ("/access/entries/", "amount_min=20&amount_max=5"),
        ("/access/vehicles/", "year_min=2020&year_max=2010"),
        ("/clients/", "last_visit_after=2026-02-02&last_visit_before=2026-02-01"),
        ("/interventions/", "planned_after=2026-02-02&planned_before=2026-02-01"),
    ],
)
def test_it_says_that_a_range_ends_before_it_begins(url: str, query: str, desk: Browser) -> None:
    response = desk.get(f"{url}?{query}")
    assert response.status_code == 200
    assert "vient après la fin demandée" in said(response)
    first, last = query.split("&")
    same = f"{first}&{last.partition('=')[0]}={first.partition('=')[2]}"
    assert "vient après" not in said(desk.get(f"{url}?{same}"))
