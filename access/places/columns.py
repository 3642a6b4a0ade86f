"""The columns of files of zones, devices and tags."""

from __future__ import annotations

from django.utils.translation import gettext as _

from access.hours import show_hours
from fixaloop.files.columns import FileColumn

ZONE_COLUMNS = (
    FileColumn("Zone", lambda zone, at: zone.name, 24),
    FileColumn("Dans la zone", lambda zone, at: zone.parent.name if zone.parent else "", 24),
    FileColumn("Capacité", lambda zone, at: zone.capacity, 10),
    FileColumn("Sur place", lambda zone, at: zone.inside, 10),
    FileColumn("Ouverture", lambda zone, at: show_hours(zone.hours), 32),
    FileColumn("Seconde entrée sans sortie", lambda zone, at: zone.get_anti_passback_display(), 24),
)
DEVICE_COLUMNS = (
    FileColumn("Appareil", lambda device, at: device.name, 24),
    FileColumn("Zone", lambda device, at: device.zone.name, 24),
    FileColumn("Sens", lambda device, at: device.get_direction_display(), 16),
    FileColumn("En service", lambda device, at: _("oui") if device.enabled else _("non"), 12),
    FileColumn("Vu le", lambda device, at: device.last_seen_at, 18),
)
TAG_COLUMNS = (FileColumn("Tag", lambda tag, at: tag.name, 24),)
