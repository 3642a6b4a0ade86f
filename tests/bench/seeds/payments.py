"""What was paid for interventions and entries, in the one chain that all payments have."""

from typing import Any

from access.models import Payment
from fixaloop.models import PaymentHead
from fixaloop.records.bulk import insert
from fixaloop.records.chain import HASHED, digest
from interventions.models import InterventionPayment
from tests.bench.seeds.loading import Size

TABLES = ("access_payment", "interventions_interventionpayment")
BATCH = 10_000

PAID = """
CREATE TEMP TABLE paid AS
SELECT row_number() OVER (ORDER BY created_at, is_entry, key) AS number, *
FROM (
    SELECT false AS is_entry, id AS key, 'balance' AS kind, paid_amount AS amount,
        pg_temp.draw('{card,card,cash,cheque,transfer}'::text[], id, 18) AS method,
        (finished_at AT TIME ZONE %(zone)s)::date AS paid_on, finished_at AS created_at
    FROM interventions_intervention WHERE paid_amount > 0
    UNION ALL
    SELECT true, id, 'payment', paid_amount, pg_temp.draw('{card,card,cash}'::text[], id, 58),
        (entered_at AT TIME ZONE %(zone)s)::date, entered_at
    FROM access_entry WHERE paid_amount > 0
) AS all_paid
"""
PART = """
SELECT is_entry, number, key, kind, amount, method, paid_on, created_at FROM paid
WHERE number > %s AND number <= %s ORDER BY number
"""


def load(cursor: Any, size: Size) -> None:
    cursor.execute(PAID, size.parameters)
    cursor.execute("ALTER TABLE paid ADD PRIMARY KEY (number)")
    number, before = 0, ""
    while found := _part(cursor, number):
        rows: dict[Any, list[dict[str, Any]]] = {Payment: [], InterventionPayment: []}
        for is_entry, *told in found:
            model: Any = Payment if is_entry else InterventionPayment
            row = _row(model, before, *told)
            number, before = row["number"], row["hash"]
            rows[model].append(row)
        for model, some in rows.items():
            insert(model, some)
    cursor.execute("DROP TABLE pg_temp.paid")
    PaymentHead.objects.update(number=number, hash=before)


def _part(cursor: Any, number: int) -> Any:
    cursor.execute(PART, [number, number + BATCH])
    return cursor.fetchall()


def _row(model: Any, before: str, number: int, key: int, *told: Any) -> dict[str, Any]:
    row = dict(zip(("kind", "amount", "method", "paid_on", "created_at"), told, strict=True))
    row |= {"opposite_of_id": None, "by_id": None, "words_digest": ""}
    hashed = digest(before, number, model._meta.label_lower, key, [row[name] for name in HASHED])
    return row | {"number": number, "hash": hashed, f"{model.paid_for}_id": key, "words_id": None}
