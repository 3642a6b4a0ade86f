"""What keeps an import from being undone: rows that are not any more as it left them, and rows that depend on others.

Each is named with what can be done about it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import DO_NOTHING
from django.utils.translation import gettext as _

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
    """A sentence for each row that was since attached to one of those created.

    `told_by_itself` of a model is the condition on its rows that nobody attached: they do not count.
    """
    own = set(ids)
    for model, name in _relations(importer):
        links = [field.name for field in model._meta.concrete_fields if field.is_relation]
        for part in batches(ids):
            rows = model._base_manager.filter(**{f"{name}__in": part}).select_related(*links).order_by("pk")
            if told := getattr(model, "told_by_itself", None):
                rows = rows.exclude(told)
            for row in rows.iterator(chunk_size=100):
                if model is not importer.model or row.pk not in own:
                    yield _said(getattr(row, name), row)


def _relations(importer: type[Importer]) -> Iterator[tuple[Any, str]]:
    """The models with a link to that of a kind, and the name of the link, hidden ones too; history only mentions."""
    for relation in importer.model._meta.get_fields(include_hidden=True):
        if not (relation.one_to_many or relation.one_to_one) or relation.concrete:
            continue
        model = relation.related_model
        if relation.on_delete is not DO_NOTHING and not model._meta.auto_created and model not in importer.parts:
            yield model, relation.field.name


def _said(row: Any, dependent: Any) -> str:
    message = _(
        "%(row)s : « %(dependent)s » (%(kind)s) en dépend depuis. Supprimez-le ou donnez-le à une autre fiche d’abord ;"
        " sinon, gardez cette fiche et corrigez-la."
    )
    return message % {"row": row, "dependent": dependent, "kind": dependent._meta.verbose_name}
