from access.models.calendar import SpecialDay
from access.models.card_defaults import CardDefaults
from access.models.cards import AccessCard, CardPeriod, CardSecret, CardStatus
from access.models.entries import Entry, Payment, PaymentStatus, PricedBy
from access.models.events import CardUse, Event, Read, StaleClient
from access.models.places import Device, Direction, Tag, Zone
from access.models.roll_calls import RollCall, RollCallLine
from access.models.tariffs import Tariff
from access.models.vehicles import Driver, FormerPlate, Vehicle

__all__ = (
    "AccessCard",
    "CardDefaults",
    "CardPeriod",
    "CardSecret",
    "CardStatus",
    "CardUse",
    "Device",
    "Direction",
    "Driver",
    "Entry",
    "Event",
    "FormerPlate",
    "Payment",
    "PaymentStatus",
    "PricedBy",
    "Read",
    "RollCall",
    "RollCallLine",
    "SpecialDay",
    "StaleClient",
    "Tag",
    "Tariff",
    "Vehicle",
    "Zone",
)
