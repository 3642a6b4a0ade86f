"""Undo of a whole import."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _, ngettext

from fixaloop.audit.trail import Kind, note
from fixaloop.imports.beside import remove_unused
from fixaloop.imports.importer import Importer, Overtaken, signature
from fixaloop.imports.jobs import delete_served
from fixaloop.imports.kinds import importer_of
from fixaloop.imports.obstacles import changed_since, dependents
from fixaloop.imports.restoring import taken_or_gone
from fixaloop.models import ImportBatch, ImportTrace
from fixaloop.records.bulk import batches
from fixaloop.records.personal import forget_removed
from fixaloop.records.refusal import Refused

SHOWN = 50


class Irreversible(Exception):
    """A batch that cannot be undone; `obstacles` says why, a sentence each."""

    def __init__(self, obstacles: Sequence[str]) -> None:
        super().__init__("\n".join(obstacles))
        self.obstacles = obstacles


@dataclass(frozen=True)
class Undone:
    """How many of the created rows stay for their payments, and what became of what was made besides them."""

    stayed: int
    beside: Sequence[str]

    @property
    def remarks(self) -> str:
        return " ".join(filter(None, (_stay_message(self.stayed), *self.beside)))


def undo_batch(batch: ImportBatch, *, by: User | None, at: datetime) -> Undone:
    """Delete what a batch created and restore what it changed, all or nothing; payments are answered by opposite ones.

    Raises Irreversible where rows were changed since, others depend on them, or what they had is taken or gone, and for
    a batch undone already.
    """
    try:
        with transaction.atomic():
            return _undo(batch, by=by, at=at)
    except (IntegrityError, Overtaken) as error:
        message = _("Ce que cet import avait changé ne peut plus être remis : d’autres fiches ont pris sa place.")
        raise Irreversible([message]) from error
    except (Refused, ValidationError) as error:
        raise Irreversible(list(getattr(error, "messages", None) or [str(error)])) from error


def _undo(batch: ImportBatch, *, by: User | None, at: datetime) -> Undone:
    batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    importer = importer_of(batch.kind)
    traces = list(batch.traces.all())
    if batch.undone_at:
        raise Irreversible([_("Cet import est déjà annulé.")])
    if importer is None or not traces:
        raise Irreversible([_("Cet import n’a pas gardé de quoi être annulé.")])
    created = {int(key): mark for trace in traces for key, mark in trace.created.items()}
    if reasons := _shortened(chain(changed_since(importer, traces), dependents(importer, list(created)))):
        raise Irreversible(reasons)
    if reasons := _shortened(taken_or_gone(importer, traces)):
        raise Irreversible(reasons)
    batch.undone_at, batch.undone_by = at, by
    signed = signature(batch, at)
    for trace in reversed(traces):
        if trace.changed:
            importer.restore({int(key): before for key, (before, *_marks) in trace.changed.items()}, signed)
    _follow(importer, batch, traces)
    importer.forget_file(batch)
    for trace in reversed(traces):
        if trace.created:
            importer.remove([int(key) for key in trace.created], signed)
    batch.save(update_fields=["undone_at", "undone_by"])
    note(Kind.IMPORT_UNDONE, batch.pk, by=by, what=batch.kind)
    stayed = _forget(importer, batch, list(created))
    importer.give_back(list(created), signed)
    return Undone(stayed, _shortened(list(remove_unused(traces, signed))))


def _stay_message(stayed: int) -> str:
    message = ngettext(
        "%(count)d fiche reste, annulée, pour ses paiements et leurs contraires.",
        "%(count)d fiches restent, annulées, pour leurs paiements et leurs contraires.",
        stayed,
    )
    return message % {"count": stayed} if stayed else ""


def _forget(importer: type[Importer], batch: ImportBatch, removed: Sequence[int]) -> int:
    """Leave nothing of the rows that were taken out, nor of what the traces had kept; return how many rows stay."""
    stayed = 0
    for part in batches(removed):
        gone = set(part) - set(importer.model._base_manager.filter(pk__in=part).values_list("pk", flat=True))
        stayed += len(part) - len(gone)
        forget_removed(importer.model, gone)
    batch.traces.update(created={}, changed={}, beside={})
    delete_served(batch)
    return stayed


def _follow(importer: type[Importer], batch: ImportBatch, traces: Sequence[ImportTrace]) -> None:
    """Give the traces of earlier batches the new marks of rows that are again as those batches left them."""
    former: dict[str, str] = {}
    for trace in traces:
        for key, (_before, mark, *told) in trace.changed.items():
            former.setdefault(key, told[0] if told else importer.former(mark))
    if not former:
        return
    rows = (row for part in batches(former) for row in importer.model._default_manager.filter(pk__in=part))
    now = {str(row.pk): importer.mark(row) for row in rows}
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


def _shortened(reasons: Iterable[str]) -> list[str]:
    kept = list(islice(reasons, SHOWN + 1))
    shown = list(dict.fromkeys(kept[:SHOWN]))
    return [*shown, _("… et d’autres encore.")] if len(kept) > SHOWN else shown
