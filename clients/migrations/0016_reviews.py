"""Who reviewed a client, and when; since when nobody has."""

import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0015_statement_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                    ("review_client", "Peut revoir les clients"),
                ),
                "verbose_name": "client",
                "verbose_name_plural": "clients",
            },
        ),
        migrations.AddField(
            model_name="client",
            name="review_since",
            field=models.DateTimeField(
                default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC), editable=False
            ),
        ),
        migrations.AddField(
            model_name="client",
            name="reviewed_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="revu le"),
        ),
        migrations.AddField(
            model_name="client",
            name="reviewed_by",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="revu par",
            ),
        ),
        migrations.AddField(
            model_name="historicalclient",
            name="reviewed_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="revu le"),
        ),
        migrations.AddField(
            model_name="historicalclient",
            name="reviewed_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="revu par",
            ),
        ),
    ]
