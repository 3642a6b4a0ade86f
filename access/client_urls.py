"""The tabs of a client's page that are about access."""

from django.urls import path

from access.lists.cards import ClientCardList
from access.lists.entries import ClientEntryList
from access.lists.events import ClientEventList
from access.lists.vehicles import ClientVehicleList

TABS = {"events": ClientEventList, "vehicles": ClientVehicleList, "cards": ClientCardList, "entries": ClientEntryList}

urlpatterns = [
    *(path(f"{name}/", page.as_view(), name=f"client-{name}") for name, page in TABS.items()),
    *(
        path(f"{name}/export/", page.as_view(exporting=True), name=f"client-{name}-export")
        for name, page in TABS.items()
    ),
]
