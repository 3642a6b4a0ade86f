"""The open jobs of one technician in the order of their slots."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("interventions", "0013_till"),)
    operations = (
        migrations.AddIndex(
            model_name="intervention",
            index=models.Index(
                condition=models.Q(("state__in", ("to_plan", "planned", "in_progress", "on_hold"))),
                fields=["technician", "planned_key", "id"],
                name="intervention_open_of",
            ),
        ),
    )
