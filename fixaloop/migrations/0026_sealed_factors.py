from typing import Any

from django.db import migrations, models

from fixaloop.accounts.sealed import seal, unseal


def seal_all(apps: Any, schema_editor: Any) -> None:
    for factor in apps.get_model("fixaloop", "Factor").objects.order_by("pk"):
        factor.secret = seal(factor.secret)
        factor.save(update_fields=["secret"])


def open_all(apps: Any, schema_editor: Any) -> None:
    for factor in apps.get_model("fixaloop", "Factor").objects.order_by("pk"):
        factor.secret = unseal(factor.secret)
        factor.save(update_fields=["secret"])


class Migration(migrations.Migration):
    dependencies = (("fixaloop", "0025_numbers_aside"),)

    operations = (
        migrations.AlterField(
            model_name="factor",
            name="secret",
            field=models.CharField(editable=False, max_length=255),
        ),
        migrations.RunPython(seal_all, open_all),
    )
