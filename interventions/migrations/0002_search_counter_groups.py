"""What the models alone do not say: how PostgreSQL searches, the counter of references, the groups."""

from typing import Any

from django.db import migrations

from fixaloop.groups import DIRECTION, READER, RECEPTION, TECHNICIAN, granting
from fixaloop.operations import PostgreSQL

MONEY = ("view_interventionpayment", "add_interventionpayment")
DAILY = ("view_intervention", "add_intervention", "change_intervention", "export_intervention", *MONEY)
RIGHTS = {
    DIRECTION: (*DAILY, "delete_intervention", "reopen_intervention", "delete_interventionpayment"),
    RECEPTION: DAILY,
    TECHNICIAN: ("view_intervention", "change_own_intervention"),
    READER: ("view_intervention", "view_interventionpayment"),
}


def open_counter(apps: Any, schema_editor: Any) -> None:
    apps.get_model("fixaloop", "Counter").objects.get_or_create(pk="intervention")


class Migration(migrations.Migration):
    dependencies = (
        ("interventions", "0001_initial"),
        ("clients", "0002_search_counter_groups"),
        ("fixaloop", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    )
    operations = (
        PostgreSQL(
            "CREATE INDEX intervention_search ON interventions_intervention"
            " USING gin (search_text gin_trgm_ops) WITH (fastupdate = off)",
            "DROP INDEX intervention_search",
        ),
        migrations.RunPython(open_counter, migrations.RunPython.noop, elidable=False),
        migrations.RunPython(granting("interventions", RIGHTS), migrations.RunPython.noop, elidable=False),
    )
