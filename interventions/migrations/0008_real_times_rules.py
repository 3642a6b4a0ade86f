"""What must be true of real times and of what was reopened, and the index of what is late."""

import datetime

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("interventions", "0007_waits_of_the_past"),)
    operations = (
        migrations.RemoveConstraint(
            model_name="intervention",
            name="intervention_finished",
        ),
        migrations.RemoveIndex(
            model_name="intervention",
            name="intervention_late",
        ),
        migrations.AddIndex(
            model_name="intervention",
            index=models.Index(
                condition=models.Q(("reopened_at__isnull", True), ("state__in", ("to_plan", "planned", "in_progress"))),
                fields=["planned_end"],
                name="intervention_late",
            ),
        ),
        migrations.AddIndex(
            model_name="intervention",
            index=models.Index(
                condition=models.Q(("state", "on_hold")), fields=["waiting_since", "id"], name="intervention_held"
            ),
        ),
        migrations.AddConstraint(
            model_name="intervention",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", False), ("state__in", ("done", "closed"))),
                    models.Q(
                        ("finished_at__isnull", False),
                        ("reopened_at__isnull", False),
                        ("state__in", ("in_progress", "on_hold")),
                    ),
                    models.Q(models.Q(("state__in", ("done", "closed")), _negated=True), ("finished_at__isnull", True)),
                    _connector="OR",
                ),
                name="intervention_finished",
            ),
        ),
        migrations.AddConstraint(
            model_name="intervention",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reopened_at__isnull", True),
                    ("state__in", ("to_plan", "planned", "in_progress", "on_hold")),
                    _connector="OR",
                ),
                name="intervention_reopened",
            ),
        ),
        migrations.AddConstraint(
            model_name="intervention",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("state", "on_hold"), _negated=True), ("waiting_since__isnull", False), _connector="OR"
                    ),
                    models.Q(
                        ("waiting_since__isnull", True),
                        models.Q(
                            ("started_at__isnull", False),
                            models.Q(("state__in", ("in_progress", "done", "closed")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    ("waited__gte", datetime.timedelta(0)),
                ),
                name="intervention_waiting",
            ),
        ),
    )
