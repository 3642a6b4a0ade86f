"""Indexes for what ended in a period: the interventions, and those cancelled with a fee."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("interventions", "0016_tell_history"),)
    operations = (
        migrations.AddIndex(
            model_name="intervention",
            index=models.Index(fields=["finished_at", "id"], name="intervention_by_end"),
        ),
        migrations.AddIndex(
            model_name="intervention",
            index=models.Index(
                condition=models.Q(("cancellation_fee__gt", 0)), fields=["id"], name="intervention_fees"
            ),
        ),
    )
