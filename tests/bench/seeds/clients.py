"""Clients, by COPY: their names are drawn in Python."""

from typing import Any

from clients.models import Client
from fixaloop.models import Counter
from tests.bench.seeds.loading import Size, number_on, record_creation
from tests.bench.seeds.people import People

TABLES = ("clients_client",)


def load(cursor: Any, size: Size) -> None:
    """Write the clients, derived columns made by the model itself; what follows from other tables comes later."""
    people, client = People(size.at), Client()
    fields = [field.attname for field in Client._meta.concrete_fields]
    with cursor.copy(f"COPY {TABLES[0]} ({', '.join(fields)}) FROM STDIN") as copy:
        for number in range(1, size.clients + 1):
            for name, value in people.client(number).items():
                setattr(client, name, value)
            client.derive()
            copy.write_row([_plain(getattr(client, name)) for name in fields])
    number_on(cursor, *TABLES)
    Counter.objects.update_or_create(pk="client", defaults={"value": size.clients})
    cursor.execute(f"ANALYZE {TABLES[0]}")


def _plain(value: Any) -> Any:
    return value.code if hasattr(value, "code") else value


def add_history(cursor: Any) -> None:
    """A creation for a third of the clients and a change of status for some of them."""
    record_creation(cursor, Client, 3)
    record_creation(cursor, Client, 12, days=30, kind="~", status_reason="'relance'")
