"""What keeps an import from being undone: rows that are not any more as it left them, and rows that depend on others.

Each is named with what can be done about it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from fixaloop.imports.attached import attached, relations
from fixaloop.imports.importer import Importer
from fixaloop.models import ImportTrace
from fixaloop.records.bulk import batches


def changed_since(importer: type[Importer], traces: Sequence[ImportTrace]) -> Iterator[str]:
    """A sentence for each row that was changed or is gone. One that was created and deleted since needs no undoing."""
    created = {int(key): mark for trace in traces for key, mark in trace.created.items()}
    # The last word of the batch on a row is what counts.
    marks = created | {int(key): mark for trace in traces for key, (_was, mark, *_f) in trace.changed.items()}
    manager = importer.model._default_manager
    for part in batches(marks):
        found = {row.pk: row for row in manager.select_for_update(of=("self",), no_key=True).filter(pk__in=part)}
        if gone := [key for key in part if key not in found]:
            yield from importer.tell_gone([key for key in gone if key in created], was_changed=False)
            yield from importer.tell_gone([key for key in gone if key not in created], was_changed=True)
        yield from (importer.tell_changed(found[key]) for key in found if importer.mark(found[key]) != marks[key])


def dependents(importer: type[Importer], ids: Sequence[int]) -> Iterator[str]:
    """A sentence for each row that was since attached to one of those created."""
    own = set(ids)
    for model, name in relations(importer.model):
        if model in importer.parts:
            continue
        links = [field.name for field in model._meta.concrete_fields if field.is_relation]
        for part in batches(ids):
            rows = attached(model, **{f"{name}__in": part}).select_related(*links).order_by("pk")
            for row in rows.iterator(chunk_size=100):
                if model is not importer.model or row.pk not in own:
                    yield _said(getattr(row, name), row)


def _said(row: Any, dependent: Any) -> str:
    message = _(
        "%(row)s : « %(dependent)s » (%(kind)s) en dépend depuis. Supprimez-le ou donnez-le à une autre fiche d’abord ;"
        " sinon, gardez cette fiche et corrigez-la."
    )
    return message % {"row": row, "dependent": dependent, "kind": dependent._meta.verbose_name}
