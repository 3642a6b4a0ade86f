"""Access in Django's admin: the rules of the pages, and an event that nobody changes."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.models import AccessCard, CardSecret, Entry, Event, Vehicle, Zone
from access.models.events import AppendOnly
from clients.models import Client
from tests.access.factories import make_active_client, make_card, make_device, make_vehicle, make_zone
from tests.conftest import SignIn
from tests.pages import said, values

pytestmark = pytest.mark.django_db
MODELS = ("vehicle", "accesscard", "zone", "device", "tag", "entry", "payment", "event")


@pytest.fixture
def staff(sign_in: SignIn) -> Browser:
    return sign_in(is_staff=True, is_superuser=True)


def everything() -> None:
    card, _qr = make_card(make_active_client())
    vehicle = make_vehicle(card.client, plate=f"AB-{card.pk:03d}-CD")
    device, _token = make_device()
    Entry.objects.create(client=card.client, card=card, vehicle=vehicle, zone=device.zone, entered_at=timezone.now())


@pytest.mark.parametrize("model", MODELS)
def test_it_lists_and_searches_at_the_same_cost_whatever_the_size(staff: Browser, model: str) -> None:
    everything()
    for query in ("", "?q=martin", "?q=a\0b", f"?q={'x' * 300}"):
        assert staff.get(f"/admin/access/{model}/{query}").status_code == 200
    with CaptureQueriesContext(connection) as few:
        staff.get(f"/admin/access/{model}/")
    for _number in range(3):
        everything()
    with CaptureQueriesContext(connection) as more:
        staff.get(f"/admin/access/{model}/")
    assert len(more) == len(few)


def test_it_issues_a_card_by_the_rules_and_never_shows_its_code(staff: Browser) -> None:
    client, zone = make_active_client(), make_zone()
    typed = {
        "client": client.pk, "username": "jean", "kind": "qr", "badge_number": "", "valid_from": "01/01/2026",
        "valid_until": "", "zones": [zone.pk], "hours": "lun-ven 8h-18h", "tags": [],
    }  # fmt: skip
    response = staff.post("/admin/access/accesscard/add/", typed, follow=True)
    card = AccessCard.objects.get()
    assert (card.everywhere, list(card.zones.all()), len(card.hours)) == (False, [zone], 5)
    assert CardSecret.objects.get().card == card
    assert "FXL-" not in said(response)
    assert Client.objects.get().last_card_day == card.last_day


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"username": "Pris"}, "utilisateur"), ({"kind": "badge"}, "numéro du badge"), ({"hours": "soir"}, "lun-ven")],
)
def test_it_says_what_is_wrong_with_a_card(staff: Browser, changes: dict[str, Any], word: str) -> None:
    make_card(username="pris")
    typed = {"client": make_active_client().pk, "username": "jean", "kind": "qr", "valid_from": "01/01/2026"} | changes
    response = staff.post("/admin/access/accesscard/add/", typed)
    assert response.status_code == 200
    assert word in said(response)


def test_it_changes_the_status_of_cards_by_their_verb(staff: Browser) -> None:
    card, _qr = make_card()
    staff.post("/admin/access/accesscard/", {"action": "revoke", "_selected_action": [card.pk]})
    assert AccessCard.objects.get().status == "revoked"
    response = staff.post(
        "/admin/access/accesscard/", {"action": "activate", "_selected_action": [card.pk]}, follow=True
    )
    assert "ne peut plus changer" in said(response)


def test_it_registers_a_vehicle_and_refuses_its_plate_a_second_time(staff: Browser) -> None:
    client = make_active_client()
    typed = {"client": client.pk, "plate": "ab 123 cd", "country": "FR", "is_active": "on"}
    assert staff.post("/admin/access/vehicle/add/", typed).status_code == 302
    assert "ab123cd" in Client.objects.get().search_text
    response = staff.post("/admin/access/vehicle/add/", typed | {"plate": "AB-123-CD"})
    assert "est déjà en circulation chez" in said(response)
    staff.post(f"/admin/access/vehicle/{Vehicle.objects.get().pk}/delete/", {"post": "yes"})
    assert "ab123cd" not in Client.objects.get().search_text


def test_it_keeps_a_zone_out_of_itself(staff: Browser) -> None:
    site = make_zone("Site")
    hall = make_zone("Hall", parent=site)
    typed = {"name": "Site", "parent": hall.pk, "anti_passback": "warn", "hours": ""}
    assert "dans elle-même" in said(staff.post(f"/admin/access/zone/{site.pk}/change/", typed))
    assert Zone.objects.get(pk=site.pk).parent is None


def test_it_tells_what_changed_as_one_writes_it(staff: Browser) -> None:
    client, yard, hall = make_active_client(), make_zone("Cour"), make_zone("Hall")
    typed = {
        "client": client.pk, "username": "jean", "kind": "qr", "valid_from": "01/01/2026", "hours": "lun-ven 8h-18h",
        "zones": [yard.pk],
    }  # fmt: skip
    staff.post("/admin/access/accesscard/add/", typed)
    url = f"/admin/access/accesscard/{AccessCard.objects.get().pk}/"
    staff.post(f"{url}change/", typed | {"hours": "", "zones": [yard.pk, hall.pk]})
    shown = said(staff.get(f"{url}history/"))
    assert "Horaires : lun-ven 8 h–18 h → —" in shown
    assert "mon" not in shown.split("Horaires")[1]


@pytest.mark.parametrize("model", ["vehicle", "accesscard", "zone", "device"])
def test_it_says_that_there_is_no_history_of_what_never_was(staff: Browser, model: str) -> None:
    for key in ("abc", "999"):
        assert staff.get(f"/admin/access/{model}/{key}/history/")["Location"] == "/admin/"
    assert staff.get(f"/admin/access/{model}/abc/history/abc/")["Location"] == "/admin/"


@pytest.mark.parametrize("model", MODELS)
def test_it_takes_for_unticked_what_no_page_ticks(staff: Browser, model: str) -> None:
    for key in ("abc", "1" + 30 * "0"):
        sent = {"action": "delete_selected", "_selected_action": [key]}
        assert staff.post(f"/admin/access/{model}/", sent).status_code in (200, 302)


def test_it_lets_nobody_add_change_or_delete_an_event(staff: Browser) -> None:
    event = Event.objects.record("note", at=timezone.now(), text="essai")
    for action in ("add/", f"{event.pk}/delete/"):
        assert staff.post(f"/admin/access/event/{action}", {"post": "yes", "kind": "note"}).status_code == 403
    assert staff.post(f"/admin/access/event/{event.pk}/change/", {"text": "autre"}).status_code == 403
    for change in (event.save, event.delete, Event.objects.all().delete):
        with pytest.raises(AppendOnly):
            change()
    with pytest.raises(AppendOnly):
        Event.objects.update(text="autre")
    assert Event.objects.get().text == "essai"


@pytest.mark.parametrize("sent", [{"zones": "abc"}, {"tags": ["1", "x"]}, {"zones": "9" * 30}, {"client": "9" * 30}])
def test_a_key_that_no_page_sends_is_refused_beside_its_field(sent: dict[str, Any], sign_in: SignIn) -> None:
    card, _value = make_card()
    page = f"/admin/access/accesscard/{card.pk}/change/"
    admin = sign_in(is_superuser=True, is_staff=True)
    form = {name: value for name, value in values(admin.get(page)).items() if value}
    answer = admin.post(page, form | sent)
    assert (answer.status_code, "errorlist" in answer.content.decode()) == (200, True)
