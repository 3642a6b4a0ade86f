"""The ready-made groups, to which each app's migrations give rights (docs/rules.md, Permissions).

Direction does everything, Accueil the daily desk, Technicien his work, Gardien the gate, Lecture seule looks.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib.auth.management import create_permissions
from django.utils.translation import gettext_lazy as _

DIRECTION, RECEPTION, TECHNICIAN = "Direction", "Accueil", "Technicien"
GUARD, READER = "Gardien", "Lecture seule"
# What each opens, in a few words, in the order in which they are offered.
EXPLAINED = {
    DIRECTION: _("tout le travail, les chiffres, les réglages et les comptes"),
    RECEPTION: _("chaque jour, les clients, interventions, cartes et paiements"),
    TECHNICIAN: _("les interventions qui lui sont confiées, et le planning"),
    GUARD: _("le contrôle à l’entrée, et qui est sur place"),
    READER: _("regarde, sans rien changer"),
}


def granting(app_label: str, rights: Mapping[str, Iterable[str]]) -> Callable[[Any, Any], None]:
    """Return a migration step that gives groups (name → codenames) permissions on the models of one app.

    Raises `Permission.DoesNotExist` for a codename that the app's models do not declare.
    """

    def grant(apps: Any, schema_editor: Any) -> None:
        app_config = apps.get_app_config(app_label)
        # Django makes permissions once all migrations are done; this step needs them now.
        app_config.models_module = True
        create_permissions(app_config, apps=apps, verbosity=0, using=schema_editor.connection.alias)
        app_config.models_module = None
        permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label=app_label)
        for group_name, codenames in rights.items():
            group, _created = apps.get_model("auth", "Group").objects.get_or_create(name=group_name)
            group.permissions.add(*(permissions.get(codename=codename) for codename in codenames))

    return grant
