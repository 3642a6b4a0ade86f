import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0018_channel"),
        ("fixaloop", "0007_corrected_cells"),
    ]

    operations = [
        migrations.AlterField(
            model_name="importedrow",
            name="batch",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="fixaloop.importbatch",
                verbose_name="import",
            ),
        ),
    ]
