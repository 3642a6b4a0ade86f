from django.db import migrations, models
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

OPEN = ("to_plan", "planned", "in_progress", "on_hold")
ENDED = ("done", "closed")


def fill(apps, schema_editor):
    """Write of each client that has interventions which one decides of its status."""
    client = apps.get_model("clients", "Client").objects.using(schema_editor.connection.alias)
    intervention = apps.get_model("interventions", "Intervention").objects.using(schema_editor.connection.alias)
    own = intervention.filter(client=OuterRef("pk"))
    running = own.filter(state__in=OPEN).order_by("state", "-number")
    ended = own.filter(state__in=ENDED).order_by("-finished_at", "-number")

    def deciding(column):
        return Coalesce(Subquery(running.values(column)[:1]), Subquery(ended.values(column)[:1]))

    client.filter(pk__in=intervention.values("client")).update(
        deciding_number=deciding("number"),
        deciding_state=Coalesce(deciding("state"), Value("")),
        deciding_end=deciding("finished_at"),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0008_towns_in_order"),
        ("interventions", "0002_search_counter_groups"),
    ]

    operations = [
        migrations.AddField(
            model_name="client",
            name="deciding_end",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="client",
            name="deciding_number",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="client",
            name="deciding_state",
            field=models.CharField(blank=True, default="", editable=False, max_length=12),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(
                condition=models.Q(("status_mode", "active")), fields=["status_at"], name="client_forced_active"
            ),
        ),
    ]
