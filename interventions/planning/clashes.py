"""What else a technician has at the hours of a slot."""

from collections.abc import Sequence

from interventions.models import Intervention
from interventions.planning.hours import Part, meet, parts
from interventions.states import State

NAMED = ("number", "title", "planned_start", "planned_end")
SHOWN = 5


def taken(job: Intervention) -> Sequence[Part]:
    """The hours that the slot of a job takes; none without a slot."""
    return parts(job.planned_start, job.planned_end) if job.planned_start and job.planned_end else ()


def jobs_during(technician: int, hours: Sequence[Part], *, besides: int = 0) -> list[Intervention]:
    """The first planned and open jobs of a technician that take some of these hours."""
    others = Intervention.objects.open().exclude(state=State.TO_PLAN).exclude(pk=besides).filter(technician=technician)
    found = others.overlapping(hours[0].start, hours[-1].end).order_by("planned_key", "id").only(*NAMED)
    # One person’s slots of some weeks: few enough to look at each.
    return [job for job in found if meet(hours, taken(job))][:SHOWN]
