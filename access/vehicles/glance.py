"""A vehicle at a glance, for its page and those that name it: whose it is, is it inside, and since when."""

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from access.models import Entry, Vehicle
from fixaloop.words.dates import say_on, say_since


def stay_of(vehicle: Vehicle) -> Entry | None:
    """The open stay of a vehicle, or else the last one."""
    stays = Entry.objects.visits().filter(vehicle=vehicle).select_related("zone")
    return stays.order_by(F("exited_at").desc(nulls_first=True), "-pk").first()


def say_vehicle(vehicle: Vehicle, stay: Entry | None, at: datetime) -> str:
    """Whose it is and whether it is inside, as a clause that follows the word for its state."""
    said = _("appartient à %(client)s") % {"client": vehicle.client.name}
    return f"{said}, {_say_stay(stay, at)}" if stay else said


def _say_stay(stay: Entry, at: datetime) -> str:
    zone = {"zone": stay.zone.name}
    if stay.exited_at is None:
        return _("sur place %(since)s, %(zone)s") % {"since": say_since(stay.entered_at, at), **zone}
    return _("parti %(when)s, %(zone)s") % {"when": say_on(stay.exited_at, at), **zone}
