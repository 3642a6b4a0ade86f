"""Rights in words, by the rooms that each app declares in `right_words`; `/rights/` shows one’s own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_safe

from fixaloop.discovery import modules
from fixaloop.words.text import person_name

# What Django gives for each table; pages of administrators alone need most of them.
VERBS = {
    "view": gettext_lazy("Voir : %(what)s"),
    "add": gettext_lazy("Ajouter : %(what)s"),
    "change": gettext_lazy("Modifier : %(what)s"),
    "delete": gettext_lazy("Supprimer : %(what)s"),
}
ADMINISTRATION = gettext_lazy("Administration")
IN_ADMINISTRATION = gettext_lazy("les pages de l’administration, pour les comptes qui y entrent")


@dataclass(frozen=True)
class Words:
    """What a right lets people do, and what it opens."""

    label: Any
    opens: Any


@dataclass(frozen=True)
class Room:
    """Rights of one app that belong together, by codename."""

    title: Any
    rights: Mapping[str, Words]
    # The app whose rights they are, where it is not the one that declares the room.
    app: str = ""


@dataclass(frozen=True)
class Right:
    """A right as people read it."""

    name: str
    label: str
    opens: str


@require_safe
def my_rights(request: HttpRequest) -> HttpResponse:
    user = request.user
    context = {
        "page_title": _("Mes droits"),
        "name": person_name(user),
        "groups": list(user.groups.order_by("name").values_list("name", flat=True)),
        "rooms": rooms_of(user.get_all_permissions()),
        "all": user.is_superuser,
    }
    return render(request, "rights.html", context)


def rooms_of(held: set[str]) -> list[tuple[str, list[Right]]]:
    """The rights held, by room in the order in which they are declared; the others as administration."""
    declared = [(room.title, [f"{app}.{name}" for name in room.rights]) for app, room in _rooms()]
    named = {right for _title, rights in declared for right in rights}
    # The rights on a table that is gone stay in the database.
    others = sorted(right for right in held - named if _table_of(right) is not None)
    every = [*declared, (ADMINISTRATION, others)]
    found = [(str(title), [right_of(right) for right in rights if right in held]) for title, rights in every]
    return [(title, rights) for title, rights in found if rights]


def right_of(name: str) -> Right:
    """The words of `clients.view_client`; those of Django’s four verbs follow from the name of the table."""
    words = declared_words().get(name)
    if words is not None:
        return Right(name, str(words.label), str(words.opens))
    table = _table_of(name)
    if table is None:
        return Right(name, name, "")
    verb = name.partition(".")[2].partition("_")[0]
    return Right(name, str(VERBS[verb] % {"what": _name_of(table)}), str(IN_ADMINISTRATION))


@cache
def declared_words() -> dict[str, Words]:
    return {f"{app}.{codename}": words for app, room in _rooms() for codename, words in room.rights.items()}


def _rooms() -> Sequence[tuple[str, Room]]:
    found = ((module.__name__.partition(".")[0], module.ROOMS) for module in modules("right_words").values())
    return [(room.app or app, room) for app, rooms in found for room in rooms]


def _table_of(right: str) -> type[Model] | None:
    app_label, _dot, codename = right.partition(".")
    verb, _dash, model = codename.partition("_")
    return apps.all_models[app_label].get(model) if verb in VERBS else None


def _name_of(model: type[Model]) -> str:
    """The table in words; a table of the past is named after the one it keeps."""
    kept = getattr(model, "instance_type", None)
    if kept is not None:
        return _("historique (%(what)s)") % {"what": kept._meta.verbose_name_plural}
    return str(model._meta.verbose_name_plural)
