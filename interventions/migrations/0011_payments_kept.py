"""Numbered payments are never changed or deleted: the database refuses, and nobody has a right to."""

from typing import Any

from django.db import migrations, models
from django.db.models import Q

from fixaloop.records.frozen import freezing

OPPOSITES = ("correction", "rejection")


def drop_rights(apps: Any, schema_editor: Any) -> None:
    rights = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="interventions")
    rights.filter(codename__in=("change_interventionpayment", "delete_interventionpayment")).delete()


class Migration(migrations.Migration):
    dependencies = (
        ("interventions", "0010_number_payments"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    )
    operations = (
        migrations.AlterField(
            "interventionpayment", "number", models.PositiveBigIntegerField("numéro", unique=True, editable=False)
        ),
        migrations.AlterField(
            "interventionpayment", "hash", models.CharField("empreinte", max_length=64, editable=False)
        ),
        migrations.AlterField(
            "interventionpayment", "words_digest", models.CharField(max_length=64, blank=True, editable=False)
        ),
        migrations.RemoveField("interventionpayment", "note"),
        migrations.AlterModelOptions(
            "interventionpayment",
            {
                "ordering": ("number",),
                "default_permissions": ("add", "view"),
                "verbose_name": "paiement d’intervention",
                "verbose_name_plural": "paiements d’interventions",
            },
        ),
        migrations.AddConstraint(
            "interventionpayment",
            models.CheckConstraint(
                condition=Q(kind__in=("payment", "deposit", "partial", "balance"), amount__gt=0)
                | Q(kind="refund", amount__lt=0)
                | (Q(kind__in=OPPOSITES) & ~Q(amount=0)),
                name="interventionpayment_sign",
                violation_error_message="Un paiement est supérieur à zéro, un remboursement inférieur.",
            ),
        ),
        migrations.AddConstraint(
            "interventionpayment",
            models.CheckConstraint(
                condition=Q(kind__in=OPPOSITES, opposite_of__isnull=False, words__isnull=False)
                | (~Q(kind__in=OPPOSITES) & Q(opposite_of__isnull=True)),
                name="interventionpayment_opposite",
            ),
        ),
        migrations.AddIndex(
            "interventionpayment", models.Index(fields=("paid_on", "number"), name="interventionpayment_by_day")
        ),
        migrations.AddIndex(
            "interventionpayment", models.Index(fields=("by", "number"), name="interventionpayment_by_author")
        ),
        migrations.RunPython(drop_rights, migrations.RunPython.noop, elidable=False),
        freezing("interventions_interventionpayment"),
    )
