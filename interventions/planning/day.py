"""One day by technician, its hours across."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from fixaloop.speed.texts import gettext as _
from fixaloop.web.refusals import permission_required
from fixaloop.words.dates import full_day
from interventions.planning.board import Board
from interventions.planning.drawing import Drawing, draw_load
from interventions.planning.frame import Frame, Shown, parse_day, technician_asked, working_day
from interventions.planning.slots import SlotMarkup
from interventions.rights import VIEW


@require_safe
@permission_required(VIEW)
def planning_day(request: HttpRequest) -> HttpResponse:
    now, asked = timezone.now(), request.GET.get("day", "")
    found = parse_day(asked)
    day = found or working_day(timezone.localdate())
    error = _("« %(day)s » n’est pas un jour : écrivez par exemple 2026-11-26.") % {"day": asked[:20]}
    board = Board([day], request.user, now, technician_asked(request))
    step = timedelta(days=1)
    title = full_day(day)
    shown = Shown(
        "day", day, title[:1].upper() + title[1:], day - step, day + step, error if asked and not found else ""
    )
    frame, slots = Frame(request, shown), SlotMarkup(request.user, now, request.get_full_path())
    drawing = Drawing(board, slots, board.axis(), day, until=True)
    rows = "".join(f"<tr>{drawing.name(row, [day])}{drawing.cell(row, day)}</tr>" for row in board.rows)
    monday = day - timedelta(days=day.weekday())
    context = {
        "axis": drawing.axis,
        "scale": mark_safe(drawing.scale(step=1)),  # noqa: S308 — figures
        "quarters": drawing.axis.quarters,
        "load": mark_safe(draw_load(board.load(day))),  # noqa: S308 — escaped where it is built
        "reasons": board.reasons(day),
        "rows": mark_safe(rows),  # noqa: S308 — escaped where it is built
        "days": frame.days([monday + timedelta(days=number) for number in range(7)]),
        **frame.context(board, slots),
    }
    return render(request, "interventions/planning/day.html", context)
