from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("fixaloop", "0006_preferences"),
    ]

    operations = [
        migrations.AddField(
            model_name="importjob",
            name="corrections",
            field=models.JSONField(blank=True, default=dict, verbose_name="corrections"),
        ),
    ]
