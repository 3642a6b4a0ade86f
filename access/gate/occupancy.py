"""How many are in a zone, for those who decide whether one more fits."""

from __future__ import annotations

from access.models import Entry, Zone

# More passages than can be under way at once: each has a connection to the database, which has fewer.
CROWD = 1_000


def occupancy(zone: Zone) -> int:
    """How many are in a zone now, as far as is written."""
    return Entry.objects.open().filter(zone=zone).order_by().count()


def occupancy_in_turn(zone: Zone) -> int:
    """The same for those who come in: where places may be few, one at a time until the transaction ends.

    Two would take the last place otherwise: its capacity is read again with the lock. Rows that only name the zone are
    written meanwhile, so those who leave do not wait. Where more places are free than passages can be under way,
    nobody does.
    """
    if zone.capacity is None:
        return 0
    if zone.capacity > CROWD and (inside := occupancy(zone)) <= zone.capacity - CROWD:
        return inside
    zones = Zone.objects.select_for_update(of=("self",), no_key=True).order_by()
    zone.capacity = zones.values_list("capacity", flat=True).get(pk=zone.pk)
    return occupancy(zone)
