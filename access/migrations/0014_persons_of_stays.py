from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0013_parked_cars")]

    operations = [
        migrations.AddField("entry", "person", models.BigIntegerField(default=0, editable=False)),
    ]
