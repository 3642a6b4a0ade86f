"""What was acknowledged beside what is in the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tests.cluster.desks import Desk
from tests.cluster.gates import Door

# Each gives a value and how often it is stored.
STORED = {
    "client": "SELECT last_name, count(*) FROM clients_client WHERE last_name LIKE 'Essai%' GROUP BY 1",
    "edit": """
SELECT description, count(*) FROM clients_historicalclient WHERE description LIKE 'changement %' GROUP BY 1
""",
    "payment": """
SELECT job.number || ' ' || payment.amount, count(*) FROM interventions_interventionpayment payment
JOIN interventions_intervention job ON job.id = intervention_id GROUP BY 1
""",
}
PASSED = """
SELECT badge_number, count(*), count(exited_at), count(*) FILTER (WHERE exited_at IS NULL) > 1
FROM access_entry JOIN access_accesscard card ON card.id = card_id
WHERE voided_at IS NULL AND badge_number <> '' GROUP BY badge_number
"""

STORY = """
SELECT to_char(event.at, 'HH24:MI:SS.MS'), to_char(recorded_at, 'HH24:MI:SS.MS'), event.kind, direction, anomalies,
    reasons, entry_id
FROM access_event event JOIN access_accesscard card ON card.id = event.card_id
WHERE badge_number = %s AND event.at > now() - interval '3 minutes' ORDER BY event.id
"""


def compare(database: Any, desks: Sequence[Desk], doors: Sequence[tuple[Door, Door]]) -> list[str]:
    """What was lost and what was done twice, one line each."""
    faults = []
    for what, query in STORED.items():
        stored = Counter(dict(database.execute(query).fetchall()))
        saved = [key(what, desk, value) for desk in desks for value in desk.saved[what]]
        sent = [key(what, desk, value) for desk in desks for value in desk.sent[what]]
        faults += [f"{what} lost: {value}" for value in saved if not stored[value]]
        faults += [f"{what} twice: {value}" for value in sent if stored[value] > 1]
    for desk in desks:
        faults += [f"list without what one had just created: {name}" for name in desk.unseen]
    badges = passages(database.execute(PASSED).fetchall(), doors)
    for badge in {fault.split()[-1] for fault in badges[:3]}:
        badges += [f"story of {badge}: {line}" for line in database.execute(STORY, [badge]).fetchall()]
    return faults + badges


def key(what: str, desk: Desk, value: str) -> str:
    """How a value is found again: an amount beside its intervention."""
    if what != "payment":
        return value
    return f"{int(desk.plan['intervention'].partition('-')[2])} {value.replace(',', '.')}"


def passages(stored: Iterable[tuple[str, int, int, bool]], doors: Sequence[tuple[Door, Door]]) -> list[str]:
    """For each badge as many stays as the way in opened, as many ends as the way out, and never two open ones."""
    found = {badge: counts for badge, *counts in stored}
    faults = []
    for way_in, way_out in doors:
        opened, left = way_in.opened, way_out.opened
        for badge in {*opened, *left}:
            entered, exited, is_twice_inside = found.get(badge, (0, 0, False))
            faults += [f"entry lost: {badge}"] * (opened[badge] - entered)
            faults += [f"entry twice: {badge}"] * (entered - opened[badge])
            faults += [f"exit lost: {badge}"] * (left[badge] - exited)
            faults += [f"exit twice: {badge}"] * (exited - left[badge])
            faults += [f"inside twice: {badge}"] * is_twice_inside
    return faults
