"""Interventions to test with: plain functions with defaults, through the services that people's actions go through."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from clients.models import Client
from interventions import services
from interventions.models import Intervention, InterventionPayment
from interventions.states import ENDED, EXPLAINED, STARTED, State
from tests.factories import make_client, make_user


def make_intervention(client: Client | None = None, *, by: User | None = None, **fields: Any) -> Intervention:
    """An intervention as the form would create it, to be planned."""
    at = fields.pop("at", None)
    client = client or make_client(company_name="Serrurerie Lupin")
    return services.create(Intervention(client=client, **{"title": "Réparer la porte"} | fields), by=by, at=at)


def make_technician(**fields: Any) -> User:
    """Somebody of the group Technicien."""
    return make_user(group="Technicien", **fields)


def in_state(state: str, client: Client | None = None, **fields: Any) -> Intervention:
    """An intervention that is in a state, with what that state demands, as if recorded after the fact."""
    now = timezone.now()
    needed: dict[str, Any] = {"title": "Réparer la porte", "state": state}
    if state == State.PLANNED:
        needed |= {"technician": make_technician(), "planned_start": now, "planned_end": now + timedelta(hours=1)}
    if state in (*STARTED, *ENDED):
        needed["started_at"] = now - timedelta(hours=2)
    if state in ENDED:
        needed["finished_at"] = now - timedelta(hours=1)
    if state in EXPLAINED:
        needed["state_reason"] = "pièces"
    client = client or make_client(company_name="Serrurerie Lupin")
    [made] = services.record_past([Intervention(client=client, **needed | fields)], by=None, reason="")
    return made


def pay(intervention: Intervention, amount: str, kind: str = "partial", **fields: Any) -> InterventionPayment:
    """Money received, or given back with `kind="refund"`."""
    values = {"method": "card", "paid_on": timezone.localdate()} | fields
    payment = InterventionPayment(intervention=intervention, amount=Decimal(amount), kind=kind, **values)
    return services.record_payment(payment, by=None)


def oppose(payment: InterventionPayment, kind: str = "correction", **fields: Any) -> InterventionPayment:
    """The opposite of a payment."""
    told = {"reason": "erreur de saisie", "paid_on": timezone.localdate()} | fields
    return services.oppose_payment(payment, kind, by=None, **told)


def slot(day: datetime | None = None, hours: int = 1) -> dict[str, Any]:
    """The two ends of a slot."""
    start = day or timezone.now() + timedelta(days=1)
    return {"planned_start": start, "planned_end": start + timedelta(hours=hours)}


def typed(**fields: str) -> dict[str, str]:
    """What a browser sends for an intervention."""
    return {"title": "Réparer la porte", "place": "workshop"} | fields
