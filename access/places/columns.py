"""The columns of files of zones, devices and tags."""

from __future__ import annotations

from django.utils.translation import gettext as _

from access.hours import show_hours
from fixaloop.exports import ExportColumn

ZONE_COLUMNS = (
    ExportColumn("Zone", lambda zone, at: zone.name, 24),
    ExportColumn("Dans la zone", lambda zone, at: zone.parent.name if zone.parent else "", 24),
    ExportColumn("Capacité", lambda zone, at: zone.capacity, 10),
    ExportColumn("Sur place", lambda zone, at: zone.inside, 10),
    ExportColumn("Ouverture", lambda zone, at: show_hours(zone.hours), 32),
    ExportColumn("Seconde entrée sans sortie", lambda zone, at: zone.get_anti_passback_display(), 24),
)
DEVICE_COLUMNS = (
    ExportColumn("Appareil", lambda device, at: device.name, 24),
    ExportColumn("Zone", lambda device, at: device.zone.name, 24),
    ExportColumn("Sens", lambda device, at: device.get_direction_display(), 16),
    ExportColumn("En service", lambda device, at: _("oui") if device.enabled else _("non"), 12),
    ExportColumn("Vu le", lambda device, at: device.last_seen_at, 18),
)
TAG_COLUMNS = (ExportColumn("Tag", lambda tag, at: tag.name, 24),)
