"""Companies pay for the members they have, as their statements have told it."""

from typing import Any

from django.db import migrations, models, transaction
from django.db.models import Max, Min

BATCH = 5_000


def pay(apps: Any, schema_editor: Any) -> None:
    """Some thousands at a time, each on its own, so that nobody waits for the table; their history says the same."""
    for name in ("Client", "HistoricalClient"):
        rows = apps.get_model("clients", name).objects.order_by()
        ends = rows.aggregate(first=Min("pk"), last=Max("pk"))
        for start in range(ends["first"] or 0, (ends["last"] or -1) + 1, BATCH):
            with transaction.atomic():
                some = rows.filter(pk__gte=start, pk__lt=start + BATCH, company__isnull=False)
                some.update(payer="company")


class Migration(migrations.Migration):
    atomic = False
    dependencies = (("clients", "0024_payer"),)
    operations = (
        migrations.RunPython(pay, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(
                condition=models.Q(("company__isnull", False)),
                fields=["-active_until", "sort_name", "id"],
                name="client_of_a_company",
            ),
        ),
        migrations.AddConstraint(
            model_name="client",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("company__isnull", False),
                    models.Q(("payer", "own"), ("payer_since__isnull", True)),
                    _connector="OR",
                ),
                name="client_payer_is_a_company",
            ),
        ),
    )
