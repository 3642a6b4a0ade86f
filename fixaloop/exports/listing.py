"""The file of a list page: all its rows in order, and where they come from."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import closing
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from fixaloop.exports.workbook import write_workbook

if TYPE_CHECKING:
    from fixaloop.lists.page import ListPage

logger = logging.getLogger("fixaloop.exports")
CHUNK = 500


def write_list(file: IO[bytes], page: ListPage, rows: Generator[Any, None, None] | None = None) -> int:
    """Write and log the rows of a list page; return their number.

    The log has the names of the filters only: their values are typed freely and may be personal.
    """
    filters = filters_of(page)
    user = page.request.user
    about = provenance(user.get_username(), page.at, filters)
    with closing(rows or rows_of(page)) as source:
        values = ([column.value(row, page.at) for column in page.export_columns] for row in source)
        written = write_workbook(file, str(page.title), page.export_columns, values, about)
    names = ", ".join(label for label, _value in filters) or "-"
    logger.info("export of %s by %s (%s): %d rows; filters: %s", page.model._meta.label, user.pk, user, written, names)
    return written


def rows_of(page: ListPage) -> Generator[Any, None, None]:
    yield from page.exported(page.queryset).order_by(*page.order).iterator(chunk_size=CHUNK)


def filters_of(page: ListPage) -> list[tuple[str, str]]:
    return [*page.scope(), *((str(token.label), str(token.value)) for token in page.tokens)]


def file_name(page: ListPage, at: datetime) -> str:
    """“clients-2026-11-21-1432.xlsx”."""
    return f"{page.model._meta.verbose_name_plural}-{timezone.localtime(at):%Y-%m-%d-%H%M}.xlsx"


def provenance(user: str, at: datetime, filters: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    when = f"{timezone.localtime(at):%d/%m/%Y %H:%M}"
    return [(_("Exporté par"), user), (_("Exporté le"), when), *(filters or [(_("Filtres"), _("aucun"))])]
