from typing import Any

from django.db import migrations, models


def begin(apps: Any, schema_editor: Any) -> None:
    apps.get_model("fixaloop", "PaymentHead").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = (("fixaloop", "0004_import_rights"),)
    operations = (
        migrations.CreateModel(
            name="PaymentHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveBigIntegerField(default=0, verbose_name="dernier numéro")),
                ("hash", models.CharField(blank=True, max_length=64, verbose_name="empreinte")),
            ],
            options={
                "verbose_name": "fin de la chaîne des paiements",
                "verbose_name_plural": "fin de la chaîne des paiements",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PaymentWords",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("reference", models.CharField(blank=True, max_length=60, verbose_name="référence")),
                ("salt", models.CharField(blank=True, max_length=32)),
            ],
            options={
                "verbose_name": "texte d’un paiement",
                "verbose_name_plural": "textes des paiements",
                "default_permissions": (),
            },
        ),
        migrations.RunPython(begin, migrations.RunPython.noop, elidable=False),
    )
