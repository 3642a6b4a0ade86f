"""What an import wrote, with links: the first rows that it created and changed, by its traces."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from fixaloop.imports.kinds import importer_of
from fixaloop.imports.preview import CHANGED, NEW, SHOWN
from fixaloop.models import ImportBatch

WORDS = {CHANGED: (_("modifiée"), "brand"), NEW: (_("créée"), "ok")}


def written_rows(batch: ImportBatch | None, user: User, sort: str) -> list[dict[str, Any]]:
    """The rows of a sort, or of both; none without permission to see them. Those deleted since are left out."""
    importer = importer_of(batch.kind) if batch else None
    wanted = [name for name in WORDS if sort in ("", name)]
    if batch is None or importer is None or not wanted:
        return []
    meta = importer.model._meta
    if not user.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
        return []
    told = dict(islice(chain.from_iterable(_keys(batch, name) for name in wanted), SHOWN))
    links = [field.name for field in meta.concrete_fields if field.is_relation]
    rows = importer.model._default_manager.select_related(*links).in_bulk(list(told))
    return [_line(rows[key], told[key]) for key in told if key in rows]


def _keys(batch: ImportBatch, sort: str) -> Iterator[tuple[int, str]]:
    name = {CHANGED: "changed", NEW: "created"}[sort]
    for kept in batch.traces.values_list(name, flat=True).iterator(chunk_size=1):
        yield from ((int(key), sort) for key in kept)


def _line(row: Any, sort: str) -> dict[str, Any]:
    label, tone = WORDS[sort]
    return {"label": label, "tone": tone, "title": str(row), "url": row.get_absolute_url()}
