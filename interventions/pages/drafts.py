"""An intervention being typed, put aside while its client is created."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

KEY = "intervention_drafts"
KEPT = 5
DROPPED = ("csrfmiddlewaretoken", "submission", "client", "vehicle", "new_client")


def put_aside(request: HttpRequest) -> str:
    """Keep what the form holds in the session and return the name to ask for it by."""
    name = secrets.token_urlsafe(6)
    typed = {field: request.POST[field][:6000] for field in request.POST if field not in DROPPED}
    drafts = {**request.session.get(KEY, {}), name: typed}
    request.session[KEY] = dict(list(drafts.items())[-KEPT:])
    return name


def take_up(request: HttpRequest) -> Mapping[str, Any]:
    """What was put aside under the name in the address; nothing where there is none."""
    draft: Mapping[str, Any] = request.session.get(KEY, {}).get(request.GET.get("draft", ""), {})
    return draft
