"""The plates of past events that were nobody’s, so that the list of events finds them too."""

from typing import Any

from django.db import migrations, models

from access.gate.plates import plate_key
from fixaloop.operations import PostgreSQL

BATCH = 5_000


def fill(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("access", "Event")._base_manager
    unknown = rows.filter(kind="refused", client=None, vehicle=None).order_by("pk").only("inputs")
    last = 0
    while some := list(unknown.filter(pk__gt=last)[:BATCH]):
        for event in some:
            event.plate_read = _plate(event.inputs)
        rows.bulk_update([event for event in some if event.plate_read], ["plate_read"], batch_size=500)
        last = some[-1].pk


def _plate(inputs: Any) -> str:
    credential = inputs.get("credential", {}) if isinstance(inputs, dict) else {}
    return plate_key(str(credential.get("value", ""))) if credential.get("type") == "plate" else ""


class Migration(migrations.Migration):
    dependencies = (("access", "0004_card_defaults"),)
    operations = (
        migrations.AddField(
            "event", "plate_read", models.CharField(blank=True, default="", editable=False, max_length=20)
        ),
        PostgreSQL(
            'ALTER TABLE access_event ALTER COLUMN plate_read TYPE varchar(20) COLLATE "C"', migrations.RunSQL.noop
        ),
        migrations.AddIndex(
            "event",
            models.Index(
                condition=models.Q(("plate_read", ""), _negated=True),
                fields=["plate_read", "-at"],
                name="event_by_plate_read",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    )
