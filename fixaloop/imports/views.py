"""`/imports/`: send a file, see what was understood, simulate, import, take back."""

from __future__ import annotations

import logging
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fixaloop.exports import XLSX
from fixaloop.forms.tidy import sent
from fixaloop.imports import jobs
from fixaloop.imports.batches import Irreversible, undo_batch
from fixaloop.imports.blank import write_blank
from fixaloop.imports.forms import OptionsForm, UploadForm, initial_of, name_of
from fixaloop.imports.kinds import allowed, importers, rights_of
from fixaloop.imports.showing import show_batch, show_report
from fixaloop.jobs import is_orphan
from fixaloop.models import ImportBatch, ImportJob

logger = logging.getLogger("fixaloop.imports")
importing = permission_required("fixaloop.add_importbatch", raise_exception=True)
SHOWN = 50


@require_safe
@permission_required("fixaloop.view_importbatch", raise_exception=True)
def imports(request: HttpRequest) -> HttpResponse:
    """What was imported, the newest first, and the files of mine that are not yet."""
    batches = ImportBatch.objects.select_related("by", "undone_by")[:SHOWN]
    pending = ImportJob.objects.filter(by=request.user, batch=None)[:10]  # type: ignore[misc]
    context = {
        "page_title": _("Imports"),
        "batches": [show_batch(batch) for batch in batches],
        "pending": [] if not request.user.has_perm("fixaloop.add_importbatch") else pending,
        "may_import": request.user.has_perm("fixaloop.add_importbatch"),
        "may_undo": request.user.has_perm("fixaloop.undo_importbatch"),
    }
    return render(request, "imports/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@importing
def new(request: HttpRequest) -> HttpResponse:
    """Send a file."""
    kinds = _kinds(request)
    form = UploadForm(sent(request), request.FILES or None, kinds=kinds, initial=_asked(request))
    if request.method == "POST" and form.is_valid():
        kind, file = form.cleaned_data["kind"], form.cleaned_data["file"]
        try:
            job = jobs.receive(file, kind, request.user, timezone.now())  # type: ignore[arg-type]
        except OSError as error:
            logger.exception("a file sent for import could not be kept")
            message = _("Ce fichier n’a pas pu être gardé (%(reason)s) : vérifiez la place et les droits du disque.")
            form.add_error("file", message % {"reason": error.strerror or error})
        else:
            return redirect("imports:job", job.pk)
    blanks = [{"kind": kind, "label": name_of(importer)} for kind, importer in kinds.items()]
    context = {"page_title": _("Importer un fichier"), "form": form, "blanks": blanks}
    return render(request, "imports/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@importing
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """A file that was sent: what was understood of it, the options, how far it is, what it gave."""
    found = _mine(request, pk)
    orphan = is_orphan(found, timezone.now())
    running = found.state in (ImportJob.State.WAITING, ImportJob.State.RUNNING) and not orphan
    context: dict[str, Any] = {
        "page_title": found.file_name,
        "job": found,
        "running": running,
        "percent": min(99, found.done * 100 // found.total) if found.total else 0,
        "report": show_report(found) if found.report else None,
        "error": _("Interrompu : le programme s’est arrêté, relancez l’import.") if orphan else found.error,
        "may_undo": request.user.has_perm("fixaloop.undo_importbatch"),
    }
    status = 200
    if not running:
        status = _add_form(request, found, context)
        if request.method == "POST" and status == 200:
            return redirect("imports:job", pk)
    template = "imports/job.html" + ("#progress" if request.htmx and running else "")  # type: ignore[attr-defined]
    response = render(request, template, context, status=status)
    if request.htmx and not running:  # type: ignore[attr-defined]
        # The page has more to show than the fragment that asked.
        response["HX-Refresh"] = "true"
    return response


def _add_form(request: HttpRequest, found: ImportJob, context: dict[str, Any]) -> int:
    """Put the options into the page, follow those that were sent; the status of the answer."""
    try:
        importer, table, columns = jobs.understand(found)
    except jobs.UNREADABLE as error:
        context["unreadable"] = str(error)
        return 422 if request.method == "POST" else 200
    initial = initial_of(found.options, table)
    form = OptionsForm(sent(request), initial=initial, importer=importer, table=table, columns=columns)
    context |= {"form": form, "table": table, "layout": columns.layout, "kind": name_of(importer)}
    context["columns"] = [(table.headers[index], field.header) for index, field in columns.read.items()]
    context["unread"] = columns.unread
    if request.method != "POST":
        return 200
    if not form.is_valid():
        return 422
    if not request.user.has_perms(rights_of(importer, form.cleaned_data["mode"])):
        raise PermissionDenied
    jobs.start(found, form.options(), timezone.now(), simulated=request.POST.get("action") != "import")
    return 200


@require_POST
@importing
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop an import; one that writes already goes to its end."""
    jobs.stop(_mine(request, pk), timezone.now())
    return redirect("imports:job", pk)


@require_POST
@importing
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a file that was sent, stopping its import first; what it gave stays."""
    found = _mine(request, pk)
    jobs.stop(found, timezone.now())
    jobs.delete(found)
    return redirect("imports:list")


@require_safe
@importing
def refused(request: HttpRequest, pk: int) -> FileResponse:
    """The refused rows, to correct and send again."""
    found = _mine(request, pk)
    path = Path(settings.MEDIA_ROOT) / found.refused.name if found.refused.name else None
    if path is None or not path.exists():
        raise Http404
    name = f"{Path(found.file_name).stem}-refuses.xlsx"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=XLSX)


@require_safe
@importing
def blank(request: HttpRequest, kind: str) -> FileResponse:
    """The empty spreadsheet of a kind."""
    importer = allowed(request.user).get(kind)  # type: ignore[arg-type]
    if importer is None:
        raise PermissionDenied if kind in importers() else Http404
    file = BytesIO()
    write_blank(file, importer)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name_of(importer).lower()}.xlsx", content_type=XLSX)


@require_POST
@permission_required("fixaloop.undo_importbatch", raise_exception=True)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a batch back whole, or say what keeps it."""
    batch = get_object_or_404(ImportBatch, pk=pk)
    try:
        undo_batch(batch, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except Irreversible as refusal:
        context = {"page_title": _("Import n° %(number)s") % {"number": pk}, "obstacles": refusal.obstacles}
        return render(request, "imports/irreversible.html", context, status=409)
    messages.success(request, _("L’import n° %(number)s est annulé.") % {"number": pk})
    return redirect("imports:list")


def _mine(request: HttpRequest, pk: int) -> ImportJob:
    return get_object_or_404(ImportJob.objects.select_related("batch", "by"), pk=pk, by=request.user)


def _kinds(request: HttpRequest) -> dict[str, Any]:
    """What this person may import, one way or another. Raises PermissionDenied where there is nothing."""
    kinds = allowed(request.user, "create") | allowed(request.user, "update")  # type: ignore[arg-type]
    if not kinds:
        raise PermissionDenied
    return kinds


def _asked(request: HttpRequest) -> dict[str, str]:
    return {"kind": request.GET.get("kind", "")[:40]}
