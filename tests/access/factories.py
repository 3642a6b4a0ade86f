"""Access to test with: plain functions with defaults, through the services that people's actions go through."""

from datetime import date, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from access import services
from access.hours import parse_spans
from access.models import AccessCard, Device, Entry, Event, SpecialDay, Tariff, Vehicle, Zone
from access.services import client_columns
from clients.models import Client
from tests.factories import make_client

_serial = count(1)


def make_active_client(**fields: Any) -> Client:
    """A client who may come in: forced active, with an e-mail."""
    number = next(_serial)
    fields = {"first_name": "Camille", "last_name": f"Martin{number}"} | fields
    defaults = {"email": f"client{number}@example.org", "status_mode": "active", "status_reason": "parking"}
    if "company_name" in fields:
        fields = {name: value for name, value in fields.items() if name not in ("first_name", "last_name")}
    return make_client(**defaults | fields)


def make_zone(name: str = "", **fields: Any) -> Zone:
    return services.save_zone(Zone(name=name or f"Zone {next(_serial)}", **fields), by=None)


def make_special_day(
    zone: Zone | None, first: date, last: date | None = None, hours: str = "", **fields: Any
) -> SpecialDay:
    """A closure of a zone, or of all; with hours, an opening."""
    fields = {"reason": "Inventaire", "spans": parse_spans(hours)} | fields
    return services.save_special_day(SpecialDay(zone=zone, first_day=first, last_day=last or first, **fields), by=None)


def make_device(zone: Zone | None = None, direction: str = "in", **fields: Any) -> tuple[Device, str]:
    """A reader and its token."""
    zone = zone or make_zone()
    device = Device(name=fields.pop("name", f"Lecteur {next(_serial)}"), zone=zone, direction=direction, **fields)
    token = services.rotate_token(services.save_device(device, by=None), by=None)
    return Device.objects.select_related("zone").get(pk=device.pk), token


def make_card(client: Client | None = None, **fields: Any) -> tuple[AccessCard, str]:
    """A card valid around today and the value of its QR code."""
    today = timezone.localdate()
    zones, tags = fields.pop("zones", ()), fields.pop("tags", ())
    defaults = {
        "username": f"porteur{next(_serial)}",
        "valid_from": today - timedelta(days=10),
        "valid_until": today + timedelta(days=100),
    }
    card = AccessCard(client=client or make_active_client(), **defaults | fields)
    issued = services.issue_card(card, zones=zones, tags=tags, by=None)
    return issued.card, issued.qr_value


def make_vehicle(client: Client | None = None, plate: str = "AB-123-CD", **fields: Any) -> Vehicle:
    client = client or make_active_client()
    return services.add_vehicle(Vehicle(client=client, plate=plate, **fields), by=None)


def make_entry(card: AccessCard | None = None, zone: Zone | None = None, **fields: Any) -> Entry:
    """A stay in a zone, by a card unless told otherwise, still open unless it has an exit."""
    card = card or make_card()[0]
    values = {"entered_at": timezone.now(), "client": card.client, "card": card} | fields
    entry = Entry.objects.create(zone=zone or make_zone(), **values)
    client_columns.refresh(Client.objects.filter(entries=entry))
    return entry


def make_event(client: Client | None = None, kind: str = "note", **fields: Any) -> Event:
    """Something that happened to a client."""
    values = {"at": timezone.now(), "text": "Une remarque"} | fields
    return Event.objects.record(kind, client=client or make_active_client(), **values)


def make_tariff(*zones: Zone, steps: Any = ((0, 60, "2.00"),), **fields: Any) -> Tariff:
    """Two euros for each hour that begins, since long ago."""
    tags = fields.pop("free_tags", ())
    values = {"name": f"Tarif {next(_serial)}", "starts_on": date(2020, 1, 1)} | fields
    tariff = Tariff(steps=[list(step) for step in steps], **values)
    return services.save_tariff(tariff, zones=zones, free_tags=tags, by=None)
