"""All payments in one view of the database, and the days that were closed.

A view stands on the tables of payments: on SQLite, a migration that rebuilds one of them drops the view first and makes
it again afterwards, and freezes the table again.
"""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from fixaloop.groups import DIRECTION, READER, RECEPTION, granting
from fixaloop.records.frozen import freezing

# Single tables, no join: so both databases read a page of all in the order of an index.
PART = """
SELECT number AS id, CAST('{source}' AS varchar(12)) AS source, kind, amount, method, paid_on, created_at, by_id,
    words_id, {keys},
    COALESCE((SELECT kind FROM {table} AS other WHERE other.opposite_of_id = payment.id), '') AS answered
FROM {table} AS payment
"""
JOBS = PART.format(
    source="intervention",
    table="interventions_interventionpayment",
    keys="intervention_id, CAST(NULL AS bigint) AS entry_id",
)
ENTRIES = PART.format(source="entry", table="access_payment", keys="CAST(NULL AS bigint) AS intervention_id, entry_id")
SEE = ("view_closing", "export_ledgerpayment")
RIGHTS = {DIRECTION: (*SEE, "add_closing"), RECEPTION: (*SEE, "add_closing"), READER: ("view_closing",)}


class Migration(migrations.Migration):
    dependencies = [
        ("interventions", "0012_absences"),
        ("access", "0007_payments_kept"),
        ("fixaloop", "0005_payment_chain"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LedgerPayment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        choices=[("intervention", "Interventions"), ("entry", "Entrées")],
                        max_length=12,
                        verbose_name="origine",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("payment", "Paiement"),
                            ("deposit", "Acompte"),
                            ("partial", "Paiement partiel"),
                            ("balance", "Solde"),
                            ("refund", "Remboursement"),
                            ("correction", "Annulation d’une saisie"),
                            ("rejection", "Rejet"),
                        ],
                        max_length=10,
                        verbose_name="nature",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=10, verbose_name="montant")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("cash", "Espèces"),
                            ("card", "Carte bancaire"),
                            ("cheque", "Chèque"),
                            ("transfer", "Virement"),
                            ("other", "Autre"),
                        ],
                        max_length=10,
                        verbose_name="moyen",
                    ),
                ),
                ("paid_on", models.DateField(verbose_name="payé le")),
                ("created_at", models.DateTimeField(verbose_name="saisi le")),
                (
                    "answered",
                    models.CharField(
                        choices=[
                            ("payment", "Paiement"),
                            ("deposit", "Acompte"),
                            ("partial", "Paiement partiel"),
                            ("balance", "Solde"),
                            ("refund", "Remboursement"),
                            ("correction", "Annulation d’une saisie"),
                            ("rejection", "Rejet"),
                        ],
                        max_length=10,
                        blank=True,
                        verbose_name="réponse",
                    ),
                ),
            ],
            options={
                "verbose_name": "paiement",
                "verbose_name_plural": "paiements",
                "db_table": "interventions_ledger",
                "permissions": (("export_ledgerpayment", "Peut exporter les paiements"),),
                "managed": False,
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Closing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True, verbose_name="jour")),
                ("last_number", models.PositiveBigIntegerField(verbose_name="dernier paiement")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="clôturé le")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="clôturé par",
                    ),
                ),
            ],
            options={
                "verbose_name": "clôture de caisse",
                "verbose_name_plural": "clôtures de caisse",
                "ordering": ("-day",),
                "default_permissions": ("add", "view"),
            },
        ),
        migrations.CreateModel(
            name="ClosingLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("cash", "Espèces"),
                            ("card", "Carte bancaire"),
                            ("cheque", "Chèque"),
                            ("transfer", "Virement"),
                            ("other", "Autre"),
                        ],
                        max_length=10,
                        verbose_name="moyen",
                    ),
                ),
                ("recorded", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="enregistré")),
                ("counted", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="compté")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="raison de l’écart")),
                (
                    "closing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="interventions.closing",
                        verbose_name="clôture",
                    ),
                ),
            ],
            options={
                "verbose_name": "ligne de clôture",
                "verbose_name_plural": "lignes de clôture",
                "ordering": ("pk",),
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("closing", "method"), name="closingline_method"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("counted", models.F("recorded")), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="closingline_explained",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            f"CREATE VIEW interventions_ledger AS {JOBS} UNION ALL {ENTRIES}", "DROP VIEW interventions_ledger"
        ),
        migrations.RunPython(granting("interventions", RIGHTS), migrations.RunPython.noop, elidable=False),
        freezing("interventions_closing", "interventions_closingline"),
    ]
