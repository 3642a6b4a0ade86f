import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0007_payments_kept"),
        ("clients", "0010_anonymized"),
    ]

    operations = [
        migrations.AddField(
            model_name="device",
            name="repeat_seconds",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MaxValueValidator(600)],
                verbose_name="lecture répétée (secondes)",
            ),
        ),
        migrations.AddField(
            model_name="device",
            name="turn_seconds",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MaxValueValidator(3600)],
                verbose_name="délai avant de repartir (secondes)",
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="to_check",
            field=models.BooleanField(default=False, verbose_name="à vérifier"),
        ),
        migrations.AddField(
            model_name="historicaldevice",
            name="repeat_seconds",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MaxValueValidator(600)],
                verbose_name="lecture répétée (secondes)",
            ),
        ),
        migrations.AddField(
            model_name="historicaldevice",
            name="turn_seconds",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MaxValueValidator(3600)],
                verbose_name="délai avant de repartir (secondes)",
            ),
        ),
        migrations.AddField(
            model_name="historicalzone",
            name="longest_stay",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(8784),
                ],
                verbose_name="visite la plus longue (heures)",
            ),
        ),
        migrations.AddField(
            model_name="historicalzone",
            name="repeat_seconds",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MaxValueValidator(600)],
                verbose_name="lecture répétée (secondes)",
            ),
        ),
        migrations.AddField(
            model_name="historicalzone",
            name="reset_at",
            field=models.TimeField(blank=True, null=True, verbose_name="heure où la zone est vide"),
        ),
        migrations.AddField(
            model_name="historicalzone",
            name="turn_seconds",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MaxValueValidator(3600)],
                verbose_name="délai avant de repartir (secondes)",
            ),
        ),
        migrations.AddField(
            model_name="read",
            name="direction",
            field=models.CharField(
                choices=[("in", "Entrée"), ("out", "Sortie"), ("both", "Entrée et sortie")],
                default="",
                editable=False,
                max_length=4,
                verbose_name="sens",
            ),
        ),
        migrations.AddField(
            model_name="read",
            name="read_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="lu le"),
        ),
        migrations.AddField(
            model_name="read",
            name="subject",
            field=models.CharField(default="", editable=False, max_length=60),
        ),
        migrations.AddField(
            model_name="read",
            name="zone",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="access.zone",
            ),
        ),
        migrations.AddField(
            model_name="zone",
            name="longest_stay",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(8784),
                ],
                verbose_name="visite la plus longue (heures)",
            ),
        ),
        migrations.AddField(
            model_name="zone",
            name="repeat_seconds",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MaxValueValidator(600)],
                verbose_name="lecture répétée (secondes)",
            ),
        ),
        migrations.AddField(
            model_name="zone",
            name="reset_at",
            field=models.TimeField(blank=True, null=True, verbose_name="heure où la zone est vide"),
        ),
        migrations.AddField(
            model_name="zone",
            name="turn_seconds",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MaxValueValidator(3600)],
                verbose_name="délai avant de repartir (secondes)",
            ),
        ),
        migrations.AlterField(
            model_name="read",
            name="device",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reads",
                to="access.device",
                verbose_name="appareil",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("to_check", True)), fields=["-entered_at", "-id"], name="entry_to_check"
            ),
        ),
        migrations.AddIndex(
            model_name="read",
            index=models.Index(
                condition=models.Q(("read_at__isnull", False)),
                fields=["subject", "zone", "read_at"],
                name="read_by_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="zone",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("longest_stay__isnull", True),
                    models.Q(("longest_stay__gte", 1), ("longest_stay__lte", 8784)),
                    _connector="OR",
                ),
                name="zone_longest_stay",
                violation_error_message="Une visite dure au moins une heure, et au plus un an.",
            ),
        ),
    ]
