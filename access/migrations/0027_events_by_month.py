from typing import Any

from django.db import migrations
from django.utils import timezone

from fixaloop.records.dividing import divide
from fixaloop.records.months import Monthly

EVENTS = Monthly("access_event", ("entry", "exit", "refused"), links="access_event_tags", link="event_id")


def by_month(_apps: Any, _schema_editor: Any) -> None:
    divide(EVENTS, timezone.now())


class Migration(migrations.Migration):
    # PostgreSQL: the table is checked without a lock, then divided at once.
    atomic = False
    dependencies = [
        ("access", "0026_what_is_presented"),
    ]
    operations = [
        migrations.RunPython(by_month, migrations.RunPython.noop),
    ]
