import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from fixaloop.groups import DIRECTION, GUARD, RECEPTION, TECHNICIAN, granting

CORRECTING = ("correct_entry", "view_rollcall", "lead_rollcall", "mark_rollcall")
RIGHTS = {DIRECTION: CORRECTING, RECEPTION: CORRECTING, GUARD: CORRECTING, TECHNICIAN: ("mark_rollcall",)}


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0008_repeated_reads_and_stays"),
        ("clients", "0010_anonymized"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RollCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField(verbose_name="commencé le")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="terminé le")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
            ],
            options={
                "verbose_name": "appel",
                "verbose_name_plural": "appels",
                "ordering": ("-started_at", "-pk"),
                "permissions": (
                    ("lead_rollcall", "Peut commencer et terminer un appel"),
                    ("mark_rollcall", "Peut pointer les personnes en sécurité"),
                ),
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="RollCallLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person", models.BigIntegerField(editable=False)),
                ("safe_at", models.DateTimeField(null=True, verbose_name="en sécurité à")),
            ],
            options={
                "verbose_name": "personne à l’appel",
                "verbose_name_plural": "personnes à l’appel",
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="entry",
            options={
                "ordering": ("-entered_at", "-pk"),
                "permissions": (
                    ("export_entry", "Peut exporter les entrées"),
                    ("use_control", "Peut tenir le contrôle d’accès"),
                    ("correct_entry", "Peut corriger les présences"),
                ),
                "verbose_name": "entrée",
                "verbose_name_plural": "entrées",
            },
        ),
        migrations.AddField(
            model_name="entry",
            name="voided_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="annulée le"),
        ),
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("entry", "Entrée"),
                    ("exit", "Sortie"),
                    ("refused", "Refus"),
                    ("payment", "Paiement"),
                    ("notification", "Message"),
                    ("status", "Statut"),
                    ("card", "Carte"),
                    ("note", "Note"),
                    ("correction", "Correction"),
                ],
                max_length=12,
                verbose_name="nature",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(("voided_at__isnull", True), ("exited_at__isnull", False), _connector="OR"),
                name="entry_void_is_over",
            ),
        ),
        migrations.AddField(
            model_name="rollcall",
            name="ended_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="terminé par",
            ),
        ),
        migrations.AddField(
            model_name="rollcall",
            name="started_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="commencé par",
            ),
        ),
        migrations.AddField(
            model_name="rollcallline",
            name="entry",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.entry", verbose_name="entrée"
            ),
        ),
        migrations.AddField(
            model_name="rollcallline",
            name="roll_call",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="lines",
                to="access.rollcall",
                verbose_name="appel",
            ),
        ),
        migrations.AddField(
            model_name="rollcallline",
            name="safe_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="pointé par",
            ),
        ),
        migrations.AddIndex(
            model_name="rollcall",
            index=models.Index(fields=["-started_at", "-id"], name="roll_call_by_time"),
        ),
        migrations.AddConstraint(
            model_name="rollcall",
            constraint=models.UniqueConstraint(
                models.ExpressionWrapper(models.Q(("ended_at__isnull", True)), models.BooleanField()),
                condition=models.Q(("ended_at__isnull", True)),
                name="roll_call_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="rollcallline",
            constraint=models.UniqueConstraint(fields=("roll_call", "person"), name="roll_call_person_once"),
        ),
        migrations.RunPython(granting("access", RIGHTS), migrations.RunPython.noop, elidable=False),
    ]
