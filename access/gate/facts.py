"""The facts of a decision: plain values that an event keeps, so that it can be explained later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from access.hours import Hours
from access.periods import Window
from clients.status import say_kept


@dataclass(frozen=True)
class Facts:
    """Everything a decision depends on, as plain values."""

    at: datetime
    direction: str = "in"
    credential: str = "qr"
    device_enabled: bool = True
    known: bool = True
    card_status: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    visits: int = 0
    max_visits: int | None = None
    moves_on: bool = False
    client_active: bool = True
    # Why it is inactive, as `clients.status.keep_reason` keeps it; in older events as text.
    client_why: Mapping[str, Any] = field(default_factory=dict)
    client_reason: str = ""
    company_forced_inactive: bool = False
    vehicle_matches: bool = True
    plate_doubt: str = ""
    right: str = "card"
    zone: str = ""
    zone_permitted: bool = True
    card_hours: Hours = field(default_factory=dict)
    any_card_hour: bool = False
    zone_hours: tuple[Hours, ...] = ()
    closing_reason: str = ""
    unpaid: Decimal = Decimal(0)
    unpaid_limit: Decimal = Decimal(0)
    already_inside: bool = False
    # Still inside for the record, though nobody can have been seen leaving.
    exit_missed: bool = False
    exit_reader_silent: bool = False
    anti_passback: str = "warn"
    one_inside: str = "none"
    others_inside: bool = False
    occupancy: int = 0
    capacity: int | None = None
    day: date | None = None

    def as_inputs(self) -> dict[str, Any]:
        kept = {name: value for name, value in vars(self).items() if value != _DEFAULTS.get(name, _NOTHING)}
        return {name: _plain(value) for name, value in kept.items()}

    @classmethod
    def from_inputs(cls, inputs: Mapping[str, Any]) -> Facts:
        """The facts that an event kept. Facts that this version no longer has are left out."""
        return cls(**{name: _READ.get(name, _same)(value) for name, value in inputs.items() if name in _NAMES})

    @property
    def why_inactive(self) -> str:
        return say_kept(self.client_why, self.at) or self.client_reason

    @property
    def goes_in(self) -> bool:
        return self.direction == "in"

    @property
    def is_early(self) -> bool:
        return not self._window.has_begun(self.at, self.day or date.min)

    @property
    def is_late(self) -> bool:
        return self._window.is_over(self.at, self.day or date.min)

    @property
    def _window(self) -> Window:
        first, last = (self.valid_from, self.valid_until) if self.day else (None, None)
        return Window(first, last, self.starts_at, self.ends_at)

    @property
    def is_used_up(self) -> bool:
        used = self.max_visits is not None and self.visits >= self.max_visits
        return self.goes_in and used and not self.moves_on

    @property
    def is_second(self) -> bool:
        """In the zone already, or somebody else of the client is, where the zone or the card refuses that."""
        twice = self.already_inside and self.anti_passback == "refuse"
        return self.goes_in and (twice or (self.others_inside and self.one_inside == "refuse"))


_NOTHING = object()
_DEFAULTS = {item.name: item.default for item in fields(Facts)} | {"card_hours": {}, "client_why": {}}
_NAMES = frozenset(item.name for item in fields(Facts))


def _same(value: Any) -> Any:
    return value


_READ: dict[str, Callable[[Any], Any]] = {
    "at": datetime.fromisoformat,
    "day": date.fromisoformat,
    "valid_from": date.fromisoformat,
    "valid_until": date.fromisoformat,
    "starts_at": datetime.fromisoformat,
    "ends_at": datetime.fromisoformat,
    "unpaid": Decimal,
    "unpaid_limit": Decimal,
    "zone_hours": tuple,
}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
