"""What an import made besides its rows, because they named it: zones and tags. Undone with it where nothing uses it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.utils.translation import gettext as _

from fixaloop.imports.attached import attached, relations
from fixaloop.models import ImportTrace
from fixaloop.records.bulk import Signature

# Label of a model → primary keys.
Beside = Mapping[str, Sequence[int]]


def remove_unused(traces: Sequence[ImportTrace], signed: Signature) -> Iterator[str]:
    """Delete what the traces say was made, if nobody changed it and nothing names it; say of each what became of it."""
    for trace in traces:
        for label, keys in trace.beside.items():
            model = apps.get_model(label)
            for row in model._default_manager.filter(pk__in=keys).order_by("pk"):
                yield _remove(row, signed)


def _remove(row: Any, signed: Signature) -> str:
    told = {"kind": row._meta.verbose_name, "name": str(row)}
    # A version counts from 1; tags have none.
    if getattr(row, "version", 1) > 1 or _is_used(row):
        return _("Créé par cet import, gardé car il sert ou a changé depuis : %(kind)s « %(name)s ».") % told
    row._history_user, row._change_reason = signed.by, signed.reason
    row.delete()
    return _("Supprimé aussi : %(kind)s « %(name)s ».") % told


def _is_used(row: Model) -> bool:
    return any(attached(model, **{name: row}).exists() for model, name in relations(type(row)))
