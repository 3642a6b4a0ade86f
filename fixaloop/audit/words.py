"""The lines of the journal in words."""

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _, gettext_lazy

from fixaloop.audit.models import AuditEntry
from fixaloop.groups import EXPLAINED
from fixaloop.web.rights import declared_words

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
    "reason": gettext_lazy("raison"),
}
FLAGS = {
    "is_superuser": gettext_lazy("administrateur, tous les droits"),
    "is_staff": gettext_lazy("entrée dans l’administration"),
    "yes": gettext_lazy("oui"),
    "no": gettext_lazy("non, révoqué"),
}


def details_of(entry: AuditEntry) -> str:
    """“donné : Accueil · retiré : Gardien”."""
    said = ((LABELS.get(name, name), _said(value)) for name, value in entry.values.items())
    return " · ".join(_("%(what)s : %(count)s") % {"what": label, "count": value} for label, value in said)


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} = {_said(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_said, value))
    if isinstance(value, int):
        return number_format(value)
    if value in FLAGS:
        return str(FLAGS[value])
    words = None if value in EXPLAINED else declared_words().get(value)
    return str(words.label) if words else str(value)
