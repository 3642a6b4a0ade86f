"""Who may see statements, and export those of all companies."""

from django.db import migrations

from fixaloop.groups import DIRECTION, RECEPTION, granting

STATEMENTS = ("view_statement", "export_statement")
RIGHTS = {DIRECTION: STATEMENTS, RECEPTION: STATEMENTS}


class Migration(migrations.Migration):
    dependencies = (("clients", "0014_other_spellings"),)
    operations = (
        migrations.AlterModelOptions(
            name="client",
            options={
                "ordering": ("-active_until", "sort_name", "pk"),
                "permissions": (
                    ("export_client", "Peut exporter les clients"),
                    ("force_status", "Peut forcer le statut d’un client"),
                    ("merge_client", "Peut fusionner deux clients"),
                    ("view_statement", "Peut voir et exporter le relevé de compte d’un client"),
                    ("export_statement", "Peut exporter les relevés du mois de toutes les entreprises"),
                ),
                "verbose_name": "client",
                "verbose_name_plural": "clients",
            },
        ),
        migrations.RunPython(granting("clients", RIGHTS), migrations.RunPython.noop, elidable=False),
    )
