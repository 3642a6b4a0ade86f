"""Numbered payments are never changed or deleted: the database refuses, and nobody has a right to."""

from typing import Any

from django.db import migrations, models
from django.db.models import Q

from fixaloop.records.frozen import freezing

OPPOSITES = ("correction", "rejection")
KINDS = [
    ("payment", "Paiement"),
    ("deposit", "Acompte"),
    ("partial", "Paiement partiel"),
    ("balance", "Solde"),
    ("refund", "Remboursement"),
    ("correction", "Annulation d’une saisie"),
    ("rejection", "Rejet"),
]


def drop_rights(apps: Any, schema_editor: Any) -> None:
    rights = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="access")
    rights.filter(codename__in=("change_payment", "delete_payment")).delete()


class Migration(migrations.Migration):
    dependencies = (
        ("access", "0006_payments_in_chain"),
        ("interventions", "0010_number_payments"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    )
    operations = (
        migrations.AlterField(
            "payment", "number", models.PositiveBigIntegerField("numéro", unique=True, editable=False)
        ),
        migrations.AlterField("payment", "hash", models.CharField("empreinte", max_length=64, editable=False)),
        migrations.AlterField("payment", "words_digest", models.CharField(max_length=64, blank=True, editable=False)),
        migrations.AlterField("payment", "kind", models.CharField("nature", max_length=10, choices=KINDS)),
        migrations.RemoveField("payment", "note"),
        migrations.RemoveField("payment", "reference"),
        migrations.AlterModelOptions(
            "payment",
            {
                "ordering": ("number",),
                "default_permissions": ("add", "view"),
                "verbose_name": "paiement d’entrée",
                "verbose_name_plural": "paiements d’entrées",
            },
        ),
        migrations.AddConstraint(
            "payment",
            models.CheckConstraint(
                condition=Q(kind__in=("payment", "deposit", "partial", "balance"), amount__gt=0)
                | Q(kind="refund", amount__lt=0)
                | (Q(kind__in=OPPOSITES) & ~Q(amount=0)),
                name="payment_sign",
                violation_error_message="Un paiement est supérieur à zéro, un remboursement inférieur.",
            ),
        ),
        migrations.AddConstraint(
            "payment",
            models.CheckConstraint(
                condition=Q(kind__in=OPPOSITES, opposite_of__isnull=False, words__isnull=False)
                | (~Q(kind__in=OPPOSITES) & Q(opposite_of__isnull=True)),
                name="payment_opposite",
            ),
        ),
        migrations.AddConstraint(
            "payment",
            models.CheckConstraint(
                condition=Q(amount__gt=0) | Q(words__isnull=False),
                name="payment_refund_explained",
                violation_error_message="Dites pourquoi cette somme est rendue.",
            ),
        ),
        migrations.AddIndex("payment", models.Index(fields=("paid_on", "number"), name="payment_by_day")),
        migrations.AddIndex("payment", models.Index(fields=("by", "number"), name="payment_by_author")),
        migrations.RunPython(drop_rights, migrations.RunPython.noop, elidable=False),
        freezing("access_payment"),
    )
