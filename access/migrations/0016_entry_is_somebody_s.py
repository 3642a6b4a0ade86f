from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0015_number_persons")]

    operations = [
        migrations.AddConstraint(
            "entry",
            models.CheckConstraint(condition=models.Q(person__gt=0), name="entry_is_somebody_s"),
        ),
        migrations.AddIndex(
            "entry",
            models.Index(
                condition=models.Q(exited_at__isnull=True), fields=["person", "zone"], name="entry_open_by_person"
            ),
        ),
    ]
