"""Since when a job waits, how long it waited, and that it was only reopened."""

import datetime

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("interventions", "0005_technician_slots_in_order"),)
    operations = (
        migrations.AddField(
            model_name="historicalintervention",
            name="reopened_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="rouverte le"),
        ),
        migrations.AddField(
            model_name="historicalintervention",
            name="waited",
            field=models.DurationField(default=datetime.timedelta(0), editable=False, verbose_name="temps d’attente"),
        ),
        migrations.AddField(
            model_name="historicalintervention",
            name="waiting_since",
            field=models.DateTimeField(editable=False, null=True, verbose_name="en attente depuis"),
        ),
        migrations.AddField(
            model_name="intervention",
            name="reopened_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="rouverte le"),
        ),
        migrations.AddField(
            model_name="intervention",
            name="waited",
            field=models.DurationField(default=datetime.timedelta(0), editable=False, verbose_name="temps d’attente"),
        ),
        migrations.AddField(
            model_name="intervention",
            name="waiting_since",
            field=models.DateTimeField(editable=False, null=True, verbose_name="en attente depuis"),
        ),
    )
