"""What the models alone do not say: how PostgreSQL searches and ages out, and the groups."""

from django.db import migrations

from fixaloop.groups import DIRECTION, GUARD, READER, RECEPTION, TECHNICIAN, granting
from fixaloop.operations import PostgreSQL

PLACES = ("view_zone", "view_device", "view_tag")
GATE = (*PLACES, "view_vehicle", "view_accesscard", "view_entry", "view_event")
DESK = (
    *GATE,
    *(f"{action}_{model}" for action in ("add", "change") for model in ("vehicle", "accesscard", "entry", "tag")),
    *(f"export_{model}" for model in ("vehicle", "accesscard", "entry", "event")),
    "use_control",
    "view_payment",
    "add_payment",
)
RIGHTS = {
    DIRECTION: (
        *DESK,
        *(f"{action}_{model}" for action in ("add", "change", "delete") for model in ("zone", "device")),
        *(f"delete_{model}" for model in ("vehicle", "accesscard", "entry", "tag", "payment")),
    ),
    RECEPTION: DESK,
    TECHNICIAN: ("view_vehicle",),
    GUARD: (*GATE, "use_control"),
    READER: (*GATE, "view_payment"),
}
SEARCHED = ("vehicle", "accesscard")
# Byte order: the same as SQLite's, and one index then serves both sorting and LIKE 'beginning%'.
SORTED = (
    ("vehicle", "plate_key", 20),
    ("vehicle", "make_key", 60),
    ("vehicle", "model_key", 60),
    ("vehicle", "color_key", 40),
    ("accesscard", "username_key", 128),
)


class Migration(migrations.Migration):
    dependencies = (
        ("access", "0001_initial"),
        ("clients", "0004_access_standing"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    )
    operations = (
        *(
            PostgreSQL(
                f"CREATE INDEX {model}_search ON access_{model} USING gin (search_text gin_trgm_ops)"
                " WITH (fastupdate = off)",
                f"DROP INDEX {model}_search",
            )
            for model in SEARCHED
        ),
        *(
            PostgreSQL(
                f'ALTER TABLE access_{model} ALTER COLUMN {column} TYPE varchar({length}) COLLATE "C"',
                migrations.RunSQL.noop,
            )
            for model, column, length in SORTED
        ),
        PostgreSQL("CREATE INDEX event_age ON access_event USING brin (at)", "DROP INDEX event_age"),
        migrations.RunPython(granting("access", RIGHTS), migrations.RunPython.noop, elidable=False),
    )
