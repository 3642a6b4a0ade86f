"""`/imports/jobs/N/correct/`: refused cells are corrected in place, and the file is simulated again."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fixaloop.imports import jobs, pages
from fixaloop.imports.corrections import CorrectionForm, Corrections
from fixaloop.imports.kinds import importer_of, rights_of
from fixaloop.models import ImportJob
from fixaloop.web.refusals import require


@require_POST
@pages.importing
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what was typed over refused cells, or forget all of it, and simulate again. The file stays as it was."""
    job = pages.mine(request, pk)
    importer = importer_of(job.kind)
    if importer is None:
        raise Http404
    require(request.user, *rights_of(importer, job.options.get("mode", "upsert")))
    if request.POST.get("action") == "forget":
        return _simulate(request, job, {})
    form = CorrectionForm(request.POST, job=job)
    if not form.is_valid():
        return pages.show(request, job, form, 422)
    wanted = form.corrections()
    if wanted == job.corrections:
        return redirect("imports:job", pk)
    if job.batch_id or form.cleaned_data["seen"] != job.attempts:
        message = _("Ce fichier a été simulé ou importé depuis : vérifiez ces corrections, puis renvoyez-les.")
        form.add_error(None, message)
        return pages.show(request, job, form, 409)
    return _simulate(request, job, wanted)


def _simulate(request: HttpRequest, job: ImportJob, wanted: Corrections) -> HttpResponse:
    if not jobs.start(job, job.options, timezone.now(), simulated=True, corrections=wanted):
        messages.error(request, _("Ce fichier est en train d’être lu ou importé : attendez la fin, puis recommencez."))
    return redirect("imports:job", job.pk)
