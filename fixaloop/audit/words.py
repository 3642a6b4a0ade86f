"""The lines of the journal in words."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.audit.models import AuditEntry
from fixaloop.groups import EXPLAINED
from fixaloop.imports.kinds import importer_of, name_of
from fixaloop.installation.models import Firm
from fixaloop.web.rights import declared_words

Kind = AuditEntry.Kind
LABELS = {
    "given": gettext_lazy("donné"),
    "taken": gettext_lazy("retiré"),
    "changed": gettext_lazy("modifié"),
    "rows": gettext_lazy("lignes"),
    "filters": gettext_lazy("filtres"),
    "what": gettext_lazy("quoi"),
    "created": gettext_lazy("créés"),
    "updated": gettext_lazy("mis à jour"),
    "refused": gettext_lazy("refusés"),
    "made": gettext_lazy("nouveau jeton"),
    "rights": gettext_lazy("droit manquant"),
    "groups": gettext_lazy("groupes"),
    "agent": gettext_lazy("navigateur"),
    "group": gettext_lazy("groupes"),
    "days": gettext_lazy("période"),
    "reason": gettext_lazy("raison"),
    "waited": gettext_lazy("essais suspendus, mot de passe non regardé"),
    "hour": gettext_lazy("dans l’heure du"),
}
FLAGS = {
    "is_superuser": gettext_lazy("administrateur, tous les droits"),
    "is_staff": gettext_lazy("entrée dans l’administration"),
    "yes": gettext_lazy("oui"),
    "no": gettext_lazy("non, révoqué"),
}


COLUMNS: dict[str, type[Model]] = {Kind.ACCOUNT_CHANGED: User, Kind.SETTINGS: Firm}


def details_of(entry: AuditEntry) -> str:
    """“donné : Accueil · retiré : Gardien”."""
    said = ((str(LABELS.get(name, name)), _value(entry, name, value)) for name, value in entry.values.items())
    return " · ".join(_say(label, value) for label, value in said)


def _say(label: str, value: str) -> str:
    return _("%(what)s : %(count)s") % {"what": label, "count": value}


def _value(entry: AuditEntry, name: str, value: Any) -> str:
    if name == "filters":
        return ", ".join(_filters(entry.subject, value))
    if name == "changed":
        return ", ".join(_column(COLUMNS.get(entry.kind), column) for column in value)
    if name == "what":
        importer = importer_of(value)
        return name_of(importer) if importer else value
    if name == "hour":
        return date_format(timezone.localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT")
    return _said(value)


def _filters(address: str, given: dict[str, Any]) -> Iterator[str]:
    """The filters of the list at an address, each as the list itself calls it and what is chosen."""
    known = _filters_at(address)
    for name, value in given.items():
        filter_ = known.get(name)
        choices = filter_.extra.get("choices", ()) if filter_ else ()
        labels = dict(choices() if callable(choices) else choices)
        chosen = value if isinstance(value, list) else [value]
        label = filter_.label if filter_ else LABELS.get(name, name)
        yield _say(str(label), ", ".join(str(labels.get(one, one)) for one in chosen))


def _filters_at(address: str) -> dict[str, Any]:
    try:
        view = getattr(resolve(address).func, "view_class", None)
    except Resolver404:
        return {}
    filters: dict[str, Any] = getattr(getattr(view, "filterset_class", None), "base_filters", {})
    return filters


def _column(model: type[Model] | None, name: str) -> str:
    if model is None or name not in {field.name for field in model._meta.get_fields()}:
        return str(LABELS.get(name, name))
    return str(getattr(model._meta.get_field(name), "verbose_name", name))


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_said, value))
    if isinstance(value, int):
        return number_format(value)
    if value in FLAGS:
        return str(FLAGS[value])
    words = None if value in EXPLAINED else declared_words().get(value)
    return str(words.label) if words else str(value)
