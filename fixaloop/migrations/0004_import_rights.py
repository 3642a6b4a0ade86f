"""Who may import, and take an import back."""

from django.db import migrations

from fixaloop.groups import DIRECTION, RECEPTION, granting

RIGHTS = {
    DIRECTION: ("view_importbatch", "add_importbatch", "undo_importbatch"),
    RECEPTION: ("view_importbatch", "add_importbatch"),
}


class Migration(migrations.Migration):
    dependencies = (
        ("fixaloop", "0003_batches_jobs"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    )
    operations = (migrations.RunPython(granting("fixaloop", RIGHTS), migrations.RunPython.noop, elidable=False),)
