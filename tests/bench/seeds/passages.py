"""Three months of passages: stays, what is owed for them, refusals, and all else that happened."""

from typing import Any

from tests.bench.seeds.loading import Size, number_on
from tests.bench.seeds.months import lay_out

TABLES = ("access_entry", "access_event", "access_event_tags", "access_read")

DOORS = """
CREATE TEMP TABLE door AS
SELECT row_number() OVER (ORDER BY zone.id)::int AS rank, zone.id AS zone_id, zone.name AS zone,
    (SELECT id FROM access_device WHERE zone_id = zone.id AND direction = 'in' ORDER BY id LIMIT 1) AS way_in,
    (SELECT id FROM access_device WHERE zone_id = zone.id AND direction = 'out' ORDER BY id LIMIT 1) AS way_out
FROM access_zone AS zone WHERE EXISTS (SELECT 1 FROM access_device WHERE zone_id = zone.id)
"""

# Two in three by card, the others by car; one in ten owes something.
ENTRIES = """
INSERT INTO access_entry (
    id, client_id, card_id, vehicle_id, zone_id, device_in_id, device_out_id, entered_at, exited_at, estimated,
    anomalies, note, amount_due, paid_amount, balance, payment_status, to_check, parked, person,
    priced_by, pricing
)
SELECT drawn.id, coalesce(card.client_id, vehicle.client_id), card_id, vehicle_id, zone_id, way_in,
    CASE WHEN exited_at IS NOT NULL THEN way_out END, entered_at, exited_at, false,
    CASE WHEN pg_temp.chance(drawn.id, 50) < 0.01 THEN '["already_inside"]' ELSE '[]' END::jsonb, '',
    due, paid, due - paid,
    CASE WHEN due = 0 THEN 'none' WHEN paid = due THEN 'paid' WHEN paid > 0 THEN 'partial' ELSE 'unpaid' END,
    false, false,
    CASE WHEN client.kind = 'individual' THEN client.id * 4 WHEN card_id IS NOT NULL THEN card_id * 4 + 1
        ELSE vehicle_id * 4 + 2 END,
    '', '{}'::jsonb
FROM (
    SELECT id, entered_at, CASE WHEN entered_at + stay < %(at)s THEN entered_at + stay END AS exited_at,
        CASE WHEN by_card THEN 1 + floor(power(share, 1.5) * %(cards)s)::bigint END AS card_id,
        CASE WHEN NOT by_card THEN 1 + floor(power(share, 1.5) * %(vehicles)s)::bigint END AS vehicle_id,
        CASE WHEN pg_temp.chance(id, 51) < 0.1 THEN pg_temp.euros(3 + pg_temp.chance(id, 52) * 30) ELSE 0 END AS due,
        pg_temp.chance(id, 53) AS luck,
        1 + floor(pg_temp.chance(id, 54) * (SELECT count(*) FROM door)) AS rank
    FROM (
        SELECT id, %(at)s - interval '89 days' * (1 - id / (%(entries)s + 1)::float8) AS entered_at,
            interval '10 minutes' + power(pg_temp.chance(id, 55), 2) * interval '10 hours' AS stay,
            pg_temp.chance(id, 56) < 0.67 AS by_card, pg_temp.chance(id, 57) AS share
        FROM generate_series(1, %(entries)s::bigint) AS id
    ) AS come
) AS drawn
CROSS JOIN LATERAL (
    SELECT CASE WHEN luck < 0.85 THEN due WHEN luck < 0.9 THEN least(due, 2) ELSE 0 END AS paid
) AS settled
JOIN door USING (rank)
LEFT JOIN access_accesscard AS card ON card.id = card_id
LEFT JOIN access_vehicle AS vehicle ON vehicle.id = vehicle_id
JOIN clients_client AS client ON client.id = coalesce(card.client_id, vehicle.client_id)
ORDER BY drawn.id
"""

# A card and a vehicle are in a zone once.
CLOSE = """
UPDATE access_entry SET exited_at = entered_at + interval '1 minute', device_out_id = device_in_id + 1
WHERE id IN (SELECT id FROM (
    SELECT id, row_number() OVER (PARTITION BY card_id, vehicle_id, zone_id ORDER BY id DESC) AS rank
    FROM access_entry WHERE exited_at IS NULL
) AS open WHERE rank > 1)
"""

# Entries and exits as they were, then for a million entries 600,000 refusals and 400,000 things without a door.
HAPPENED = """
CREATE TEMP TABLE happened AS
SELECT 'entry' AS kind, entered_at AS at, client_id, card_id, vehicle_id, device_in_id AS device_id, zone_id,
    id AS entry_id, 'in' AS direction, id AS draw
FROM access_entry
UNION ALL
SELECT 'exit', exited_at, client_id, card_id, vehicle_id, device_out_id, zone_id, id, 'out', id
FROM access_entry WHERE exited_at IS NOT NULL
UNION ALL
SELECT 'refused', %(at)s - interval '89 days' * pg_temp.chance(draw, 60), card.client_id, card.id, NULL, way_in,
    zone_id, NULL, 'in', draw
FROM generate_series(1, %(entries)s * 6 / 10) AS draw
JOIN door ON rank = 1 + floor(pg_temp.chance(draw, 61) * (SELECT count(*) FROM door))
LEFT JOIN access_accesscard AS card ON card.id = floor(pg_temp.chance(draw, 62) * 1.1 * %(cards)s)
UNION ALL
SELECT pg_temp.draw('{status,status,status,card,card,payment,notification,note}'::text[], draw, 63),
    %(at)s - interval '1095 days' * power(pg_temp.chance(draw, 64), 2),
    1 + floor(pg_temp.chance(draw, 65) * %(clients)s)::bigint, NULL, NULL, NULL, NULL, NULL, '', draw
FROM generate_series(1, %(entries)s * 4 / 10) AS draw
"""

EVENTS = """
INSERT INTO access_event (
    id, at, recorded_at, kind, client_id, card_id, vehicle_id, device_id, zone_id, entry_id, direction, reasons,
    anomalies, inputs, plate_read, said, text
)
SELECT row_number() OVER (ORDER BY at), at, at, kind, client_id, card_id, vehicle_id, device_id, happened.zone_id,
    entry_id, direction,
    CASE WHEN kind <> 'refused' THEN '[]' WHEN client_id IS NULL THEN '["unknown_credential"]' ELSE
        pg_temp.draw(%(reasons)s::text[], draw, 66)
    END::jsonb, '[]',
    CASE WHEN direction = '' THEN '{}'::jsonb ELSE jsonb_build_object(
        'facts', jsonb_build_object('at', at, 'day', at::date, 'zone', door.zone, 'direction', direction,
            'credential', 'qr', 'card_status', 'active', 'valid_from', '2025-01-01'),
        'credential', jsonb_build_object('type', 'qr', 'fingerprint', left(md5(draw::text), 8))
    ) END, '', '',
    CASE WHEN direction <> '' THEN '' WHEN kind = 'status' THEN 'Devenu actif : INT-001 planifiée'
        WHEN kind = 'note' THEN 'A rappelé pour sa carte.' ELSE '' END
FROM happened LEFT JOIN door ON door.zone_id = happened.zone_id
ORDER BY at
"""
REASONS = (
    '["card_expired"]', '["client_inactive"]', '["zone_not_permitted"]', '["card_suspended"]',
    '["card_lost", "client_inactive"]', '["outside_hours"]', '["unpaid"]',
)  # fmt: skip

TAGS = """
INSERT INTO access_event_tags (event_id, tag_id)
SELECT event.id, tag.id
FROM access_event AS event
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS rank, count(*) OVER () AS tags FROM access_tag) AS tag
    ON rank = mod(event.id / 10, tags)
WHERE mod(event.id, 10) = 0 AND event.direction <> ''
"""

READS = """
INSERT INTO access_read (device_id, nonce, body_hash, answer, created_at, subject, direction)
SELECT device_id, 'seed-' || id, encode(sha256(id::text::bytea), 'hex'), jsonb_build_object(
    'decision', 'granted', 'reason', NULL, 'reasons', '[]'::jsonb, 'message', 'Bienvenue', 'event', id,
    'client', 'CLT-' || client_id, 'server_time', at
), at, '', ''
FROM access_event WHERE direction <> '' AND at > %(at)s - interval '10 days'
"""

USES = """
UPDATE access_accesscard AS card SET use_count = used.count, last_used_at = used.last
FROM (
    SELECT card_id, count(*), max(coalesce(exited_at, entered_at)) AS last
    FROM access_entry WHERE card_id IS NOT NULL GROUP BY card_id
) AS used
WHERE card.id = used.card_id
"""


def load(cursor: Any, size: Size) -> None:
    """Write the entries, then the events they and others left."""
    lay_out(cursor, size.at)
    parameters = size.parameters | {"reasons": list(REASONS)}
    for statement in (DOORS, ENTRIES, CLOSE, HAPPENED, EVENTS, TAGS, READS, USES):
        cursor.execute(statement, parameters)
    number_on(cursor, "access_entry", "access_event")
    cursor.execute("VACUUM FULL access_accesscard")
    cursor.execute("DROP TABLE pg_temp.happened, pg_temp.door")
