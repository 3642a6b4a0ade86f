"""The tabs of a client's page that are about access."""

from django.urls import path

from access.cards.list import ClientCardList
from access.entries.list import ClientEntryList
from access.events.list import ClientEventList
from access.vehicles.list import ClientVehicleList

TABS = {"events": ClientEventList, "vehicles": ClientVehicleList, "cards": ClientCardList, "entries": ClientEntryList}

urlpatterns = [
    *(path(f"{name}/", page.as_view(), name=f"client-{name}") for name, page in TABS.items()),
    *(
        path(f"{name}/export/", page.as_view(exporting=True), name=f"client-{name}-export")
        for name, page in TABS.items()
    ),
]
