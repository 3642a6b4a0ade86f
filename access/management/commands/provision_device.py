"""manage.py provision_device NAME --zone ZONE --direction in|out|both: a reader and its token."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _, gettext_lazy

from access.models import Direction, Zone
from access.models.places import Presented
from access.services import provision_device
from fixaloop.management import HelpedCommand

LONGEST = 80
MOST_NAMED = 30


class Command(HelpedCommand):
    about = gettext_lazy(
        "Crée l’appareil et sa zone s’ils manquent, et donne un nouveau jeton, une seule fois, seul sur sa ligne."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--zone", required=True)
        parser.add_argument("--create-zone", action="store_true", help=_("créer la zone si elle manque"))
        parser.add_argument("--direction", choices=Direction.values, required=True)
        what = _("ce qu’on lui présente ; sans cela, tout, noms d’utilisateur compris")
        parser.add_argument("--presented", choices=Presented.values, default="", help=what)

    def handle(self, *args: Any, name: str, zone: str, direction: str, presented: str = "", **options: Any) -> None:
        name, zone = name.strip(), zone.strip()
        if not 0 < len(name) <= LONGEST or not 0 < len(zone) <= LONGEST:
            raise CommandError(_("Un appareil et une zone ont un nom de 80 caractères au plus."), returncode=2)
        self._look_for(zone, create=options["create_zone"])
        self.stdout.write(provision_device(name, zone, direction, presented=presented, by=None))

    def _look_for(self, zone: str, *, create: bool) -> None:
        """Refuse an unknown zone, naming those there are; the first one of a site is made, and told."""
        if Zone.objects.filter(name__iexact=zone).exists():
            return
        names = list(Zone.objects.order_by("name").values_list("name", flat=True)[:MOST_NAMED])
        if names and not create:
            message = _("Aucune zone « %(zone)s ». Il y a : %(names)s. Pour la créer : --create-zone.")
            raise CommandError(message % {"zone": zone, "names": ", ".join(names)}, returncode=2)
        self.stderr.write(_("La zone « %(zone)s » est créée.") % {"zone": zone})
