"""The cells of vehicles."""

from __future__ import annotations

from datetime import datetime
from html import escape

from access.models import Vehicle
from access.shared.cells import chip
from clients.lists.cells import NOTHING
from fixaloop.speed.translation import gettext as _


def identity_cell(vehicle: Vehicle, at: datetime) -> str:
    """The plate, as the link to the vehicle, over what one says of it."""
    below = " · ".join(filter(None, (vehicle.name, "" if vehicle.country.code == "FR" else vehicle.country.code)))
    return (
        f'<a class="who num" href="/access/vehicles/{vehicle.pk}/">{escape(vehicle.plate_display)}</a>'
        f" <small>{escape(below)}</small>"
    )


def state_cell(vehicle: Vehicle, at: datetime) -> str:
    """Whether it is still on the road."""
    if vehicle.is_active:
        return chip(_("En circulation"), "ok", "check")
    return chip(_("Retiré"), "muted", "archive")


def make_cell(vehicle: Vehicle, at: datetime) -> str:
    """Make over model."""
    below = f" <small>{escape(vehicle.model)}</small>" if vehicle.model else ""
    return f"{escape(vehicle.make) or NOTHING}{below}"


def year_cell(vehicle: Vehicle, at: datetime) -> str:
    """Its year."""
    return str(vehicle.year) if vehicle.year else NOTHING


def color_cell(vehicle: Vehicle, at: datetime) -> str:
    """Its colour."""
    return escape(vehicle.color) or NOTHING
