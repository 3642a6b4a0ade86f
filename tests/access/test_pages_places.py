"""Zones, devices and tags; the token of a device is shown once."""

import pytest
from django.test import Client as Browser

from access import services
from access.gate.codes import digest
from access.models import Device, Event, Tag, Zone
from fixaloop.records.refusal import Refused
from tests.access.factories import make_device, make_event, make_zone
from tests.pages import find, said, text, values


def token(response: object) -> str:
    found = find(response, "id", "device-token")
    return text(found) if found is not None else ""


def test_it_makes_a_zone_inside_another(desk: Browser) -> None:
    site = make_zone("Site")
    sent = {"name": "Atelier", "parent": site.pk, "capacity": "12", "hours": "lun-ven 8h-18h"}
    response = desk.post("/access/zones/new/", sent, follow=True)
    zone = Zone.objects.get(name="Atelier")
    assert (zone.parent, zone.capacity, zone.anti_passback) == (site, 12, "warn")
    assert "lun-ven 8 h–18 h" in said(response)
    page = desk.get(f"/access/zones/{site.pk}/edit/")
    assert desk.post(f"/access/zones/{site.pk}/edit/", values(page) | {"parent": zone.pk}).status_code == 422


@pytest.mark.django_db
def test_two_people_who_move_zones_at_once_leave_them_where_they_are() -> None:
    """Each had read the zones before the other one saved."""
    outer, middle = make_zone("Site"), make_zone("Cour")
    seen_middle, seen_outer = Zone.objects.get(pk=middle.pk), Zone.objects.get(pk=outer.pk)
    middle.parent = outer
    services.save_zone(middle, by=None)
    inner = make_zone("Atelier", parent=seen_middle)
    assert inner.lineage == [outer.pk, middle.pk, inner.pk]
    seen_outer.parent = seen_middle
    with pytest.raises(Refused, match="elle-même"):
        services.save_zone(seen_outer, by=None)


@pytest.mark.parametrize(
    "sent", [{"name": ""}, {"name": "site"}, {"name": "A", "hours": "tôt"}, {"name": "A", "capacity": "-1"}]
)
def test_it_says_what_is_wrong_with_a_zone(sent: dict[str, str], desk: Browser) -> None:
    make_zone("Site")
    assert desk.post("/access/zones/new/", sent).status_code == 422
    assert Zone.objects.count() == 1


@pytest.mark.parametrize("name", ["zones", "devices", "tags", "cards", "vehicles", "events"])
def test_it_refuses_a_form_that_holds_nothing(name: str, desk: Browser) -> None:
    assert desk.post(f"/access/{name}/new/", {}).status_code == 422


def test_it_says_a_token_once(desk: Browser) -> None:
    zone = make_zone()
    sent = {"name": "Barrière", "zone": zone.pk, "direction": "in", "enabled": "on"}
    response = desk.post("/access/devices/new/", sent, follow=True)
    device = Device.objects.get()
    first = token(response)
    assert device.token_hash == digest(first)
    assert token(desk.get(device.get_absolute_url())) == ""
    second = token(desk.post(f"/access/devices/{device.pk}/token/", follow=True))
    device.refresh_from_db()
    assert (device.token_hash, device.former_token_hash) == (digest(second), digest(first))
    desk.post(f"/access/devices/{device.pk}/revoke/")
    history = said(desk.get(device.get_absolute_url()))
    assert "Modification · nouveau jeton" in history
    assert "Modification · jeton révoqué" in history
    device.refresh_from_db()
    assert (device.token_hash, device.former_token_hash) == ("", "")


def test_it_keeps_what_was_typed_on_a_stale_page(desk: Browser) -> None:
    device, _token = make_device(name="Barrière")
    url = f"/access/devices/{device.pk}/edit/"
    sent = values(desk.get(url))
    desk.post(url, sent | {"name": "Nord"})
    response = desk.post(url, sent | {"name": "Sud"})
    assert response.status_code == 409
    assert values(response)["name"] == "Sud"


def test_it_names_and_takes_tags_away(desk: Browser) -> None:
    desk.post("/access/tags/new/", {"name": "VIP"})
    assert desk.post("/access/tags/new/", {"name": "vip"}).status_code == 422
    tag = Tag.objects.get()
    make_event(tags=[tag])
    assert "ne peut pas être supprimé" in said(desk.post(f"/access/tags/{tag.pk}/delete/", follow=True))
    free = Tag.objects.create(name="Libre")
    desk.post(f"/access/tags/{free.pk}/delete/")
    assert [tag.name for tag in Tag.objects.all()] == ["VIP"]


def test_it_adds_a_note_to_a_client_s_timeline(desk: Browser) -> None:
    client = make_event().client
    sent = values(desk.get(f"/access/events/new/?client={client.reference}")) | {"text": "A rappelé"}
    for _time in range(2):
        desk.post("/access/events/new/", sent, follow=True)
    assert "A rappelé" in said(desk.get(f"{client.get_absolute_url()}events/"))
    assert Event.objects.filter(text="A rappelé").count() == 1
