"""The evacuation list, live while a roll call runs, and the roll calls of the past."""

import hashlib
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import Count, Max, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from access import services
from access.counter.presence import state_of
from access.models import Entry, RollCall
from access.presence.evacuation import Line, evacuation
from fixaloop.audit.trail import Kind, note
from fixaloop.exports.workbook import XLSX, provenance, write_workbook
from fixaloop.files.columns import FileColumn
from fixaloop.forms.parsing import parse_key
from fixaloop.records.refusal import Refused
from fixaloop.web.refusals import any_permission_required, permission_required
from fixaloop.words.text import clean, person_name

LEAD, MARK = "access.lead_rollcall", "access.mark_rollcall"
READ = ("access.use_control", "access.view_entry", MARK)
MOST_PAST = 100
LONGEST_NOTE = 200
# A mark may have waited so long for the network.
OLDEST = timedelta(hours=12)


@never_cache
@require_safe
@any_permission_required(*READ)
def show(request: HttpRequest) -> HttpResponse:
    """Everybody inside. While a roll call runs, the page asks again by itself and gets 204 if nothing has changed."""
    at = timezone.now()
    running = RollCall.objects.select_related("started_by").filter(ended_at=None).first()
    state = _state(running, at)
    live = bool(request.htmx)  # type: ignore[attr-defined]
    if live and request.GET.get("state") == state:
        return HttpResponse(status=204)
    context = _context(request, running, at, state)
    template = "access/presence/_list.html" if live else "access/presence/evacuation.html"
    return render(request, template, context)


def _state(running: RollCall | None, at: datetime) -> str:
    """A mark that changes with every passage, every minute and every mark of the roll call."""
    marked: Any = ""
    if running is not None:
        marks = running.lines.filter(safe_at__isnull=False)
        marked = running.pk, marks.aggregate(count=Count("pk"), last=Max("safe_at"))
    return hashlib.sha256(f"{state_of(at)} {marked}".encode()).hexdigest()[:12]


def _address(page: int, **more: str) -> str:
    asked = more | ({"page": page} if page > 1 else {})
    return f"{reverse('access:evacuation')}{'?' if asked else ''}{urlencode(asked)}"


def _context(request: HttpRequest, running: RollCall | None, at: datetime, state: str) -> dict[str, Any]:
    user = request.user
    found = evacuation(at, running, parse_key(request.GET.get("page", "")) or 1)
    return {
        "at": at,
        "running": running,
        "list": found,
        "live_url": _address(found.page, state=state),
        "previous_url": _address(found.page - 1) if found.page > 1 else "",
        "next_url": _address(found.page + 1) if found.page < found.pages else "",
        "started_by": person_name(running.started_by) if running and running.started_by else "",
        "may": {
            "lead": user.has_perm(LEAD),
            "mark": running is not None and user.has_perm(MARK),
            # Marks that waited for the network, of a roll call that is over too.
            "send": user.has_perm(MARK),
            "correct": user.has_perm("access.correct_entry"),
            "export": user.has_perm("access.export_entry"),
            "past": user.has_perm("access.view_rollcall"),
        },
    }


@require_POST
@permission_required(LEAD)
def start(request: HttpRequest) -> HttpResponse:
    note = clean(request.POST.get("note", ""))
    if len(note) > LONGEST_NOTE:
        # Nobody waits for a note in an alarm.
        message = _("La note est trop longue (%(length)s caractères) : ses %(most)s premiers caractères sont gardés.")
        messages.warning(request, message % {"length": len(note), "most": LONGEST_NOTE})
        note = note[:LONGEST_NOTE]
    try:
        services.start_roll_call(note=note, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except IntegrityError:
        # Two people at once: the other one's roll call is the one.
        messages.warning(request, _("Un appel vient d’être commencé : le voici."))
    return redirect("access:evacuation")


def _roll_call(pk: int) -> RollCall:
    found = RollCall.objects.select_related("started_by", "ended_by").filter(pk=pk).first()
    if found is None:
        raise Http404(_("Cela n’existe pas, ou n’existe plus."))
    return found


@require_POST
@permission_required(LEAD)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    services.end_roll_call(_roll_call(pk), by=request.user, at=timezone.now())  # type: ignore[arg-type]
    return redirect("access:roll-call", pk)


@never_cache
@require_POST
@permission_required(MARK)
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark somebody safe, or not. A script that sends it gets an empty answer, and asks for the list again."""
    roll_call, posted = _roll_call(pk), request.POST
    entry = Entry.objects.filter(pk=parse_key(posted.get("entry", "")) or 0).first()
    if entry is None:
        raise Http404(_("Cela n’existe pas, ou n’existe plus."))
    age = min(parse_key(posted.get("age", "")) or 0, OLDEST // timedelta(seconds=1))
    status = 204
    try:
        services.mark_safe(
            roll_call,
            entry,
            safe=posted.get("safe") == "1",
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            age=timedelta(seconds=age),
        )
    except Refused as refusal:
        status = 409
        if not request.htmx:  # type: ignore[attr-defined]
            messages.error(request, str(refusal))
    return HttpResponse(status=status) if request.htmx else redirect("access:evacuation")  # type: ignore[attr-defined]


@require_safe
@permission_required("access.view_rollcall")
def past(request: HttpRequest) -> HttpResponse:
    counts = {"people": Count("lines"), "safe": Count("lines", filter=Q(lines__safe_at__isnull=False))}
    rows = RollCall.objects.select_related("started_by", "ended_by").annotate(**counts)[:MOST_PAST]
    return render(request, "access/presence/roll_calls.html", {"roll_calls": rows})


@require_safe
@permission_required("access.view_rollcall")
def one(request: HttpRequest, pk: int) -> HttpResponse:
    named = ("entry__client__company", "entry__zone", "entry__card", "entry__vehicle", "safe_by")
    roll_call = _roll_call(pk)
    lines = roll_call.lines.select_related(*named).order_by("safe_at", "entry__client__sort_name", "pk")
    known = [line for line in lines if not line.entry.is_forgotten]
    people = [Line(line.person, roll_call.started_at, [line.entry], line) for line in known]
    context = {
        "roll_call": roll_call,
        "forgotten": len(lines) - len(known),
        "missing": [line for line in people if not line.is_safe],
        "found": [line for line in people if line.is_safe],
        "started_by": person_name(roll_call.started_by) if roll_call.started_by else "",
        "ended_by": person_name(roll_call.ended_by) if roll_call.ended_by else "",
    }
    return render(request, "access/presence/roll_call.html", context)


COLUMNS = (
    FileColumn("Nom", lambda line, at: line.client.name, 28),
    FileColumn("Identifiant", lambda line, at: line.client.reference, 12),
    FileColumn("Badge", lambda line, at: ", ".join(line.cards), 20),
    FileColumn("Entreprise", lambda line, at: line.client.company.name if line.client.company else "", 24),
    FileColumn("Téléphone", lambda line, at: line.client.phone_display, 18),
    FileColumn("Zone", lambda line, at: line.entry.zone.name, 20),
    FileColumn("Depuis", lambda line, at: line.since, 18),
    FileColumn("Véhicule", lambda line, at: line.plates, 24),
    FileColumn("À vérifier", lambda line, at: ", ".join(line.doubts), 40),
    FileColumn("En sécurité à", lambda line, at: line.mark.safe_at if line.mark else None, 18),
)


@never_cache
@require_safe
@permission_required(("access.view_entry", "access.export_entry"))
def export(request: HttpRequest) -> HttpResponseBase:
    at = timezone.now()
    running = RollCall.objects.filter(ended_at=None).first()
    found = evacuation(at, running)
    lines = (*found.people, *found.cars, *found.parked, *found.doubtful)
    rows = ([column.value(line, at) for column in COLUMNS] for line in lines)
    file = BytesIO()
    about = provenance(request.user.get_username(), at, [])
    note(Kind.EXPORT, request.path, rows=write_workbook(file, _("Évacuation"), COLUMNS, rows, about))
    file.seek(0)
    name = f"evacuation-{timezone.localtime(at):%Y-%m-%d-%H%M}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
