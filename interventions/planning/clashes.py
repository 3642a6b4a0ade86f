"""What else a technician has at some hours: jobs, absences."""

from collections.abc import Iterable, Sequence
from datetime import time

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fixaloop.words.dates import local, say_clock, short_day
from interventions.models import Absence, Intervention
from interventions.planning.hours import Part, by_day, last_day, meet, parts
from interventions.states import State

NAMED = ("number", "title", "planned_start", "planned_end")
SHOWN = 5


def taken(job: Intervention) -> Sequence[Part]:
    return parts(job.planned_start, job.planned_end) if job.planned_start and job.planned_end else ()


def away(absence: Absence) -> Sequence[Part]:
    return (Part(local(absence.starts_at).date(), absence.starts_at, absence.ends_at),)


def days_away(absence: Absence) -> Sequence[Part]:
    return by_day(absence.starts_at, absence.ends_at)


def jobs_during(technician: int, hours: Sequence[Part], *, besides: int = 0) -> list[Intervention]:
    others = Intervention.objects.open().exclude(state=State.TO_PLAN).exclude(pk=besides).filter(technician=technician)
    found = others.overlapping(hours[0].start, hours[-1].end).order_by("planned_key", "id").only(*NAMED)
    # One person’s slots of some weeks: few enough to look at each.
    return [job for job in found if meet(hours, taken(job))][:SHOWN]


def absences_during(technician: int, hours: Sequence[Part]) -> list[Absence]:
    found = Absence.objects.filter(
        technician=technician, ends_at__gt=hours[0].start, starts_at__lt=hours[-1].end
    ).order_by("starts_at", "id")
    return [absence for absence in found if meet(hours, away(absence))][:SHOWN]


def linked(jobs: Iterable[Intervention]) -> SafeString:
    return format_html_join(", ", '<a href="{}">{}</a>', ((job.get_absolute_url(), str(job)) for job in jobs))


def said_hours(absence: Absence) -> str:
    """“le 18 nov.”, “du 18 nov. au 2 déc.”, “du 18 nov. 14 h au 19 nov. 12 h”."""
    start, end = local(absence.starts_at), local(absence.ends_at)
    first, last = short_day(start.date(), year=False), short_day(last_day(end), year=False)
    if start.time() == end.time() == time.min:
        return _("le %(day)s") % {"day": first} if first == last else _range(first, last)
    if start.date() == last_day(end):
        values = {"day": first, "first": say_clock(start), "last": say_clock(end)}
        return _("le %(day)s de %(first)s à %(last)s") % values
    return _range(f"{first} {say_clock(start)}", f"{short_day(end.date(), year=False)} {say_clock(end)}")


def _range(first: str, last: str) -> str:
    return _("du %(first)s au %(last)s") % {"first": first, "last": last}
