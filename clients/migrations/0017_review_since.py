"""Since when nobody has reviewed the clients there are, and who may."""

from typing import Any

from django.db import migrations, models, transaction
from django.db.models import F, Max, Min, Q

from fixaloop.groups import DIRECTION, RECEPTION, granting

BATCH = 5_000
RIGHTS = {DIRECTION: ("review_client",), RECEPTION: ("review_client",)}


def derive(apps: Any, schema_editor: Any) -> None:
    """Some thousands at a time, each on its own, so that nobody waits for the table. Endless forced statuses stay."""
    clients = apps.get_model("clients", "Client").objects.order_by()
    forced = ~Q(status_mode="automatic") & Q(status_until=None)
    ends = clients.aggregate(first=Min("pk"), last=Max("pk"))
    for start in range(ends["first"] or 0, (ends["last"] or -1) + 1, BATCH):
        with transaction.atomic():
            some = clients.filter(pk__gte=start, pk__lt=start + BATCH, reviewed_at=None)
            some.exclude(forced).update(review_since=F("created_at"))


class Migration(migrations.Migration):
    atomic = False
    dependencies = (("clients", "0016_reviews"),)
    operations = (
        migrations.RunPython(derive, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(
                condition=models.Q(("status_mode", "automatic"), _negated=True),
                fields=["status_mode", "-active_until", "sort_name", "id"],
                name="client_forced",
            ),
        ),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(fields=["review_since", "id"], name="client_by_review"),
        ),
        migrations.RunPython(granting("clients", RIGHTS), migrations.RunPython.noop, elidable=False),
    )
