"""May this credential pass this device now? Answered here for the API, the counter and the simulator (product.md §3).

`decide` looks at facts and at nothing else: no row, no clock, no setting. The facts are kept with the event, so that
what was decided can be explained later with the facts of then. Every rule is asked, in the order in which one reads
them; the first that applies is the reason shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from access.gate.reasons import Sentences, sentences_of
from access.hours import Hours, is_open

IN, OUT = "in", "out"
PLATE = "plate"
# On the way out a car may be held back for what a person on foot never is.
HOLDS_A_CAR = frozenset(("device_disabled", "unknown_credential", "vehicle_mismatch", "unpaid"))


@dataclass(frozen=True)
class Facts:
    """Everything a decision depends on, as plain values."""

    at: datetime
    direction: str = IN
    credential: str = "qr"
    device_enabled: bool = True
    known: bool = True
    card_status: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    client_active: bool = True
    client_reason: str = ""
    company_forced_inactive: bool = False
    vehicle_matches: bool = True
    zone: str = ""
    zone_permitted: bool = True
    card_hours: Hours = field(default_factory=dict)
    zone_hours: tuple[Hours, ...] = ()
    unpaid: Decimal = Decimal(0)
    unpaid_limit: Decimal = Decimal(0)
    already_inside: bool = False
    anti_passback: str = "warn"
    occupancy: int = 0
    capacity: int | None = None
    day: date | None = None

    def as_inputs(self) -> dict[str, Any]:
        """The facts as JSON keeps them, those that say nothing left out."""
        kept = {name: value for name, value in vars(self).items() if value != _DEFAULTS.get(name, _NOTHING)}
        return {name: _plain(value) for name, value in kept.items()}

    @classmethod
    def from_inputs(cls, inputs: Mapping[str, Any]) -> Facts:
        """The facts of a past decision; what a newer version no longer knows is left out."""
        return cls(**{name: _READ.get(name, _same)(value) for name, value in inputs.items() if name in _NAMES})


@dataclass(frozen=True)
class Reason:
    """Why one may not pass, said to the holder and to the staff, and what would change it."""

    code: str
    holder: str
    staff: str
    unlock: str


@dataclass(frozen=True)
class Decision:
    """The answer, all its reasons in order, and what was let through though it would have refused."""

    granted: bool
    reasons: tuple[Reason, ...]
    anomalies: tuple[str, ...]
    facts: Facts

    @property
    def reason(self) -> str | None:
        """The code of the reason shown."""
        return self.reasons[0].code if self.reasons else None

    @property
    def codes(self) -> list[str]:
        return [reason.code for reason in self.reasons]

    @property
    def message(self) -> str:
        """What the holder is told."""
        if self.reasons:
            return self.reasons[0].holder
        return sentences_of("granted_in" if self.facts.direction == IN else "granted_out", self.facts).holder


RULES: tuple[tuple[str, Callable[[Facts], bool]], ...] = (
    ("device_disabled", lambda facts: not facts.device_enabled),
    ("unknown_credential", lambda facts: not facts.known),
    ("card_lost", lambda facts: facts.card_status == "lost"),
    ("card_revoked", lambda facts: facts.card_status == "revoked"),
    ("card_suspended", lambda facts: facts.card_status == "suspended"),
    ("card_not_yet_valid", lambda facts: bool(facts.valid_from and facts.day and facts.day < facts.valid_from)),
    ("card_expired", lambda facts: bool(facts.valid_until and facts.day and facts.day > facts.valid_until)),
    ("client_inactive", lambda facts: not facts.client_active),
    ("company_inactive", lambda facts: facts.company_forced_inactive),
    ("vehicle_mismatch", lambda facts: not facts.vehicle_matches),
    ("zone_not_permitted", lambda facts: not facts.zone_permitted),
    ("outside_hours", lambda facts: not is_open(facts.card_hours, facts.at)),
    ("zone_closed", lambda facts: not all(is_open(hours, facts.at) for hours in facts.zone_hours)),
    ("unpaid", lambda facts: facts.unpaid > facts.unpaid_limit),
    (
        "already_inside",
        lambda facts: facts.direction == IN and facts.already_inside and facts.anti_passback == "refuse",
    ),
    (
        "zone_full",
        lambda facts: facts.direction == IN and facts.capacity is not None and facts.occupancy >= facts.capacity,
    ),
)


def decide(facts: Facts) -> Decision:
    """The decision on these facts. Nobody on foot is kept inside: what would have refused becomes an anomaly."""
    codes = [code for code, applies in RULES if applies(facts)]
    anomalies: list[str] = []
    if facts.direction == OUT:
        holding = HOLDS_A_CAR if facts.credential == PLATE else frozenset[str]()
        anomalies = [code for code in codes if code not in holding]
        codes = [code for code in codes if code in holding]
    elif facts.known and facts.already_inside and facts.anti_passback == "warn":
        anomalies.append("already_inside")
    return Decision(not codes, tuple(_reason(code, facts) for code in codes), tuple(anomalies), facts)


def fail(facts: Facts) -> Decision:
    """What is answered when the decision itself fails: no way in, and no one locked in."""
    if facts.direction == OUT:
        return Decision(True, (), ("internal_error",), facts)
    return Decision(False, (_reason("internal_error", facts),), (), facts)


def _reason(code: str, facts: Facts) -> Reason:
    said: Sentences = sentences_of(code, facts)
    return Reason(code, said.holder, said.staff, said.unlock)


_NOTHING = object()
_DEFAULTS = {item.name: item.default for item in fields(Facts)} | {"card_hours": {}}
_NAMES = frozenset(item.name for item in fields(Facts))


def _same(value: Any) -> Any:
    return value


_READ: dict[str, Callable[[Any], Any]] = {
    "at": datetime.fromisoformat,
    "day": date.fromisoformat,
    "valid_from": date.fromisoformat,
    "valid_until": date.fromisoformat,
    "unpaid": Decimal,
    "unpaid_limit": Decimal,
    "zone_hours": tuple,
}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
