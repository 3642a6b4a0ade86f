"""What can be done with interventions; each function is one transaction that includes the client’s status."""

from fixaloop.records.refusal import Refused, Stale
from interventions.services.absences import keep_absence, remove_absence
from interventions.services.correcting import correct_times
from interventions.services.payments import oppose_payment, record_payment, repair_payments
from interventions.services.telling import add_note
from interventions.services.transitions import (
    IllegalMove,
    cancel,
    close,
    finish,
    hold,
    plan,
    reopen,
    resume,
    schedule,
    start,
    take_back,
    transition,
)
from interventions.services.writing import create, delete, obstacles, record_past, refusals, update
