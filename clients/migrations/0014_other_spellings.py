"""Names, towns and further contacts are searched in all spellings; a name is compared by its letters alone."""

from typing import Any

from django.db import migrations, transaction
from django.db.models import Max, Min

from clients.values import keys

BATCH = 1_000
READ = (
    *("number", "kind", "first_name", "last_name", "company_name", "siret", "email", "phone", "other_contacts"),
    *("postal_code", "city", "external_reference", "extra_search"),
)
WRITTEN = ("name_key", "search_text")


def derive(apps: Any, schema_editor: Any) -> None:
    """Some thousands at a time, each on its own, so that nobody waits for the table."""
    clients = apps.get_model("clients", "Client").objects.order_by()
    ends = clients.aggregate(first=Min("pk"), last=Max("pk"))
    for start in range(ends["first"] or 0, (ends["last"] or -1) + 1, BATCH):
        with transaction.atomic():
            some = clients.filter(pk__gte=start, pk__lt=start + BATCH).select_for_update()
            changed = [client for client in some.only(*READ, *WRITTEN) if _derive(client)]
            clients.bulk_update(changed, WRITTEN, batch_size=200)


def _derive(client: Any) -> bool:
    before = [getattr(client, name) for name in WRITTEN]
    client.name_key, client.search_text = keys.name_key(keys.whole_name(client)), keys.search_text(client)
    return before != [getattr(client, name) for name in WRITTEN]


class Migration(migrations.Migration):
    atomic = False
    dependencies = (("clients", "0013_other_contacts"),)
    operations = (migrations.RunPython(derive, migrations.RunPython.noop, elidable=True),)
