"""Says whose each stay is, some thousands at a time, so that passages go on meanwhile; can be run again."""

from django.db import migrations
from django.db.models import BigIntegerField, Case, F, Max, OuterRef, Subquery, When

BATCH = 10_000
KINDS = 4
NUMBER = Case(
    When(card__visitor__gt="", then=F("card_id") * KINDS + 1),
    When(client__kind="individual", then=F("client_id") * KINDS),
    When(card__isnull=False, then=F("card_id") * KINDS + 1),
    When(vehicle__isnull=False, then=F("vehicle_id") * KINDS + 2),
    default=F("client_id") * KINDS + 3,
    output_field=BigIntegerField(),
)


def number(apps, schema_editor):
    entries = apps.get_model("access", "Entry").objects.order_by()
    found = entries.filter(pk=OuterRef("pk")).annotate(number=NUMBER).values("number")
    last = entries.aggregate(last=Max("pk"))["last"] or 0
    for start in range(0, last + 1, BATCH):
        entries.filter(pk__gte=start, pk__lt=start + BATCH, person=0).update(person=Subquery(found))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("access", "0014_persons_of_stays")]

    operations = [migrations.RunPython(number, migrations.RunPython.noop)]
