from django.db import migrations

from fixaloop.groups import DIRECTION, granting


class Migration(migrations.Migration):
    dependencies = (
        ("auth", "0012_alter_user_first_name_max_length"),
        ("fixaloop", "0013_firm"),
    )

    operations = (
        migrations.RunPython(
            granting("auth", {DIRECTION: ("view_user", "add_user", "change_user")}),
            migrations.RunPython.noop,
            elidable=False,
        ),
    )
