import django.db.models.deletion
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import access.hours
from fixaloop.groups import DIRECTION, GUARD, READER, RECEPTION, granting

RIGHTS = {
    DIRECTION: ("add_specialday", "change_specialday", "view_specialday"),
    **dict.fromkeys((RECEPTION, GUARD, READER), ("view_specialday",)),
}


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0010_rights_of_plates"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalzone",
            name="closed_on_holidays",
            field=models.BooleanField(default=False, verbose_name="fermée les jours fériés"),
        ),
        migrations.AddField(
            model_name="zone",
            name="closed_on_holidays",
            field=models.BooleanField(default=False, verbose_name="fermée les jours fériés"),
        ),
        migrations.CreateModel(
            name="HistoricalSpecialDay",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("first_day", models.DateField(verbose_name="du")),
                ("last_day", models.DateField(verbose_name="au")),
                (
                    "spans",
                    models.JSONField(
                        blank=True, default=list, validators=[access.hours.validate_spans], verbose_name="ouverture"
                    ),
                ),
                (
                    "any_card_hour",
                    models.BooleanField(default=False, verbose_name="quels que soient les horaires des cartes"),
                ),
                ("reason", models.CharField(max_length=120, verbose_name="motif")),
                ("withdrawn", models.BooleanField(default=False, editable=False, verbose_name="retiré")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="créé le"),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "zone",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="access.zone",
                        verbose_name="zone",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical jour exceptionnel",
                "verbose_name_plural": "historical jours exceptionnels",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="SpecialDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_day", models.DateField(verbose_name="du")),
                ("last_day", models.DateField(verbose_name="au")),
                (
                    "spans",
                    models.JSONField(
                        blank=True, default=list, validators=[access.hours.validate_spans], verbose_name="ouverture"
                    ),
                ),
                (
                    "any_card_hour",
                    models.BooleanField(default=False, verbose_name="quels que soient les horaires des cartes"),
                ),
                ("reason", models.CharField(max_length=120, verbose_name="motif")),
                ("withdrawn", models.BooleanField(default=False, editable=False, verbose_name="retiré")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="créé le"),
                ),
                (
                    "zone",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="special_days",
                        to="access.zone",
                        verbose_name="zone",
                    ),
                ),
            ],
            options={
                "verbose_name": "jour exceptionnel",
                "verbose_name_plural": "jours exceptionnels",
                "ordering": ("-first_day", "-pk"),
                "default_permissions": ("add", "change", "view"),
                "indexes": [
                    models.Index(
                        models.F("last_day"),
                        models.F("first_day"),
                        condition=models.Q(("withdrawn", False)),
                        name="special_day_kept",
                    ),
                    models.Index(models.F("first_day"), models.F("id"), name="special_day_first"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_day__gte", models.F("first_day"))),
                        name="special_day_order",
                        violation_error_message="Le dernier jour est avant le premier.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="special_day_reason"
                    ),
                ],
            },
        ),
        migrations.RunPython(granting("access", RIGHTS), migrations.RunPython.noop, elidable=False),
    ]
