"""`manage.py role_settings`: gives the planner settings to the role, for PgBouncer, which passes no options on."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.databases.planner import lacking, role_statements
from fixaloop.management import HelpedCommand


class Command(HelpedCommand):
    about = gettext_lazy("Montre les réglages du planificateur à donner au rôle PostgreSQL ; --apply les donne.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError(_("Seul PostgreSQL a de tels réglages."))
        statements = role_statements()
        if not options["apply"]:
            self.stdout.write("".join(f"{statement};\n" for statement in statements), ending="")
            return
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()
        self.stdout.write(_("Le rôle a les réglages ; les nouvelles connexions les prennent."))
        if lacking():
            self.stdout.write(_("PgBouncer garde d’anciennes connexions : RECONNECT les renouvelle."))
