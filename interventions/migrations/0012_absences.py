"""Absences of the team, and who may keep them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from fixaloop.groups import DIRECTION, RECEPTION, granting

ALL = ("view_absence", "add_absence", "change_absence", "delete_absence")


class Migration(migrations.Migration):
    dependencies = [
        ("interventions", "0011_payments_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_at", models.DateTimeField(verbose_name="début")),
                ("ends_at", models.DateTimeField(verbose_name="fin")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("leave", "Congé"),
                            ("sick", "Arrêt de travail"),
                            ("training", "Formation"),
                            ("other", "Autre absence"),
                        ],
                        default="leave",
                        max_length=10,
                        verbose_name="nature",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "technician",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="absences",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="technicien",
                    ),
                ),
            ],
            options={
                "verbose_name": "absence",
                "verbose_name_plural": "absences",
                "indexes": [
                    models.Index(fields=["ends_at"], name="absence_by_end"),
                    models.Index(fields=["technician", "ends_at"], name="absence_by_technician"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="absence_order",
                        violation_error_message="La fin est après le début.",
                    )
                ],
            },
        ),
        migrations.RunPython(
            granting("interventions", {DIRECTION: ALL, RECEPTION: ALL}), migrations.RunPython.noop, elidable=False
        ),
    ]
