"""What the models alone do not say: how PostgreSQL searches and sorts, the counter of references, the groups."""

from typing import Any

from django.db import migrations

from fixaloop.groups import DIRECTION, GUARD, READER, RECEPTION, TECHNICIAN, granting
from fixaloop.operations import PostgreSQL

DAILY = ("view_client", "add_client", "change_client", "export_client", "force_status")
RIGHTS = {
    DIRECTION: (*DAILY, "delete_client", "merge_client"),
    RECEPTION: DAILY,
    TECHNICIAN: ("view_client",),
    GUARD: ("view_client",),
    READER: ("view_client",),
}
# Byte order: the same as SQLite's, and one index then serves both sorting and LIKE 'beginning%'.
SORTED = (
    "sort_name varchar(310)",
    "name_key varchar(310)",
    "city_key varchar(120)",
    "postal_code varchar(16)",
)


def open_counter(apps: Any, schema_editor: Any) -> None:
    apps.get_model("fixaloop", "Counter").objects.get_or_create(pk="client")


class Migration(migrations.Migration):
    dependencies = (
        ("clients", "0001_initial"),
        ("fixaloop", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    )
    operations = (
        PostgreSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm", migrations.RunSQL.noop),
        PostgreSQL(
            "CREATE INDEX client_search ON clients_client USING gin (search_text gin_trgm_ops) WITH (fastupdate = off)",
            "DROP INDEX client_search",
        ),
        *(
            PostgreSQL(
                f'ALTER TABLE clients_client ALTER COLUMN {column.split()[0]} TYPE {column.split()[1]} COLLATE "C"',
                migrations.RunSQL.noop,
            )
            for column in SORTED
        ),
        migrations.RunPython(open_counter, migrations.RunPython.noop, elidable=False),
        migrations.RunPython(granting("clients", RIGHTS), migrations.RunPython.noop, elidable=False),
    )
