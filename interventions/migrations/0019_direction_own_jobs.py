"""Direction may give the group Technicien only if it holds all of its rights."""

from django.db import migrations

from fixaloop.groups import DIRECTION, granting


class Migration(migrations.Migration):
    dependencies = (
        ("auth", "0012_alter_user_first_name_max_length"),
        ("interventions", "0018_estimated"),
    )

    operations = (
        migrations.RunPython(
            granting("interventions", {DIRECTION: ("change_own_intervention",)}),
            migrations.RunPython.noop,
            elidable=False,
        ),
    )
