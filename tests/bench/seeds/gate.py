"""Zones and their readers, vehicles, cards: one of each for two clients, fleets apart."""

from typing import Any

from access.gate.codes import digest
from access.models import AccessCard, Device, Tag, Vehicle, Zone
from access.services import save_zone
from fixaloop.words.text import normalise
from tests.bench.keys import READERS, qr_value, reader_token
from tests.bench.seeds.loading import Size, number_on, record_creation

TABLES = (
    "access_vehicle", "access_vehicle_tags", "access_accesscard", "access_accesscard_zones", "access_accesscard_tags",
    "access_cardsecret",
)  # fmt: skip
# Capacities are those of a firm where a thousand people are inside at a time.
ZONES = {"Parking": 20_000, "Atelier": 10_000, "Bureaux": None, "Magasin": None, "Cour": None, "Quais": None}
DOORS = ("in", "out", "both")
TAGS = ("Livreur", "VIP", "Flotte", "Prestataire", "Prêt", "Électrique", "Garantie", "Stagiaire", "Nuit", "Benne")
MODELS = (
    ("Peugeot", "208"), ("Renault", "Clio"), ("Citroën", "C3"), ("Peugeot", "308"), ("Dacia", "Sandero"),
    ("Renault", "Mégane"), ("Volkswagen", "Golf"), ("Toyota", "Yaris"), ("Ford", "Fiesta"), ("Opel", "Corsa"),
    ("Renault", "Trafic"), ("Citroën", "Berlingo"), ("Mercedes-Benz", "Sprinter"), ("Škoda", "Octavia"),
    ("Tesla", "Model 3"), ("Iveco", "Daily"), ("Lancia", "Ypsilon"), ("Alpine", "A110"),
)  # fmt: skip
COLORS = ("Blanc", "Gris", "Noir", "Bleu", "Rouge", "Vert", "Beige", "Doré")
# The letters of French plates.
LETTERS = "ABCDEFGHJKLMNPQRSTVWXYZ"

WRITE_VEHICLES = """
INSERT INTO access_vehicle (
    id, client_id, plate, country, make, model, year, color, is_active, plate_key, plate_mark, make_key, model_key,
    color_key, search_text, version, created_at, updated_at, everywhere, hours
)
SELECT id, client_id, substr(key, 1, 2) || '-' || substr(key, 3, 3) || '-' || substr(key, 6, 2),
    CASE WHEN pg_temp.chance(id, 23) < 0.04 THEN 'BE' ELSE 'FR' END, model.make, model.model,
    CASE WHEN pg_temp.chance(id, 24) < 0.8 THEN 2026 - floor(power(pg_temp.chance(id, 25), 2) * 26)::int END,
    color.said, pg_temp.chance(id, 26) < 0.95, key, key, model.make_key, model.model_key, color.color_key,
    lower(key) || ' ' || model.make_key || ' ' || model.model_key, 1, created_at, created_at, false, '{{}}'::jsonb
FROM (
    SELECT id, {client} AS client_id, %(at)s - interval '1095 days' * (1 - id / %(vehicles)s::float8) AS created_at,
        mod(id * 15485863 + 12345, 279561159) AS n
    FROM generate_series(1, %(vehicles)s::bigint) AS id
) AS drawn
CROSS JOIN LATERAL (SELECT
    {letter}(n / 999 / 12167) || {letter}(n / 999 / 529) || lpad((mod(n, 999) + 1)::text, 3, '0')
    || {letter}(n / 999 / 23) || {letter}(n / 999) AS key
) AS plated
JOIN model ON model.rank = 1 + floor(power(pg_temp.chance(id, 27), 1.7) * (SELECT count(*) FROM model))
JOIN color ON color.rank = 1 + floor(power(pg_temp.chance(id, 28), 1.7) * (SELECT count(*) FROM color))
ORDER BY id
"""

WRITE_CARDS = """
INSERT INTO access_accesscard (
    id, client_id, username, kind, badge_number, status, status_reason, status_at, valid_from, valid_until, everywhere,
    hours, use_count, last_used_at, username_key, last_day, search_text, version, created_at, updated_at,
    one_inside, visitor, visits, periods
)
SELECT drawn.id, drawn.client_id, username, CASE badge WHEN '' THEN 'qr' ELSE 'badge' END, badge, status,
    CASE status WHEN 'active' THEN '' ELSE 'demande du client' END, drawn.created_at, valid_from, valid_until,
    pg_temp.chance(drawn.id, 33) < 0.2,
    CASE WHEN pg_temp.chance(drawn.id, 34) < 0.1 THEN %(hours)s ELSE '{{}}' END::jsonb,
    0, timestamptz '1970-01-01 00:00+00', username, coalesce(valid_until, date '9999-12-31'),
    replace(username, '.', ' ') || CASE badge WHEN '' THEN '' ELSE ' ' || lower(badge) END,
    1, drawn.created_at, drawn.created_at, 'none', '', 0, '[]'
FROM (
    SELECT id, {client} AS client_id, %(at)s - interval '1095 days' * (1 - id / %(cards)s::float8) AS created_at
    FROM generate_series(1, %(cards)s::bigint) AS id
) AS drawn
JOIN clients_client AS client ON client.id = drawn.client_id
CROSS JOIN LATERAL (SELECT
    replace(left(client.sort_name, 40), ' ', '.') || '.' || drawn.id AS username,
    CASE WHEN pg_temp.chance(drawn.id, 35) < 0.4
        THEN '04' || lpad(upper(to_hex(mod(drawn.id * 2654435761, 4294967296))), 8, '0') ELSE '' END AS badge,
    CASE WHEN pg_temp.chance(drawn.id, 36) < 0.88 THEN 'active'
        ELSE pg_temp.draw('{{suspended,lost,revoked}}'::text[], drawn.id, 37) END AS status,
    drawn.created_at::date AS valid_from,
    CASE WHEN pg_temp.chance(drawn.id, 38) < 0.65 THEN greatest(
        drawn.created_at::date + 1, %(at)s::date + floor((pg_temp.chance(drawn.id, 39) * 1.4 - 0.5) * 365)::int
    ) END AS valid_until
) AS made
ORDER BY drawn.id
"""

# The code that opens, one issued before it for some, the zones, the tags.
SECRETS = """
INSERT INTO access_cardsecret (card_id, secret_hash, issued_at)
SELECT id, encode(sha256(convert_to(%(code)s || id, 'UTF8')), 'hex'), created_at
FROM access_accesscard WHERE kind = 'qr' ORDER BY id
"""
FORMER = """
INSERT INTO access_cardsecret (card_id, secret_hash, issued_at, revoked_at)
SELECT id, encode(sha256(convert_to('FXL-FORMER' || id, 'UTF8')), 'hex'), created_at, created_at
FROM access_accesscard WHERE kind = 'qr' AND mod(id, 10) = 0 ORDER BY id
"""
OPENED = """
INSERT INTO access_accesscard_zones (accesscard_id, zone_id)
SELECT DISTINCT card.id, pg_temp.draw(%(doors)s::bigint[], card.id, 40 + turn)
FROM access_accesscard AS card, generate_series(1, 3) AS turn
WHERE NOT everywhere AND turn <= 1 + floor(pg_temp.chance(card.id, 44) * 3)
"""
VEHICLE_TAGS = """
INSERT INTO access_vehicle_tags (vehicle_id, tag_id)
SELECT id, pg_temp.draw(%(tags)s::bigint[], id, 45) FROM access_vehicle WHERE mod(id, 5) = 0
"""
CARD_TAGS = """
INSERT INTO access_accesscard_tags (accesscard_id, tag_id)
SELECT id, pg_temp.draw(%(tags)s::bigint[], id, 46) FROM access_accesscard WHERE mod(id, 10) = 0
"""
WEEKDAYS = '{"mon": [["06:00", "20:00"]], "tue": [["06:00", "20:00"]], "wed": [["06:00", "20:00"]]}'


def load(cursor: Any, size: Size) -> None:
    """Write the places, then who comes in."""
    zones, tags = _places(size)
    models = [(rank, *names, *map(normalise, names)) for rank, names in enumerate(MODELS, start=1)]
    colors = [(rank, name, normalise(name)) for rank, name in enumerate(COLORS, start=1)]
    cursor.execute("CREATE TEMP TABLE model (rank int, make text, model text, make_key text, model_key text)")
    cursor.executemany("INSERT INTO model VALUES (%s, %s, %s, %s, %s)", models)
    cursor.execute("CREATE TEMP TABLE color (rank int, said text, color_key text)")
    cursor.executemany("INSERT INTO color VALUES (%s, %s, %s)", colors)
    cursor.execute(
        "CREATE OR REPLACE FUNCTION pg_temp.letter(number bigint) RETURNS text IMMUTABLE LANGUAGE sql AS"
        f" 'SELECT substr(''{LETTERS}'', 1 + mod($1, 23)::int, 1)'"
    )
    parameters = size.parameters | {"doors": zones, "tags": tags, "hours": WEEKDAYS, "code": qr_value(0)[:-1]}
    for statement, salt in ((WRITE_VEHICLES, 21), (WRITE_CARDS, 31)):
        cursor.execute(statement.format(client=_client(salt), letter="pg_temp.letter"), parameters)
    for statement in (SECRETS, FORMER, OPENED, VEHICLE_TAGS, CARD_TAGS):
        cursor.execute(statement, parameters)
    number_on(cursor, "access_vehicle", "access_accesscard")
    for model in (Vehicle, AccessCard):
        record_creation(cursor, model, 3)


def _client(salt: int) -> str:
    """The client of a vehicle or card: one in twelve is of a fleet."""
    return (
        f"least(%(clients)s, 1 + CASE WHEN pg_temp.chance(id, {salt}) < 0.08"
        f" THEN 2000 * floor(pg_temp.chance(id, {salt + 1}) * ceil(%(clients)s / 2000.0))::int"
        f" ELSE floor(pg_temp.chance(id, {salt + 1}) * %(clients)s)::int END)"
    )


def _places(size: Size) -> tuple[list[int], list[int]]:
    """The zones with their doors, and the tags."""
    site = save_zone(Zone(name="Site"), by=None)
    zones = [save_zone(Zone(name=name, parent=site, capacity=room), by=None) for name, room in ZONES.items()]
    devices = [Device(name=f"{zone.name} {door}", zone=zone, direction=door) for zone in zones for door in DOORS]
    counters = [Device(name=f"Accueil {zone.name}", zone=zone, direction="both", at_counter=True) for zone in zones[:2]]
    readers = [
        Device(name=f"Borne {number}", zone=zones[number % len(zones)], direction="both") for number in range(READERS)
    ]
    for number, device in enumerate(readers):
        device.token_hash, device.token_at = digest(reader_token(number)), size.at
    Device.objects.bulk_create([*devices, *counters, *readers])
    tags = Tag.objects.bulk_create([Tag(name=name) for name in TAGS])
    return [zone.pk for zone in zones], [tag.pk for tag in tags]
