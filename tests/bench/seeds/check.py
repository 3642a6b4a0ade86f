"""Whether the columns that follow from others are what the application would have made of them, on a sample."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from access.models import (
    AccessCard,
    Entry,
    Vehicle,
    cards as card_models,
    entries as entry_models,
    vehicles as vehicle_models,
)
from access.services import client_columns
from clients.models import Client, clients as client_models
from fixaloop.records import chain
from interventions import activity
from interventions.models import Intervention, interventions as intervention_models

DERIVED: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Client, client_models.DERIVED),
    (Intervention, intervention_models.DERIVED),
    (Vehicle, vehicle_models.DERIVED),
    (AccessCard, card_models.DERIVED),
    (Entry, entry_models.DERIVED),
)
SAMPLE = 1_000


def check() -> None:
    """Raises AssertionError where a row is not what the application would have written."""
    for model, names in DERIVED:
        for row in _sample(model):
            stored = [getattr(row, name) for name in names]
            row.derive()
            derived = [getattr(row, name) for name in names]
            assert stored == derived, f"{model.__name__} {row.pk}: {stored} instead of {derived}"
    _count, fault = chain.verify()
    assert fault is None, fault
    with transaction.atomic():
        clients = Client.objects.filter(pk__in=[client.pk for client in _sample(Client)])
        before = list(clients.order_by("pk").values_list("pk", "extra_search", "search_text"))
        repaired = activity.repair(clients, timezone.now()) + client_columns.repair(clients)
        assert not repaired, f"{repaired} clients keep something else than the facts"
        client_columns.index(pk for pk, _extra, _text in before)
        assert before == list(clients.order_by("pk").values_list("pk", "extra_search", "search_text"))


def _sample(model: Any) -> list[Any]:
    last = model.objects.order_by("-pk").values_list("pk", flat=True)[0]
    rows = model.objects.filter(pk__in=range(1, last + 1, max(1, last // SAMPLE)))
    return list(rows.select_related("client") if model is Intervention else rows)
