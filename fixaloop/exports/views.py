"""The download of a list, and `/exports/`: the long exports of each author."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from fixaloop.databases.streams import streaming
from fixaloop.exports import jobs
from fixaloop.exports.workbook import XLSX, file_name, personal_data, write_list
from fixaloop.files.sending import sent
from fixaloop.jobs import OPEN, cancel, is_orphan
from fixaloop.models import ExportJob
from fixaloop.records.refusal import Refused
from fixaloop.web.refusals import require_any
from fixaloop.web.rights import declared_words
from fixaloop.worker.silence import silence_told

if TYPE_CHECKING:
    from fixaloop.lists.page import ListPage

SHOWN = 100
# State → tone and icon on the page.
LOOKS = {
    jobs.State.DONE: ("ok", "circle-check"),
    jobs.State.FAILED: ("stop", "circle-x"),
    jobs.State.CANCELLED: ("muted", "circle-slash"),
}


def export_response(page: ListPage) -> HttpResponseBase:
    """A short list page as a file; for a long one, a redirect to the exports, where the worker will put it."""
    limit = settings.EXPORT_BACKGROUND_ROWS
    if page.count_records(limit + 1) > limit:
        message = _("La liste dépasse %(limit)s lignes : le fichier se prépare, vous pouvez quitter cette page.")
        try:
            jobs.ask(page)
        except Refused as refusal:
            messages.error(page.request, str(refusal))
        else:
            messages.info(page.request, message % {"limit": number_format(limit)})
        return redirect("exports:list")
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it when it is sent
    with streaming(page.model):
        write_list(file, page)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=file_name(page, page.at), content_type=XLSX)


@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    user = _exporter(request)
    mine = list(ExportJob.objects.filter(by=user)[:SHOWN])
    found = [_shown(job) for job in mine]
    waiting = next((job for job in mine if job.state == jobs.State.WAITING), None)
    context = {"jobs": found, "live": any(job["is_open"] for job in found), "page_title": _("Mes exports")}
    context |= {"personal_data": personal_data(), "silence": silence_told(waiting, timezone.now())}
    template = "exports/list.html" + ("#jobs" if request.htmx else "")  # type: ignore[attr-defined]
    return render(request, template, context)


@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    job = get_object_or_404(ExportJob, pk=pk, by=_exporter(request), state=jobs.State.DONE)
    if job.expires_at and job.expires_at < timezone.now():
        raise Http404
    name = file_name(jobs.page_of(job), job.created_at)
    return sent(request, job.file.name, name, XLSX)


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    cancel(get_object_or_404(ExportJob, pk=pk, by=_exporter(request)), timezone.now())
    return redirect("exports:list")


@require_POST
def restart(request: HttpRequest, pk: int) -> HttpResponse:
    jobs.restart(get_object_or_404(ExportJob, pk=pk, by=_exporter(request)))
    return redirect("exports:list")


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(ExportJob, pk=pk, by=_exporter(request))
    cancel(job, timezone.now())
    jobs.delete(job)
    return redirect("exports:list")


def _exporter(request: HttpRequest) -> User:
    user = request.user
    # Some lists need no right to export: whoever has asked for a file may fetch it.
    if not ExportJob.objects.filter(by=user.pk).exists():
        require_any(user, *(right for right in declared_words() if right.partition(".")[2].startswith("export_")))
    return user  # type: ignore[return-value]


def _shown(job: ExportJob) -> dict[str, Any]:
    state = jobs.State(job.state)
    orphan = is_orphan(job, timezone.now())
    tone, icon = ("warn", "triangle-alert") if orphan else LOOKS.get(state, ("brand", "loader"))
    died = _("Le programme s’est arrêté pendant l’export ; rien de ce qu’il écrivait n’est gardé.")
    return {
        "job": job,
        "is_open": not orphan and state in OPEN,
        "is_done": state == jobs.State.DONE,
        "may_restart": orphan or state in (jobs.State.FAILED, jobs.State.CANCELLED),
        "state": _("interrompu") if orphan else job.get_state_display(),
        "tone": tone,
        "icon": icon,
        "rows": number_format(job.done),
        "total": number_format(job.total),
        "size": filesizeformat(job.size),
        "filters": [f"{label} : {value}" for label, value in job.filters],
        "percent": job.done * 100 // job.total if job.total else 0,
        "error": died if orphan else job.error,
    }
