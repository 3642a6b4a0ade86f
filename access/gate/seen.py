"""What was seen of a stay, as events tell it, for passages that are told late."""

from datetime import datetime

from django.db.models import Q

from access.gate import persons
from access.gate.credentials import Subject
from access.models import Entry, Event


def recorded_exit(stay: Entry, subject: Subject, after: Entry | None) -> Event | None:
    """The first exit that somebody saw after the stay began, from its zone or one around it; until `after` began."""
    exits = Event.objects.filter(kind=Event.Kind.EXIT, zone__in=stay.zone.lineage, at__gte=stay.entered_at)
    if after is not None:
        exits = exits.filter(at__lte=after.entered_at)
    own = exits.filter(persons.stays_of(subject), client=stay.client)
    if stay.card is not None:
        own = own.filter(Q(card=stay.card) | Q(card=None))
    # Those that the night has estimated have neither a device nor an author.
    return own.exclude(device=None, actor=None).select_related("device").order_by("at", "pk").first()


def take_apart(stay: Entry, left_at: datetime) -> list[Event]:
    """Take off a stay the badge or car that joined it after somebody had left; give those passages, oldest first."""
    joined = Event.objects.filter(entry=stay, kind=Event.Kind.ENTRY, at__gt=left_at).order_by("at", "pk")
    back = list(joined.select_related("card", "vehicle", "client", "zone", "device"))
    for event in back:
        stay.card = None if stay.card_id == event.card_id else stay.card
        stay.vehicle = None if stay.vehicle_id == event.vehicle_id else stay.vehicle
    if back:
        stay.save(update_fields=["card", "vehicle"])
    return back
