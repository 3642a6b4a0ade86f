"""`manage.py demo`: people, rights and data to try Fixaloop with."""

from collections.abc import Mapping
from io import StringIO
from types import ModuleType
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _, gettext_lazy
from faker import Faker

from fixaloop.discovery import modules
from fixaloop.groups import DIRECTION, GUARD, READER, RECEPTION, TECHNICIAN
from fixaloop.installation.made import is_part, remember
from fixaloop.installation.marks import DEMONSTRATION, PASSWORD, REAL, is_demonstration, is_real, mark
from fixaloop.installation.models import Firm
from fixaloop.installation.removal import Keys, remove
from fixaloop.management import HelpedCommand
from fixaloop.models import DemoRows
from fixaloop.records.refusal import Refused

SEED = 318
NAMED = 20
LOGINS = (
    ("admin", "Camille", "Roussel", ""),
    ("direction", "Hélène", "Marchal", DIRECTION),
    ("accueil", "Sophie", "Lambert", RECEPTION),
    ("technicien", "Karim", "Benali", TECHNICIAN),
    ("gardien", "Lucien", "Schmitt", GUARD),
    ("lecture", "Nadia", "Perrin", READER),
)


class Command(HelpedCommand):
    """Creates the users and calls `load(faker, by)` in the `demo` module of each app.

    A module may have an `obstacle()`, which tells why its data must not be loaded here.
    """

    about = gettext_lazy("Charge les données de démonstration ; ne fait rien la deuxième fois.")

    def add_arguments(self, parser: CommandParser) -> None:
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--remove", action="store_true", help=_("enlever ce qu’elle a fait, rien d’autre"))
        choice.add_argument("--never", action="store_true", help=_("base réelle : ne jamais l’y charger"))

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove"]:
            self._remove()
        elif options["never"]:
            self._never()
        elif is_real():
            self.stdout.write(_("Base réelle : les données de démonstration n’y sont pas chargées."))
        else:
            self._load()

    def _load(self) -> None:
        if is_demonstration():
            self.stdout.write(_("Les données de démonstration sont déjà là : rien n’est changé."))
        else:
            loaded = _load()
            self.stdout.write(_("Données de démonstration chargées : %(what)s.") % {"what": ", ".join(loaded)})
        self._print_logins()

    def _never(self) -> None:
        if is_demonstration():
            raise CommandError(
                _(
                    "Cette base contient la démonstration. Enlevez-la d’abord (manage.py demo --remove), ou prenez un"
                    " autre dossier de données (VAR_DIR=…)."
                )
            )
        mark(REAL)

    def _remove(self) -> None:
        if not is_demonstration():
            raise CommandError(_("Cette base ne contient pas la démonstration."))
        if not DemoRows.objects.exists():
            raise CommandError(
                _("Une version plus ancienne l’a chargée sans noter ce qu’elle faisait : prenez une base neuve.")
            )
        try:
            count, kept = remove()
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(_("Démonstration enlevée : %(count)s lignes.") % {"count": count})
        self._name(kept)
        if not User.objects.filter(is_superuser=True, is_active=True).exists():
            self.stdout.write(_("Il n’y a plus d’administrateur : manage.py createsuperuser en crée un."))
        # Sums and columns computed from what is gone.
        call_command("nightly", stdout=StringIO())

    def _name(self, kept: Keys) -> None:
        told = {model: keys for model, keys in kept.items() if keys and not is_part(model)}
        if told:
            self.stdout.write(_("Gardé, parce que quelqu’un l’a modifié ou s’en sert :"))
        for model, keys in told.items():
            shown = [str(row) for row in model._base_manager.filter(pk__in=sorted(keys)[:NAMED])]
            others = "…" if len(keys) > NAMED else ""
            plural = model._meta.verbose_name_plural
            self.stdout.write(f"  {plural} ({len(keys)}) : {', '.join(shown)}{others}")

    def _print_logins(self) -> None:
        rows = [(_("Identifiant"), _("Nom"), _("Groupe"))]
        rows += [(login, f"{first} {last}", group or _("administrateur")) for login, first, last, group in LOGINS]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        self.stdout.write("")
        for row in rows:
            self.stdout.write("  " + "   ".join(map(str.ljust, row, widths)).rstrip())
        self.stdout.write("")
        self.stdout.write("  " + _("Mot de passe de tous : %(password)s") % {"password": PASSWORD})


@transaction.atomic
def _load() -> list[str]:
    parts = modules("demo")
    _refuse_real_data(part.obstacle() for part in parts.values() if hasattr(part, "obstacle"))
    remember(lambda: _make(parts))
    mark(DEMONSTRATION)
    return list(parts)


def _make(parts: Mapping[str, ModuleType]) -> None:
    users = _make_users()
    faker = Faker("fr_FR")
    faker.seed_instance(SEED)
    for part in parts.values():
        part.load(faker, users["accueil"])


def _refuse_real_data(obstacles: Any) -> None:
    users = User.objects.order_by("pk").values_list("username", flat=True)[:3]
    reasons = [_("l’utilisateur « %(login)s » existe déjà") % {"login": login} for login in users]
    reasons += filter(None, obstacles)
    reasons += [_("l’entreprise est renseignée")] if Firm.objects.exists() else []
    if reasons:
        message = _("Cette base n’est pas vide (%(reasons)s) : la démonstration ne se charge que dans une base neuve.")
        raise CommandError(message % {"reasons": ", ".join(reasons)})


def _make_users() -> dict[str, User]:
    password = make_password(PASSWORD)
    users = {}
    for login, first_name, last_name, group in LOGINS:
        users[login] = User.objects.create(
            username=login,
            first_name=first_name,
            last_name=last_name,
            email=f"{login}@example.org",
            password=password,
            is_staff=not group,
            is_superuser=not group,
        )
        if group:
            users[login].groups.add(Group.objects.get(name=group))
    return users
