from interventions.models.absences import Absence
from interventions.models.interventions import (
    INTERVENTION,
    LONGEST_ESTIMATE,
    LONGEST_SLOT,
    LONGEST_WARRANTY,
    ZERO,
    Intervention,
    InterventionPayment,
    InterventionQuerySet,
)
from interventions.till.models import Closing, ClosingLine, LedgerPayment

__all__ = (
    "INTERVENTION",
    "LONGEST_ESTIMATE",
    "LONGEST_SLOT",
    "LONGEST_WARRANTY",
    "ZERO",
    "Absence",
    "Closing",
    "ClosingLine",
    "Intervention",
    "InterventionPayment",
    "InterventionQuerySet",
    "LedgerPayment",
)
