"""Who may use and make models for similar clients."""

from django.db import migrations

from fixaloop.groups import DIRECTION, READER, RECEPTION, granting

ALL = ("view_clienttemplate", "add_clienttemplate", "change_clienttemplate", "delete_clienttemplate")
RIGHTS = {DIRECTION: ALL, RECEPTION: ALL, READER: ("view_clienttemplate",)}


class Migration(migrations.Migration):
    dependencies = (("clients", "0005_client_templates"),)
    operations = (migrations.RunPython(granting("clients", RIGHTS), migrations.RunPython.noop, elidable=False),)
