"""`manage.py demo`: people, rights and data to try Fixaloop with."""

from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _, gettext_lazy
from faker import Faker

from fixaloop.discovery import modules
from fixaloop.groups import DIRECTION, GUARD, READER, RECEPTION, TECHNICIAN
from fixaloop.management import HelpedCommand
from fixaloop.models import Counter

PASSWORD = "fixaloop-demo"  # noqa: S105
SEED = 318
# This counter tells a demonstration database from one with real clients.
SERIES = "demonstration"
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

    def handle(self, *args: Any, **options: Any) -> None:
        if Counter.objects.filter(pk=SERIES).exists():
            self.stdout.write(_("Les données de démonstration sont déjà là : rien n’est changé."))
        else:
            loaded = _load()
            self.stdout.write(_("Données de démonstration chargées : %(what)s.") % {"what": ", ".join(loaded)})
        self._print_logins()

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
    users = _make_users()
    faker = Faker("fr_FR")
    faker.seed_instance(SEED)
    for part in parts.values():
        part.load(faker, users["accueil"])
    Counter.objects.create(pk=SERIES, value=1)
    return list(parts)


def _refuse_real_data(obstacles: Any) -> None:
    taken = User.objects.filter(username__in=[login for login, *_names in LOGINS]).values_list("username", flat=True)
    reasons = [_("l’utilisateur « %(login)s » existe déjà") % {"login": login} for login in taken]
    reasons += filter(None, obstacles)
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
