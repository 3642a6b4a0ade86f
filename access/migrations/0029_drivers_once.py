"""Nobody drives a vehicle twice, or as another client than its own: merges and sales had left such drivers."""

from typing import Any

from django.db import migrations, models
from django.db.models import Exists, F, OuterRef


def remove(apps: Any, schema_editor: Any) -> None:
    drivers = apps.get_model("access", "Driver").objects.order_by()
    earlier = drivers.filter(vehicle=OuterRef("vehicle"), client=OuterRef("client"), pk__lt=OuterRef("pk"))
    owners, again = drivers.filter(vehicle__client=F("client")), drivers.filter(Exists(earlier))
    for rows in (owners, again):
        drivers.filter(pk__in=list(rows.values_list("pk", flat=True))).delete()


class Migration(migrations.Migration):
    dependencies = (("access", "0028_card_uses"),)
    operations = (
        migrations.RunPython(remove, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="driver",
            constraint=models.UniqueConstraint(fields=("vehicle", "client"), name="driver_once"),
        ),
    )
