import django.db.models.deletion
from django.db import migrations, models

from fixaloop.operations import PostgreSQL


class Migration(migrations.Migration):
    dependencies = (("access", "0017_forgotten_stays"), ("clients", "0014_other_spellings"))
    operations = (
        migrations.CreateModel(
            name="FormerPlate",
            fields=(
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("plate_key", models.CharField(max_length=20, verbose_name="immatriculation")),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_plates",
                        to="clients.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "vehicle",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_plates",
                        to="access.vehicle",
                        verbose_name="véhicule",
                    ),
                ),
            ),
            options={
                "verbose_name": "ancienne plaque",
                "verbose_name_plural": "anciennes plaques",
                "default_permissions": (),
            },
        ),
        # Byte order, so that one index serves LIKE 'beginning%' too.
        PostgreSQL(
            'ALTER TABLE access_formerplate ALTER COLUMN plate_key TYPE varchar(20) COLLATE "C"',
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex("formerplate", models.Index(fields=["plate_key", "id"], name="former_plate_by_plate")),
    )
