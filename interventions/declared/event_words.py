"""The words of what happens to interventions and their payments."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from access.events.words import (
    CORRECTED,
    PAID,
    REFUNDED,
    REJECTED,
    Thing,
    Values,
    Wording,
    filled,
    said_amount,
    said_day,
    said_label,
)
from access.models import Event
from interventions.models import INTERVENTION, Intervention, InterventionPayment
from interventions.rights import SEE_MONEY, VIEW
from interventions.states import State


def _job(values: Values) -> Thing:
    reference = INTERVENTION.show(values["intervention"])
    return Thing(reference, f"/interventions/{reference}/")


def _step(text: Any) -> Wording:
    return Wording(filled(text), needs=(VIEW,), keeps=("intervention",), about=_job)


def _money(text: Any) -> Wording:
    readers = {
        "amount": said_amount,
        "method": said_label(InterventionPayment.Method),
        "day": said_day,
        "how": said_label(Intervention.Agreement),
    }
    say = filled(text, **readers)
    return Wording(say, needs=(VIEW, SEE_MONEY), keeps=("intervention", *readers), about=_job)


WORDS = {
    "job_created": _step(_("Intervention créée")),
    "job_plan": _step(_("Intervention planifiée")),
    "job_unplan": _step(_("Planification annulée")),
    "job_start": _step(_("Travail commencé")),
    "job_hold": _step(_("Travail mis en attente")),
    "job_resume": _step(_("Travail repris")),
    "job_finish": _step(_("Travail terminé")),
    "job_close": _step(_("Intervention clôturée")),
    "job_reopen": _step(_("Intervention rouverte")),
    "job_cancel": _step(_("Intervention annulée")),
    "job_undone": Wording(
        filled(_("Changement annulé : %(state)s"), state=said_label(State)),
        needs=(VIEW,),
        keeps=("intervention", "state"),
        about=_job,
    ),
    "job_deleted": Wording(filled(_("Intervention supprimée")), needs=(VIEW,), keeps=("intervention",)),
    "job_note": _step(""),
    "job_quote": _money(_("Devis : %(amount)s")),
    "job_unquoted": _step(_("Devis retiré")),
    "job_agreed": _money(_("Accord du client : %(amount)s, le %(day)s (%(how)s)")),
    "job_paid": _money(PAID),
    "job_refunded": _money(REFUNDED),
    "job_rejected": _money(REJECTED),
    "job_corrected": _money(CORRECTED),
}
KINDS = {Event.Kind.JOB: VIEW}
