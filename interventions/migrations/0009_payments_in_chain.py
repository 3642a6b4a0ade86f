"""What a payment of the chain has beside what it had; `number_payments` fills it."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import PROTECT

KINDS = [
    ("payment", "Paiement"),
    ("deposit", "Acompte"),
    ("partial", "Paiement partiel"),
    ("balance", "Solde"),
    ("refund", "Remboursement"),
    ("correction", "Annulation d’une saisie"),
    ("rejection", "Rejet"),
]


class Migration(migrations.Migration):
    dependencies = (
        ("interventions", "0008_real_times_rules"),
        ("fixaloop", "0005_payment_chain"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    )
    operations = (
        # Payments are never changed: they need no history of their own.
        migrations.DeleteModel("HistoricalInterventionPayment"),
        migrations.RemoveConstraint("interventionpayment", "intervention_payment_amount"),
        # A cheque may bounce after its money was given back.
        migrations.RemoveConstraint("intervention", "intervention_paid"),
        migrations.AddField(
            "interventionpayment", "number", models.PositiveBigIntegerField("numéro", null=True, editable=False)
        ),
        migrations.AddField(
            "interventionpayment", "hash", models.CharField("empreinte", max_length=64, default="", editable=False)
        ),
        migrations.AlterField("interventionpayment", "kind", models.CharField("nature", max_length=10, choices=KINDS)),
        migrations.AddField(
            "interventionpayment",
            "opposite_of",
            models.OneToOneField(
                "interventions.interventionpayment",
                PROTECT,
                related_name="opposite",
                verbose_name="opposé de",
                null=True,
                blank=True,
                editable=False,
            ),
        ),
        migrations.AddField(
            "interventionpayment",
            "words",
            models.OneToOneField("fixaloop.PaymentWords", PROTECT, related_name="+", null=True, editable=False),
        ),
        migrations.AddField(
            "interventionpayment",
            "words_digest",
            models.CharField(max_length=64, blank=True, default="", editable=False),
        ),
        migrations.AlterField(
            "interventionpayment", "amount", models.DecimalField("montant", max_digits=10, decimal_places=2)
        ),
        migrations.AlterField(
            "interventionpayment",
            "by",
            models.ForeignKey(
                settings.AUTH_USER_MODEL,
                PROTECT,
                related_name="+",
                verbose_name="saisi par",
                null=True,
                editable=False,
                db_index=False,
            ),
        ),
    )
