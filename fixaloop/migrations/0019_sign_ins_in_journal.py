from ipaddress import ip_address
from typing import Any

from django.db import migrations

from fixaloop.records.bulk import batches

CHUNK = 1_000


def take_over(apps: Any, schema_editor: Any) -> None:
    """Bring who signed in, and who failed to, into the journal."""
    entry = apps.get_model("fixaloop", "AuditEntry")
    rows = apps.get_model("fixaloop", "SignIn").objects.order_by("pk").iterator(chunk_size=CHUNK)
    for some in batches(rows, CHUNK):
        entry.objects.bulk_create([_line(entry, row) for row in some])


def _line(entry: Any, row: Any) -> Any:
    kind = "sign_in" if row.passed else "sign_in_failed"
    login = row.username if row.passed else ""
    values = {"agent": row.agent} if row.agent else {}
    subject = row.username[:150]
    return entry(at=row.at, kind=kind, login=login, subject=subject, address=_address(row.address), values=values)


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


class Migration(migrations.Migration):
    dependencies = (("fixaloop", "0018_audit"),)

    operations = (
        migrations.RunPython(take_over, migrations.RunPython.noop, elidable=True),
        migrations.DeleteModel(name="SignIn"),
    )
