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
        ("access", "0005_event_plate_read"),
        ("fixaloop", "0005_payment_chain"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    )
    operations = (
        # Payments are never changed: they need no history of their own.
        migrations.DeleteModel("HistoricalPayment"),
        migrations.RemoveConstraint("payment", "payment_amount"),
        migrations.RemoveConstraint("payment", "payment_refund_explained"),
        migrations.AddField("payment", "number", models.PositiveBigIntegerField("numéro", null=True, editable=False)),
        migrations.AddField(
            "payment", "hash", models.CharField("empreinte", max_length=64, default="", editable=False)
        ),
        migrations.AddField(
            "payment", "kind", models.CharField("nature", max_length=10, choices=KINDS, default="payment")
        ),
        migrations.AddField(
            "payment",
            "opposite_of",
            models.OneToOneField(
                "access.payment",
                PROTECT,
                related_name="opposite",
                verbose_name="opposé de",
                null=True,
                blank=True,
                editable=False,
            ),
        ),
        migrations.AddField(
            "payment",
            "words",
            models.OneToOneField("fixaloop.PaymentWords", PROTECT, related_name="+", null=True, editable=False),
        ),
        migrations.AddField(
            "payment", "words_digest", models.CharField(max_length=64, blank=True, default="", editable=False)
        ),
        migrations.AlterField("payment", "amount", models.DecimalField("montant", max_digits=10, decimal_places=2)),
        migrations.AlterField(
            "payment",
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
