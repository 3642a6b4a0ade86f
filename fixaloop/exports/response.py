"""A list as a download: at once where it is short, else by the background worker."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from fixaloop.exports.jobs import ask
from fixaloop.exports.listing import file_name, write_list

if TYPE_CHECKING:
    from fixaloop.lists.page import ListPage

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export_response(page: ListPage) -> HttpResponseBase:
    """The rows of a list page as a file, or the way to where it will be."""
    limit = settings.EXPORT_BACKGROUND_ROWS
    if page.queryset.order_by()[: limit + 1].count() > limit:
        ask(page)
        message = _("La liste dépasse %(limit)s lignes : le fichier se prépare, vous pouvez quitter cette page.")
        messages.info(page.request, message % {"limit": number_format(limit)})
        return redirect("exports:list")
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it when it is sent
    write_list(file, page)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=file_name(page), content_type=XLSX)
