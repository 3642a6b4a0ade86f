from decimal import Decimal

import django.core.validators
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0008_repeated_reads_and_stays"),
        ("clients", "0010_anonymized"),
        ("interventions", "0014_open_of_technician"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="intervention",
            name="intervention_amounts",
        ),
        migrations.AddField(
            model_name="historicalintervention",
            name="agreed_amount",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                max_digits=10,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal(0))],
                verbose_name="montant accepté",
            ),
        ),
        migrations.AddField(
            model_name="historicalintervention",
            name="agreed_how",
            field=models.CharField(
                blank=True,
                choices=[
                    ("signed", "Devis signé"),
                    ("email", "E-mail"),
                    ("message", "Message (SMS…)"),
                    ("phone", "Téléphone"),
                    ("in_person", "De vive voix"),
                ],
                max_length=10,
                verbose_name="accepté par",
            ),
        ),
        migrations.AddField(
            model_name="historicalintervention",
            name="agreed_on",
            field=models.DateField(blank=True, null=True, verbose_name="accepté le"),
        ),
        migrations.AddField(
            model_name="historicalintervention",
            name="cancellation_fee",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                default=Decimal(0),
                max_digits=10,
                validators=[django.core.validators.MinValueValidator(Decimal(0))],
                verbose_name="frais d’annulation",
            ),
        ),
        migrations.AddField(
            model_name="intervention",
            name="agreed_amount",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                max_digits=10,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal(0))],
                verbose_name="montant accepté",
            ),
        ),
        migrations.AddField(
            model_name="intervention",
            name="agreed_how",
            field=models.CharField(
                blank=True,
                choices=[
                    ("signed", "Devis signé"),
                    ("email", "E-mail"),
                    ("message", "Message (SMS…)"),
                    ("phone", "Téléphone"),
                    ("in_person", "De vive voix"),
                ],
                max_length=10,
                verbose_name="accepté par",
            ),
        ),
        migrations.AddField(
            model_name="intervention",
            name="agreed_on",
            field=models.DateField(blank=True, null=True, verbose_name="accepté le"),
        ),
        migrations.AddField(
            model_name="intervention",
            name="cancellation_fee",
            field=models.DecimalField(
                blank=True,
                decimal_places=2,
                default=Decimal(0),
                max_digits=10,
                validators=[django.core.validators.MinValueValidator(Decimal(0))],
                verbose_name="frais d’annulation",
            ),
        ),
        migrations.AddIndex(
            model_name="intervention",
            index=models.Index(condition=models.Q(("balance__lt", 0)), fields=["-number"], name="intervention_credit"),
        ),
        migrations.AddConstraint(
            model_name="intervention",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cancellation_fee__gte", 0),
                    ("labor_amount__gte", 0),
                    ("parts_amount__gte", 0),
                    models.Q(("quote_amount__isnull", True), ("quote_amount__gte", 0), _connector="OR"),
                ),
                name="intervention_amounts",
                violation_error_message="Un montant n’est jamais négatif.",
            ),
        ),
        migrations.AddConstraint(
            model_name="intervention",
            constraint=models.CheckConstraint(
                condition=models.Q(("cancellation_fee", 0), ("state", "cancelled"), _connector="OR"),
                name="intervention_fee",
            ),
        ),
        migrations.AddConstraint(
            model_name="intervention",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("agreed_amount__isnull", True), ("agreed_how", ""), ("agreed_on__isnull", True)),
                    models.Q(
                        ("agreed_amount__gte", 0),
                        ("agreed_on__isnull", False),
                        models.Q(("agreed_how", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="intervention_agreement",
            ),
        ),
    ]
