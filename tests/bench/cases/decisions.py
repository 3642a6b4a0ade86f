"""Decisions as readers ask for them: in, then out, each written with its entry and its event."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import psycopg

from tests.bench.cases.case import Case, Failed, Visitor, checked, column
from tests.bench.keys import READERS, qr_value, reader_token
from tests.bench.server import Answer, Browser

READS = "/api/v1/reads"
EACH = 200
ROUNDS = 40
# Cards whose holder may come in at this reader now, each reader its own.
ADMITTED = """
SELECT card.id
FROM access_accesscard AS card
JOIN clients_client AS client ON client.id = card.client_id
JOIN access_device AS device ON device.name = %s
WHERE card.kind = 'qr' AND card.status = 'active' AND mod(client.id, 8) = %s AND card.hours = '{}'
    AND card.valid_from <= current_date AND card.last_day > current_date
    AND client.active_until > now() + interval '1 day' AND client.inside_since IS NULL AND client.company_id IS NULL
    AND (everywhere OR EXISTS (SELECT 1 FROM access_accesscard_zones AS opened
        WHERE opened.accesscard_id = card.id AND opened.zone_id = device.zone_id))
    AND NOT EXISTS (SELECT 1 FROM access_entry WHERE client_id = client.id AND balance > 0)
ORDER BY md5(card.id::text) LIMIT %s
"""


class Reader(Visitor):
    """A reader at its door, which lets its card holders in and out by turns."""

    def __init__(self, browser: Browser, token: str, cards: Sequence[int]) -> None:
        super().__init__(browser, iter(()))
        self.token = token
        self.turns: Iterator[tuple[int, str]] = cycle([(card, way) for card in cards for way in ("in", "out")])

    def ask(self) -> tuple[Answer, str]:
        """The next decision. Raises Failed where nobody is let through."""
        card, way = next(self.turns)
        message = {"nonce": str(uuid.uuid4()), "type": "qr", "value": qr_value(card), "direction": way}
        answer = checked(self.browser.call(READS, message, self.token), READS)
        if '"granted"' not in answer.text:
            raise Failed(f"card {card}, {way}: {answer.text}")
        return answer, f"card {card}, {way}"


@dataclass(frozen=True)
class Decisions(Case):
    """Reads sent by as many readers as there are people in other cases."""

    cards: list[list[int]] = field(default_factory=list)

    def visitors(self, port: int, cookies: dict[str, str], count: int) -> Sequence[Visitor]:
        return [
            Reader(Browser(port, dict(cookies)), reader_token(number), self.cards[number]) for number in range(count)
        ]


def cases(database: psycopg.Connection[Any]) -> list[Case]:
    """The decision, alone and by eight readers at once."""
    cards = [column(database, ADMITTED, f"Borne {number}", number, EACH) for number in range(READERS)]
    return [Decisions("decision", [READS], 3, 5, at_once=True, rounds=ROUNDS, cards=cards)]
