"""What a client's row keeps of interventions and of access: written by the application's own statements."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection

from access.services import client_columns
from clients.models import Client
from clients.status import active
from interventions import activity

# Some clients at a time, on two processors: each finds what it is computed from close together.
TOGETHER = 20_000
PROCESSORS = 2
# The room of rows rewritten is used again after so many clients, or the table would grow to four times its size.
VACUUMED = 10 * TOGETHER
# As access.services.client_columns indexes them, but in SQL: plates, then usernames and badges of cards.
INDEX = """
UPDATE clients_client AS client SET extra_search = found.words, search_text = search_text || ' ' || found.words
FROM (
    SELECT client_id, string_agg(word, ' ' ORDER BY kind, id, place) AS words
    FROM (
        SELECT client_id, 1 AS kind, id, 1 AS place, lower(plate_key) AS word FROM access_vehicle
        UNION ALL
        SELECT client_id, 2, id, 1, replace(username, '.', ' ') FROM access_accesscard WHERE status <> 'revoked'
        UNION ALL
        SELECT client_id, 2, id, 2, lower(badge_number) FROM access_accesscard
        WHERE status <> 'revoked' AND badge_number <> ''
    ) AS named
    WHERE client_id BETWEEN %s AND %s
    GROUP BY client_id
) AS found
WHERE client.id = found.client_id
"""


def write(cursor: Any, at: datetime) -> None:
    """Write all of it; the room that the rows before it took is given back."""
    last = Client.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    with ThreadPoolExecutor(PROCESSORS) as pool:
        for first in range(1, last + 1, VACUUMED):
            list(pool.map(partial(_write, at=at), range(first, min(first + VACUUMED, last + 1), TOGETHER)))
            cursor.execute("VACUUM clients_client")
    cursor.execute("VACUUM FULL clients_client")


def _write(first: int, at: datetime) -> None:
    span = (first, first + TOGETHER - 1)
    clients = Client.objects.order_by().filter(pk__range=span)
    try:
        clients.update(**activity.kept(at, activity.recent()))
        client_columns.refresh(clients)
        clients.filter(active(at)).update(told_active=True)
        with connection.cursor() as cursor:
            cursor.execute(INDEX, span)
    finally:
        connection.close()
