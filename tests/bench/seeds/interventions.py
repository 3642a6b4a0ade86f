"""Three years of interventions, more of them each year: three hundred a week have a slot, others walked in."""

from typing import Any

from fixaloop.models import Counter
from fixaloop.words.text import normalise
from interventions.models import Intervention
from tests.bench.seeds.loading import Size, number_on, record_creation

TABLES = ("interventions_intervention", "interventions_historicalintervention")
TITLES = (
    "Vidange et filtres", "Freins avant", "Courroie de distribution", "Écran cassé", "Batterie à remplacer",
    "Révision des 60 000 km", "Fuite d’eau", "Ne démarre plus", "Contrôle technique", "Chaudière en panne",
    "Pneus hiver", "Climatisation", "Carte mère", "Récupération de données", "Entretien annuel", "Embrayage",
    "Devis à la suite d’un sinistre", "Pose d’un attelage", "Bruit au roulage", "Mise à jour du logiciel",
)  # fmt: skip
EQUIPMENT = (
    ("Peugeot", "208"), ("Renault", "Clio"), ("Citroën", "C3"), ("Dacia", "Sandero"), ("Volkswagen", "Golf"),
    ("Apple", "MacBook Pro"), ("Dell", "Latitude 5540"), ("HP", "EliteBook"), ("Samsung", "Galaxy S23"),
    ("Saunier Duval", "ThemaPlus"), ("De Dietrich", "MCR"), ("Stihl", "MS 261"), ("Toyota", "Yaris"), ("", ""),
)  # fmt: skip
REASONS = ("pièce attendue", "client injoignable", "devis refusé", "doublon")

# Slots are given by rank within the week of creation, for two weeks later: twelve technicians, five days, five a day.
DRAWN = """
CREATE TEMP TABLE drawn AS
WITH asked AS (
    SELECT id,
        %(at)s - interval '1095 days' * power(1 - (id - 0.5) / %(interventions)s, 1.6) AS created_at,
        least(%(clients)s, 1 + CASE
            WHEN pg_temp.chance(id, 1) < 0.03
            THEN 2000 * floor(pg_temp.chance(id, 2) * ceil(%(clients)s / 2000.0))::int
            ELSE floor(power(pg_temp.chance(id, 2), 1.1) * %(clients)s)::int
        END) AS client_id
    FROM generate_series(1, %(interventions)s::bigint) AS id
), ranked AS (
    SELECT *, date_trunc('week', created_at AT TIME ZONE %(zone)s) AS week,
        row_number() OVER (
            PARTITION BY date_trunc('week', created_at AT TIME ZONE %(zone)s) ORDER BY pg_temp.chance(id, 3)
        )::int - 1 AS rank
    FROM asked
), slotted AS (
    SELECT *, CASE WHEN rank < 300 THEN (
        week + interval '14 days' + rank / 60 * interval '1 day' + interval '8 hours'
        + mod(rank / 12, 5) * interval '105 minutes'
    ) AT TIME ZONE %(zone)s END AS planned_start
    FROM ranked
)
SELECT *, planned_start + interval '75 minutes' + floor(pg_temp.chance(id, 4) * 4) * interval '15 minutes'
    AS planned_end, pg_temp.chance(id, 5) AS luck
FROM slotted
"""

TOLD = """
CREATE TEMP TABLE told AS
WITH stated AS (
    SELECT *, CASE
        WHEN planned_start > %(at)s THEN 'planned'
        WHEN planned_end > %(at)s THEN 'in_progress'
        WHEN planned_start IS NOT NULL AND luck < 0.01 THEN 'planned'
        WHEN planned_start IS NOT NULL AND luck < 0.02 THEN 'in_progress'
        WHEN created_at < %(at)s - interval '45 days' OR planned_start IS NOT NULL
        THEN CASE WHEN luck < 0.9 THEN 'closed' WHEN luck < 0.94 THEN 'done'
            WHEN luck < 0.995 THEN 'cancelled' ELSE 'on_hold' END
        ELSE CASE WHEN luck < 0.15 THEN 'to_plan' WHEN luck < 0.25 THEN 'in_progress' WHEN luck < 0.3 THEN 'on_hold'
            WHEN luck < 0.6 THEN 'done' WHEN luck < 0.95 THEN 'closed' ELSE 'cancelled' END
    END AS state
    FROM drawn
), begun AS (
    SELECT *, CASE WHEN state IN ('in_progress', 'on_hold', 'done', 'closed') THEN least(
        coalesce(planned_start, created_at + pg_temp.chance(id, 6) * interval '5 days'), %(at)s - interval '5 minutes'
    ) END AS started_at
    FROM stated
), ended AS (
    SELECT *, CASE WHEN state IN ('done', 'closed') THEN least(
        started_at + interval '30 minutes' + pg_temp.chance(id, 7) * interval '2 days', %(at)s - interval '1 minute'
    ) END AS finished_at,
    CASE WHEN started_at IS NOT NULL AND pg_temp.chance(id, 8) < 0.6 THEN pg_temp.euros(pg_temp.chance(id, 9) * 300)
        ELSE 0 END AS parts_amount,
    CASE WHEN started_at IS NOT NULL THEN pg_temp.euros(30 + pg_temp.chance(id, 10) * 250) ELSE 0 END AS labor_amount
    FROM begun
)
SELECT *, CASE
    WHEN state = 'closed' AND luck < 0.87 OR state = 'done' AND pg_temp.chance(id, 11) < 0.4
    THEN parts_amount + labor_amount
    WHEN state = 'done' AND pg_temp.chance(id, 11) < 0.6 THEN 30 ELSE 0
END AS paid_amount
FROM ended
"""

# What a client is found by begins with its names and ends, for an intervention, with its reference.
WRITE = """
INSERT INTO interventions_intervention (
    id, number, client_id, title, description, place, equipment_brand, equipment_model, equipment_serial,
    technician_id, planned_start, planned_end, state, state_reason, started_at, finished_at, waiting_since, waited,
    diagnosis, report, quote_amount, parts_amount, labor_amount, warranty_months, paid_amount, balance, planned_key,
    search_text, version, created_at, updated_at, cancellation_fee, agreed_how
)
SELECT told.id, told.id, client_id, title.said, 'Le client décrit un bruit, puis un arrêt.',
    CASE WHEN pg_temp.chance(told.id, 12) < 0.7 THEN 'workshop' ELSE 'on_site' END,
    equipment.brand, equipment.model, serial,
    CASE WHEN planned_start IS NOT NULL THEN (%(team)s::int[])[1 + mod(told.rank, 12)]
        WHEN state = 'to_plan' AND luck < 0.12 THEN NULL ELSE pg_temp.draw(%(everybody)s::int[], told.id, 13) END,
    planned_start, planned_end, state,
    CASE WHEN state IN ('on_hold', 'cancelled') THEN pg_temp.draw(%(reasons)s::text[], told.id, 14) ELSE '' END,
    started_at, finished_at, CASE WHEN state = 'on_hold' THEN least(started_at + interval '1 hour', %(at)s) END,
    CASE WHEN finished_at IS NOT NULL AND pg_temp.chance(told.id, 19) < 0.1 THEN interval '20 minutes'
        ELSE interval '0' END,
    CASE WHEN started_at IS NULL THEN '' ELSE 'Pièce usée.' END,
    CASE WHEN finished_at IS NULL THEN '' ELSE 'Pièce remplacée, essai concluant.' END,
    CASE WHEN pg_temp.chance(told.id, 15) < 0.3 THEN parts_amount + labor_amount END,
    parts_amount, labor_amount, CASE WHEN state = 'closed' THEN 12 END,
    paid_amount, parts_amount + labor_amount - paid_amount, coalesce(planned_start, timestamptz '9999-01-01 00:00+00'),
    ' ' || concat_ws(' ', title.key, nullif(equipment.key, ''), nullif(lower(serial), ''),
        'int', pg_temp.padded(told.id),
        left(client.search_text, position(' clt ' IN client.search_text) + 4 + length(pg_temp.padded(client.number)))),
    1, told.created_at, coalesce(finished_at, started_at, told.created_at), 0, ''
FROM told
JOIN clients_client AS client ON client.id = client_id
JOIN title ON title.rank = 1 + floor(power(pg_temp.chance(told.id, 16), 2) * %(titles)s)
JOIN equipment ON equipment.rank = 1 + floor(pg_temp.chance(told.id, 17) * %(equipment)s)
CROSS JOIN LATERAL (SELECT CASE WHEN equipment.brand = '' THEN '' ELSE
    'SN' || upper(to_hex(mod(told.id * 2654435761, 4294967296))) END AS serial) AS numbered
ORDER BY told.id
"""


def load(cursor: Any, size: Size, me: int, team: list[int]) -> None:
    """Write the interventions, and a record of the creation of some."""
    titles = [(rank, title, normalise(title)) for rank, title in enumerate(TITLES, start=1)]
    equipment = [(rank, *names, normalise(" ".join(names))) for rank, names in enumerate(EQUIPMENT, start=1)]
    cursor.execute("CREATE TEMP TABLE title (rank int, said text, key text)")
    cursor.executemany("INSERT INTO title VALUES (%s, %s, %s)", titles)
    cursor.execute("CREATE TEMP TABLE equipment (rank int, brand text, model text, key text)")
    cursor.executemany("INSERT INTO equipment VALUES (%s, %s, %s, %s)", equipment)
    lists = {"team": team, "everybody": [*team, me], "reasons": list(REASONS)}
    parameters = size.parameters | {"titles": len(TITLES), "equipment": len(EQUIPMENT)} | lists
    for statement in (DRAWN, TOLD, "ANALYZE told", WRITE):
        cursor.execute(statement, parameters)
    for table in ("drawn", "told", "title", "equipment"):
        cursor.execute(f"DROP TABLE pg_temp.{table}")
    number_on(cursor, TABLES[0])
    record_creation(cursor, Intervention, 3)
    Counter.objects.update_or_create(pk="intervention", defaults={"value": size.interventions})
