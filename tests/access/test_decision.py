"""The decision at the gate: every reason in order, in and out, on foot and by car."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from access.gate.decision import decide, fail
from access.gate.facts import Facts
from access.gate.reasons import ANOMALIES, BY_CODE, REASONS

# A Saturday, 15:32 in Paris.
NOW = datetime(2026, 11, 21, 14, 32, tzinfo=UTC)
GOOD = Facts(
    at=NOW,
    day=date(2026, 11, 21),
    card_status="active",
    valid_from=date(2026, 1, 1),
    valid_until=date(2026, 12, 31),
    zone="Parking P1",
    unpaid_limit=Decimal(50),
)
CLOSED = {"mon": [["08:00", "18:00"]]}
TABLE: dict[str, dict[str, Any]] = {
    "device_disabled": {"device_enabled": False},
    "unknown_credential": {"known": False},
    "card_lost": {"card_status": "lost"},
    "card_revoked": {"card_status": "revoked"},
    "card_suspended": {"card_status": "suspended"},
    "card_not_yet_valid": {"valid_from": date(2026, 11, 22)},
    "card_expired": {"valid_until": date(2026, 11, 20)},
    "card_used_up": {"visits": 1, "max_visits": 1},
    "client_inactive": {"client_active": False, "client_reason": "aucune intervention"},
    "company_inactive": {"company_forced_inactive": True},
    "vehicle_mismatch": {"vehicle_matches": False},
    "zone_not_permitted": {"zone_permitted": False},
    "outside_hours": {"card_hours": CLOSED},
    "zone_closed": {"zone_hours": (CLOSED,)},
    "unpaid": {"unpaid": Decimal("50.01")},
    "already_inside": {"already_inside": True, "anti_passback": "refuse"},
    "zone_full": {"occupancy": 12, "capacity": 12},
}
# What cannot be wrong together with another: a card has one status, and one is not early and late at once.
APART = {"card_revoked", "card_suspended"}
ONLY_IN = {"already_inside", "card_used_up", "zone_full"}
HOLDS_A_CAR = {"device_disabled", "unknown_credential", "vehicle_mismatch", "unpaid"}

every_reason = pytest.mark.parametrize("code", TABLE)


def test_it_knows_the_reasons_of_the_contract_in_their_order() -> None:
    assert [reason.code for reason in REASONS] == list(TABLE)


def test_it_documents_all_reasons_and_anomalies_in_their_order() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text().partition("## Reasons")[2]
    documented = [code for code in re.findall(r"`(\w+)`", page) if code in {*BY_CODE, *ANOMALIES}]
    assert documented == [*BY_CODE, *ANOMALIES]


def test_it_lets_in_who_has_the_right() -> None:
    decision = decide(GOOD)
    assert (decision.granted, decision.reason, decision.codes, decision.anomalies) == (True, None, [], ())
    assert decision.message == "Bienvenue."


@every_reason
def test_it_refuses_with_the_reason_and_three_sentences(code: str) -> None:
    decision = decide(replace(GOOD, **TABLE[code]))
    assert (decision.granted, decision.codes) == (False, [code])
    [reason] = decision.reasons
    assert all((reason.holder, reason.staff, reason.unlock))
    assert "%(" not in reason.holder + reason.staff + reason.unlock
    assert decision.message == reason.holder


@every_reason
def test_it_lets_nobody_on_foot_be_locked_in(code: str) -> None:
    decision = decide(replace(GOOD, direction="out", **TABLE[code]))
    assert (decision.granted, decision.codes) == (True, [])
    assert decision.anomalies == (() if code in ONLY_IN else (code,))


@every_reason
def test_it_holds_a_car_back_for_what_concerns_the_car_alone(code: str) -> None:
    decision = decide(replace(GOOD, direction="out", credential="plate", **TABLE[code]))
    assert decision.granted == (code not in HOLDS_A_CAR)


def test_it_gives_all_reasons_in_order() -> None:
    facts = replace(GOOD, **{name: value for code in TABLE if code not in APART for name, value in TABLE[code].items()})
    assert decide(facts).codes == [code for code in TABLE if code not in APART]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"valid_until": date(2026, 11, 21)}, None),
        ({"valid_until": None}, None),
        ({"valid_from": date(2026, 11, 21)}, None),
        ({"unpaid": Decimal("50.00")}, None),
        ({"occupancy": 11, "capacity": 12}, None),
        ({"occupancy": 0, "capacity": 0}, "zone_full"),
        ({"already_inside": True, "anti_passback": "none"}, None),
        ({"card_hours": {"sat": [["15:00", "15:32"]]}}, "outside_hours"),
        ({"card_hours": {"sat": [["15:32", "15:33"]]}}, None),
        ({"card_hours": {"fri": [["22:00", "16:00"]]}}, None),
        ({"card_hours": {"sat": [["22:00", "16:00"]]}}, "outside_hours"),
        ({"zone_hours": ({"sat": [["08:00", "24:00"]]}, CLOSED)}, "zone_closed"),
    ],
)
def test_it_draws_the_line_exactly(changes: dict[str, Any], code: str | None) -> None:
    assert decide(replace(GOOD, **changes)).reason == code


def test_it_remarks_on_a_second_entry_where_the_zone_only_warns() -> None:
    decision = decide(replace(GOOD, already_inside=True, anti_passback="warn"))
    assert (decision.granted, decision.anomalies) == (True, ("already_inside",))


@every_reason
def test_it_decides_the_same_from_the_facts_an_event_keeps(code: str) -> None:
    facts = replace(GOOD, **TABLE[code])
    assert Facts.from_inputs(facts.as_inputs()) == facts


def test_it_fails_closed_on_the_way_in_and_open_on_the_way_out() -> None:
    assert (fail(GOOD).granted, fail(GOOD).codes) == (False, ["internal_error"])
    out = fail(replace(GOOD, direction="out"))
    assert (out.granted, out.anomalies) == (True, ("internal_error",))
