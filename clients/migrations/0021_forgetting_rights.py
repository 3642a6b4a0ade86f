"""Who may forget the clients without contact."""

from django.db import migrations

from fixaloop.groups import DIRECTION, granting


class Migration(migrations.Migration):
    dependencies = (("clients", "0020_last_contact"),)
    operations = (
        migrations.RunPython(
            granting("clients", {DIRECTION: ("forget_client",)}), migrations.RunPython.noop, elidable=False
        ),
    )
