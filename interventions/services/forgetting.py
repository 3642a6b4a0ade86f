"""Anonymising what interventions say about a client: texts go, dates, states and amounts stay."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from clients.models import Client
from fixaloop.records.history import forget_beside
from interventions.models import Intervention, InterventionPayment

TITLE = "Intervention anonymisée"
REASON = "anonymisé"
TEXTS: dict[str, Any] = {"title": TITLE, "description": "", "diagnosis": "", "report": "", "equipment_serial": ""}


@transaction.atomic
def forget_client(client: Client, *, at: datetime) -> None:
    """Empty the free texts of a client’s interventions and payments, in their history too.

    The caller updates the search texts, which also hold the client’s name and plates.
    """
    interventions = client.interventions.all()
    forget_beside(interventions, "intervention")
    interventions.exclude(state_reason="").update(state_reason=REASON)
    interventions.update(**TEXTS, version=F("version") + 1, updated_at=at)
    records = Intervention.history.filter(Q(client=client) | Q(id__in=interventions.values("pk")))
    records.exclude(state_reason="").update(state_reason=REASON)
    # The reason of a change holds what was typed.
    records.update(**TEXTS, history_change_reason=None)
    InterventionPayment.objects.filter(intervention__client=client).update(note="")
    InterventionPayment.history.filter(intervention__client=client).update(note="")
