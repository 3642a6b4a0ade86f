"""What a client's row keeps of interventions and of access: written by the application's own statements."""

from datetime import datetime
from typing import Any

from access.services import client_columns
from clients.models import Client
from clients.status import active
from interventions import activity

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
    GROUP BY client_id
) AS found
WHERE client.id = found.client_id
"""


def write(cursor: Any, at: datetime) -> None:
    """Write all of it; the room that the rows before it took is given back."""
    clients = Client.objects.order_by()
    clients.update(**activity.kept(at))
    client_columns.refresh(clients)
    clients.filter(active(at)).update(told_active=True)
    cursor.execute(INDEX)
    cursor.execute("VACUUM FULL clients_client")
