"""A vehicle at a glance, for its page and those that name it: is it inside, and since when."""

from django.db.models import F

from access.models import Entry, Vehicle


def stay_of(vehicle: Vehicle) -> Entry | None:
    """The open stay of a vehicle, or else the last one."""
    stays = Entry.objects.visits().filter(vehicle=vehicle).select_related("zone")
    return stays.order_by(F("exited_at").desc(nulls_first=True), "-pk").first()
