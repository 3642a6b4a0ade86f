from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_search_groups"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("exited_at__isnull", True)), fields=["entered_at", "id"], name="entry_open_by_time"
            ),
        ),
    ]
