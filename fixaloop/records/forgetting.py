"""Taking what was said of rows out of the records kept beside them: the admin's log and what imports remember."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from fixaloop.models import ImportTrace

# Each is a condition of its own, and SQLite takes no more than a thousand in one statement.
BATCH = 200


def forget_beside(rows: QuerySet[Any], kind: str) -> None:
    """Leave in the admin's log, and in the imports of a kind, that these rows were changed and nothing of what they
    held: an import of which something is forgotten is not taken back any more, as after any other change."""
    for keys in _batches(rows):
        _forget_log(rows.model, keys)
        _forget_traces(kind, keys)


def _batches(rows: QuerySet[Any]) -> Iterator[list[str]]:
    keys = [str(key) for key in rows.order_by("pk").values_list("pk", flat=True)]
    return (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))


def _forget_log(model: Any, keys: list[str]) -> None:
    logged = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id__in=keys)
    for number in logged.values_list("object_id", flat=True).distinct():
        logged.filter(object_id=number).update(object_repr=f"{model._meta.verbose_name} {number}", change_message="")


def _forget_traces(kind: str, keys: list[str]) -> None:
    traces = ImportTrace.objects.filter(batch__kind=kind, changed__has_any_keys=keys)
    for trace in traces.order_by("pk").iterator(chunk_size=1):
        for key in set(keys) & set(trace.changed):
            trace.changed[key] = [{}, trace.changed[key][1]]
        trace.save(update_fields=["changed"])
