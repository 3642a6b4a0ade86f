"""Names and addresses in capitals or lower case, and towns that are elsewhere: told of the clients there are."""

from typing import Any

from django.db import migrations, models, transaction
from django.db.models import Max, Min, Q

from clients.values.quality import oddities

BATCH = 2_000
ODD = ("odd_name", "odd_address", "odd_town", "odd_kind")
READ = (
    *("kind", "first_name", "last_name", "company_name", "street", "street_extra", "postal_code", "city", "country"),
    *ODD,
)


def derive(apps: Any, schema_editor: Any) -> None:
    """Some thousands at a time, each on its own, so that nobody waits for the table."""
    clients = apps.get_model("clients", "Client").objects.order_by()
    ends = clients.aggregate(first=Min("pk"), last=Max("pk"))
    for start in range(ends["first"] or 0, (ends["last"] or -1) + 1, BATCH):
        with transaction.atomic():
            some = clients.filter(pk__gte=start, pk__lt=start + BATCH).select_for_update().only(*READ)
            found = {client.pk: oddities(client) for client in some}
            for name in ODD:
                clients.filter(pk__in=[pk for pk, odd in found.items() if odd[name]]).update(**{name: True})


class Migration(migrations.Migration):
    atomic = False
    dependencies = (("clients", "0022_long_searches"),)
    operations = (
        *(
            migrations.AddField(
                model_name="client",
                name=name,
                field=models.BooleanField(db_default=False, default=False, editable=False),
            )
            for name in ODD
        ),
        migrations.RunPython(derive, migrations.RunPython.noop, elidable=True),
        *(
            migrations.AddIndex(
                model_name="client",
                index=models.Index(
                    fields=["-active_until", "sort_name", "id"], name=f"client_{name}", condition=Q(**{name: True})
                ),
            )
            for name in ODD
        ),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(
                fields=["-active_until", "sort_name", "id"],
                name="client_odd",
                condition=Q(odd_name=True) | Q(odd_address=True) | Q(odd_town=True) | Q(odd_kind=True),
            ),
        ),
    )
