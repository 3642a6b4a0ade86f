"""The addresses of access, and those of its tabs on a client’s page."""

from collections.abc import Iterator, Mapping

from django.urls import URLPattern, path

from access.calendar import pages as calendar
from access.calendar.list import SpecialDayList
from access.cards import issuing, pages as cards, visitors
from access.cards.batches import CARDS
from access.cards.list import CardList, ClientCardList
from access.counter import pages as counter, presence, simulator
from access.entries import pages as entries
from access.entries.list import ClientEntryList, EntryList
from access.events import pages as events
from access.events.list import ClientEventList, EventList
from access.places import pages as places
from access.places.list import DeviceList, TagList, ZoneList
from access.presence import corrections, pages as evacuation
from access.tariffs import pages as tariffs
from access.tariffs.list import TariffList
from access.vehicles import pages as vehicles
from access.vehicles.list import ClientVehicleList, VehicleList
from fixaloop.lists import batch_pages
from fixaloop.lists.page import ListPage

LISTS = {
    "entries": EntryList,
    "events": EventList,
    "vehicles": VehicleList,
    "cards": CardList,
    "zones": ZoneList,
    "devices": DeviceList,
    "tags": TagList,
    "calendar": SpecialDayList,
    "tariffs": TariffList,
}

CLIENT_TABS = {
    "events": ClientEventList,
    "vehicles": ClientVehicleList,
    "cards": ClientCardList,
    "entries": ClientEntryList,
}


def _lists(lists: Mapping[str, type[ListPage]], prefix: str = "") -> Iterator[URLPattern]:
    for name, page in lists.items():
        yield path(f"{name}/", page.as_view(), name=f"{prefix}{name}")
        yield path(f"{name}/export/", page.as_view(exporting=True), name=f"{prefix}{name}-export")


client_urls = list(_lists(CLIENT_TABS, "client-"))

app_name = "access"
urlpatterns = [
    path("control/", counter.control, name="control"),
    path("control/held/", counter.waiting, name="held"),
    path("control/repair/", counter.repair, name="repair"),
    path("occupancy/", presence.occupancy, name="occupancy"),
    path("occupancy/evacuation/", evacuation.show, name="evacuation"),
    path("occupancy/evacuation/export/", evacuation.export, name="evacuation-export"),
    path("occupancy/evacuation/start/", evacuation.start, name="roll-call-start"),
    path("roll-calls/", evacuation.past, name="roll-calls"),
    path("roll-calls/<int:pk>/", evacuation.one, name="roll-call"),
    path("roll-calls/<int:pk>/mark/", evacuation.mark, name="roll-call-mark"),
    path("roll-calls/<int:pk>/end/", evacuation.end, name="roll-call-end"),
    path("occupancy/left/", corrections.several, name="several-left"),
    path("simulator/", simulator.simulator, name="simulator"),
    *_lists(LISTS),
    *batch_pages.urls(CARDS, "cards/batches/", "card-batches"),
    path("entries/<int:pk>/", entries.detail, name="entry"),
    path("entries/<int:pk>/exit/", corrections.left, name="entry-exit"),
    path("entries/<int:pk>/void/", corrections.void, name="entry-void"),
    path("entries/<int:pk>/settle/", entries.settle, name="entry-settle"),
    path("entries/<int:pk>/payments/", entries.pay, name="entry-payments"),
    path("entries/<int:pk>/payments/<int:payment>/opposite/", entries.oppose, name="entry-oppose"),
    path("entries/<int:pk>/amount/", entries.amount, name="entry-amount"),
    path("entries/<int:pk>/tariff/", entries.tariff, name="entry-tariff"),
    path("events/new/", events.create, name="event-new"),
    path("events/<int:pk>/", events.detail, name="event"),
    path("vehicles/new/", vehicles.create, name="vehicle-new"),
    path("vehicles/check/", vehicles.check, name="vehicle-check"),
    path("vehicles/<int:pk>/", vehicles.detail, name="vehicle"),
    path("vehicles/<int:pk>/edit/", vehicles.edit, name="vehicle-edit"),
    path("vehicles/<int:pk>/drivers/", vehicles.drivers, name="vehicle-drivers"),
    path("vehicles/<int:pk>/circulation/", vehicles.circulation, name="vehicle-circulation"),
    path("cards/new/", issuing.create, name="card-new"),
    path("cards/visitor/", visitors.create, name="card-visitor"),
    path("cards/about/", issuing.about, name="card-about"),
    path("cards/<int:pk>/", cards.detail, name="card"),
    path("cards/<int:pk>/edit/", cards.edit, name="card-edit"),
    path("cards/<int:pk>/status/", cards.status, name="card-status"),
    path("cards/<int:pk>/extend/", cards.extend, name="card-extend"),
    path("cards/<int:pk>/reissue/", cards.reissue, name="card-reissue"),
    path("cards/<int:pk>/badge/", cards.badge, name="card-badge"),
    path("cards/<int:pk>/send/", cards.send, name="card-send"),
    path("zones/new/", places.new_zone, name="zone-new"),
    path("zones/<int:pk>/", places.zone, name="zone"),
    path("zones/<int:pk>/open/", places.decide_zone, name="zone-open"),
    path("zones/<int:pk>/edit/", places.edit_zone, name="zone-edit"),
    path("devices/new/", places.new_device, name="device-new"),
    path("devices/<int:pk>/", places.device, name="device"),
    path("devices/<int:pk>/edit/", places.edit_device, name="device-edit"),
    path("devices/<int:pk>/token/", places.rotate, name="device-token"),
    path("devices/<int:pk>/revoke/", places.revoke, name="device-revoke"),
    path("tariffs/new/", tariffs.create, name="tariff-new"),
    path("tariffs/<int:pk>/", tariffs.detail, name="tariff"),
    path("tariffs/<int:pk>/edit/", tariffs.edit, name="tariff-edit"),
    path("calendar/new/", calendar.create, name="special-day-new"),
    path("calendar/<int:pk>/", calendar.detail, name="special-day"),
    path("calendar/<int:pk>/edit/", calendar.edit, name="special-day-edit"),
    path("calendar/<int:pk>/withdraw/", calendar.withdraw, name="special-day-withdraw"),
    path("tags/new/", places.new_tag, name="tag-new"),
    path("tags/<int:pk>/edit/", places.edit_tag, name="tag-edit"),
    path("tags/<int:pk>/delete/", places.delete_tag, name="tag-delete"),
]
