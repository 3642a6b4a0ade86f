"""Who may export the reports, and an index for what the clock ended and no event says yet."""

from django.db import migrations, models

from fixaloop.groups import DIRECTION, RECEPTION, granting

RIGHTS = {DIRECTION: ("export_reports",), RECEPTION: ("export_reports",)}


class Migration(migrations.Migration):
    dependencies = (("clients", "0025_payer_of_members"),)
    operations = (
        migrations.AlterModelOptions(
            name="client",
            options={
                "ordering": ("-active_until", "sort_name", "pk"),
                "permissions": (
                    ("export_reports", "Peut exporter les rapports"),
                    ("export_client", "Peut exporter les clients"),
                    ("force_status", "Peut forcer le statut d’un client"),
                    ("merge_client", "Peut fusionner deux clients"),
                    ("view_statement", "Peut voir et exporter le relevé de compte d’un client"),
                    ("export_statement", "Peut exporter les relevés du mois de toutes les entreprises"),
                    ("review_client", "Peut revoir les clients"),
                    ("forget_client", "Peut anonymiser les clients sans contact"),
                ),
                "verbose_name": "client",
                "verbose_name_plural": "clients",
            },
        ),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(
                condition=models.Q(("told_active", True)), fields=["active_until"], name="client_told_active"
            ),
        ),
        migrations.RunPython(granting("clients", RIGHTS), migrations.RunPython.noop, elidable=False),
    )
