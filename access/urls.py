"""Addresses of access, as contract.md names them."""

from django.urls import path

from access.cards import actions as card_actions
from access.cards import pages as cards
from access.cards.list import CardList
from access.counter import occupancy, simulator
from access.counter import pages as counter
from access.entries import pages as entries
from access.entries.list import EntryList
from access.events import pages as events
from access.events.list import EventList
from access.places import pages as places
from access.places.list import DeviceList, TagList, ZoneList
from access.vehicles import pages as vehicles
from access.vehicles.list import VehicleList

LISTS = {
    "entries": EntryList,
    "events": EventList,
    "vehicles": VehicleList,
    "cards": CardList,
    "zones": ZoneList,
    "devices": DeviceList,
    "tags": TagList,
}

app_name = "access"
urlpatterns = [
    path("control/", counter.control, name="control"),
    path("control/repair/", counter.mend, name="repair"),
    path("occupancy/", occupancy.occupancy, name="occupancy"),
    path("occupancy/evacuation/", occupancy.evacuation, name="evacuation"),
    path("simulator/", simulator.simulator, name="simulator"),
    *(path(f"{name}/", page.as_view(), name=name) for name, page in LISTS.items()),
    *(path(f"{name}/export/", page.as_view(exporting=True), name=f"{name}-export") for name, page in LISTS.items()),
    path("entries/<int:pk>/", entries.detail, name="entry"),
    path("entries/<int:pk>/payments/", entries.pay, name="entry-payments"),
    path("entries/<int:pk>/amount/", entries.amount, name="entry-amount"),
    path("events/new/", events.create, name="event-new"),
    path("events/<int:pk>/", events.detail, name="event"),
    path("vehicles/new/", vehicles.create, name="vehicle-new"),
    path("vehicles/check/", vehicles.check, name="vehicle-check"),
    path("vehicles/<int:pk>/", vehicles.detail, name="vehicle"),
    path("vehicles/<int:pk>/edit/", vehicles.edit, name="vehicle-edit"),
    path("vehicles/<int:pk>/circulation/", vehicles.circulation, name="vehicle-circulation"),
    path("cards/new/", cards.create, name="card-new"),
    path("cards/about/", cards.about, name="card-about"),
    path("cards/<int:pk>/", cards.detail, name="card"),
    path("cards/<int:pk>/edit/", cards.edit, name="card-edit"),
    path("cards/<int:pk>/status/", card_actions.status, name="card-status"),
    path("cards/<int:pk>/extend/", card_actions.extend, name="card-extend"),
    path("cards/<int:pk>/reissue/", card_actions.reissue, name="card-reissue"),
    path("cards/<int:pk>/badge/", card_actions.badge, name="card-badge"),
    path("cards/<int:pk>/send/", card_actions.send, name="card-send"),
    path("zones/new/", places.new_zone, name="zone-new"),
    path("zones/<int:pk>/", places.zone, name="zone"),
    path("zones/<int:pk>/edit/", places.edit_zone, name="zone-edit"),
    path("devices/new/", places.new_device, name="device-new"),
    path("devices/<int:pk>/", places.device, name="device"),
    path("devices/<int:pk>/edit/", places.edit_device, name="device-edit"),
    path("devices/<int:pk>/token/", places.rotate, name="device-token"),
    path("devices/<int:pk>/revoke/", places.revoke, name="device-revoke"),
    path("tags/new/", places.new_tag, name="tag-new"),
    path("tags/<int:pk>/edit/", places.edit_tag, name="tag-edit"),
    path("tags/<int:pk>/delete/", places.delete_tag, name="tag-delete"),
]
