"""`/imports/`: send a file, see how it is understood, simulate, import, undo."""

import logging
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fixaloop.databases.pages import show_written
from fixaloop.exports.workbook import XLSX
from fixaloop.files.sending import sent as sent_file
from fixaloop.files.stored import reason_of
from fixaloop.forms.fields import sent
from fixaloop.imports import jobs
from fixaloop.imports.corrections import CorrectionForm, how_many
from fixaloop.imports.forms import OptionsForm, UploadForm, initial_of
from fixaloop.imports.kinds import allowed, importer_of, importers, name_of, rights_of
from fixaloop.imports.preview import ACTIONS, DOUBTFUL, REFUSED, chosen, tabs
from fixaloop.imports.report import Action, Issue
from fixaloop.imports.run import FAILURES, told_sheets
from fixaloop.imports.spreadsheets import write_blank
from fixaloop.imports.undo import Irreversible, undo_batch
from fixaloop.imports.written import written_rows
from fixaloop.jobs import OPEN, cancel, is_orphan
from fixaloop.models import ImportBatch, ImportJob
from fixaloop.web.refusals import Lacking, permission_required, require
from fixaloop.words.text import person_name
from fixaloop.worker.silence import silence_told

logger = logging.getLogger("fixaloop.imports")
importing = permission_required("fixaloop.add_importbatch")
# Files of one person that wait to be imported.
MOST_KEPT = 20
SHOWN = 50
# How the accents of a file that is not Unicode are written, in words of people.
ACCENTS = {
    "cp1252": gettext_lazy("accents de Windows"),
    "iso8859-15": gettext_lazy("accents de Linux"),
    "cp850": gettext_lazy("accents de MS-DOS"),
    "mac_roman": gettext_lazy("accents de Mac"),
}


@require_safe
@permission_required("fixaloop.view_importbatch")
def imports(request: HttpRequest) -> HttpResponse:
    """What was imported, newest first, and my files that are not imported yet."""
    batches = Paginator(ImportBatch.objects.select_related("by", "undone_by"), SHOWN).get_page(request.GET.get("page"))
    pending = ImportJob.objects.filter(by=request.user, batch=None)[:10]  # type: ignore[misc]
    context = {
        "page_title": _("Imports"),
        "page": batches,
        "batches": [_batch_line(batch) for batch in batches],
        "pending": [] if not request.user.has_perm("fixaloop.add_importbatch") else pending,
        "may_import": request.user.has_perm("fixaloop.add_importbatch"),
        "may_undo": request.user.has_perm("fixaloop.undo_importbatch"),
    }
    return render(request, "imports/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@importing
def new(request: HttpRequest) -> HttpResponse:
    kinds = _kinds(request)
    asked = {"kind": request.GET.get("kind", "")[:40]}
    form = UploadForm(sent(request), request.FILES or None, kinds=kinds, initial=asked)
    if form.is_bound and ImportJob.objects.filter(by=request.user, batch=None).count() >= MOST_KEPT:  # type: ignore[misc]
        form.add_error(
            None,
            _("Vous gardez déjà %(count)d fichiers : importez-en ou abandonnez-en d’abord.") % {"count": MOST_KEPT},
        )
    if request.method == "POST" and form.is_valid():
        kind, file = form.cleaned_data["kind"], form.cleaned_data["file"]
        try:
            job = jobs.receive(file, kind, request.user, timezone.now())  # type: ignore[arg-type]
        except OSError as error:
            logger.warning("a file sent for import could not be kept: %s", error)
            message = _("Ce fichier n’a pas pu être gardé (%(reason)s).")
            form.add_error("file", message % {"reason": reason_of(error)})
        else:
            return redirect("imports:job", job.pk)
    blanks = [{"kind": kind, "label": name_of(importer)} for kind, importer in kinds.items()]
    context = {"page_title": _("Importer un fichier"), "form": form, "blanks": blanks}
    return render(request, "imports/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@importing
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """A file that was sent: how it is understood, its options, its progress, its report."""
    found = mine(request, pk)
    return show(request, found)


def show(request: HttpRequest, found: ImportJob, corrections: CorrectionForm | None = None, status: int = 200) -> Any:
    """The page of a job; with `corrections` that were not taken, as they were typed."""
    typed = corrections or CorrectionForm(job=found)
    jobs.open_first(found)
    orphan = is_orphan(found, timezone.now())
    running = found.state in OPEN and not orphan
    context: dict[str, Any] = {
        "page_title": found.file_name,
        "job": found,
        "running": running,
        "opening": running and "after" in found.opened,
        "silence": silence_told(found, timezone.now()),
        "percent": min(99, found.done * 100 // found.total) if found.total else 0,
        "report": _report(found, request, typed) if found.report else None,
        "corrections": typed,
        "corrected": how_many(found.corrections),
        "error": _("Interrompu : le programme s’est arrêté, relancez l’import.") if orphan else found.error,
        "may_undo": request.user.has_perm("fixaloop.undo_importbatch"),
    }
    if not running:
        show_written(request)
        sent_options = request.method == "POST" and corrections is None
        answer = _add_form(request, found, context, sent_options=sent_options)
        if sent_options and answer == 200:
            return redirect("imports:job", found.pk)
        status = max(status, answer)
    template = "imports/job.html" + ("#progress" if request.htmx and running else "")  # type: ignore[attr-defined]
    response = render(request, template, context, status=status)
    if request.htmx and not running:  # type: ignore[attr-defined]
        # The page has more to show than the fragment that asked.
        response["HX-Refresh"] = "true"
    return response


def _add_form(request: HttpRequest, found: ImportJob, context: dict[str, Any], *, sent_options: bool) -> int:
    """Add the options to the page, and start the job if they were sent; return the status of the answer."""
    try:
        importer, table, columns = jobs.understand(found)
    except FAILURES as error:
        context["unreadable"] = jobs.say_failure(error, found)
        return 422 if sent_options else 200
    except OSError as error:
        reason = _("Ce fichier ne se lit pas pour l’instant (%(reason)s).")
        context["unreadable"] = reason % {"reason": reason_of(error)}
        return 503
    initial = initial_of(found.options, table)
    typed = sent(request) if sent_options else None
    form = OptionsForm(typed, initial=initial, importer=importer, table=table, columns=columns)
    context |= {"form": form, "table": table, "layout": columns.layout, "kind": name_of(importer)}
    context["columns"] = [(table.headers[index], field.header) for index, field in columns.read.items()]
    context |= {"unread": columns.unread, "doubted": bool(columns.doubted), "others": told_sheets(table)}
    context["accents"] = ACCENTS.get(table.encoding or "", "")
    if not sent_options:
        return 200
    if not form.is_valid():
        return 422
    require(request.user, *rights_of(importer, form.cleaned_data["mode"]))
    jobs.start(found, form.options(), timezone.now(), simulated=request.POST.get("action") != "import")
    return 200


@require_POST
@importing
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop an import. One that writes already goes to its end."""
    cancel(mine(request, pk), timezone.now())
    return redirect("imports:job", pk)


@require_POST
@importing
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a file that was sent. What was imported from it stays."""
    found = mine(request, pk)
    cancel(found, timezone.now())
    jobs.delete(found)
    return redirect("imports:list")


@require_safe
@importing
def refused(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = mine(request, pk)
    return sent_file(request, found.refused.name, f"{Path(found.file_name).stem}-refuses.xlsx", XLSX)


@require_safe
@importing
def blank(request: HttpRequest, kind: str) -> FileResponse:
    importer = allowed(request.user).get(kind)  # type: ignore[arg-type]
    if importer is None:
        raise Lacking(*rights_of(importers()[kind])) if kind in importers() else Http404
    file = BytesIO()
    write_blank(file, importer)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name_of(importer).lower()}.xlsx", content_type=XLSX)


@require_POST
@permission_required("fixaloop.undo_importbatch")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(ImportBatch, pk=pk)
    try:
        undone = undo_batch(batch, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except Irreversible as refusal:
        context = {"page_title": _("Import n° %(number)s") % {"number": pk}, "obstacles": refusal.obstacles}
        return render(request, "imports/irreversible.html", context, status=409)
    told = _("L’import n° %(number)s est annulé.") % {"number": pk}
    messages.success(request, " ".join(filter(None, (told, undone.remarks))))
    return redirect("imports:list")


def mine(request: HttpRequest, pk: int) -> ImportJob:
    return get_object_or_404(ImportJob.objects.select_related("batch", "by"), pk=pk, by=request.user)


def _kinds(request: HttpRequest) -> dict[str, Any]:
    """What this person may import. Raises Lacking if there is nothing."""
    kinds = allowed(request.user, "create") | allowed(request.user, "update")  # type: ignore[arg-type]
    if not kinds:
        raise Lacking(*(right for importer in importers().values() for right in rights_of(importer)[1:]), any_of=True)
    return kinds


def _batch_line(batch: ImportBatch) -> dict[str, Any]:
    importer = importer_of(batch.kind)
    return {
        "batch": batch,
        "kind": name_of(importer) if importer else batch.kind,
        "by": person_name(batch.by) if batch.by else _("ligne de commande"),
        "created": number_format(batch.created),
        "updated": number_format(batch.updated),
        "refused": number_format(batch.refused),
        "undone_by": person_name(batch.undone_by) if batch.undone_by else "",
    }


def _report(job: ImportJob, request: HttpRequest, typed: CorrectionForm) -> dict[str, Any]:
    report, sort = job.report, request.GET.get("show", "")
    rows = [{**row, "fields": typed.cells_of(row["row"])} for row in _samples(report, sort)]
    written = written_rows(job.batch, request.user, sort)  # type: ignore[arg-type]
    labels = (
        (Action.CREATE, _("créées") if report["written"] else _("à créer"), "ok"),
        (Action.UPDATE, _("mises à jour") if report["written"] else _("à mettre à jour"), "brand"),
        (Action.UNCHANGED, _("inchangées"), "muted"),
        (Action.REFUSE, _("refusées"), "stop"),
        (Action.IGNORE, _("ignorées (titres, lignes vides, totaux)"), "muted"),
    )
    counts = report["counts"]
    return {
        "figures": [
            {"label": label, "count": number_format(counts.get(action.value, 0)), "tone": tone}
            for action, label, tone in labels
        ],
        "understood": report["understood"],
        "errors": _grouped(report["errors"])[:SHOWN],
        "more_errors": number_format(report["error_count"] - SHOWN) if report["error_count"] > SHOWN else "",
        "warnings": _grouped(report["warnings"])[:SHOWN],
        "more_warnings": number_format(report["warning_count"] - SHOWN) if report["warning_count"] > SHOWN else "",
        "rows": [*rows, *written],
        "correctable": not report["written"] and any(row["fields"] for row in rows),
        "sorts": tabs(report.get("rows", {}), sort),
        "outcome": _outcome(job, report),
        "ready": job.simulated and not report["aborted"] and (counts.get("created", 0) or counts.get("updated", 0)),
    }


def _samples(report: Mapping[str, Any], sort: str) -> list[dict[str, Any]]:
    """The rows of the file; once it is imported, the refused and doubtful ones, which nothing links to."""
    rows = report.get("rows", {})
    if report["written"]:
        rows = {name: rows.get(name, ()) for name in (REFUSED, DOUBTFUL) if name == (sort or REFUSED)}
    words = ((row, *ACTIONS[Action(row["action"])]) for row in chosen(rows, sort))
    return [{**row, "label": label, "tone": tone} for row, label, tone in words]


def _grouped(issues: list[dict[str, Any]]) -> list[dict[str, Any]]:
    together: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for issue in issues:
        together.setdefault((issue["column"], issue["message"]), []).append(issue)
    return [_said(column, message, found) for (column, message), found in together.items()]


def _said(column: str, message: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    rows = ", ".join(number_format(issue["row"]) for issue in found[:3])
    if len(found) > 3:
        told = _("%(count)s lignes : %(rows)s…") % {"count": number_format(len(found)), "rows": rows}
    else:
        told = ngettext("ligne %(rows)s", "lignes %(rows)s", len(found)) % {"rows": rows}
    value = Issue(**found[0]).unsaid if len(found) == 1 else ""
    return {"rows": told, "column": column, "message": message, "value": value}


def _outcome(job: ImportJob, report: dict[str, Any]) -> tuple[str, str]:
    counts = report["counts"]
    if report["aborted"]:
        return "stop", _(
            "Rien n’est enregistré : corrigez les lignes refusées, ou choisissez de prendre les bonnes lignes seules."
        )
    if not (counts.get("created") or counts.get("updated")):
        return "muted", _("Rien à enregistrer : toutes les lignes sont déjà là, telles quelles.")
    if job.simulated:
        return "brand", _("Simulation : rien n’est enregistré. Voici ce que l’import ferait.")
    return "ok", _("Import enregistré.")
