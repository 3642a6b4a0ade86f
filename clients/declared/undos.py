"""How a status that was forced is taken back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clients import services
from clients.models import Client
from fixaloop.forms.undo import Undo
from fixaloop.records.bulk import plain_of
from fixaloop.records.refusal import Stale

FORCED = ("status_mode", "status_until", "status_reason")


def forced_of(client: Client) -> dict[str, Any]:
    return plain_of(client, FORCED)


def _force_as_before(values: Mapping[str, Any], *, by: Any, at: datetime) -> None:
    client = Client.objects.filter(pk=values["client"]).first()
    if client is None:
        raise Stale
    until = values["status_until"] and datetime.fromisoformat(values["status_until"])
    reason = values["status_reason"]
    mode = values["status_mode"]
    services.force_status(client, mode=mode, until=until, reason=reason, by=by, version=values["version"], at=at)


STATUS = Undo("client-status", _force_as_before, right="clients.force_status")
UNDOS = (STATUS,)
