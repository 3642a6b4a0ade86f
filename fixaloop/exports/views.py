"""`/exports/`: my exports, each for its author alone."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from fixaloop.exports import jobs
from fixaloop.exports.response import XLSX
from fixaloop.jobs import is_orphan
from fixaloop.models import ExportJob

SHOWN = 100


@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """The exports of whoever asks, the newest first; the fragment goes on asking while one of them is being written."""
    user = _exporter(request)
    found = [_shown(job) for job in ExportJob.objects.filter(by=user)[:SHOWN]]
    context = {"jobs": found, "live": any(job["is_open"] for job in found), "page_title": _("Mes exports")}
    template = "exports/list.html" + ("#jobs" if request.htmx else "")  # type: ignore[attr-defined]
    return render(request, template, context)


@require_safe
def download(request: HttpRequest, pk: int) -> FileResponse:
    """The file, for its author, as long as he may still export that list."""
    job = get_object_or_404(ExportJob, pk=pk, by=_exporter(request), state=ExportJob.State.DONE)
    path = jobs.path_of(job)
    if path is None or not path.exists() or (job.expires_at and job.expires_at < timezone.now()):
        raise Http404
    page = jobs.page_of(job)
    name = f"{page.model._meta.verbose_name_plural}-{timezone.localtime(job.created_at):%Y-%m-%d-%H%M}.xlsx"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=XLSX)


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop an export; what its worker wrote is thrown away."""
    jobs.stop(get_object_or_404(ExportJob, pk=pk, by=_exporter(request)), timezone.now())
    return redirect("exports:list")


@require_POST
def restart(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin an export again that was interrupted, failed or was stopped."""
    jobs.restart(get_object_or_404(ExportJob, pk=pk, by=_exporter(request)))
    return redirect("exports:list")


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete an export and its file, stopping it first where it is being written."""
    job = get_object_or_404(ExportJob, pk=pk, by=_exporter(request))
    jobs.stop(job, timezone.now())
    jobs.delete(job)
    return redirect("exports:list")


def _exporter(request: HttpRequest) -> User:
    """The person, who may export something. Raises PermissionDenied."""
    user = request.user
    rights = user.get_all_permissions() if user.is_authenticated else ()
    if not any(right.partition(".")[2].startswith("export_") for right in rights):
        raise PermissionDenied
    return user  # type: ignore[return-value]


def _shown(job: ExportJob) -> dict[str, Any]:
    """One export as the page shows it."""
    state = ExportJob.State
    orphan = is_orphan(job, timezone.now())
    is_open = job.state in (state.WAITING, state.RUNNING) and not orphan
    tones = {state.DONE: "ok", state.FAILED: "stop", state.CANCELLED: "muted"}
    icons = {state.DONE: "circle-check", state.FAILED: "circle-x", state.CANCELLED: "circle-slash"}
    return {
        "job": job,
        "is_open": is_open,
        "is_done": job.state == state.DONE,
        "may_restart": orphan or job.state in (state.FAILED, state.CANCELLED),
        "state": _("interrompu") if orphan else job.get_state_display(),
        "tone": "warn" if orphan else tones.get(state(job.state), "brand"),
        "icon": "triangle-alert" if orphan else icons.get(state(job.state), "loader"),
        "rows": number_format(job.done),
        "total": number_format(job.total),
        "size": filesizeformat(job.size),
        "filters": [f"{label} : {value}" for label, value in job.filters],
        "percent": job.done * 100 // job.total if job.total else 0,
        "error": _("Le programme s’est arrêté pendant l’export ; rien de ce qu’il écrivait n’est gardé.")
        if orphan
        else job.error,
    }
