"""Batches: what was imported, when, by whom, and how to take it back whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fixaloop.imports.importer import Importer, importer_of, signature
from fixaloop.models import ImportBatch, ImportTrace

SHOWN = 50


class Irreversible(Exception):
    """A batch that cannot be taken back; `obstacles` says why, one sentence for each thing that stands in the way."""

    def __init__(self, obstacles: Sequence[str]) -> None:
        super().__init__("\n".join(obstacles))
        self.obstacles = obstacles


@transaction.atomic
def undo_batch(batch: ImportBatch, *, by: User | None, at: datetime) -> None:
    """Take a batch back: delete what it created, restore what it changed, all or nothing.

    Raises Irreversible with the list of what was changed since, or when it was undone already.
    """
    batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    importer = importer_of(batch.kind)
    traces = list(batch.traces.all())
    if batch.undone_at:
        raise Irreversible([_("Cet import est déjà annulé.")])
    if importer is None or not traces:
        raise Irreversible([_("Cet import n’a pas gardé de quoi être annulé.")])
    created = {int(key): mark for trace in traces for key, mark in trace.created.items()}
    if reasons := [*_changed_since(importer, traces), *_dependents(importer, list(created))]:
        raise Irreversible(_shortened(reasons))
    batch.undone_at, batch.undone_by = at, by
    signed = signature(batch, at)
    for trace in reversed(traces):
        if trace.changed:
            importer.restore({int(key): before for key, (before, *_marks) in trace.changed.items()}, signed)
    _follow(importer, batch, traces)
    for trace in reversed(traces):
        if trace.created:
            importer.remove([int(key) for key in trace.created], signed)
    batch.save(update_fields=["undone_at", "undone_by"])


def _changed_since(importer: type[Importer], traces: Sequence[ImportTrace]) -> Iterator[str]:
    """What somebody changed or deleted after the batch, one sentence each."""
    manager = importer.model._default_manager
    marks: dict[int, str] = {}
    for trace in traces:
        # The last word of the batch on a row is what counts.
        marks |= {int(key): mark for key, mark in trace.created.items()}
        marks |= {int(key): mark for key, (_before, mark, *_former) in trace.changed.items()}
    keys = list(marks)
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        found = {row.pk: row for row in manager.select_for_update(of=("self",)).filter(pk__in=part)}
        for key in part:
            if key not in found:
                yield _("Une fiche de cet import a été supprimée ou fusionnée depuis.")
            elif importer.mark(found[key]) != marks[key]:
                yield _("%(row)s a été modifié depuis.") % {"row": found[key]}


def _follow(importer: type[Importer], batch: ImportBatch, traces: Sequence[ImportTrace]) -> None:
    """Let earlier batches know again the rows that this one gives back as they left them: marks are others now."""
    former: dict[str, str] = {}
    for trace in traces:
        for key, (_before, mark, *told) in trace.changed.items():
            former.setdefault(key, told[0] if told else importer.former(mark))
    if not former:
        return
    now: dict[str, str] = {}
    keys = list(former)
    for start in range(0, len(keys), 500):
        rows = importer.model._default_manager.filter(pk__in=keys[start : start + 500])
        now |= {str(row.pk): importer.mark(row) for row in rows}
    earlier = ImportTrace.objects.filter(batch__kind=batch.kind, batch__undone_at=None, batch__lt=batch.pk)
    for trace in earlier.order_by("pk").iterator(chunk_size=20):
        created = {key: now[key] for key, mark in trace.created.items() if former.get(key) == mark}
        changed = {
            key: [before, now[key], *(told or [importer.former(mark)])]
            for key, (before, mark, *told) in trace.changed.items()
            if former.get(key) == mark
        }
        if created or changed:
            trace.created |= created
            trace.changed |= changed
            trace.save(update_fields=["created", "changed"])


def _dependents(importer: type[Importer], ids: Sequence[int]) -> Iterator[str]:
    """What was attached since to the rows a batch created: deleting them would leave it without owner.

    A model says as `told_by_itself` which of its rows nobody attached: they may go on without.
    """
    model = importer.model
    for relation in model._meta.related_objects:
        if relation.related_model in importer.parts:
            continue
        field = relation.field.name
        owner: Any = relation.related_model
        related = owner._base_manager
        for start in range(0, len(ids), 500):
            part = ids[start : start + 500]
            rows = related.filter(**{f"{field}__in": part})
            if told := getattr(owner, "told_by_itself", None):
                rows = rows.exclude(told)
            if relation.related_model is model:
                rows = rows.exclude(pk__in=ids) if len(ids) <= 500 else _outside(rows, set(ids))
            count = rows.count() if not isinstance(rows, list) else len(rows)
            if count:
                label = owner._meta.verbose_name_plural
                message = ngettext(
                    "%(count)d ligne de « %(label)s » dépend de ces fiches.",
                    "%(count)d lignes de « %(label)s » dépendent de ces fiches.",
                    count,
                )
                yield message % {"count": count, "label": label}


def _outside(rows: Any, ids: set[int]) -> list[Any]:
    return [row for row in rows if row.pk not in ids]


def _shortened(reasons: Sequence[str]) -> list[str]:
    kept = list(dict.fromkeys(reasons))
    if len(kept) <= SHOWN:
        return kept
    return [*kept[:SHOWN], _("… et %(count)d autres.") % {"count": len(kept) - SHOWN}]
